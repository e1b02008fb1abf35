"""Mutants made by rule: each a place of a source file where one operator, number or check changes.

C is read line by line, with comments and texts out of sight; Python by its syntax tree.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Mutant", "mutants_of"]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A file with one text replaced by another.

    Attributes
    ----------
    file : str
        Below the root of the tree.
    begin, end : int
        Where the text stands.
    new : str
        What takes its place.
    rule : str
        Which kind of change it is.
    """

    file: str
    begin: int
    end: int
    new: str
    rule: str

    def apply(self, text: str) -> str:
        """Return the file's text with the change."""
        return text[: self.begin] + self.new + text[self.end :]

    def name(self, text: str) -> str:
        """Return the file, the line as it was and as it becomes: what a proof is kept by."""
        first = text.rfind("\n", 0, self.begin) + 1
        changed = self.apply(text)

        def line(whole: str) -> str:
            end = whole.find("\n", max(first, self.begin))
            return " ".join(whole[first : len(whole) if end < 0 else end].split())

        return f"{self.file}: {line(text)}  =>  {line(changed)}"


def mutants_of(root: Path, file: str) -> list[Mutant]:
    """Return every mutant that the rules make of a file."""
    text = (root / file).read_text()
    found = _of_python(file, text) if file.endswith(".py") else _of_c(file, text)
    return [one for one in found if one.apply(text) != text]


# ---- C

_C_SWAPS = {
    " < ": " <= ", " <= ": " < ", " > ": " >= ", " >= ": " > ", " == ": " != ", " != ": " == ",
    " && ": " || ", " || ": " && ", " + ": " - ", " - ": " + ", " << ": " >> ", " >> ": " << ",
    " += ": " -= ", " -= ": " += ", " | ": " & ", " / ": " * ",
}  # fmt: skip
_HIDDEN = re.compile(
    r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|^[ \t]*#[^\n]*', re.S | re.M
)


def _hide(text: str) -> str:
    """Return the text with comments, literals and directives as blanks, of the same length."""
    return _HIDDEN.sub(lambda m: re.sub(r"[^\n]", " ", m[0]), text)


def _of_c(file: str, text: str) -> Iterator[Mutant]:
    code = _hide(text)
    for old, new in _C_SWAPS.items():
        for at in re.finditer(re.escape(old), code):
            yield Mutant(file, at.start(), at.end(), new, f"{old.strip()} to {new.strip()}")
    # But for the length of an array that is listed: longer by one it is the same.
    for at in re.finditer(r"(?<![\w.])\d+(?![\w.]|\] = \{)", code):
        yield Mutant(file, at.start(), at.end(), str(int(at[0]) + 1), "number")
    for at in re.finditer(r"\bif \(", code):
        end = _closing(code, at.end() - 1)
        yield Mutant(file, at.end(), end, "0", "dropped check")
    for at in re.finditer(r"\b(?!if|for|while|switch|sizeof)\w+\((\w+), (\w+)(?=[,)])", code):
        if at[1] != at[2] and not at[0].startswith(("static", "defined")):
            yield Mutant(file, at.start(1), at.end(2), f"{at[2]}, {at[1]}", "swapped arguments")


def _closing(code: str, opening: int) -> int:
    """Return where the parenthesis that opens at a place is closed."""
    depth = 0
    for place in range(opening, len(code)):
        depth += {"(": 1, ")": -1}.get(code[place], 0)
        if depth == 0:
            return place
    return len(code)


# ---- Python

#: Functions that give the same when their first two arguments are swapped.
_SYMMETRIC = {"array_equal", "equal", "gcd", "lcm", "max", "maximum", "min", "minimum"}
_COMPARED = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_COMPUTED = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.FloorDiv: "*", ast.Div: "*", ast.Mod: "+",
    ast.LShift: ">>", ast.RShift: "<<", ast.BitAnd: "|", ast.BitOr: "&",
}  # fmt: skip


def _of_python(file: str, text: str) -> Iterator[Mutant]:
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line.encode()))
    encoded = text.encode()

    def place(line: int, column: int) -> int:
        return len(encoded[: starts[line - 1] + column].decode())

    def span(node: ast.expr) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    def between(left: ast.expr, right: ast.expr, new: str, rule: str) -> Iterator[Mutant]:
        begin, end = span(left)[1], span(right)[0]
        found = re.fullmatch(r"(\s*)([^\s()]+(?: \w+)?)(\s*)", text[begin:end])
        if found:  # no parenthesis between them
            yield Mutant(file, begin + found.end(1), begin + found.end(2), new, rule)

    for node in _code(ast.parse(text)):
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            new = _COMPARED[type(node.ops[0])]
            yield from between(node.left, node.comparators[0], new, f"comparison to {new}")
        elif isinstance(node, ast.BinOp) and type(node.op) in _COMPUTED:
            new = _COMPUTED[type(node.op)]
            yield from between(node.left, node.right, new, f"operator to {new}")
        elif isinstance(node, ast.BoolOp):
            new = "or" if isinstance(node.op, ast.And) else "and"
            for left, right in zip(node.values, node.values[1:], strict=False):
                yield from between(left, right, new, f"to {new}")
        elif isinstance(node, ast.Constant) and type(node.value) is int:
            yield Mutant(file, *span(node), str(node.value + 1), "number")
        elif isinstance(node, ast.If) and isinstance(node.body[-1], (ast.Raise, ast.Return)):
            yield Mutant(file, *span(node.test), "False", "dropped check")
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield Mutant(file, *span(node), text[slice(*span(node.operand))], "dropped not")
        elif isinstance(node, ast.Call) and len(node.args) >= 2 and _name(node) not in _SYMMETRIC:
            first, second = (span(a) for a in node.args[:2])
            old = text[slice(*first)], text[slice(*second)]
            between_them = text[first[1] : second[0]]
            new = f"{old[1]}{between_them}{old[0]}"
            yield Mutant(file, first[0], second[1], new, "swapped arguments")


def _name(call: ast.Call) -> str:
    """Return the last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def _code(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes of what runs: no annotations."""
    for name, value in ast.iter_fields(tree):
        if name in ("annotation", "returns"):
            continue
        for node in value if isinstance(value, list) else [value]:
            if isinstance(node, ast.AST):
                yield node
                yield from _code(node)
