"""Nets that are changed after they were made: parametrized, pruned, adapted, cast, copied."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Callable
from functools import cache, partial
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, prune

__all__ = ["MODELS"]


def _linear() -> nn.Linear:
    return nn.Linear(24, 16)


def _convolutions() -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ConvTranspose2d(8, 4, 3))


def _old_norm(name: str) -> nn.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return getattr(nn.utils, name)(_linear())


def _convolutional_norms() -> nn.Module:
    net = _convolutions()
    parametrizations.spectral_norm(net[0])
    parametrizations.weight_norm(net[2], dim=1)
    return net


def _pruned() -> nn.Module:
    return prune.l1_unstructured(_linear(), "weight", amount=0.25)


def _pruned_by_rows() -> nn.Module:
    return prune.ln_structured(_linear(), "weight", amount=4, n=2, dim=0)


def _copies() -> nn.Module:
    layer = _linear()
    return nn.ModuleList([layer, copy.deepcopy(layer), layer])


def _drawn_by_hand() -> nn.Module:
    net = nn.Module()
    net.position = nn.Parameter(torch.randn(1, 20, 16) * 0.02)
    net.slopes = nn.Parameter(torch.empty(40).uniform_(1e-3, 0.1).log())
    net.register_buffer("centres", torch.rand(6, 16).cumsum(0), persistent=False)
    net.order = nn.Parameter(torch.randperm(12), requires_grad=False)
    return net


@cache
def _library() -> ModuleType:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("peft", exc_type=ImportError)


def _adapted(config: str, **options: Any) -> nn.Module:
    peft = _library()
    net = nn.Sequential(nn.Linear(24, 32), nn.ReLU(), nn.Linear(32, 24), nn.Linear(24, 16))
    return peft.get_peft_model(net, getattr(peft, config)(target_modules=["0", "2"], **options))


_ADAPTERS: dict[str, dict[str, Any]] = {
    "LoraConfig": {"r": 4},
    "LoraConfig DoRA": {"r": 4, "use_dora": True},
    "LoraConfig gaussian": {"r": 4, "init_lora_weights": "gaussian"},
    "LoraConfig orthogonal": {"r": 4, "init_lora_weights": "orthogonal"},
    "LoraConfig pissa": {"r": 4, "init_lora_weights": "pissa"},
    "LoraConfig random": {"r": 4, "init_lora_weights": False},
    "LoHaConfig": {"r": 4},
    "LoKrConfig": {"r": 4},
    "IA3Config": {"feedforward_modules": ["2"]},
    "VeraConfig": {"r": 4},
}

MODELS: dict[str, Callable[[], nn.Module]] = {
    "bfloat16": lambda: _linear().bfloat16(),
    "channels_last": lambda: _convolutions().to(memory_format=torch.channels_last),
    "copies": _copies,
    "drawn by hand": _drawn_by_hand,
    "orthogonal": lambda: parametrizations.orthogonal(_linear()),
    "pruned": _pruned,
    "pruned by rows": _pruned_by_rows,
    "spectral_norm": lambda: parametrizations.spectral_norm(_linear()),
    "spectral_norm, old": partial(_old_norm, "spectral_norm"),
    "weight_norm": lambda: parametrizations.weight_norm(_linear()),
    "weight_norm, old": partial(_old_norm, "weight_norm"),
    "norms of convolutions": _convolutional_norms,
    **{
        f"peft {name}": partial(_adapted, name.partition(" ")[0], **options)
        for name, options in _ADAPTERS.items()
    },
}
