"""Fans by use: an oracle that watches a forward pass and sees what each parameter is used for.

It knows no names and no classes of layers. A parameter is contracted where a matrix product, a
convolution or a table look-up takes it, or a view or a copy of it, as its weight; the lengths of
the contracted and of the other axis are what it reports. Where the product's last axis is cut
before anything else happens to it, it reports the sizes too.
"""

from __future__ import annotations

import math
from collections import defaultdict

import torch
from torch.utils._python_dispatch import TorchDispatchMode

aten = torch.ops.aten

#: Operators whose result is the same numbers, or some of them, elsewhere.
_COPIES = {
    aten.clone,
    aten._to_copy,
    aten.contiguous,
    aten.index_select,
    aten.index,
    aten._weight_norm_interface,
}


class FansByUse(TorchDispatchMode):
    """Watch the forward passes of a net within the context.

    Attributes
    ----------
    maps : dict of str to set of (int, int)
        For each parameter that was contracted: the fans (in, out) of each use, those of the
        whole where several maps are packed and used as one.
    tables : dict of str to set of int
        For each parameter that rows were looked up in: the length of a row.
    cuts : dict of str to set of tuple of int
        For each contracted parameter whose output was cut at once: the sizes.
    """

    def __init__(self, net: torch.nn.Module) -> None:
        super().__init__()
        self.maps: dict[str, set[tuple[int, int]]] = defaultdict(set)
        self.tables: dict[str, set[int]] = defaultdict(set)
        self.cuts: dict[str, set[tuple[int, ...]]] = defaultdict(set)
        self._of: dict[int, str] = {}
        self._made: dict[int, tuple[str, int]] = {}
        self._alive: list[torch.Tensor] = []
        for name, parameter in net.named_parameters():
            self._of[_storage(parameter)] = name

    def __enter__(self) -> FansByUse:
        """Watch, without the operators that do a whole layer at once."""
        self._fast = torch.backends.mha.get_fastpath_enabled(), torch._C._get_mkldnn_enabled()
        torch.backends.mha.set_fastpath_enabled(False)
        torch._C._set_mkldnn_enabled(False)
        super().__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        """Stop watching."""
        super().__exit__(*exception)
        torch.backends.mha.set_fastpath_enabled(self._fast[0])
        torch._C._set_mkldnn_enabled(self._fast[1])

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        """Run an operator and note what it does with parameters."""
        result = function(*args, **(kwargs or {}))
        packet = function.overloadpacket
        if packet in (aten.mm, aten.bmm):
            self._product(*args[:2], result)
        elif packet in (aten.addmm, aten.baddbmm):
            self._product(*args[1:3], result)
        elif packet is aten._grouped_mm:
            self._product(*args[:2], result)
        elif packet is aten.convolution:
            self._convolution(args[1], transposed=args[6], groups=args[8])
        elif packet in (aten.embedding, aten._embedding_bag, aten._embedding_bag_forward_only):
            self._look_up(args[0])
        elif packet in (aten.split, aten.split_with_sizes, aten.chunk):
            self._cut(args[0], args[2] if len(args) > 2 else 0, [t.shape for t in result])
        elif packet is aten.slice and len(args) > 3:
            self._cut(args[0], args[1], [result.shape])
        elif packet in _COPIES:
            self._copy(args, result)
        return result

    def _name(self, tensor: object) -> str | None:
        return self._of.get(_storage(tensor)) if isinstance(tensor, torch.Tensor) else None

    def _product(self, left: torch.Tensor, right: torch.Tensor, result: torch.Tensor) -> None:
        name = self._name(right)
        if name is not None:
            self._contracted(name, right.shape[-2], right.shape[-1], result)
            return
        name = self._name(left)
        if name is not None:
            self._contracted(name, left.shape[-1], left.shape[-2], result)

    def _contracted(self, name: str, fan_in: int, fan_out: int, result: torch.Tensor) -> None:
        self.maps[name].add((fan_in, fan_out))
        self._made[_storage(result)] = (name, fan_out)
        self._alive.append(result)

    def _convolution(self, weight: torch.Tensor, *, transposed: bool, groups: int) -> None:
        name = self._name(weight)
        if name is not None:
            kernel = math.prod(weight.shape[2:])
            first, second = weight.shape[0] // groups * kernel, weight.shape[1] * kernel
            self.maps[name].add((first, second) if transposed else (second, first))

    def _look_up(self, table: torch.Tensor) -> None:
        name = self._name(table)
        if name is not None:
            self.tables[name].add(table.shape[-1])

    def _cut(self, tensor: torch.Tensor, axis: int, shapes: list[torch.Size]) -> None:
        name, extent = self._made.get(_storage(tensor), ("", 0))
        axis %= tensor.ndim
        if name and tensor.shape[axis] == extent and axis == tensor.ndim - 1:
            sizes = tuple(shape[axis] for shape in shapes)
            if sizes != (extent,):
                self.cuts[name].add(sizes)

    def _copy(self, args: tuple[object, ...], result: object) -> None:
        name = self._name(args[0])
        first = result[0] if isinstance(result, tuple) else result
        if name is not None and isinstance(first, torch.Tensor) and _storage(first) not in self._of:
            self._of[_storage(first)] = name
            self._alive.append(first)


def _storage(tensor: torch.Tensor) -> int:
    return tensor.untyped_storage().data_ptr()
