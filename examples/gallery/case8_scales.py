"""Case 8: a net 30, tanh, 8, tanh of one real input, as its weights and biases grow."""

import numpy as np

import netinit
from netinit.inspect.figures import COLORS, new_figure
from netinit.nets import LinearLayer, NetChain

SCALES = (0.5, 1, 2, 4)


def draw():
    """Return the net's output over [-2, 2] for weights and biases of several scales."""
    net = NetChain([30, "tanh", 8, "tanh", LinearLayer(())], input=())
    x = np.linspace(-2, 2, 400)
    figure, axes = new_figure(4, 4, (9, 7), sharex=True)
    turns = {}
    for row, biases in enumerate((0, *SCALES[1:])):
        for column, weights in enumerate(SCALES):
            method = ("Random", {"weights": weights, "biases": biases})
            y = netinit.initialize(net.copy(), method=method)(x)
            turns[weights, biases] = int((np.diff(np.sign(np.diff(y))) != 0).sum())
            panel = axes[row, column]
            panel.plot(x, y, color=COLORS[0], linewidth=1.2)
            panel.set_title(f"weights {weights}, biases {biases}", fontsize=9, loc="left")
            if biases == 0:  # a sum of odd functions
                assert np.abs(y + y[::-1]).max() < 1e-4
    assert turns[4, 4] > turns[0.5, 4]  # large weights bend it more often
    return figure
