"""Every module class of torch.nn that has parameters or buffers, with arguments that make it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

__all__ = ["ABSTRACT", "MODELS"]

#: By name: the class (named before a space), arguments and keywords.
_TABLE = {
    "AdaptiveLogSoftmaxWithLoss": ((32, 40, [8, 20]), {"head_bias": True}),
    "BCELoss": ((torch.rand(5, generator=torch.Generator().manual_seed(0)),), {}),
    "BCEWithLogitsLoss": ((torch.ones(3), None, None, "mean", torch.full((3,), 2.0)), {}),
    "BatchNorm1d": ((16,), {}),
    "BatchNorm2d": ((16,), {}),
    "BatchNorm2d plain": ((16,), {"affine": False, "track_running_stats": False}),
    "BatchNorm3d": ((16,), {}),
    "Bilinear": ((8, 9, 10), {}),
    "Conv1d": ((8, 16, 3), {}),
    "Conv2d": ((8, 16, 3), {"groups": 2, "bias": False}),
    "Conv3d": ((4, 8, 3), {"padding_mode": "circular"}),
    "ConvTranspose1d": ((8, 16, 3), {}),
    "ConvTranspose2d": ((8, 16, 3), {}),
    "ConvTranspose3d": ((4, 8, 3), {}),
    "CrossEntropyLoss": ((torch.arange(4.0),), {}),
    "Embedding": ((40, 16), {"padding_idx": 3}),
    "Embedding sparse": ((40, 16), {"sparse": True, "max_norm": 1.0}),
    "EmbeddingBag": ((40, 16), {"padding_idx": -1}),
    "FractionalMaxPool2d": (
        (2,), {"output_size": 3, "_random_samples": torch.full((1, 2, 2), 0.5)},
    ),
    "FractionalMaxPool3d": (
        (2,), {"output_size": 3, "_random_samples": torch.full((1, 2, 3), 0.5)},
    ),
    "GRU": ((12, 16, 2), {"bidirectional": True}),
    "GRUCell": ((12, 16), {}),
    "GroupNorm": ((4, 16), {}),
    "InstanceNorm1d": ((16,), {"affine": True, "track_running_stats": True}),
    "InstanceNorm2d": ((16,), {}),
    "InstanceNorm3d": ((16,), {"affine": True}),
    "LSTM": ((12, 16, 2), {"proj_size": 8}),
    "LSTM half": ((12, 16), {"dtype": torch.float16}),
    "LSTMCell": ((12, 16), {"bias": False}),
    "LayerNorm": (((4, 16),), {}),
    "LayerNorm without bias": ((16,), {"bias": False}),
    "Linear": ((24, 16), {}),
    "Linear bfloat16": ((64, 32), {"dtype": torch.bfloat16}),
    "Linear complex": ((24, 16), {"dtype": torch.complex64}),
    "Linear double": ((24, 16), {"dtype": torch.float64}),
    "LinearCrossEntropyLoss": ((24, 16), {"bias": True}),
    "MultiLabelSoftMarginLoss": ((torch.arange(4.0),), {}),
    "MultiMarginLoss": ((), {"weight": torch.arange(4.0)}),
    "MultiheadAttention": ((32, 4), {}),
    "MultiheadAttention of three sizes": (
        (32, 4), {"kdim": 12, "vdim": 20, "add_bias_kv": True},
    ),
    "NLLLoss": ((torch.arange(4.0),), {}),
    "NLLLoss2d": ((torch.arange(4.0),), {}),
    "PReLU": ((8,), {}),
    "RMSNorm": ((16,), {}),
    "RNN": ((12, 16), {}),
    "RNNCell": ((12, 16), {}),
    "SyncBatchNorm": ((16,), {}),
    "Transformer": ((32, 4, 2, 2, 48), {}),
    "TransformerDecoderLayer": ((32, 4, 48), {}),
    "TransformerEncoderLayer": ((32, 4, 48), {"norm_first": True, "batch_first": True}),
}  # fmt: skip

#: Classes whose parameters have their shape from the first input: arguments, and its shape.
_LAZY = {
    **{f"LazyBatchNorm{k}d": ((), (2, 8, *[4] * k)) for k in (1, 2, 3)},
    **{f"LazyConv{k}d": ((16, 3), (2, 8, *[4] * k)) for k in (1, 2, 3)},
    **{f"LazyConvTranspose{k}d": ((16, 3), (2, 8, *[4] * k)) for k in (1, 2, 3)},
    **{f"LazyInstanceNorm{k}d": ((), (2, 8, *[4] * k)) for k in (1, 2, 3)},
    "LazyLinear": ((16,), (2, 24)),
}

#: Classes that only others are made of.
ABSTRACT = frozenset({"RNNBase", "RNNCellBase"})


def _make(name: str) -> nn.Module:
    args, options = _TABLE[name]
    return getattr(nn, name.partition(" ")[0])(*args, **options)


def _run(name: str) -> nn.Module:
    args, shape = _LAZY[name]
    layer = getattr(nn, name)(*args).eval()
    layer(torch.zeros(shape))
    return layer.train()


def _stack(kind: str) -> nn.Module:
    layer = getattr(nn, f"{kind}Layer")(32, 4, 48, batch_first=True)
    return getattr(nn, kind)(layer, num_layers=3, norm=nn.LayerNorm(32))


#: By the name of its class, and of what is special: builds the layer.
MODELS: dict[str, Callable[[], nn.Module]] = {
    **{name: partial(_make, name) for name in _TABLE},
    **{name: partial(_run, name) for name in _LAZY},
    **{name: partial(_stack, name) for name in ("TransformerDecoder", "TransformerEncoder")},
}
