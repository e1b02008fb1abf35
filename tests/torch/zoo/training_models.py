"""Nets that know how to initialize themselves, as those that training code brings along."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

from torch import nn

__all__ = ["MODELS", "Block", "Net", "Olmo"]


class Block(nn.Module):
    """A block that knows its depth, as torchtitan's and litgpt's do."""

    def __init__(self, width: int, layer: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)
        self.norm, self.layer = nn.RMSNorm(width), layer

    def init_weights(self) -> None:
        self.norm.reset_parameters()
        nn.init.trunc_normal_(self.up.weight, std=0.02)
        nn.init.trunc_normal_(self.down.weight, std=0.02 / math.sqrt(2 * (self.layer + 1)))
        nn.init.zeros_(self.up.bias)
        nn.init.zeros_(self.down.bias)


class Net(nn.Module):
    """A net whose init code goes through its blocks, run after it was made."""

    def __init__(self, width: int = 24, depth: int = 3) -> None:
        super().__init__()
        self.embed = nn.Embedding(50, width)
        self.blocks = nn.ModuleList(Block(width, k) for k in range(depth))

    def init_weights(self) -> None:
        nn.init.normal_(self.embed.weight)
        for block in self.blocks:
            block.init_weights()


class Olmo(nn.Module):
    """A net with the scheme that OLMo calls Mitchell's, run by its constructor.

    Standard deviations fall with the width and the depth, normal values are cut off at three of
    them, and a head is drawn unless it is the embedding.
    """

    def __init__(self, width: int = 32, depth: int = 2, tied: bool = False) -> None:
        super().__init__()
        self.width = width
        self.transformer = nn.ModuleDict(
            {
                "wte": nn.Embedding(50, width),
                "blocks": nn.ModuleList(Block(width, k) for k in range(depth)),
                "ln_f": nn.LayerNorm(width, elementwise_affine=False),
            }
        )
        if not tied:
            self.transformer["ff_out"] = nn.Linear(width, 50, bias=False)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        std = 1 / math.sqrt(self.width)
        _cut_normal(self.transformer["wte"], std)
        if "ff_out" in self.transformer:
            _cut_normal(self.transformer["ff_out"], std)
        for block in self.transformer["blocks"]:
            _cut_normal(block.up, 1 / math.sqrt(2 * self.width * (block.layer + 1)))
            _cut_normal(block.down, 1 / math.sqrt(8 * self.width * (block.layer + 1)))


def _cut_normal(module: nn.Linear | nn.Embedding, std: float) -> None:
    nn.init.trunc_normal_(module.weight, std=std, a=-3 * std, b=3 * std)
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)


def _torchtitan() -> nn.Module:
    net = Net()
    net.init_weights()
    return net


def _litgpt() -> nn.Module:
    """Put functions of their own std in the place of the layers' resets, and run these."""
    net = Net()
    for module in net.modules():
        if isinstance(module, nn.Linear):
            module.reset_parameters = partial(nn.init.normal_, module.weight, std=0.03)
    for module in net.modules():
        if hasattr(module, "reset_parameters"):
            module.reset_parameters()
    return net


#: By whose way it is: builds the net, and runs its init code.
MODELS: dict[str, Callable[[], nn.Module]] = {
    "litgpt": _litgpt,
    "OLMo": Olmo,
    "OLMo tied": partial(Olmo, tied=True),
    "torchtitan": _torchtitan,
}
