"""Case 5: Identity makes a chain whose output is near to its input; Xavier a random line."""

import numpy as np

import netinit
from netinit.inspect.figures import COLORS, new_figure
from netinit.nets import NetChain


def draw():
    """Return the outputs of both over [-1, 1]."""
    net = NetChain([5, 100, 5, 1], input=1)
    x = np.linspace(-1, 1, 101)[:, None]
    identity = netinit.initialize(net.copy(), method="Identity")(x)
    xavier = netinit.initialize(net.copy(), method="Xavier")(x)
    assert np.abs(identity - x).max() < 0.3
    line = xavier[-1] * x  # through 0, for biases are 0
    assert np.abs(xavier - line).max() < 1e-5

    figure, axes = new_figure(1, 2, (7, 3), sharex=True)
    for panel, output, title in zip(
        axes.flat, (identity, xavier), ("Identity", "Xavier"), strict=True
    ):
        panel.plot(x, x, color="#bbbbbb", linewidth=4, label="input")
        panel.plot(x, output, color=COLORS[0], label="output")
        panel.set_title(title, fontsize=10, loc="left")
        panel.grid(color="#eeeeee", linewidth=0.6)
    axes.flat[0].legend(fontsize=8, frameon=False)
    return figure
