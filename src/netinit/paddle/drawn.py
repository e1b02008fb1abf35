"""What makes an initializer of Paddle's one of netinit's."""
# mypy: allow-subclassing-any

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import paddle
from paddle.base import core, framework

from netinit.arrays.dtypes import DRAWN
from netinit.arrays.slice import Slice
from netinit.initializers.base import Initializer
from netinit.paddle.arrays import as_array
from netinit.streams.stream import Stream

__all__ = ["Drawn", "drawn"]


class Drawn(paddle.nn.initializer.Initializer, ABC):
    """A base that goes before one of Paddle's classes and draws in its place.

    Arguments, their checks and lazy initialization are Paddle's own, since its class makes them.
    `rule` says what is drawn.

    Notes
    -----
    What netinit does not draw is left to Paddle's class: programs (static graphs), other devices
    than the CPU, distributed tensors, integers and complex numbers, and numbers that netinit
    refuses. It answers as ever.
    """

    @abstractmethod
    def rule(self, var: Any) -> Initializer:
        """Return what fills a tensor; raise where netinit or Paddle refuses."""

    def forward(self, var: Any, block: Any = None) -> Any:
        """Give a tensor new memory with values, as Paddle does; return None."""
        if drawn(self, var, block):
            return None
        return super().forward(var, block)


def drawn(initializer: Any, var: Any, block: Any) -> bool:
    """Return whether netinit draws a tensor's values, and then has done so."""
    if not _is_plain(var) or not (block is None or isinstance(block, framework.Block)):
        return False
    dtype = str(var.dtype).rpartition(".")[2]
    if dtype not in DRAWN or DRAWN[dtype] == 1:  # Paddle refuses float8
        return False
    try:
        rule = initializer.rule(var)
        rule.check_dtype(dtype)
    except (ArithmeticError, AssertionError, TypeError, ValueError):
        return False
    made = paddle.empty(var.shape, dtype=var.dtype)
    if made.size:
        seed = (
            getattr(initializer, "_seed", 0) or initializer._check_block(block).program.random_seed
        )
        rule.fill(Slice(*as_array(made)), _stream(seed))
    made._share_underline_tensor_to(var)
    return True


def _is_plain(var: Any) -> bool:
    """Return whether a tensor is an array of its own that belongs on the CPU."""
    return bool(
        framework.in_dygraph_mode()
        and isinstance(var, paddle.Tensor)
        and not var.is_dist()
        and var.is_dense()
        and framework._current_expected_place().is_cpu_place()
    )


def _stream(seed: int) -> Stream:
    """Return the stream of a seed, or, where it is 0, the next of Paddle's generator.

    That is advanced by two numbers, which are the stream's key and offset.
    """
    if seed:
        return Stream(int(seed))
    generator = core.default_cpu_generator()
    return Stream.from_key(generator.random(), generator.random())
