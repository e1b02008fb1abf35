"""Case 3: a chain 200, ramp, 200 on 50 inputs by Xavier's method, uniform and normal."""

import netinit
from netinit.inspect import histogram
from netinit.inspect.histograms import Histograms
from netinit.nets import NetChain


def draw():
    """Return the histograms of the first layer's weights."""
    net = NetChain([200, "ramp", 200], input=50)
    layers = []
    for distribution in ("uniform", "normal"):
        method = ("Xavier", {"distribution": distribution})
        plan = netinit.plan(net, netinit.All, method=method)
        initialized = netinit.initialize(net.copy(), method=method)
        (found,) = histogram(initialized, plan, select="0.Weights", bins=40).layers
        assert found.distance < 1.63
        assert abs(found.std / (2 / 250) ** 0.5 - 1) < 0.02
        layers.append(found)
    figure = Histograms(tuple(layers)).figure()
    for panel, title in zip(figure.axes, ("uniform", "normal"), strict=True):
        panel.set_title(f"Xavier, {title}", fontsize=9, loc="left")
    return figure
