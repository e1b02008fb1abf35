"""Torch's operators, of which those that write memory are kept pending."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import Any

import torch

from netinit.initializers.base import Initializer
from netinit.torch.arrays import PLAIN
from netinit.torch.dispatch.drawn import distribution_of
from netinit.torch.dispatch.kinds import Kind, in_place_of, kind_of, tensors_in
from netinit.torch.dispatch.mode import Mode
from netinit.torch.recording.geometry import Geometry, cdata_of, geometry_of
from netinit.torch.recording.ledger import Ledger, State
from netinit.torch.recording.meta import results_on_meta
from netinit.torch.recording.steps import Draw, Operation, Read, Step, Take, reads_in
from netinit.torch.sharded import is_distributed

__all__ = ["Operators"]

_aten = torch.ops.aten
_EMPTY = _aten.empty.memory_format

_UNIFORM, _NORMAL = (_aten.uniform_.default, ()), (_aten.normal_.default, ())
_ONE = (_aten.fill_.Scalar, (1,))
#: Those that make a new tensor: what then writes to it, and with which numbers if none are given
#: before the shape (a tensor of the same shape).
_NEW: dict[Any, tuple[Any, tuple[float, ...]]] = {
    _aten.rand.default: _UNIFORM,
    _aten.rand.generator: _UNIFORM,
    _aten.randn.default: _NORMAL,
    _aten.randn.generator: _NORMAL,
    _aten.normal.float_float: _NORMAL,
    _aten.ones.default: _ONE,
}
_LIKE: dict[Any, tuple[Any, tuple[float, ...]]] = {
    _aten.rand_like.default: _UNIFORM,
    _aten.randn_like.default: _NORMAL,
    _aten.ones_like.default: _ONE,
}
_WHOLE = {_aten.fill_.Scalar, _aten.zero_.default}
#: Constants of fewer bytes are written at once: to keep them takes longer.
_SMALL = 1 << 16


class Operators(Mode):
    """Within a ``with`` block, keeps pending what is drawn and what follows from draws.

    Parameters
    ----------
    ledger : Ledger
    seed : callable
        Returns the seed in force.
    tell : callable
        Told of random operators that torch carries out, by a text.
    """

    def __init__(
        self, ledger: Ledger, seed: Callable[[], int | str], tell: Callable[[str], None]
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._ledger, self._seed, self._tell = ledger, seed, tell

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        """Record a write that can wait; carry out everything else."""
        kwargs = kwargs or {}
        if func is _EMPTY:  # by far the most frequent, and cheaper by torch's own function
            result = torch.empty(*args, **kwargs)
            self._ledger.fresh(result)
            return result
        if _have_dispatch(tuple(types)):
            return self._of_subclass(func, types, args, kwargs)
        kind = kind_of(func)
        if kind.passive:
            return func(*args, **kwargs)
        if kind.empty:
            result = func(*args, **kwargs)
            self._ledger.fresh(result)
            return result
        if kind.random:
            return self._random(func, kind, args, kwargs)
        if kind.in_place and not self._concerns(args, kwargs):
            return self._plain_write(func, kind, args, kwargs)
        if func in _NEW or func in _LIKE:
            return self._new(func, args, kwargs)
        if not self._concerns(args, kwargs):
            for tensor in kind.written(args, kwargs):
                self._ledger.written(tensor)
            return func(*args, **kwargs)
        return self._on_pending(func, kind, args, kwargs)

    def draw(self, tensor: torch.Tensor, initializer: Initializer) -> bool:
        """Keep pending what netinit draws for a tensor, and return True."""
        local, distributed = tensor, None
        if type(tensor) not in PLAIN and is_distributed(tensor):
            local, distributed = tensor._local_tensor, _maker(tensor)  # type: ignore[attr-defined]
        if not local.is_cpu or local.is_conj() or local.is_neg():
            return False
        if local.numel():
            self._add(local, Draw(geometry_of(local), initializer, None, self._seed(), distributed))
        return True

    def _concerns(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
        """Return whether something is pending for a tensor among the arguments."""
        pending = self._ledger.pending
        return any(pending(tensor) for tensor in tensors_in((args, tuple(kwargs.values()))))

    def _add(self, tensor: torch.Tensor, step: Draw | Operation) -> None:
        """Add a draw or a constant, which leaves nothing of what was there."""
        state = self._ledger.state(tensor)
        self._ledger.release(state.cdata)
        if tensor.is_contiguous() and tensor.nbytes == state.nbytes:
            if isinstance(step, Draw):
                step.whole = step.distributed is None
            state.begin((step,))
        elif geometry_of(tensor).is_all(state.nbytes):
            state.begin((step,))
        else:
            state.add(step)

    # Random operators ------------------------------------------------------------------

    def _random(self, func: Any, kind: Kind, args: Any, kwargs: dict[str, Any]) -> Any:
        given = kwargs.get("generator") is not None  # the code's own: what it draws is torch's
        if not given and (func in _NEW or func in _LIKE):
            return self._new(func, args, kwargs)
        for tensor in tensors_in((args[1:], tuple(kwargs.values()))):
            self._ledger.settle(tensor, str(func))
        if not given and kind.in_place and self._random_write(func, args, kwargs):
            return args[0]
        tensors = list(tensors_in(args))
        for tensor in tensors[:1]:
            self._ledger.settle(tensor, str(func))
        for tensor in kind.written(args, kwargs):
            self._ledger.written(tensor)
        if not tensors or (tensors[0].numel() and not tensors[0].is_meta):
            shapes = [tuple(tensor.shape) for tensor in tensors] or args[:1]
            whose = "a generator of the code's" if given else "torch's generator"
            text = " ".join([func.overloadpacket.__name__, *map(str, shapes)])
            self._tell(f"{text}: by {whose}, in the order of the calls")
        return func(*args, **kwargs)

    def _random_write(self, func: Any, args: Any, kwargs: dict[str, Any]) -> bool:
        tensor, *numbers = args
        distribution = distribution_of(func, tensor, numbers)
        if distribution is not None:
            return self.draw(tensor, distribution)
        plain = tensor.is_cpu and tensor.layout is torch.strided and tensor.numel()
        if not plain or any(tensors_in(numbers)):
            return False
        call = partial(func, *numbers, **{k: v for k, v in kwargs.items() if k != "generator"})
        self._add(tensor, Draw(geometry_of(tensor), None, call, self._seed()))
        return True

    def _new(self, func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Make empty memory, and draw it or fill it as for a tensor that was there."""
        options = {name: value for name, value in kwargs.items() if name != "generator"}
        then, numbers = _NEW.get(func) or _LIKE[func]
        *given, last = args
        make = _EMPTY if func in _NEW else _aten.empty_like.default
        tensor = make(last, **options)
        self._ledger.fresh(tensor)
        call = tensor, *(given or numbers)
        if then in _WHOLE:
            return self._plain_write(then, kind_of(then), call, {})
        return tensor if self._random_write(then, call, {}) else then(*call)

    # Other operators -------------------------------------------------------------------

    def _plain_write(self, func: Any, kind: Kind, args: Any, kwargs: dict[str, Any]) -> Any:
        """Carry out a write that reads nothing pending; a large constant waits."""
        tensor = args[0]
        dense = tensor.is_cpu and tensor.layout is torch.strided
        if func in _WHOLE and dense and tensor.nbytes >= _SMALL:
            own = Read(None, geometry_of(tensor))
            self._add(tensor, Operation(func, (own, *args[1:]), kwargs))
            return tensor
        self._ledger.written(tensor)
        return func(*args, **kwargs)

    def _on_pending(self, func: Any, kind: Kind, args: Any, kwargs: dict[str, Any]) -> Any:
        """Record an operator one of whose tensors is pending, if it can wait."""
        if func in _WHOLE and geometry_of(args[0]).is_all(self._ledger.state(args[0]).nbytes):
            return self._plain_write(func, kind, args, kwargs)
        tensors = list(tensors_in((args, tuple(kwargs.values()))))
        results = None if any(map(_is_odd, tensors)) else results_on_meta(func, args, kwargs)
        written = list(kind.written(args, kwargs))
        if results is not None and not written:
            return self._result(func, args, kwargs, results)
        shapes = [result.shape for result in results or ()]
        if len(written) == 1 and shapes == [written[0].shape]:
            return self._write(func, args, kwargs, written[0])
        for tensor in tensors:
            self._ledger.settle(tensor, str(func))
        for tensor in written:
            self._ledger.written(tensor)
        return func(*args, **kwargs)

    def _write(
        self, func: Any, args: Any, kwargs: dict[str, Any], target: torch.Tensor
    ) -> torch.Tensor:
        state = self._ledger.state(target)
        geometry = geometry_of(target)
        whole = func is _aten.copy_.default and geometry.is_all(state.nbytes)
        if whole and self._copied(state, geometry, args[1]):
            return target
        operation = self._operation(func, args, kwargs, target)
        self._ledger.release(state.cdata)
        if whole and not any(read.snapshot is None for read in reads_in(operation.args[1])):
            state.begin((operation,))
        else:
            state.add(operation)
        return target

    def _copied(self, state: State, geometry: Geometry, source: torch.Tensor) -> bool:
        """Let a tensor have what is pending for another, whose memory is laid out alike."""
        there = self._ledger.pending(source)
        if there is None or not there.fresh or geometry_of(source) != geometry:
            return False
        if there.nbytes != state.nbytes:
            return False
        self._ledger.release(state.cdata)
        state.begin(there.steps)
        return True

    def _operation(
        self, func: Any, args: Any, kwargs: dict[str, Any], target: torch.Tensor | None
    ) -> Operation:
        """Return a call as a step, in which the target's memory is the step's own."""
        own = None if target is None else cdata_of(target)

        def kept(argument: Any) -> Any:
            if isinstance(argument, torch.Tensor):
                if own is not None and cdata_of(argument) == own:
                    return Read(None, geometry_of(argument))
                return self._ledger.read(argument)
            if isinstance(argument, (list, tuple)):
                return type(argument)(map(kept, argument))
            return argument

        named = {name: kept(value) for name, value in kwargs.items()}
        return Operation(func, tuple(map(kept, args)), named)

    def _result(
        self, func: Any, args: Any, kwargs: dict[str, Any], shapes: list[torch.Tensor]
    ) -> Any:
        """Return tensors whose values are pending."""
        results = [_empty_as(shape) for shape in shapes]
        states = [self._ledger.fresh(tensor) for tensor in results]
        if len(results) == 1 and states[0] is not None:
            steps = self._steps_in_place(func, args, kwargs, results[0])
            if steps is not None:
                states[0].begin(steps)
                return results[0]
        operation = self._operation(func, args, kwargs, None)
        made: list[Any] = []
        for number, (tensor, state) in enumerate(zip(results, states, strict=True)):
            if state is not None:
                state.begin((Take(operation, number, geometry_of(tensor), made),))
        return results[0] if len(func._schema.returns) == 1 else tuple(results)

    def _steps_in_place(
        self, func: Any, args: Any, kwargs: dict[str, Any], result: torch.Tensor
    ) -> tuple[Step, ...] | None:
        """Return what is pending for the first argument, followed by the operator in place.

        None where the result's memory is not laid out as that argument's.
        """
        source: Any = args[0] if args else None
        there = self._ledger.pending(source) if isinstance(source, torch.Tensor) else None
        geometry = geometry_of(result)
        if there is None or not there.fresh or geometry_of(source) != geometry:
            return None
        if not geometry.is_all(there.nbytes):
            return None
        if func is _aten.clone.default:
            return there.steps
        others = tensors_in((args[1:], tuple(kwargs.values())))
        in_place = in_place_of(func)
        if in_place is None or any(self._ledger.pending(tensor) is there for tensor in others):
            return None
        operation = self._operation(in_place, args, kwargs, source)
        return (*there.steps, operation)

    # Tensors that wrap others ------------------------------------------------------------

    def _of_subclass(self, func: Any, types: Any, args: Any, kwargs: dict[str, Any]) -> Any:
        """Draw a distributed tensor as one; leave the rest to the subclass and its own tensors."""
        if any(kind.__name__ == "FakeTensor" for kind in types):  # it has no memory to speak of
            return func(*args, **kwargs)
        if args and is_distributed(args[0]):
            distribution = distribution_of(func, args[0], args[1:])
            if distribution is not None and self.draw(args[0], distribution):
                return args[0]
        return NotImplemented


@cache
def _have_dispatch(kinds: tuple[type, ...]) -> bool:
    """Return whether one of some classes of tensors carries out operators by itself."""
    own = {getattr(kind, "__torch_dispatch__", None) for kind in kinds}
    return bool(own - {torch.Tensor.__torch_dispatch__, None})


def _is_odd(tensor: torch.Tensor) -> bool:
    """Return whether a tensor's values are not simply those of its memory on the CPU."""
    if tensor.layout is not torch.strided or tensor.is_quantized or tensor.is_nested:
        return True
    return tensor.is_conj() or tensor.is_neg() or not tensor.is_cpu


def _maker(tensor: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    """Return what makes a distributed tensor of its local part."""
    kind, spec = type(tensor), tensor._spec
    return lambda local: kind(local, spec, requires_grad=False)


def _empty_as(shape: torch.Tensor) -> torch.Tensor:
    return torch.empty_strided(shape.shape, shape.stride(), dtype=shape.dtype, device="cpu")
