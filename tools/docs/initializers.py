"""Write docs/initializers.md from the catalogue: python -m tools.docs.initializers."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from netinit.catalogue.entries import ALIASES, ENTRIES, Entry
from netinit.catalogue.equivalents import PEERS
from netinit.initializers.gains import NONLINEARITIES, gain, preserving_gain
from netinit.methods import METHODS

PAGE = Path(__file__).parents[2] / "docs" / "initializers.md"

HEAD = """\
# Initializers

Made by `python -m tools.docs.initializers` from the catalogue (`netinit.catalogue`)
and `netinit.methods`, and by a test compared with them.

Fans are those of one linear map: fan_in is the number of its inputs times the kernel, fan_out of
its outputs times the kernel. std is a standard deviation.
"""

CATALOGUE = """\
## Functions

Each is `netinit.numpy.<name>(shape, options, seed=..., name=..., draw=..., dtype=...)`, which
returns a numpy array, and a name wherever netinit asks what to fill with: `netinit.fill`,
`netinit.create`, `method=` of `netinit.initialize`, the right side of a rule, the command line.
`in_axis`, `out_axis` and `batch_axis` say which axes are inputs, outputs and neither; by default
the array is (out, in, \\*kernel).
"""

METHOD = """\
## Methods

What `netinit.initialize(net, method=...)` accepts, by name or as `netinit.methods.<name>(options)`.
Schemes know a parameter's place in its net by its name; the patterns are options, and
`netinit.plan` shows the outcome before anything is written.
"""

NAMES = """\
## The frameworks' names

Every public name of each framework's module, and the entry that netinit's own module of the same
names (`netinit.torch.init`, `netinit.jax.initializers`, `netinit.keras.initializers`,
`netinit.thinc.initializers`, `netinit.paddle.initializer`, `netinit.paddle.init`,
`netinit.mlx.init`, `netinit.mindspore.initializer`) fills it from.
"""

GAINS = """\
## Gains

`netinit.initializers.gain(nonlinearity)`: for linear, sigmoid, tanh, relu, leaky_relu and selu
PyTorch's table; for the others 1 / √E[f(z)²] of a standard normal z, which preserves the second
moment. Where the two differ the last column has the latter, which `nonlinearity="auto"` takes
([nonlinearity.md](nonlinearity.md)).
"""


def page() -> str:
    """Return the whole page."""
    parts = [HEAD, CATALOGUE, _catalogue(), METHOD, _methods(), NAMES, _names(), GAINS, _gains()]
    return "\n".join(parts)


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


def _catalogue() -> str:
    rows = []
    for name, entry in ENTRIES.items():
        names = [name, *(alias for alias, row in ALIASES.items() if row == name)]
        shown = ", ".join(f"`{each}`" for each in names)
        rows.append((shown, entry.summary, _entry_options(entry), entry.formula, entry.source))
    return _table(("name", "elements", "options (defaults)", "formula", "source"), rows)


def _methods() -> str:
    names: dict[type, list[str]] = {}
    for name, cls in METHODS.items():
        if cls.__module__.startswith("netinit."):  # and no one else's, registered meanwhile
            names.setdefault(cls, []).append(f"`{name}`")
    rows = []
    for cls, each in sorted(names.items(), key=lambda item: item[1]):
        options = _options({field.name: _default(field) for field in fields(cls) if field.init})
        promise, notes = _promise_and_notes(cls)
        rows.append((", ".join(each), promise, options, notes))
    return _table(("name", "promise", "options (defaults)", "formula and source"), rows)


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
            entry = ENTRIES.get(row)
            formula, source = (entry.formula, entry.source) if entry else ("", "")
            shown = f"`{row}`" if row else ""
            rows.append((f"`{module}.{name}`", shown, note, formula, source))
    return _table(("name", "netinit's entry", "remark", "formula", "source"), rows)


def _gains() -> str:
    canonical = dict.fromkeys(NONLINEARITIES.values())
    rows = []
    for row in canonical:
        names = [name for name, meant in NONLINEARITIES.items() if meant == row]
        other = "" if preserving_gain(row) == gain(row) else f"{preserving_gain(row):.12g}"
        rows.append((", ".join(f"`{name}`" for name in names), f"{gain(row):.12g}", other))
    return _table(("nonlinearity", "gain", "preserving"), rows)


if __name__ == "__main__":
    PAGE.write_text(page())
