"""What the arrays of Flax and Haiku are by their names, where no layer says it.

Both write a linear map's weight as (*kernel, in, out), with the inputs' axes before the outputs'.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from netinit.initializers.distributions import Constant, Normal
from netinit.parameters.kernels import flax_kernel
from netinit.parameters.rule import BIAS, MEAN, SCALE, SHIFT, VARIANCE, Rule, kernel
from netinit.shapes.layout import DENSE, Layout

__all__ = ["layer_of", "rule_by_name"]

_STATE = Rule("state", fixed=Constant(0.0), kind="buffer")

_FIXED = {
    "scale": SCALE,
    "offset": SHIFT,
    "mean": MEAN,
    "var": VARIANCE,
    # Zero, so that the adapted layer begins as the one it adapts.
    "lora_b": Rule("weight", fixed=Constant(0.0)),
    "negative_slope": Rule("slope", fixed=Constant(0.01)),
    # What power iteration starts from, and the singular value that it finds.
    "u": Rule("statistic", fixed=Normal(), kind="buffer"),
    "sigma": VARIANCE,
    # Keys and values that attention has seen; moving averages of Haiku.
    "cached_key": _STATE,
    "cached_value": _STATE,
    "average": _STATE,
    "hidden": _STATE,
}

#: Names that mean this in some places only, each with what its path must have.
_PLACES = {
    "u": "batch_stats",
    "sigma": "batch_stats",
    "average": "_ema",
    "hidden": "_ema",
}

_LSTM = re.compile(r"lstm[^.]*\.linear\.w$")


def layer_of(path: tuple[str, ...]) -> str:
    """Return the layer's type as Flax writes it in a name of its own making; "" elsewhere.

    Examples
    --------
    >>> from netinit.jax.trees.names import layer_of
    >>> layer_of(("params", "Dense_0", "kernel"))
    'Dense'
    """
    found = re.fullmatch(r"([A-Z]\w*)_\d+", path[-2]) if len(path) > 1 else None
    return found[1] if found else ""


def rule_by_name(
    path: tuple[str, ...],
    shape: tuple[int, ...],
    shapes: Mapping[tuple[str, ...], tuple[int, ...]],
) -> Rule | None:
    """Return what an array is by its path; None where its name says nothing.

    Parameters
    ----------
    path, shape : tuple
        The array's.
    shapes : mapping
        The shape of each array of the tree, by its path.
    """
    last, axes = path[-1], len(shape)
    if last in _FIXED and any(_PLACES.get(last, "") in part for part in path):
        return _FIXED[last]
    if last in ("b", "bias") or last.endswith("_bias"):
        return SHIFT if (*path[:-1], "scale") in shapes else BIAS
    if last.endswith(("embedding", "embeddings")) and axes >= 2:
        return Rule("embedding", DENSE if axes == 2 else Layout((axes - 2,), (axes - 1,)))
    if axes < 2 or last == "weight":
        return None
    if last == "kernel":
        return flax_kernel(path, shape, shapes)
    if last == "w" and "transpose" in path[-2:][0]:
        return kernel(axes, transposed=True)
    return kernel(axes, gates=_gates(path, shape))


def _gates(path: tuple[str, ...], shape: tuple[int, ...]) -> int:
    """Return how many gates a weight of a recurrent layer of Haiku packs."""
    if _LSTM.search(".".join(path)) and shape[-1] % 4 == 0:
        return 4
    if path[-1] in ("w_i", "w_h") and shape[-1] % 3 == 0:
        return 3
    return 1
