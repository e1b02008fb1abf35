"""What the authors of a net meant its tensors to begin with, as far as their code tells."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial

import torch
from torch import nn

from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.parameters.learned import Learned
from netinit.torch.arrays import is_wrapper
from netinit.torch.learning.alike import of_layers
from netinit.torch.learning.code import (
    configured,
    constructors_unasked,
    has_own_code,
    initialized_stand_in,
)
from netinit.torch.learning.recipe import of_steps, of_values
from netinit.torch.learning.values import Computed
from netinit.torch.recording.geometry import cdata_of
from netinit.torch.recording.recorder import Outcome, Recorder
from netinit.torch.sharded import local_part
from netinit.torch.walk import Slot, class_of, is_lazy

__all__ = ["Authors"]

_log = logging.getLogger(__name__)

Build = Callable[[], nn.Module]


class Authors:
    """Knows what a net's own code fills each of its tensors with; the net stays as it is.

    A part that has a configuration is built again from it, with memory that nothing is written
    to; of other parts the methods run by which they initialize themselves.

    Parameters
    ----------
    net : torch.nn.Module
    slots : sequence of Slot
        Its tensors.
    """

    def __init__(self, net: nn.Module, slots: Sequence[Slot]) -> None:
        self._net, self._slots = net, slots
        self._of_builds: dict[Build, dict[str, Learned]] = {}

    def of(self, name: str) -> Learned | None:
        """Return what the tensor of a name is filled with, or None where no code tells."""
        return self._own.get(name)

    def of_all(self, name: str, build: Build | None = None) -> Learned | None:
        """Return the same, where torch's own layers are asked too.

        Parameters
        ----------
        name : str
            As in a plan.
        build : callable, optional
            Builds a net like this one; then that code is asked, and no other.

        Raises
        ------
        TypeError
            If what `build` returns is no module.
        ValueError
            If it has none of the net's tensors.

        Warns
        -----
        UserWarning
            If what constructors set is not known.
        """
        if build is None:
            return self._all.get(name)
        if build not in self._of_builds:
            self._of_builds[build] = self._built("", build, self._slots)
            if not self._of_builds[build]:
                raise ValueError(
                    f"Native's build, {build!r}, makes a net that has no tensor of this net's "
                    "names and shapes"
                )
        return self._of_builds[build].get(name)

    @property
    def complete(self) -> bool:
        """Whether what builds the net was asked, or it is of torch's own layers alone.

        Of other nets the methods by which they initialize themselves are asked, and their
        constructors may do more.
        """
        configured = self._of_parts.get("") is not None
        return configured or not (has_own_code(self._net) or constructors_unasked(self._net))

    def of_buffer(self, name: str) -> Learned | None:
        """Return what a buffer is filled with, by the code that was asked last."""
        for learned in reversed(self._of_builds.values()):
            if name in learned:
                return learned[name]
        return self._own.get(name)

    @cached_property
    def _own(self) -> dict[str, Learned]:
        built = self._of_parts
        found: dict[str, Learned] = {}
        if built.get("") is None and has_own_code(self._net):
            found = self._methods_of_all()
        for learned in built.values():
            found |= learned or {}
        return found

    @cached_property
    def _all(self) -> dict[str, Learned]:
        if self._of_parts.get("") is not None or has_own_code(self._net):
            found = self._own
        else:
            layers = of_layers(self._net, self._slots, self._methods_of)
            found = self._methods_of_all() if layers is None else layers
        unasked = constructors_unasked(self._net) if "" not in self._of_parts else []
        if unasked:
            warn(
                f"what the constructors of {listing(unasked)} set themselves is not known, only "
                "what their layers begin with: to have them asked give what builds the net, "
                "method=('Native', {'build': make_net})"
            )
        return found

    @cached_property
    def _of_parts(self) -> dict[str, dict[str, Learned] | None]:
        parts = configured(self._net)
        return {path: self._tried(path, build, self._slots) for path, build in parts}

    def _methods_of_all(self) -> dict[str, Learned]:
        return self._methods_of("", self._net, self._slots)

    def _methods_of(
        self, path: str, module: nn.Module, slots: Sequence[Slot]
    ) -> dict[str, Learned]:
        """Return what the methods of a module, and of those within, fill its tensors with."""
        return self._tried(path, partial(initialized_stand_in, module), slots) or {}

    def _tried(self, path: str, build: Build, slots: Sequence[Slot]) -> dict[str, Learned] | None:
        """Return what code makes of a part's tensors; None where it fails."""
        try:
            return self._built(path, build, slots)
        except Exception as error:  # code of any library, which may want what is not there
            _log.debug("%s cannot be built again: %r", path or "the net", error)
            return None

    def _built(self, path: str, build: Build, slots: Sequence[Slot]) -> dict[str, Learned]:
        """Return what code that builds a part of the net makes of some of its tensors."""
        found, drew = self._recorded(path, build, slots, 0)
        if drew:  # values that depend on draws are not known: another seed tells which do
            again, _ = self._recorded(path, build, slots, 1)
            return {name: one for name, one in found.items() if _same(one, again.get(name))}
        return found

    @staticmethod
    def _recorded(
        path: str, build: Build, slots: Sequence[Slot], seed: int
    ) -> tuple[dict[str, Learned], bool]:
        prefix = f"{path}." if path else ""
        own = {cdata_of(t) for t in map(_dense, slots) if t is not None}
        recorder = Recorder(lambda: seed, own)
        with _quiet():
            with recorder.recording():
                made = build()
            if not isinstance(made, nn.Module):
                raise TypeError(f"Native's build must return a torch.nn.Module, not {made!r}")
            outcomes = recorder.outcomes(made, prefix)
            found = {}
            for slot in slots:
                outcome = next((outcomes[n] for n in _names(slot) if n in outcomes), None)
                if outcome is not None and outcome.tensor.shape == slot.tensor.shape:
                    found[slot.name] = _learned(slot, outcome)
        return found, bool(recorder.done.others)


def _dense(slot: Slot) -> torch.Tensor | None:
    local = local_part(slot.tensor)
    plain = not is_lazy(local) and not is_wrapper(local) and local.layout is torch.strided
    return local if plain else None


def _names(slot: Slot) -> tuple[str, ...]:
    return (slot.name, *slot.aliases)


def _learned(slot: Slot, outcome: Outcome) -> Learned:
    origin = f"as {class_of(slot.module).__name__} sets it"
    dtype = slot.tensor.dtype
    if not outcome.steps:
        return of_values(outcome.tensor, dtype, origin)
    return of_steps(slot.name, outcome.steps, outcome.nbytes, outcome.tensor, dtype)


def _same(one: Learned, other: Learned | None) -> bool:
    """Return whether two seeds lead to the same values, or to draws from one distribution."""
    if one.random or other is None:
        return one.random
    a, b = one.initializer, other.initializer
    if isinstance(a, Computed) and isinstance(b, Computed):
        return torch.equal(a.values, b.values)
    return a == b


@contextmanager
def _quiet() -> Iterator[None]:
    """Run code of a library without warnings, on the CPU, and apart from the caller's draws."""
    with ExitStack() as stack:
        stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("ignore")
        stack.enter_context(_unlogged("transformers"))
        stack.enter_context(torch.random.fork_rng(devices=[]))
        stack.enter_context(torch.no_grad())
        if torch.get_default_device().type != "cpu":
            stack.enter_context(torch.device("cpu"))
        yield


@contextmanager
def _unlogged(name: str) -> Iterator[None]:
    logger = logging.getLogger(name)
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(level)
