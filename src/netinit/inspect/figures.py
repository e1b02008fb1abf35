"""The pictures of the results, by matplotlib, which is imported when the first is drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

from netinit.inspect.planned import density_of
from netinit.inspect.random_matrices import edges, marchenko_pastur

__all__ = [
    "COLORS",
    "coord_figure",
    "histogram_figure",
    "new_figure",
    "picture_formats",
    "propagation_figure",
    "require_matplotlib",
    "spectrum_figure",
]

#: Okabe and Ito's colours, which the colour-blind tell apart.
COLORS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MOST_PANELS = 48


def require_matplotlib() -> None:
    """Raise ModuleNotFoundError, which names the extra, where pictures cannot be drawn."""
    if find_spec("matplotlib") is None:
        raise ModuleNotFoundError(
            "pictures need matplotlib, the extra plot; install with: pip install matplotlib",
            name="matplotlib",
        )


def picture_formats() -> list[str]:
    """Return the endings of the files that pictures can be saved in: "png", "svg", ..."""
    require_matplotlib()
    from matplotlib.backend_bases import FigureCanvasBase

    return sorted(FigureCanvasBase.get_supported_filetypes())


def new_figure(rows: int, columns: int, size: tuple[float, float], **options: Any) -> Any:
    """Return a figure and its axes; no window, no state of matplotlib is touched."""
    require_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure: Any = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False, **options)
    for panel in axes.flat:
        panel.spines[["top", "right"]].set_visible(False)
        panel.tick_params(labelsize=8)
    return figure, axes


def _grid(count: int) -> tuple[int, int]:
    columns = min(4, max(1, math.ceil(math.sqrt(count))))
    return math.ceil(count / columns), columns


def _small_multiples(names: Sequence[str]) -> tuple[Any, list[Any]]:
    rows, columns = _grid(min(len(names), _MOST_PANELS))
    figure, axes = new_figure(rows, columns, (3.0 * columns + 0.4, 2.1 * rows + 0.4))
    panels = list(axes.flat)
    for panel, name in zip(panels, names, strict=False):
        panel.set_title(_ending(name, 34), fontsize=9, loc="left")
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    if len(names) > _MOST_PANELS:
        figure.suptitle(f"the first {_MOST_PANELS} of {len(names)}", fontsize=10)
    return figure, panels


def _ending(name: str, most: int) -> str:
    return name if len(name) <= most else f"...{name[3 - most :]}"


def histogram_figure(layers: Sequence[Any]) -> Any:
    """Return small histograms, each with the planned density over it."""
    figure, panels = _small_multiples([layer.name for layer in layers])
    labelled = False
    for panel, layer in zip(panels, layers, strict=False):
        widths = np.diff(layer.edges)
        total = max(layer.counts.sum(), 1)
        panel.bar(
            layer.edges[:-1], layer.counts / total / widths, widths, align="edge",
            color=COLORS[5], label="values",
        )  # fmt: skip
        density = density_of(layer.planned)
        if density is not None:
            reach = np.linspace(layer.edges[0], layer.edges[-1], 400)
            style = "-" if density.exact else "--"
            panel.plot(reach, density.density(reach), style, color=COLORS[1], label="planned")
            labelled = True
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.locator_params(axis="x", nbins=5)
        panel.set_xlabel(f"std {layer.std:.3g}", fontsize=8)
    if labelled:
        _legend_above(figure, panels)
    return figure


def spectrum_figure(layers: Sequence[Any]) -> Any:
    """Return small histograms of singular values with Marchenko-Pastur's density over them."""
    figure, panels = _small_multiples([layer.name for layer in layers])
    for panel, layer in zip(panels, layers, strict=False):
        least, most = float(layer.values[-1]), float(layer.values[0])
        if layer.kind == "orthogonal":
            panel.axvline(most, color=COLORS[0], linewidth=3)
            panel.set_xlim(0, 2 * most)
            panel.set_yticks([])
            panel.text(most * 1.06, 0.5, f"all {most:.3g}", fontsize=8, va="center")
            panel.set_xlabel("singular values", fontsize=8)
            continue
        rows, wide = layer.shape
        low, high = edges(rows, wide, layer.std)
        left, right = min(low, least), max(high, most)
        count = max(6, min(40, len(layer.values) // 6))
        panel.hist(layer.values, np.linspace(left, right, count + 1), density=True,
                   color=COLORS[5], label="singular values")  # fmt: skip
        reach = np.linspace(left, right, 600)
        panel.plot(reach, marchenko_pastur(reach, rows, wide, layer.std), color=COLORS[1],
                   label="Marchenko-Pastur")  # fmt: skip
        panel.set_yticks([])
        panel.spines["left"].set_visible(False)
        panel.set_xlabel("singular values", fontsize=8)
    _legend_above(figure, panels)
    return figure


def _legend_above(figure: Any, panels: Sequence[Any]) -> None:
    """Put the legend of the panel that has most labels above all panels."""
    handles, labels = max((p.get_legend_handles_labels() for p in panels), key=lambda p: len(p[0]))
    if handles:
        figure.legend(
            handles, labels, loc="outside upper right", ncols=2, fontsize=8, frameon=False
        )


def propagation_figure(runs: Sequence[Any]) -> Any:
    """Return the root mean squares by depth, forwards and, where there are any, backwards."""
    back = any(layer.backward is not None for run in runs for layer in run.layers)
    figure, axes = new_figure(1, 1 + back, (4.6 * (1 + back) + 0.4, 3.4), sharex=True)
    columns: list[tuple[str, Any]] = [("signal, rms", lambda layer: layer.forward)]
    if back:
        columns.append(("gradient, rms", lambda layer: layer.backward))
    for panel, (title, side) in zip(axes.flat, columns, strict=True):
        logs = []
        for run, color in zip(runs, COLORS * len(runs), strict=False):
            found = [(i, side(layer)) for i, layer in enumerate(run.layers)]
            points = [(i, m.rms) for i, m in found if m is not None]
            shown = [(i, r) for i, r in points if math.isfinite(r) and r > 0]
            if shown:
                x, y = zip(*shown, strict=True)
                marks = "o-" if len(x) <= 40 else "-"
                panel.plot(x, y, marks, color=color, label=run.label, markersize=3, linewidth=1.2)
                logs += [math.log10(min(y)), math.log10(max(y))]
        panel.set_yscale("log")
        if logs:  # a signal that keeps its size should look level
            middle, half = (max(logs) + min(logs)) / 2, max((max(logs) - min(logs)) / 2 * 1.1, 1)
            panel.set_ylim(10 ** (middle - half), 10 ** (middle + half))
        panel.set_title(title, fontsize=10, loc="left")
        panel.grid(axis="y", color="#dddddd", linewidth=0.6)
        _name_layers(panel, [layer.name for layer in runs[0].layers])
    axes.flat[0].legend(fontsize=8, frameon=False)
    return figure


def _name_layers(panel: Any, names: Sequence[str]) -> None:
    step = max(1, math.ceil(len(names) / 12))
    places = list(range(0, len(names), step))
    panel.set_xticks(places, [_ending(names[i], 18) for i in places], rotation=60, ha="right",
                     rotation_mode="anchor", fontsize=7)  # fmt: skip


def coord_figure(found: Any) -> Any:
    """Return each layer's size at the start and its change after the steps, by width."""
    last = len(found.change) - 1
    after = f"change after {last} steps" if last > 1 else "change after a step"
    panels = [("size at the start", found.size[0]), (after, found.change[-1])]
    figure, axes = new_figure(1, 2, (9.6, 3.6), sharex=True)
    for panel, (title, table) in zip(axes.flat, panels, strict=True):
        for number, (name, values) in enumerate(table.items()):
            color = COLORS[number % len(COLORS)]
            style = ("o-", "s--", "^:")[number // len(COLORS) % 3]
            positive = [(w, v) for w, v in zip(found.widths, values, strict=True) if v > 0]
            if positive:
                x, y = zip(*positive, strict=True)
                panel.plot(x, y, style, color=color, label=_ending(name, 24), markersize=4)
        panel.set_xscale("log", base=2)
        panel.set_yscale("log")
        panel.set_xticks(found.widths, [str(width) for width in found.widths])
        panel.minorticks_off()
        panel.set_xlabel("width", fontsize=8)
        panel.set_title(f"{title}, mean of |x|", fontsize=10, loc="left")
        panel.grid(color="#eeeeee", linewidth=0.6)
    handles, labels = axes.flat[1].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right center", fontsize=7, frameon=False)
    return figure
