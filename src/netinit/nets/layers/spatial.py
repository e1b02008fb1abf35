"""How a window moves over an array: what convolutions and pooling have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from netinit.nets.shapes import Shape, show

__all__ = ["Window", "channels_and_extents", "join", "rank_of"]


Sides = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """A window's numbers for each spatial axis; padding is None for "same"."""

    size: tuple[int, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    padding: tuple[Sides, ...] | None

    def slide(self, extents: Shape) -> Shape:
        """Return the extents of the output of a window that slides over `extents`."""
        out: list[int | None] = []
        for axis, extent in enumerate(extents):
            if extent is None:
                out.append(None)
                continue
            stride, reach = self.stride[axis], self._reach(axis)
            if self.padding is None:
                out.append(-(-extent // stride))
                continue
            count = (extent + sum(self.padding[axis]) - reach) // stride + 1
            if count < 1:
                raise ValueError(
                    f"a kernel that reaches over {reach} does not fit in the extent "
                    f"{extent} of spatial axis {axis}"
                )
            out.append(count)
        return tuple(out)

    def spread(self, extents: Shape) -> Shape:
        """Return the extents of the input over which a window slides to give `extents`."""
        out: list[int | None] = []
        for axis, extent in enumerate(extents):
            if extent is None:
                out.append(None)
            elif self.padding is None:
                out.append(extent * self.stride[axis])
            else:
                grown = (extent - 1) * self.stride[axis] + self._reach(axis)
                if grown <= sum(self.padding[axis]):
                    raise ValueError(
                        f"the padding {sum(self.padding[axis])} leaves nothing of the output "
                        f"extent {grown} of spatial axis {axis}"
                    )
                out.append(grown - sum(self.padding[axis]))
        return tuple(out)

    def _reach(self, axis: int) -> int:
        return self.dilation[axis] * (self.size[axis] - 1) + 1

    @property
    def reach(self) -> tuple[int, ...]:
        """The extents from the window's first element to its last."""
        return tuple(map(self._reach, range(len(self.size))))

    def sides(self, extents: tuple[int, ...]) -> tuple[Sides, ...]:
        """Return the padding of an input of `extents` before and after each axis.

        "same" pads to as many positions as there are strides in the extent, with the odd one
        after it.
        """
        if self.padding is not None:
            return self.padding
        sides = []
        for extent, stride, reach in zip(extents, self.stride, self.reach, strict=True):
            total = max((-(-extent // stride) - 1) * stride + reach - extent, 0)
            sides.append((total // 2, total - total // 2))
        return tuple(sides)


def rank_of(what: str, sizes: Sequence[object], shape: Shape | None) -> int | None:
    """Return the number of spatial axes that any of `sizes` or the input's shape tells.

    Raises ValueError where they disagree; returns None where nothing tells.
    """
    ranks = {len(size) for size in sizes if isinstance(size, tuple)}
    if shape is not None:
        ranks.add(len(shape) - 1)
    if len(ranks) > 1:
        given = ", ".join(str(size) for size in sizes if isinstance(size, tuple))
        about = "" if shape is None else f" with input {show(shape)}"
        raise ValueError(f"{what} differ in their number of axes: {given}{about}")
    rank = ranks.pop() if ranks else None
    if rank is not None and rank < 1:
        raise ValueError(f"the input {show(shape)} has no spatial axis")
    return rank


def each(value: int | tuple[int, ...], rank: int) -> tuple[int, ...]:
    """Return `value` for each of `rank` axes."""
    return (value,) * rank if isinstance(value, int) else value


def sides(value: str | int | tuple[int | Sides, ...], rank: int) -> tuple[Sides, ...] | None:
    """Return padding as a pair for each of `rank` axes; None for "same"."""
    if isinstance(value, str):
        return None
    if isinstance(value, int):
        return ((value, value),) * rank
    return tuple((item, item) if isinstance(item, int) else item for item in value)


def channels_and_extents(shape: Shape, interleaving: bool) -> tuple[int | None, Shape]:
    """Return the channels of `shape` and its spatial extents."""
    return (shape[-1], shape[:-1]) if interleaving else (shape[0], shape[1:])


def join(channels: int | None, extents: Shape, interleaving: bool) -> Shape:
    """Return the shape of an array of `channels` and spatial `extents`."""
    return (*extents, channels) if interleaving else (channels, *extents)
