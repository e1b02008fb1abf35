"""Tables of text: aligned, folded where rows repeat, and no wider than a terminal."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence

__all__ = ["aligned", "fitted", "fold_names", "terminal_width"]

#: What a column of text is never cut below.
_LEAST = 12


def terminal_width() -> int | None:
    """Return the columns of the terminal that is written to; None where it is none."""
    if not sys.stdout.isatty():
        return None
    return shutil.get_terminal_size((100, 24)).columns


def aligned(table: Sequence[Sequence[str]], numbers: Sequence[str] = ()) -> list[str]:
    """Return the lines of a table, the first of which is its head: `numbers` right, text left.

    Examples
    --------
    >>> from netinit.base.table import aligned
    >>> for line in aligned([("name", "n"), ("a", "10"), ("bc", "2")], numbers=["n"]):
    ...     print(line)
    name   n
    a     10
    bc     2
    """
    head = table[0]
    widths = [max(len(cells[column]) for cells in table) for column in range(len(head))]
    return [
        "  ".join(
            cell.rjust(width) if name in numbers else cell.ljust(width)
            for name, cell, width in zip(head, cells, widths, strict=True)
        ).rstrip()
        for cells in table
    ]


def fitted(
    table: Sequence[Sequence[str]],
    width: int | None,
    numbers: Sequence[str] = (),
    spare: Sequence[str] = (),
) -> list[str]:
    """Return the lines of a table, none of them longer than `width`, as far as that can be.

    Columns that are empty all through go first, then those of `spare` one by one; then the
    longest columns are cut, in the middle of their words.

    Examples
    --------
    >>> from netinit.base.table import fitted
    >>> table = [("name", "note"), ("encoder.layers.11.weight", "a remark of some length")]
    >>> fitted(table, 40)[1]
    'encoder.l…11.weight  a remark …me length'
    """
    if width is None or max(map(len, aligned(table, numbers)), default=0) <= width:
        return aligned(table, numbers)
    cells = [list(row) for row in table]
    empty = [k for k, name in enumerate(table[0]) if not any(row[k] for row in table[1:])]
    cells = _without(cells, [table[0][k] for k in empty])
    for name in spare:
        if max(map(len, aligned(cells, numbers))) <= width:
            break
        cells = _without(cells, [name])
    return aligned(_cut(cells, width), numbers)


def _without(table: list[list[str]], names: Sequence[str]) -> list[list[str]]:
    kept = [k for k, name in enumerate(table[0]) if name not in names]
    return [[row[k] for k in kept] for row in table]


def _cut(table: list[list[str]], width: int) -> list[list[str]]:
    """Return a table with its longest columns cut until it fits."""
    widths = [max(len(row[k]) for row in table) for k in range(len(table[0]))]
    while sum(widths) + 2 * (len(widths) - 1) > width:
        longest = widths.index(max(widths))
        if widths[longest] <= _LEAST:
            break
        widths[longest] -= 1
    return [[_short(cell, most) for cell, most in zip(row, widths, strict=True)] for row in table]


def _short(text: str, most: int) -> str:
    if len(text) <= most:
        return text
    ahead = (most - 1) // 2
    return f"{text[:ahead]}…{text[len(text) - (most - 1 - ahead) :]}"


def fold_names(rows: Sequence[tuple[str, tuple[str, ...]]]) -> list[tuple[str, tuple[int, ...]]]:
    """Return names with what tells repeated layers apart written as one, and their rows' numbers.

    Rows are folded where their names differ in numbers alone, every combination of which is there,
    and all else of them is equal.

    Parameters
    ----------
    rows : sequence of (str, tuple of str)
        Each row's name, and what else it says.

    Examples
    --------
    >>> from netinit.base.table import fold_names
    >>> fold_names([("layers.0.w", ("a",)), ("layers.1.w", ("a",)), ("head", ("b",))])
    [('layers.{0-1}.w', (0, 1)), ('head', (2,))]
    """
    groups: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for k, (name, rest) in enumerate(rows):
        pattern = re.sub(r"(?<![^.])\d+(?![^.])", "{}", name)
        groups.setdefault((pattern, rest), []).append(k)
    folded: list[tuple[str, tuple[int, ...]]] = []
    for (pattern, _), members in groups.items():
        joined = _joined(pattern, [rows[k][0] for k in members])
        if joined is None:
            folded += [(rows[k][0], (k,)) for k in members]
        else:
            folded.append((joined, tuple(members)))
    return sorted(folded, key=lambda one: one[1][0])


def _joined(pattern: str, names: Sequence[str]) -> str | None:
    """Return one name for several that a pattern has; None where a combination is missing."""
    if len(names) == 1:
        return names[0]
    numbers = [[part for part in name.split(".") if part.isdigit()] for name in names]
    sets = [sorted({int(each[k]) for each in numbers}) for k in range(pattern.count("{}"))]
    combinations = 1
    for one in sets:
        combinations *= len(one)
    if combinations != len(names):
        return None
    return pattern.format(*(_range(one) for one in sets))


def _range(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return str(numbers[0])
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return f"{{{numbers[0]}-{numbers[-1]}}}"
    return f"{{{','.join(map(str, numbers))}}}"
