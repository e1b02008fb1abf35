"""What the innermost loop of a kernel is made of, and what the processor's ports make of it.

    python -m tools.ports KERNELS.o FUNCTION [ELEMENTS] [--pipes 2]

KERNELS.o is an object of csrc/kernels/kernels.c (a build leaves one in a folder of CMakeFiles for
each instruction set), FUNCTION a name in it such as run_NORMAL_FLOAT32 and ELEMENTS how many one
turn of the loop makes (64 unless said: a tile of a 32-bit type). Printed are its instructions,
those that read or write the stack, the operations by where they may run, and the least cycles that
192 elements take.

The bound is that of processors which do 512-bit work in two ports, 0 and 5 (Intel's server
cores since Skylake): half of all operations, or those of one port alone if that is more. Where an
operation may run was measured on family 6, model 207: beside one that is known to need port 0
(`vpsrlq`) or port 5 (`vunpcklps`), two that share a port take a cycle each, two that do not take
one together. Roots and quotients were measured beside as many `vfmadd231ps` as fill both ports:
12 and 18 cycles a root, 10 and 16 a quotient, take the places of 4 operations. Moves between
registers, loads and stores need neither port.

With --pipes 4 it is that of AMD's cores with four pipes of 256 bits (Zen 3), for a loop of such
vectors: of each set of pipes, the operations that only these do, over their number. Measured on
family 25, model 1: single operations at 2 or 4 a cycle, two kinds in turn at 2 where they share
pipes and at more where not, roots and quotients in cycles of the one pipe that does them.
"""

from __future__ import annotations

import argparse
import re
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

#: First match counts: pattern, operations that only port 0 does, only port 5, either.
COSTS = (
    (r"v(sqrt|div)p[sd]", (0, 0, 4)),
    (r"vps(r|l|ra)[adlv]*[dq]|vprol[dq]|vpmov[dq]2m", (1, 0, 0)),
    (r"vpshufd|vmovs[lh]dup|vpunpck\w+|vunpck\w+|vperm[dq]|vpermp[sd]", (0, 1, 0)),
    (r"vptestn?m[dq]|vcmpp[sd]|vpcmp\w+", (0, 1, 0)),
    (r"vpermt2\w+|vpermi2\w+", (0, 2, 1)),
    (r"vpmov[dq][bwd]", (0, 2, 0)),
    (r"vcvtps2ph", (1, 1, 0)),
    (r"vcvtps2pd|vcvtpd2ps|vpmovzx\w+", (0, 1, 1)),
    (r"k\w+", (1, 0, 0)),
    (r"v\w+", (0, 0, 1)),
)
#: Of four pipes. First match counts: pattern, the pipes that do it, and for how many cycles.
PIPES = (
    (r"vsqrtps", "1", 5.1),
    (r"vsqrtpd", "1", 8.8),
    (r"vdivps", "1", 3.5),
    (r"vdivpd", "1", 4.6),
    (r"v(fn?m(add|sub)\w+|mulp[sd]|p?blendvp?\w*)", "01", 1),
    (r"vpmul\w+", "03", 1),
    (r"vps(r|l|ra)[adlv]*[dq]|vpshuf\w+|vp?unpck\w+|vperm\w+", "12", 1),
    (r"v(add|sub|max|min|cmp\w*)p[sd]|vcvt\w+", "23", 1),
    (r"v\w+", "0123", 1),
)
#: Done without a port of these when nothing is masked.
MOVES = re.compile(r"vmov(aps|apd|ups|upd|dqa\d*|dqu\d*|ntdq|ntp[sd])|vp?broadcast\w+")


@dataclass
class Instruction:
    address: int
    name: str
    operands: str

    def costs(self) -> tuple[int, int, int]:
        """Return the operations that port 0, port 5 and either of them does."""
        if MOVES.fullmatch(self.name):
            masked = "{%k" in self.operands and "(" not in self.operands
            from_general = re.match(r"%[er]", self.operands) is not None
            return (0, 1, 0) if from_general else (0, 0, int(masked))
        if re.match(r"vp?xor", self.name) and len(set(self.operands.split(","))) == 1:
            return (0, 0, 0)  # zero, known without work
        for pattern, costs in COSTS:
            if re.fullmatch(pattern, self.name):
                return costs
        return (0, 0, 0)

    def target(self) -> int | None:
        """Return the address that a jump goes to."""
        found = re.match(r"([0-9a-f]+) <", self.operands) if self.name.startswith("j") else None
        return int(found[1], 16) if found else None


def disassembled(path: str, function: str) -> list[Instruction]:
    """Return the instructions of a function, which a compiler may have given a suffix."""
    text = subprocess.run(
        ["objdump", "-d", "--no-show-raw-insn", path], capture_output=True, text=True, check=True
    ).stdout
    body = re.search(rf"<{re.escape(function)}(\.[^>]*)?>:\n(.*?)(\n\n|\Z)", text, re.DOTALL)
    if body is None:
        raise SystemExit(f"{path} has no function {function}")
    rows = re.findall(r"^ *([0-9a-f]+):\s+(\S+) *(.*)$", body[2], re.MULTILINE)
    return [Instruction(int(at, 16), name, rest.split("#")[0].strip()) for at, name, rest in rows]


def innermost(code: list[Instruction], registers: str) -> list[Instruction]:
    """Return the loop without another in it that has the most instructions on vectors."""
    place = {each.address: i for i, each in enumerate(code)}
    loops = [
        (place[to], i)
        for i, each in enumerate(code)
        if (to := each.target()) is not None and to in place and place[to] < i
    ]
    inner = [
        (a, b)
        for a, b in loops
        if not any((c, d) != (a, b) and a <= c and d <= b for c, d in loops)
    ]
    if not inner:
        raise SystemExit("there is no loop")
    bodies = [code[a : b + 1] for a, b in inner]
    return max(bodies, key=lambda body: sum(registers in each.operands for each in body))


def bound(loop: Iterable[Instruction]) -> tuple[float, tuple[int, int, int]]:
    """Return the least cycles of the loop, and its operations by where they may run."""
    costs = [each.costs() for each in loop]
    zero, five, either = (sum(column) for column in zip(*costs, strict=True))
    return max((zero + five + either) / 2, zero, five), (zero, five, either)


def piped_bound(loop: Iterable[Instruction]) -> float:
    """Return the least cycles of a loop on four pipes: Hall's bound over all sets of them."""
    work: dict[str, float] = {}
    for each in loop:
        if MOVES.fullmatch(each.name) or each.costs() == (0, 0, 0):
            continue
        where, cycles = next(rest for pattern, *rest in PIPES if re.fullmatch(pattern, each.name))
        work[where] = work.get(where, 0) + cycles
    sets = [set(some) for count in range(1, 5) for some in combinations("0123", count)]
    return max(sum(n for w, n in work.items() if set(w) <= some) / len(some) for some in sets)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.ports")
    parser.add_argument("object")
    parser.add_argument("function")
    parser.add_argument("elements", nargs="?", type=int, default=64)
    parser.add_argument("--pipes", type=int, choices=(2, 4), default=2)
    given = parser.parse_args()
    wide = given.pipes == 2
    loop = innermost(disassembled(given.object, given.function), "%zmm" if wide else "%ymm")
    cycles, (zero, five, either) = bound(loop)
    stack = sum("(%rsp" in each.operands or "(%rbp" in each.operands for each in loop)
    print(f"{len(loop)} instructions, {stack} with the stack")
    for name, count in Counter(each.name for each in loop).most_common():
        print(f"  {name:16} {count}")
    if wide:
        print(f"operations: {zero} on port 0, {five} on port 5, {either} on either")
    else:
        cycles = piped_bound(loop)
    print(f"at least {cycles:g} cycles, {cycles * 192 / given.elements:.0f} for 192 elements")


if __name__ == "__main__":
    main()
