"""Torch's own layers, built without Python seeing each of their operators.

What a layer of torch's does when it is built follows from its class, its sizes and its flags. So
what its init code draws is recorded once, the first time that such a layer is built in a block,
and is known of all others: their constructors run outside of the block's mode, and their draws are
put down as they were the first time. An operator that the mode sees costs more than all else of a
small layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.autograd import forward_ad
from torch.nn.modules import module as hooks

from netinit.torch.arrays import PLAIN
from netinit.torch.dispatch.mode import Mode
from netinit.torch.recording.layers import called, here, likeness, pristine, watched
from netinit.torch.recording.ledger import Ledger
from netinit.torch.recording.steps import Draw, Pattern

__all__ = ["Constructors"]

_HOOKS = (
    hooks._global_parameter_registration_hooks,
    hooks._global_buffer_registration_hooks,
    hooks._global_module_registration_hooks,
)
_length = torch._C._len_torch_dispatch_stack
_at = torch._C._get_dispatch_stack_at
_pop: Any = torch._C._pop_torch_dispatch_stack
_push: Any = torch._C._push_on_torch_dispatch_stack
_functions: Callable[[], int] = torch._C._len_torch_function_stack
_transformation = torch._C._functorch.peek_interpreter_stack
_tracing: Callable[[], Any] = torch._C._get_tracing_state
_excluded = torch._C._dispatch_tls_is_dispatch_key_excluded
_PYTHON = torch._C.DispatchKey.Python


#: What is known of a layer's init code: its draws, one a parameter, in their order; nothing where
#: it draws none and writes small constants at once; None where it does anything else.
_Known = tuple[Pattern, ...] | None


class Constructors:
    """The layers of torch's own that a block builds.

    Parameters
    ----------
    mode : Mode
        The block's, which sees the operators of all others.
    ledger : Ledger
    seed : callable
        Returns the seed in force.
    """

    def __init__(self, mode: Mode, ledger: Ledger, seed: Callable[[], int | str]) -> None:
        self._mode, self._ledger, self._seed = mode, ledger, seed
        self._called: dict[type[nn.Module], list[Any]] = {}
        self._known: dict[Any, _Known] = {}
        #: The layer whose constructor runs outside of the mode.
        self.module: nn.Module | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Within a ``with`` block, build torch's layers outside of the mode, in this thread."""
        with watched():
            self._called = {kind: called(kind) for kind in pristine()}
            outer, here.constructors = here.constructors, self
            try:
                yield
            finally:
                here.constructors = outer

    def begin(self, kind: type[nn.Module], module: nn.Module) -> bool:
        """Leave the mode, if a layer's constructor does what it is known to do; return whether."""
        if self.module is not None or not self._alone() or called(kind) != self._called.get(kind):
            return False
        _pop(None)
        self.module = module
        return True

    def end(self) -> None:
        """Enter the mode again."""
        self.module = None
        _push(self._mode)

    def _alone(self) -> bool:
        """Return whether nothing but the block sees operators and registrations."""
        return (
            _length() == 1
            and _at(0) is self._mode
            and _functions() == 0
            and len(_HOOKS[0]) == len(_HOOKS[1]) == len(_HOOKS[2]) == 1
            and _transformation() is None
            and _tracing() is None
            and forward_ad._current_level < 0
            and not torch.is_inference_mode_enabled()
            and not _excluded(_PYTHON)
        )

    def reset(self, module: nn.Module, reset: Callable[[nn.Module], None]) -> None:
        """Put down what a layer's init code draws; run the code where that is not known."""
        parameters = [p for p in module._parameters.values() if p is not None]
        try:
            key = likeness(module, parameters)
            known = self._known.get(key)
        except (KeyError, TypeError):  # it has a flag of another kind than layers of its class
            self._run(module, parameters, reset)
            return
        if known is None:
            self._run(module, parameters, reset)
            if key not in self._known:
                self._known[key] = self._drawn(module, parameters)
        elif not known:
            reset(module)
        else:
            seed = self._seed()
            if known[0].seed != seed:
                known = self._known[key] = tuple(replace(one, seed=seed) for one in known)
            for tensor, pattern in zip(parameters, known, strict=True):
                self._ledger.begin(tensor, pattern)

    def _run(
        self, module: nn.Module, parameters: list[nn.Parameter], reset: Callable[[nn.Module], None]
    ) -> None:
        """Run a layer's init code within the mode."""
        _push(self._mode)
        try:
            for tensor in parameters:
                self._ledger.fresh(tensor)
            reset(module)
        finally:
            _pop(None)

    def _drawn(self, module: nn.Module, parameters: list[nn.Parameter]) -> _Known:
        """Return what is pending for a layer whose init code has run."""
        tensors = [*parameters, *(b for b in module._buffers.values() if b is not None)]
        if not all(type(p) in PLAIN and p.is_cpu and p.numel() for p in tensors):
            return None
        pending = [self._ledger.pending(tensor) for tensor in tensors]
        if not any(pending):
            return ()
        if len(tensors) > len(parameters):
            return None
        steps = [state.steps for state in pending if state is not None and len(state.steps) == 1]
        draws = [step for (step,) in steps if isinstance(step, Draw) and step.whole]
        found = [
            Pattern(draw.geometry, draw.initializer, draw.seed)
            for draw in draws
            if draw.initializer is not None
        ]
        return tuple(found) if len(found) == len(parameters) else None
