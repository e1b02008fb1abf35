"""Parameters of which only the name and the shape are known."""

from __future__ import annotations

from typing import Any

from netinit.base.spelling import fold
from netinit.initializers.distributions import Constant
from netinit.parameters.following import Surroundings
from netinit.parameters.parameter import Parameter
from netinit.shapes.layout import DENSE, Layout

__all__ = ["guess_parameter"]


#: How the note of a guessed row begins.
_GUESSED = "role guessed from name and shape"

#: Names (folded) of arrays of at most one axis that have a fixed value: role, value, kind.
_FIXED = {
    **dict.fromkeys(("weight", "scale", "scaling", "gamma"), ("scale", 1.0, "parameter")),
    "beta": ("shift", 0.0, "parameter"),
    **dict.fromkeys(("mean", "runningmean", "movingmean"), ("statistic", 0.0, "buffer")),
    **dict.fromkeys(
        ("var", "runningvar", "runningvariance", "movingvar", "movingvariance"),
        ("statistic", 1.0, "buffer"),
    ),
}


def guess_parameter(
    name: str,
    shape: tuple[int, ...] | None,
    dtype: str = "float32",
    *,
    initialized: bool = False,
    kind: str | None = None,
    layer: str = "",
    aliases: tuple[str, ...] = (),
    target: Any = None,
    persistent: bool = True,
    surroundings: Surroundings | None = None,
) -> Parameter:
    r"""Return the row of a parameter of which only the name and the shape are known.

    Notes
    -----
    The last part of the name decides first, without regard to case: ``...bias`` is a bias.
    Then the axes: two or more are a weight (out, in, \*kernel), but (\*kernel, in, out) where
    the name is ``kernel`` as in Keras and Flax. One or none: ``weight``, ``scale`` and
    ``gamma`` are fixed to 1, ``beta`` to 0, ``mean``, ``running_mean`` and the like to 0,
    ``var``, ``running_var`` and the like to 1; all others follow the method's rule for biases.
    The note of every row says that it went by name and shape.

    Examples
    --------
    >>> from netinit.parameters.roles import guess_parameter
    >>> guess_parameter("norm.weight", (64,)).fixed
    Constant(value=1.0)
    """
    last = fold(name.replace("/", ".").rpartition(".")[2])
    axes = 2 if shape is None else len(shape)
    role, layout, fixed, own_kind, note = "bias", None, None, "parameter", _GUESSED
    if last.endswith(("bias", "biases")):
        pass
    elif axes >= 2:
        role = "embedding" if last in ("embedding", "embeddings") else "weight"
        layout = Layout((axes - 1,), (axes - 2,)) if last == "kernel" else DENSE
        note = f"{_GUESSED}: {'(..., in, out)' if last == 'kernel' else '(out, in, ...)'}"
    elif last in _FIXED:
        role, value, own_kind = _FIXED[last]
        fixed = Constant(value)
    else:
        note = f"{_GUESSED}: filled as a bias"
    return Parameter(
        name=name,
        shape=shape,
        dtype=dtype,
        role=role,
        layout=layout,
        fixed=fixed,
        initialized=initialized,
        kind=kind or own_kind,
        layer=layer,
        aliases=aliases,
        note=note,
        target=target,
        persistent=persistent,
        surroundings=surroundings,
    )
