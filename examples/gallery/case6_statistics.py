"""Case 6: batch normalization's moving variance is 1, whatever the method."""

import netinit
from netinit.inspect.figures import COLORS, new_figure
from netinit.nets import BatchNormalizationLayer, NetChain


def draw():
    """Return the moving variance and the weights under three methods."""
    net = NetChain([20, BatchNormalizationLayer(), "ramp", 20], input=10)
    figure, axes = new_figure(2, 3, (9, 3.6), sharey="row")
    for column, method in enumerate(("Xavier", "Orthogonal", "Identity")):
        initialized = netinit.initialize(net.copy(), method=method)
        variance = initialized[1, "MovingVariance"]
        assert (variance == 1).all()
        top, bottom = axes[:, column]
        top.hist(initialized[0, "Weights"].ravel(), 30, color=COLORS[5])
        top.set_title(f"{method}: Weights", fontsize=9, loc="left")
        top.set_yscale("log")
        bottom.bar(range(len(variance)), variance, color=COLORS[0])
        bottom.set_title("MovingVariance, by channel", fontsize=9, loc="left")
        bottom.set_ylim(0, 1.2)
        bottom.set_xticks([])
    return figure
