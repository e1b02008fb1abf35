"""Case 4: what is not initialized has no values; after initialization and training it has."""

import numpy as np
import torch

import netinit
from netinit.inspect.figures import COLORS, new_figure
from netinit.nets import NetChain, to_torch


def draw():
    """Return a picture of a function that a net learns."""
    net = NetChain([30, "tanh", 30, "tanh", 1], input=1)
    assert all(not parameter.initialized for parameter in net.parameters())

    x = np.linspace(-3, 3, 200, dtype=np.float32)[:, None]
    y = np.sin(2 * x)
    netinit.initialize(net, method="Xavier")
    before = net(x)
    module = to_torch(net)
    optimizer = torch.optim.Adam(module.parameters(), lr=0.01)
    losses = []
    for _ in range(1000):
        loss = (module(torch.from_numpy(x)) - torch.from_numpy(y)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    for name, values in module.state_dict().items():
        net[name] = values
    assert all(parameter.initialized for parameter in net.parameters())
    assert np.square(net(x) - y).mean() < 0.01 < losses[0]

    figure, axes = new_figure(1, 2, (8, 3))
    left, right = axes.flat
    left.plot(x, y, color="#999999", linewidth=4, label="to be learned")
    left.plot(x, before, color=COLORS[1], label="initialized")
    left.plot(x, net(x), color=COLORS[0], label="trained")
    left.set_ylim(-2.2, 1.6)
    left.set_title("the net's output", fontsize=10, loc="left")
    left.legend(fontsize=8, frameon=False, loc="lower center", ncols=3)
    right.plot(losses, color=COLORS[0], linewidth=1)
    right.set_yscale("log")
    right.set_xlabel("step", fontsize=8)
    right.set_title("mean squared error", fontsize=10, loc="left")
    return figure
