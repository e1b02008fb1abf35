"""The zoo: small configurations of real models, by name, as their libraries build them."""

from __future__ import annotations

import torch
from torch import nn

from tests.torch.zoo import other_models, timm_models, transformers_models
from tests.torch.zoo.comparison import poisoned

__all__ = ["MODELS", "runs", "stock"]

_LIBRARIES = {"transformers": transformers_models, "timm": timm_models, "other": other_models}

#: By the library and the name there: builds the model, in torch's default mode and device.
MODELS = {
    f"{library}: {name}": make
    for library, module in _LIBRARIES.items()
    for name, make in module.MODELS.items()
}


def stock(name: str, seed: int) -> nn.Module:
    """Build a model as its library does, with what it leaves unwritten NaN."""
    with torch.random.fork_rng(devices=[]), poisoned():
        torch.manual_seed(seed)
        return MODELS[name]()


@torch.no_grad()
def runs(name: str, net: nn.Module) -> bool:
    """Return whether a model's outputs are finite; True where no inputs are known for it."""
    library, _, model = name.partition(": ")
    net = net.eval()
    if library == "timm":
        outputs = [net(timm_models.image(model))]
    elif library == "transformers" and model not in transformers_models.WITHOUT_INPUTS:
        made = net(**transformers_models.inputs(net))
        outputs = list(made if isinstance(made, tuple) else made.values())
    else:
        return True
    tensors = [x for x in outputs if isinstance(x, torch.Tensor) and x.is_floating_point()]
    return bool(tensors) and all(bool(x.isfinite().all()) for x in tensors)
