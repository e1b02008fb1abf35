"""Steps through which the search for an activation goes on, and those that end it."""

from __future__ import annotations

import re

from torch import nn
from torch.nn.parameter import is_lazy

__all__ = ["ENDS", "IGNORED", "PRODUCTS", "TRANSPARENT", "is_transparent"]

#: Modules that rearrange, drop, pool, pad or normalize, by their classes' names. After a
#: normalization the scale of what came before is gone, and any gain would do there; but before
#: its first statistics a batch normalization is the identity, and the gain is wanted.
_TRANSPARENT_CLASS = re.compile(
    r"(Identity|\w*Dropout\w*|DropPath|StochasticDepth|Flatten|Unflatten|Upsample\w*|Permute"
    r"|Rearrange|Pixel(Uns|S)huffle|ChannelShuffle|\w*Pool(ing)?[1-3]?d?|\w*Norm([1-3]d)?"
    r"|\w*Pad[1-3]d)"
)

#: Functions and methods of the same kinds.
TRANSPARENT = frozenset(
    [
        *("view", "reshape", "flatten", "unflatten", "ravel", "permute", "transpose", "t", "mT"),
        *("movedim", "moveaxis", "swapaxes", "swapdims", "squeeze", "unsqueeze", "expand"),
        *("expand_as", "view_as", "reshape_as", "contiguous", "clone", "detach", "narrow"),
        *("getitem", "select", "index_select", "chunk", "split", "tensor_split", "unbind"),
        *("cat", "concat", "concatenate", "stack", "roll", "flip", "repeat", "tile"),
        *("to", "type", "type_as", "float", "double", "half", "bfloat16", "cuda", "cpu"),
        *("dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout"),
        *("feature_alpha_dropout", "feature_dropout", "pad", "interpolate", "upsample"),
        *("pixel_shuffle", "pixel_unshuffle", "channel_shuffle", "mean", "amax"),
        *("batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm"),
        *("local_response_norm", "normalize"),
        *(
            f"{adaptive}{kind}_pool{axes}d"
            for adaptive in ("", "adaptive_")
            for kind in ("avg", "max", "lp")
            for axes in (1, 2, 3)
        ),
        *("max_pool1d_with_indices", "max_pool2d_with_indices", "max_pool3d_with_indices"),
    ]
)

#: Functions, methods and attributes that take no values from their input.
IGNORED = frozenset(["size", "dim", "ndimension", "numel", "getattr", "len", "_assert", "stride"])

#: Linear maps of what they are given.
PRODUCTS = frozenset(
    [
        *(
            "linear",
            "matmul",
            "mm",
            "bmm",
            "addmm",
            "baddbmm",
            "addbmm",
            "mv",
            "einsum",
            "tensordot",
        ),
        *("bilinear", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d"),
        *("conv_transpose3d", "_grouped_mm", "rmatmul", "imatmul"),
    ]
)

#: Steps before which nothing follows: another linear map, a sum, attention.
ENDS = PRODUCTS | {
    *("add", "iadd", "sub", "isub", "sum", "softmax", "log_softmax", "cross_entropy"),
    *("scaled_dot_product_attention", "multi_head_attention_forward", "embedding"),
}


def is_transparent(module: nn.Module) -> bool:
    """Return whether a module without modules inside passes on what it is given.

    Examples
    --------
    >>> import torch
    >>> from netinit.torch.following.transparent import is_transparent
    >>> is_transparent(torch.nn.BatchNorm2d(3)), is_transparent(torch.nn.Linear(3, 2))
    (True, False)
    """
    if next(module.children(), None) is not None:
        return False
    named = any(_TRANSPARENT_CLASS.fullmatch(cls.__name__) for cls in type(module).__mro__)
    own = type(module).__module__.startswith("torch.nn.")
    return named and (own or all(is_lazy(p) or p.ndim < 2 for p in module.parameters()))
