"""From timings to tables and a plot, and into the pages that record them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import Timing
from benchmarks.orthogonal import operations

__all__ = ["plot", "replace_section", "summary", "tables"]

Record = dict[str, Any]


def timings_of(record: Record, section: str) -> list[Timing]:
    """Return the timings of a section of a record, none where it was left out."""
    return [Timing(**row) for row in record["sections"].get(section, [])]


def tables(record: Record) -> str:
    """Return a record as markdown."""
    machine = "; ".join(f"{key}: {value}" for key, value in record["machine"].items())
    parts = [
        f"Recorded {record['date']}; {record['mib']} MiB, medians of {record['rounds']} rounds."
    ]
    parts.append(f"{machine}.")
    measured = [row for rows in record["sections"].values() for row in rows]
    short = sum(row["short"] for row in measured)
    total = sum(len(row["seconds"]) for row in measured)
    parts.append(f"Of {total} measurements {short} began while not all processors were there.")
    if record["machine"]["load before"] > 0.5:
        parts.append(
            "**The machine was not idle**: the spread of the rounds says how far to trust this."
        )
    for section, rows in record["sections"].items():
        timings = [Timing(**row) for row in rows]
        title, table = _SECTIONS[section]
        parts += [f"### {title}", table(timings)]
    return "\n\n".join(parts)


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    rule = ["---", *("--:" for _ in head[1:])]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, rule, *rows])


def _find(timings: Iterable[Timing], who: str, work: str) -> Timing | None:
    return next((t for t in timings if t.who == who and t.work == work), None)


def _times(numerator: float, denominator: Timing | None) -> str:
    """Return a ratio as text, nothing where there is nothing to compare with."""
    if denominator is None:
        return ""
    ratio = numerator / denominator.speed
    return f"{ratio:.2f}" if ratio >= 0.1 else f"{ratio:.2g}"


def _spread(timing: Timing) -> str:
    return f"{min(timing.seconds) * 1e3:.1f} to {max(timing.seconds) * 1e3:.1f}"


def _speeds(timings: list[Timing]) -> str:
    """Return a table of speeds beside the constants of torch and netinit for the same type."""
    rows = []
    for t in timings:
        dtype = t.work.partition(" ")[0] + " " if t.work.startswith(("float", "bfloat")) else ""
        own = _reference(timings, t, "netinit", dtype)
        torch = _reference(timings, t, "torch", dtype)
        amount = f"{t.nbytes / 2**20:,.0f}"
        speed = f"{t.speed:.2f}"
        ratios = (_times(t.speed, torch), _times(t.speed, own))
        rows.append((f"{t.who}: {t.work}", amount, speed, *ratios, _spread(t)))
    head = ("", "MiB", "GB/s", "of torch's constant", "of netinit's constant", "ms, all rounds")
    return _table(head, rows)


def _reference(timings: list[Timing], timing: Timing, library: str, dtype: str) -> Timing | None:
    """Return the constant fill that a timing is set beside."""
    if dtype:
        return _find(timings, library, f"{dtype}constant")
    variant = timing.who.partition(", ")[2]
    found = _find(timings, f"{library}, {variant}", "constant")
    if found is None and library == "torch":
        found = _find(timings, "torch constant", "torch.empty")
    return found or _find(timings, f"{library} constant", timing.work)


def _slices(timings: list[Timing]) -> str:
    rows = []
    for t in timings:
        whole = _find(timings, "whole", t.work)
        if t.who == "slice" and whole is not None:
            row = (t.work, f"{t.speed:.2f}", f"{whole.speed:.2f}", f"{t.median / whole.median:.2f}")
            rows.append(row)
    return _table(("", "slice, GB/s", "in one run, GB/s", "cost"), rows)


def _calls(timings: list[Timing]) -> str:
    works = list(dict.fromkeys(t.work for t in timings))
    libraries = list(dict.fromkeys(t.who for t in timings))
    rows = []
    for work in works:
        found = [_find(timings, who, work) for who in libraries]
        rows.append([work, *(f"{t.median * 1e6:.2f}" if t else "" for t in found)])
    return _table(["microseconds a call", *libraries], rows)


def _orthogonal(timings: list[Timing]) -> str:
    """Return a table of rates, and of each library's time over netinit's."""
    own = {t.work: t for t in timings if t.who.startswith("netinit")}
    rows = [
        (
            f"{t.who}: {t.work}",
            f"{t.median * 1e3:,.3g}",
            f"{operations(t.work) / t.median / 1e9:,.0f}",
            f"{t.median / own[t.work].median:.2f}" if t.work in own else "",
            _spread(t),
        )
        for t in timings
    ]
    head = ("", "ms", "Gflop/s of the work", "time over netinit's", "ms, all rounds")
    return _table(head, rows)


def _drop_ins(timings: list[Timing]) -> str:
    rows = []
    for t in timings:
        peer = _find(timings, "torch", t.work)
        if t.who == "netinit" and peer is not None:
            cells = (f"{x.median * 1e3:,.4g}" for x in (t, peer))
            rows.append((t.work, *cells, f"{t.median / peer.median:.2g}"))
    return _table(("ms", "netinit.torch.init", "torch.nn.init", "ratio"), rows)


#: The title of each section and its table.
_SECTIONS: dict[str, tuple[str, Callable[[list[Timing]], str]]] = {
    "resident": ("Resident memory", _speeds),
    "fresh": ("Fresh memory", _speeds),
    "threads": ("Threads", _speeds),
    "isas": ("Instruction sets, on one thread", _speeds),
    "slices": ("Slices", _slices),
    "calls": ("Small arrays", _calls),
    "drop-ins": ("Drop-ins", _drop_ins),
    "orthogonal": ("Orthogonal matrices", _orthogonal),
}


def summary(record: Record) -> str:
    """Return the few lines of a record that the project's front page shows."""
    timings = timings_of(record, "resident")
    rows = []
    for work in ("uniform", "normal", "truncated to [-2, 2]"):
        named = [t for t in timings if t.work == f"float32 {work}"]
        cells = [_best(named, who) for who in ("netinit", "torch", "numpy", "jax", "MKL VSL")]
        own = cells[0]
        shown = [
            "" if t is None else f"{t.speed:.2f}" + ("" if t is own else f" ({_over(own, t)})")
            for t in cells
        ]
        rows.append((work, *shown))
    constant = _find(timings, "torch", "float32 constant")
    table = _table(("float32, GB/s", "netinit", "PyTorch", "numpy", "JAX", "MKL VSL"), rows)
    roof = "" if constant is None else f" PyTorch's `fill_` writes {constant.speed:.1f} GB/s there."
    machine = record["machine"]
    where = f"{machine['processor']}, {machine['processors']} processors"
    load = machine["load before"]
    if load > 0.5:  # what else ran took processors from the contestants that use them all
        where += f", which were not idle (load {load} before the run)"
    about = (
        f"Filling a resident buffer of {record['mib']} MiB (slow libraries a part), "
        f"medians of {record['rounds']} rounds on {where}; in brackets how many times faster "
        f"netinit is.{roof}"
    )
    return f"{about}\n\n{table}"


def _best(timings: list[Timing], who: str) -> Timing | None:
    named = [t for t in timings if t.who.startswith(who)]
    return max(named, key=lambda t: t.speed) if named else None


def _over(own: Timing | None, other: Timing) -> str:
    ratio = own.speed / other.speed if own else 0.0
    return f"{ratio:.1f}x" if ratio < 10 else f"{ratio:.0f}x"


def plot(record: Record, path: Path) -> None:
    """Draw the speeds on resident float32 memory as bars, on a logarithmic scale."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    timings = [t for t in timings_of(record, "resident") if t.work.startswith("float32")]
    timings.sort(key=lambda t: (t.work, t.speed))
    names = [f"{t.who}: {t.work.removeprefix('float32 ')}" for t in timings]
    colours = ["C0" if t.who == "netinit" else "0.7" for t in timings]
    figure, axes = plt.subplots(figsize=(9, 0.28 * len(names) + 1), layout="constrained")
    bars = axes.barh(names, [t.speed for t in timings], color=colours)
    axes.bar_label(bars, [f" {t.speed:.2g}" for t in timings], fontsize=8)
    axes.set(xscale="log", xlabel="GB/s of float32, resident memory", xlim=(0.02, None))
    roof = _find(timings, "torch", "float32 constant")
    if roof is not None:
        axes.axvline(roof.speed, color="C3", lw=1, ls="--", label="torch's constant")
        axes.legend(loc="lower right")
    figure.savefig(path, dpi=110)
    plt.close(figure)


def replace_section(page: Path, name: str, text: str) -> None:
    """Put `text` between the comments ``<!-- name -->`` and ``<!-- end of name -->``."""
    begin, end = f"<!-- {name} -->", f"<!-- end of {name} -->"
    old = page.read_text()
    if old.count(begin) != 1 or old.count(end) != 1:
        raise ValueError(f"{page} has no section between {begin} and {end}")
    head, tail = old.partition(begin)[0], old.partition(end)[2]
    page.write_text(f"{head}{begin}\n{text}\n{end}{tail}")
