"""What people write by hand to initialize PyTorch's modules, each as one line."""

from dataclasses import replace

import torch
from torch import nn

from netinit import All, Constant, Normal, Uniform, initialize
from netinit.inspect import histogram
from netinit.inspect.histograms import Histograms
from netinit.inspect.planned import density_of, distance


def conv_net():
    """Return a small net of convolutions, batch normalization and a linear layer."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3), nn.BatchNorm2d(32), nn.ReLU(), nn.Flatten(), nn.Linear(32 * 36, 100)
    )


def within(bound):
    """Return the uniform distribution between a number and its negative."""
    return Uniform(-bound, bound)


#: A title; the net with its one line; the weight to look at; what it is to be drawn from.
SNIPPETS = [
    (
        "xavier_uniform, biases 0.01",
        lambda net: initialize(
            net, All, method={"weight": "xavier_uniform", "bias": Constant(0.01)}
        ),
        *("4.weight", within((6 / (1152 + 100)) ** 0.5)),
    ),
    (
        "kaiming_normal, fan_out",
        lambda net: initialize(
            net, All, method={"bias": 0.0, "Conv*": ("kaiming_normal", {"mode": "fan_out"})}
        ),
        *("0.weight", Normal(0, (2 / (32 * 9)) ** 0.5)),
    ),
    (
        "by the type of the layer",
        lambda net: initialize(
            net, All, method={"bias": 0.0, nn.Linear: "xavier_normal", nn.Conv2d: 0.05}
        ),
        *("0.weight", Normal(0, 0.05)),
    ),
    (
        "by the rank of the parameter",
        lambda net: initialize(
            net,
            All,
            method={
                (lambda p: len(p.shape) == 1): Normal(0, 1),
                (lambda p: len(p.shape) == 2): "xavier_normal",
                (lambda p: len(p.shape) in (3, 4)): "xavier_uniform",
            },
        ),
        *("4.weight", Normal(0, (2 / (1152 + 100)) ** 0.5)),
    ),
    (
        "one for every parameter",
        lambda net: initialize(net, All, method={"*": within(0.08)}),
        *("4.weight", within(0.08)),
    ),
    (
        "DCGAN's",
        lambda net: initialize(
            net, All, method={"bias": 0.0, "Conv*": 0.02, "1.weight": Normal(1, 0.02)}
        ),
        *("0.weight", Normal(0, 0.02)),
    ),
    (
        "the general rule, 1/sqrt(n)",
        lambda net: initialize(net, All, method={"4.weight": within(1152**-0.5), "bias": 0.0}),
        *("4.weight", within(1152**-0.5)),
    ),
    (
        "PyTorch's own",
        lambda net: initialize(net, All, method="Native"),
        *("4.weight", within(1152**-0.5)),
    ),
]


def draw():
    """Return the histograms of one weight of each net."""
    found = []
    for title, line, name, planned in SNIPPETS:
        net = line(conv_net())
        (layer,) = histogram(net, select=name, bins=40).layers
        with torch.no_grad():
            values = net.get_parameter(name).numpy()
        apart = distance(values, density_of(planned).cumulative)
        assert apart < 1.63, title
        found.append(replace(layer, name=f"{title}: {name}", planned=planned, distance=apart))
    figure = Histograms(tuple(found)).figure()
    for panel, (title, _, name, _) in zip(figure.axes, SNIPPETS, strict=False):
        panel.set_title(f"{title}\n{name}", fontsize=8, loc="left")
    return figure
