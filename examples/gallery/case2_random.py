"""Case 2: normal weights and biases of standard deviation 2 on a layer 2 -> 200."""

import netinit
from netinit.inspect import histogram
from netinit.nets import LinearLayer


def draw():
    """Return the histograms of both."""
    layer = LinearLayer(200, input=2)
    method = ("Random", {"weights": 2, "biases": 2})
    plan = netinit.plan(layer, netinit.All, method=method)
    netinit.initialize(layer, method=method)

    found = histogram(layer, plan, select=["Weights", "Biases"], bins=30)
    assert [x.distance < 1.63 for x in found.layers] == [True, True]  # Kolmogorov-Smirnov
    assert [round(x.planned.std) for x in found.layers] == [2, 2]
    return found.figure()
