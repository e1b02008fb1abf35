"""Write the pages on initializers from the catalogue: python -m tools.docs.initializers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from netinit.catalogue.entries import ALIASES, ENTRIES, Entry
from netinit.catalogue.equivalents import PEERS
from netinit.initializers.gains import NONLINEARITIES, gain, preserving_gain
from netinit.methods import METHODS
from netinit.numpy import matrices, plain, scaling

DOCS = Path(__file__).parents[2] / "docs"

MADE = """\
Made by `python -m tools.docs.initializers` from `netinit.catalogue` and `netinit.methods`, and by a
test compared with them.
"""

INDEX = f"""\
# Initializers

Each initializer is `netinit.numpy.<name>(shape, options, seed=..., name=..., draw=..., dtype=...)`,
which returns a numpy array, and a name wherever netinit asks what to fill with: `netinit.fill`,
`netinit.create`, `method=` of `netinit.initialize`, the right side of a rule, the command line.
`in_axis`, `out_axis` and `batch_axis` say which axes are inputs, outputs and neither; by default
the array is (out, in, \\*kernel).

Fans are those of one linear map: fan_in is the number of its inputs times the kernel, fan_out of
its outputs times the kernel. std is a standard deviation. [Methods](reference/methods.md), which
know what each parameter is for, have a page of their own, and so have [gains](reference/gains.md)
and the [names in the frameworks](reference/names.md).

{MADE}"""

#: The families, by their pages: the module of their functions, the title.
FAMILIES = {
    "plain": (plain, "Constants and plain distributions"),
    "scaling": (scaling, "Scaled by fans"),
    "matrices": (matrices, "Matrices and patterns"),
}

METHOD = f"""\
# Methods

What `netinit.initialize(net, method=...)` accepts, by name or as `netinit.methods.<name>(options)`.
Schemes know a parameter's place in its net by its name; the patterns are options, and
`netinit.plan` shows the outcome before anything is written.
[Choosing a method](../guides/choosing.md) compares them.

{MADE}"""

NAMES = f"""\
# Names in the frameworks

Every public name of each framework's module, and the [entry](../initializers.md) that netinit's own
module of the same names (`netinit.torch.init`, `netinit.jax.initializers`,
`netinit.keras.initializers`, `netinit.thinc.initializers`, `netinit.paddle.initializer`,
`netinit.paddle.init`, `netinit.mlx.init`, `netinit.mindspore.initializer`) fills it from.

{MADE}"""

GAINS = f"""\
# Gains

`netinit.initializers.gain(nonlinearity)`: for linear, sigmoid, tanh, relu, leaky_relu and selu
PyTorch's table; for the others 1 / √E[f(z)²] of a standard normal z, which preserves the second
moment. Where the two differ the last column has the latter, which `nonlinearity="auto"` takes
([the gain of what follows](../nonlinearity.md)).

{MADE}"""


def pages() -> dict[str, str]:
    """Return the pages' texts by their places below docs/."""
    return {
        "initializers.md": "\n".join((INDEX, *_index())),
        **{f"reference/initializers/{page}.md": _family(page) for page in FAMILIES},
        "reference/methods.md": "\n".join((METHOD, *_methods())),
        "reference/names.md": f"{NAMES}\n{_names()}",
        "reference/gains.md": f"{GAINS}\n{_gains()}",
    }


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n"
                   for line in lines)  # fmt: skip


def _options(options: Mapping[str, Any]) -> str:
    """Return options as Markdown, each with its default."""
    shown = []
    for name, default in options.items():
        value = "" if default is inspect.Parameter.empty else f" ({default!r})"
        if isinstance(default, tuple):
            value = " (name patterns)"
        elif hasattr(default, "to_json"):
            value = f" ({default})"
        shown.append(f"`{name}`{value}")
    return ", ".join(shown)


def _entry_options(entry: Entry) -> str:
    return _options({name: option.default for name, option in entry.options.items()})


def _members(page: str) -> list[str]:
    return [name for name in ENTRIES if name in FAMILIES[page][0].__all__]


def _index() -> Iterator[str]:
    for page, (_, title) in FAMILIES.items():
        rows = [
            (f"[`{name}`](reference/initializers/{page}.md#{name})", ENTRIES[name].summary)
            for name in _members(page)
        ]
        yield f"## {title}\n\n{_table(('name', 'elements'), rows)}"


def _family(page: str) -> str:
    parts = [f"# {FAMILIES[page][1]}\n", MADE]
    for name in _members(page):
        entry = ENTRIES[name]
        also = [f"`{alias}`" for alias, row in ALIASES.items() if row == name]
        facts = {
            "Formula": entry.formula,
            "Options": _entry_options(entry),
            "Source": entry.source,
            "Also called": ", ".join(also),
        }
        parts.append(_section(name, f"{entry.summary}.", facts))
    return "\n".join(parts)


def _section(title: str, text: str, facts: Mapping[str, str]) -> str:
    shown = "".join(f"- **{fact}**: {value}\n" for fact, value in facts.items() if value)
    return f"## {title}\n\n{text}\n" + (f"\n{shown}" if shown else "")


def _methods() -> Iterator[str]:
    names: dict[type, list[str]] = {}
    for name, cls in METHODS.items():
        if cls.__module__.startswith("netinit."):  # and no one else's, registered meanwhile
            names.setdefault(cls, []).append(name)
    for cls, each in sorted(names.items(), key=lambda item: item[1]):
        options = _options({field.name: _default(field) for field in fields(cls) if field.init})
        promise, notes = _promise_and_notes(cls)
        also = ", ".join(f"`{name}`" for name in each[1:])
        yield _section(each[0], promise, {"Options": options, "Also called": also, "Notes": notes})


def _default(field: Field[Any]) -> Any:
    """Return a field's default; empty where it has none."""
    if field.default_factory is not MISSING:
        return field.default_factory()
    return inspect.Parameter.empty if field.default is MISSING else field.default


def _promise_and_notes(cls: type) -> tuple[str, str]:
    """Return the first line of a class's docstring and its Notes, without tables."""
    text = inspect.getdoc(cls) or ""
    _, _, rest = text.partition("\nNotes\n-----\n")
    notes, _, _ = rest.partition("\nExamples\n--------\n")
    paragraphs = (" ".join(part.split()) for part in notes.split("\n\n"))
    kept = " ".join(part for part in paragraphs if "======" not in part)
    return text.partition("\n")[0], kept.replace("*", "\\*").replace("``", "`")


def _names() -> str:
    rows = []
    for module, names in PEERS.items():
        for name, (row, note) in names.items():
            page = next((page for page in FAMILIES if row in _members(page)), "")
            shown = f"[`{row}`](initializers/{page}.md#{row})" if page else ""
            rows.append((f"`{module}.{name}`", shown, note))
    return _table(("name", "netinit's entry", "remark"), rows)


def _gains() -> str:
    canonical = dict.fromkeys(NONLINEARITIES.values())
    rows = []
    for row in canonical:
        names = [name for name, meant in NONLINEARITIES.items() if meant == row]
        other = "" if preserving_gain(row) == gain(row) else f"{preserving_gain(row):.12g}"
        rows.append((", ".join(f"`{name}`" for name in names), f"{gain(row):.12g}", other))
    return _table(("nonlinearity", "gain", "preserving"), rows)


if __name__ == "__main__":
    for place, text in pages().items():
        (DOCS / place).parent.mkdir(exist_ok=True)
        (DOCS / place).write_text(text)
