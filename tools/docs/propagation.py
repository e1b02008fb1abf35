"""Draw docs/propagation.png: a signal through 50 layers under four methods.

python -m tools.docs.propagation. It needs netinit and its extra plot.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import netinit
from netinit.methods import Method

PICTURE = Path(__file__).parents[2] / "docs" / "propagation.png"
LAYERS, WIDTH, SAMPLES = 50, 512, 256

METHODS: dict[str, Method | str | float] = {
    "N(0, 0.1²)": 0.1,
    "Kaiming": "Kaiming",
    "Xavier": "Xavier",
    "N(0, 0.02²)": 0.02,
}


def signal(method: Method | str | float) -> list[float]:
    """Return the root mean square after each layer of relu, from a standard normal input."""
    net = {f"{n}.weight": netinit.ArraySpec((WIDTH, WIDTH)) for n in range(LAYERS)}
    net = netinit.initialize(net, method=method, seed=7)
    x = netinit.numpy.normal((SAMPLES, WIDTH), seed=7, name="input").astype(float)
    sizes = [1.0]
    for weight in net.values():
        x = np.maximum(x @ weight.T, 0)
        sizes.append(float(np.sqrt(np.mean(x**2))))
    return sizes


def draw() -> None:
    """Write the picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7.2, 4), dpi=150, layout="constrained")
    for label, method in METHODS.items():
        sizes = signal(method)
        (line,) = axes.plot(sizes, linewidth=2)
        axes.annotate(
            label, (LAYERS, sizes[-1]), xytext=(6, 0), textcoords="offset points",
            color=line.get_color(), va="center",
        )  # fmt: skip
    axes.set(
        yscale="log", xlim=(0, LAYERS), xlabel="layer", ylabel="root mean square of the signal"
    )
    axes.set_title(f"{LAYERS} layers of {WIDTH} units with relu", loc="left")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(PICTURE)


if __name__ == "__main__":
    draw()
