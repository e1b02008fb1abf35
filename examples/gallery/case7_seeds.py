"""Case 7: two calls give equal weights; with Automatic seeding they differ."""

import netinit
from netinit.inspect.figures import COLORS, new_figure
from netinit.nets import LinearLayer


def draw():
    """Return the weights of one call against those of another."""
    layer = LinearLayer(20, input=30)
    figure, axes = new_figure(1, 2, (7, 3.2), sharex=True, sharey=True)
    for panel, options in zip(axes.flat, ({}, {"seed": netinit.Automatic}), strict=True):
        first, second = (netinit.initialize(layer.copy(), **options)["Weights"] for _ in range(2))
        assert (first == second).all() == (not options)
        panel.scatter(first, second, s=6, color=COLORS[0], linewidths=0)
        title = "seed=netinit.Automatic" if options else "the default, seed=1234"
        panel.set_title(title, fontsize=10, loc="left")
        panel.set_xlabel("weights of the first call", fontsize=8)
        panel.set_aspect("equal")
    axes.flat[0].set_ylabel("weights of the second call", fontsize=8)
    return figure
