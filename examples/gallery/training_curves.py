"""The wrong and the right beside each other: four initial values, one net that learns digits."""

import warnings

import numpy as np
import torch
from sklearn.datasets import load_digits

import netinit
from netinit import Constant, Uniform
from netinit.inspect.figures import COLORS, new_figure
from netinit.methods import Rules

EPOCHS = 15
SIZES = ((256, 64), (128, 256), (10, 128))


def methods():
    """Return the rules for each: biases are 0 in all of them."""
    general = {
        f"{index}.weight": Uniform(-(fan_in**-0.5), fan_in**-0.5)
        for index, (_, fan_in) in zip((0, 2, 4), SIZES, strict=True)
    }
    normal = {
        f"{index}.weight": fan_in**-0.5 for index, (_, fan_in) in zip((0, 2, 4), SIZES, strict=True)
    }
    return {
        "all ones": {"weight": Constant(1)},
        "uniform on [0, 1)": {"weight": Uniform(0, 1)},
        "uniform, bounds 1/sqrt(n)": general,
        "normal, std 1/sqrt(n)": normal,
    }


def trained(rules, x, y):
    """Return the loss after each step and the share of the digits that are known at the end."""
    layers = [torch.nn.Linear(fan_in, out) for out, fan_in in SIZES]
    net = torch.nn.Sequential(layers[0], torch.nn.ReLU(), layers[1], torch.nn.ReLU(), layers[2])
    with warnings.catch_warnings():  # netinit says of all ones what is seen here
        warnings.simplefilter("ignore", netinit.errors.SymmetryWarning)
        netinit.initialize(net, netinit.All, method=Rules({**rules, "bias": 0.0}))
    optimizer = torch.optim.Adam(net.parameters(), lr=0.001)
    order = torch.from_numpy(np.random.default_rng(0).permutation(len(x)))
    losses = []
    for _ in range(EPOCHS):
        for batch in order.split(64):
            loss = torch.nn.functional.cross_entropy(net(x[batch]), y[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    with torch.no_grad():
        return losses, float((net(x).argmax(1) == y).float().mean())


def draw():
    """Return the four curves."""
    digits = load_digits()
    x = torch.from_numpy(digits.data.astype(np.float32) / 16)
    y = torch.from_numpy(digits.target.astype(np.int64))
    figure, axes = new_figure(1, 1, (7.4, 3.6))
    (panel,) = axes.flat
    final, share = {}, {}
    for (name, rules), color in zip(methods().items(), COLORS, strict=False):
        losses, share[name] = trained(rules, x, y)
        smooth = np.convolve(losses, np.ones(15) / 15, "valid")
        final[name] = smooth[-1]
        panel.plot(smooth, color=color, label=f"{name}: {share[name]:.0%} known", linewidth=1.4)
    ones, unit, general, normal = final.values()
    assert ones > unit > max(general, normal)
    ones, unit, general, normal = share.values()
    assert ones < unit < min(general, normal)
    assert min(general, normal) > 0.95
    panel.set_yscale("log")
    panel.set_xlabel("step of training", fontsize=8)
    panel.set_title("loss, digits of scikit-learn", fontsize=10, loc="left")
    panel.grid(axis="y", color="#eeeeee", linewidth=0.6)
    panel.legend(fontsize=8, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return figure
