"""Mutants written by hand: promises broken where a rule of operators would not think of it.

Each is a file, a text that stands in it once, and what takes its place. What an audit broke
without any test noticing is here too.
"""

from __future__ import annotations

__all__ = ["EQUIVALENT", "WRITTEN"]

WRITTEN: list[tuple[str, str, str]] = [
    # the team
    ("csrc/team/tasks.c", "uint64_t found = ni_enter_fpenv();", "uint64_t found = 0;"),
    ("csrc/fill/fill.c", "uint64_t found = ni_enter_fpenv();", "uint64_t found = 0x1f80;"),
    ("csrc/team/tasks.c", "    ni_leave_fpenv(found);\n", ""),
    ("csrc/fill/fill.c", "    ni_leave_fpenv(found);\n", ""),
    ("csrc/team/threads.c", "if (omp_in_parallel())\n        return 1;", ""),
    ("csrc/team/threads.c", "return within || atomic_load(&forked);", "return within;"),
    (
        "csrc/team/threads.c",
        "return within || atomic_load(&forked);",
        "return atomic_load(&forked);",
    ),
    ("csrc/team/processors.c", "return whole + (whole < quota / period);", "return whole;"),
    (
        "csrc/team/processors.c",
        "if (!slash || strcmp(group, \"/\") == 0 || *group == '\\0')",
        "if (1)",
    ),
    ("csrc/team/processors.c", "!has_cpu(controllers)", '!strstr(controllers, "cpu")'),
    (
        "csrc/team/processors.c",
        'length == 3 && memcmp(at, "cpu", 3) == 0',
        'memcmp(at, "cpu", 3) == 0',
    ),
    ("csrc/team/processors.c", "requested < NI_MAX_TEAM ? requested : NI_MAX_TEAM", "requested"),
    ("csrc/team/watch.c", "now - watch->last_poll >= 0.05", "now - watch->last_poll >= 5.0"),
    ("csrc/team/watch.c", "atomic_store(&watch->stop, 1);", ""),
    # fills
    ("csrc/fill/layout.c", "int64_t budget = 1000000;", "int64_t budget = 100;"),
    ("csrc/fill/layout.c", "    if (out->first < 0)\n        return NI_BAD_INDEX;\n", ""),
    (
        "csrc/fill/layout.c",
        "axis.byte_stride == INT64_MIN || axis.index_stride == INT64_MIN\n            || ",
        "",
    ),
    (
        "csrc/fill/layout.c",
        "        return 1; /* two elements at one address */",
        "        return 0;",
    ),
    ("csrc/fill/memory.c", "nbytes > last_level_cache()", "1"),
    ("csrc/fill/fill.c", "beyond && layout.ndim == 1", "0"),
    ("csrc/fill/gather.c", "    if (gather->blocks == 0)\n        return;\n", ""),
    ("csrc/fill/share.c", "    ni_gather_flush(&gather);\n}", "}"),
    # set-up
    ("csrc/setup/prepare.c", "a > 0x1p40", "a > 0x1p41"),
    ("csrc/setup/prepare.c", "b <= 2.0 + 0x1p-20", "b <= 2.0 + 0x1p-10"),
    ("csrc/setup/prepare.c", "wide ? 0x1p-58 : 0x1p-30", "wide ? 0x1p-57 : 0x1p-30"),
    ("csrc/setup/prepare.c", "wide ? 0x1p-58 : 0x1p-30", "wide ? 0x1p-58 : 0x1p-29"),
    ("csrc/setup/prepare.c", "if (a >= 4.0)", "if (a > 4.0)"),
    (
        "csrc/setup/prepare.c",
        "a > (dtype == NI_FLOAT64 ? 400.0 : 64.0)",
        "a >= (dtype == NI_FLOAT64 ? 400.0 : 64.0)",
    ),
    (
        "csrc/setup/prepare.c",
        "s->f64.low = low + 0.0, s->f64.high = high + 0.0;",
        "s->f64.low = low + 0.0, s->f64.high = high;",
    ),
    ("csrc/setup/prepare.c", "narrow[i] = (float)wide[i] + 0.0f;", "narrow[i] = (float)wide[i];"),
    ("csrc/setup/prepare.c", "absolute(a + b) <= 0x1p-30", "absolute(a + b) <= 0x1p-28"),
    (
        "csrc/setup/prepare.c",
        "return dtype == NI_FLOAT64 ? 8.58 : 6.77;",
        "return dtype == NI_FLOAT64 ? 8.58 : 6.76;",
    ),
    # matrices
    (
        "csrc/matrix/accumulate.h",
        "    if (__builtin_mul_overflow(rows, work->strips * NI_STRIP, &numbers))\n"
        "        return NI_NO_MEMORY;\n",
        "    numbers = rows * work->strips * NI_STRIP;\n",
    ),
    (
        "csrc/matrix/accumulate.h",
        "    if (__builtin_add_overflow(work->n, NI_PANEL, &rows)"
        " || to > INT64_MAX - NI_STRIP)\n        return NI_NO_MEMORY;\n",
        "",
    ),
    (
        "csrc/matrix/accumulate.h",
        "    if (atomic_load(&work->team->watch.stop))"
        " /* then not all of it was summed */\n        return;\n",
        "",
    ),
    (
        "csrc/matrix/accumulate.h",
        "work->p + c == work->n - 1 || norm == 0.0",
        "work->p + c == work->n - 1",
    ),
    ("csrc/matrix/orthogonal.c", "        atomic_store(&all->status, status);\n", ""),
    ("csrc/matrix/orthogonal.c", "gain > largest || gain < -largest", "gain > largest"),
    ("csrc/matrix/orthogonal.c", "if (gain - gain != 0.0)", "if (0)"),
    ("csrc/matrix/sparse.c", "m->rows > UINT32_MAX || ", ""),
    ("csrc/matrix/sparse.c", " || m->cols > most_columns", ""),
    (
        "csrc/matrix/sparse.c",
        "    if (zeros < 0 || zeros > m->rows)\n        return NI_BAD_NUMBER;\n",
        "",
    ),
    ("csrc/matrix/subsets.c", "c->equal-- <= 0", "c->equal-- < 0"),
    ("csrc/matrix/subsets.c", "word == c->largest && c->equal-- <= 0", "0"),
    ("csrc/matrix/parts.h", "m->first_row > m->rows - m->part_rows", "0"),
    ("csrc/matrix/parts.h", "m->first_row < 0 || ", ""),
    ("csrc/matrix/qr.c", "    status = check_written(q);\n", "    status = NI_OK;\n"),
    ("csrc/matrix/qr.c", "        status = check_written(r);\n", "        status = NI_OK;\n"),
    # kernels
    ("csrc/kernels/kernels.c", "    if (others) {", "    if (0) {"),
    ("csrc/kernels/kernels.c", "    if (ahead % bytes)\n        stream = 0;\n", ""),
    ("csrc/kernels/kernels.c", "    if (ahead % 8)\n        stream = 0;\n", ""),
    (
        "csrc/kernels/soft_fma.h",
        "return (ni_wide){0, (x.high | x.low) != 0};",
        "return (ni_wide){0, 0};",
    ),
    ("csrc/kernels/soft_fma.h", " | (x.low << (64 - count) != 0)}", "}"),
    ("csrc/kernels/soft_fma.h", "x.high | (x.low != 0)}, count", "x.high}, count"),
    # the binding
    ("src/netinit/_core.pyx", "if view.itemsize != ni_element_bytes(output.dtype):", "if False:"),
    (
        "src/netinit/_core.pyx",
        "    if raised:\n        raise raised[0]\n    return status",
        "    return status",
    ),
    # the package
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
        "os.O_CREAT | os.O_NOFOLLOW",
    ),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
        "os.O_CREAT | os.O_EXCL",
    ),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_RDONLY | os.O_CLOEXEC",
    ),
    ("src/netinit/checkpoint/atomic.py", "            os.fsync(self._descriptor)\n", ""),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.fchmod(self._descriptor, 0o600)",
        "os.fchmod(self._descriptor, 0o644)",
    ),
    (
        "src/netinit/initializers/quantile.py",
        "((first, middle), (middle, stop))",
        "((first, middle), (middle + 1, stop))",
    ),
    ("src/netinit/initializers/quantile.py", "axis = int(np.argmax(extents))", "axis = 0"),
    ("src/netinit/initializers/quantile.py", "out.array[...] = aside", "pass"),
    ("src/netinit/initializers/orthogonal.py", "(stream.draw + g) % (1 << 32)", "stream.draw + g"),
    ("src/netinit/initializers/packed.py", "draw % (1 << 32)", "draw"),
    ("src/netinit/nets/reader.py", "_MOST_LAYERS = 20_000", "_MOST_LAYERS = 20_001"),
]

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
}  # fmt: skip
