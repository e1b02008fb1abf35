"""Mutants written by hand, and those of all mutants that nobody can see, with the proofs."""

from __future__ import annotations

from tools.mutants.written_core import CORE
from tools.mutants.written_frameworks import FRAMEWORKS
from tools.mutants.written_package import PACKAGE

__all__ = ["EQUIVALENT", "WRITTEN"]

WRITTEN = [*CORE, *PACKAGE, *FRAMEWORKS]

#: What changes nothing that anybody can see, by its name, with the proof.
EQUIVALENT: dict[str, str] = {
    "src/netinit/checkpoint/atomic.py: self._descriptor = os.open(path, flags | os.O_CREAT | "
    "os.O_EXCL | os.O_NOFOLLOW, 0o666)  =>  "
    "self._descriptor = os.open(path, flags | os.O_CREAT | os.O_EXCL, 0o666)":
    "POSIX: open with O_CREAT and O_EXCL fails where the name is a link, whether it is followed or "
    "not; O_NOFOLLOW says so to the reader.",
    "csrc/matrix/accumulate.h: if (__builtin_add_overflow(work->n, NI_PANEL, &rows) || to > "
    "INT64_MAX - NI_STRIP)  =>  rows = work->padded = ni_round_up(work->n, NI_PANEL);":
    "to <= n. From n = 2^63 - 64 on, n rounded up is 2^63 - 64 or, where overflow wraps, -2^63, "
    "whose product with the 32 columns of one strip overflows: refused by the next check. Overflow "
    "of signed numbers is undefined, though, so the check stays.",
    "csrc/status.c: static int is_known(ni_status status) { return status >= 0 && status < "
    "NI_STATUS_COUNT; }  =>  static int is_known(ni_status status) { return status < "
    "NI_STATUS_COUNT; }":
    "The type of an enum without negative values is unsigned in gcc and clang: -1 is the largest. "
    "It may be int in another compiler, so the check stays.",
    "src/netinit/api/fill.py: if type(seed) is not int and type(seed) is not str:  =>  "
    "if type(seed) is not int:":
    "resolve_seed gives a text back as it is, the same object; this spares a call.",
    "csrc/fill/memory.c: return nbytes > last_level_cache();  =>  return 1;":
    "Stores past the caches write the same bytes; test_inner.py holds that. They are for speed.",
    "csrc/fill/fill.c: job.fill.stream = beyond && layout.ndim == 1;  =>  job.fill.stream = 0;":
    "As the one before.",
    "csrc/fill/gather.c: if (gather->blocks == 0)  =>  "
    "make(gather, gather->counter0, gather->blocks, gather->upper, elements);":
    "Of no blocks a kernel makes no group, and there is no part to write; this spares the call.",
    "src/netinit/checkpoint/disk.py: straight = self._straight >= 0 and _aligned(data, place)  =>  "
    "straight = self._straight >= 0":
    "What is not aligned the system refuses (EINVAL), and it goes through the page cache all the "
    "same; this spares the call.",
    "csrc/setup/prepare.c: s->f64.low = low + 0.0, s->f64.high = high + 0.0;  =>  "
    "s->f64.low = low + 0.0, s->f64.high = high;":
    "A kernel takes a number as all_f32 and all_f64 of elementary.h give it: 0 + it; 0 + -0 is 0.",
    "csrc/setup/prepare.c: narrow[i] = (float)wide[i] + 0.0f; /* what rounds to -0 becomes +0 */  "
    "=>  narrow[i] = (float)wide[i]; /* what rounds to -0 becomes +0 */":
    "As the one before.",
    "src/netinit/verification/exact.py: for seed in (1, 2):  =>  for seed in (1, 3):":
    "Any two seeds do: what two draws have in common is not drawn.",
    "csrc/fill/layout.c: return !zero && magnitude(rest) < bytes;  =>  "
    "return !zero && magnitude(rest) <= bytes;":
    "The axis before the end takes only what leaves a rest of at most its reach, bytes - 1.",
    "csrc/fill/share.c: int64_t ends = layout->first | layout->axis[inner].count;  =>  "
    "int64_t ends = layout->first;":
    "Chooses one of two ways for runs of 256 to 1023 elements; both make them by their indices.",
    "csrc/survey/survey.c: else if (squares * 64.0 <= n * (mean * mean) || look->squares < "
    "0x1p-900)  =>  else if (squares * 64.0 <= n * (mean * mean) || look->squares < 0x1p-1000)":
    "From 2^-1000 on, what the squares of a block's 2048 numbers lose below 2^-1074 is at most "
    "2^-64 of their sum, whose own rounding is 2^-53: either way is as exact.",
    'src/netinit/torch/modules/foreign.py: if key != "gate_up_proj" or shape[out] % 2:  =>  '
    'if key != "gate_up_proj":':
    "Two equal halves, or ones in turn, do not fill an odd axis: cut returns the rule as it is.",
    "csrc/matrix/householder.c: const size_t huge = (size_t)2 << 20;  =>  "
    "const size_t huge = (size_t)2 << 21;":
    "Where memory begins, and on which pages it is, is a matter of time alone.",
    "csrc/fill/gather.c: const int64_t last = ni_step(ni_step(first, rows - 1, row_step), "
    "count - 1, 1);  =>  const int64_t last = ni_step(ni_step(first, rows - 1, row_step), "
    "count + 1, 1);":
    "An element behind the last has no smaller a counter, so where it is alike the last is too; "
    "else each run is added alone, to the same values.",
    "src/netinit/checkpoint/disk.py: straight = self._straight >= 0 and _aligned(data, place)  =>  "
    "straight = self._straight > 0 and _aligned(data, place)":
    "Only a process without a standard input gets the descriptor 0; its bytes go through the page "
    "cache then, and are the same.",
    "src/netinit/verification/look.py: _HEAD = 64  =>  _HEAD = 65":
    "The beginning is rounded down to whole words of eight bytes.",
}  # fmt: skip
