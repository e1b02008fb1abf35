"""`netinit.inspect.propagate`: what becomes of the signal and the gradient with depth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from netinit.base.frameworks import adapter_for, probe_for
from netinit.base.traced import Traced, Watch
from netinit.base.words import All
from netinit.initializers.distributions import Normal
from netinit.inspect.figures import propagation_figure
from netinit.inspect.result import Result, aligned, short
from netinit.inspect.statistics import Moments, dead_units, moments, saturated_share
from netinit.inspect.trend import Trend, repeated, trend
from netinit.methods.vocabulary import as_method
from netinit.numpy.create import create
from netinit.plans.initialize import initialize_by

__all__ = ["LayerSignal", "Propagation", "Run", "chooser", "propagate"]

_SAME = "as it is"


@dataclass(frozen=True, slots=True)
class LayerSignal:
    """What is seen at one layer.

    Attributes
    ----------
    name, kind, part : str
        As in `netinit.base.traced.Traced`.
    forward : Moments
        Of the layer's output.
    backward : Moments or None
        Of the gradient there.
    dead : float
        The share of units that are 0 for every example.
    saturated : float or None
        The share of the outputs where a function is flat.
    """

    name: str
    kind: str
    part: str
    forward: Moments
    backward: Moments | None
    dead: float
    saturated: float | None


@dataclass(frozen=True, slots=True)
class Run:
    """One pass through the net.

    Attributes
    ----------
    label : str
        The method, or "as it is".
    layers : tuple of LayerSignal
        In the order of their calls.
    forward, backward : Trend or None
        What becomes of the root mean square along the layers that repeat; None where there
        are not three of them, or no gradients.
    """

    label: str
    layers: tuple[LayerSignal, ...]
    forward: Trend | None
    backward: Trend | None

    def __getitem__(self, name: str) -> LayerSignal:
        """Return what is seen at a layer."""
        for layer in self.layers:
            if layer.name == name:
                return layer
        raise KeyError(f"no layer {name!r} was watched; there are {[x.name for x in self.layers]}")

    @property
    def worst_dead(self) -> LayerSignal | None:
        """The layer with most dead units, where there are more than a tenth; else None."""
        worst = max(self.layers, key=lambda layer: layer.dead, default=None)
        return worst if worst is not None and worst.dead > 0.1 else None

    @property
    def worst_saturated(self) -> LayerSignal | None:
        """The layer with most flat outputs, where there are more than a quarter; else None."""
        worst = max(self.layers, key=lambda layer: layer.saturated or 0.0, default=None)
        return worst if worst is not None and (worst.saturated or 0.0) > 0.25 else None

    def sentences(self) -> list[str]:
        """Return the verdict in words."""
        said = []
        for what, found in (("signal", self.forward), ("gradient", self.backward)):
            if found is not None:
                said += found.sentences(what)
        if self.forward is None:
            said.append("too few layers repeat to tell how the signal changes with depth.")
        if (worst := self.worst_dead) is not None:
            said.append(f"{worst.dead:.0%} of the units of {worst.name} are 0 for every example.")
        if (flat := self.worst_saturated) is not None:
            said.append(f"{flat.saturated:.0%} of the outputs of {flat.name} are saturated.")
        return [f"{self.label}: {sentence}" for sentence in said]


@dataclass(frozen=True, slots=True)
class Propagation(Result):
    """What becomes of the signal and the gradient with depth; see `propagate`.

    Attributes
    ----------
    runs : tuple of Run
        One for each method.
    """

    runs: tuple[Run, ...]

    def __getitem__(self, label: str) -> Run:
        """Return the run of a method."""
        for run in self.runs:
            if run.label == label:
                return run
        raise KeyError(f"no run is called {label!r}; there are {[run.label for run in self.runs]}")

    def __str__(self) -> str:
        lines = [sentence for run in self.runs for sentence in run.sentences()]
        for run in self.runs:
            head = [run.label, "kind", "mean", "std", "rms", "gradient rms", "dead", "saturated"]
            rows = [
                [
                    *(layer.name, layer.kind, short(layer.forward.mean)),
                    *(short(layer.forward.std), short(layer.forward.rms)),
                    short(None if layer.backward is None else layer.backward.rms),
                    f"{layer.dead:.0%}" if layer.dead else "",
                    "" if layer.saturated is None else f"{layer.saturated:.0%}",
                ]
                for layer in run.layers
            ]
            lines += ["", *aligned(head, rows)]
        return "\n".join(lines)

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""

        def numbers(found: Moments | None) -> dict[str, float] | None:
            if found is None:
                return None
            return {"mean": found.mean, "std": found.std, "second": found.second}

        return {
            run.label: {
                "verdict": run.sentences(),
                "forward": None if run.forward is None else run.forward.to_dict(),
                "backward": None if run.backward is None else run.backward.to_dict(),
                "layers": [
                    {
                        **{"name": layer.name, "kind": layer.kind, "part": layer.part},
                        **{"forward": numbers(layer.forward), "backward": numbers(layer.backward)},
                        **{"dead": layer.dead, "saturated": layer.saturated},
                    }
                    for layer in run.layers
                ],
            }
            for run in self.runs
        }

    def figure(self) -> Any:
        """Return a figure of the root mean squares by depth, all runs in one picture."""
        return propagation_figure(self.runs)


def propagate(
    net: Any,
    inputs: Any,
    *,
    methods: Sequence[Any] | Mapping[str, Any] | None = None,
    layers: str | Sequence[str] | None = None,
    loss: Callable[[Any], Any] | None = None,
    backward: bool = True,
    seed: Any = 1234,
) -> Propagation:
    """Return what becomes of the signal and the gradient from layer to layer of a net.

    Parameters
    ----------
    net : torch.nn.Module, netinit layer, flax module, or Keras model
        A module of flax.linen comes with its variables: ``(module, variables)``. It is run in
        the mode that it is in; Keras's and netinit's nets as after training.
    inputs : array, tuple of arrays or mapping
        What the net is called with; a tuple is several arguments, a mapping arguments by name.
        The first axis counts examples.
    methods : sequence or mapping, optional
        What copies of the net are initialized with, as for `netinit.initialize`, side by side;
        a mapping names them. Not given: the net as it is.
    layers : str or sequence of str, optional
        Patterns on the names of the layers that are watched. Not given: those without layers
        inside, and the blocks of numbered rows such as ``h.0``, ``h.1``, ...
    loss : callable, optional
        From the net's output (of netinit's nets, as a tensor of torch), a number to take the
        gradient of. Not given: normal numbers of mean 0 and standard deviation 1 are sent back
        from the output.
    backward : bool, default True
        Whether gradients are taken. Those of netinit's nets need torch.
    seed : default 1234
        Of the methods, as for `netinit.initialize`, and of what is sent back.

    Returns
    -------
    Propagation
        Its ``str`` says for each method whether the signal and the gradient keep their size,
        grow or die, by what factor from one repeated layer to the next, and which layer stands
        out; then comes a table.

    Raises
    ------
    TypeError
        If the net is none of these, or a method is none.
    ValueError
        If no layer is watched.

    Notes
    -----
    The net is left as it was: parameters, buffers, gradients, hooks, mode and the global random
    generators. The factor is that of the root mean square, by a line through its logarithms
    along the row of blocks or else the layers of weights whose names differ in numbers alone.

    Examples
    --------
    >>> import numpy as np
    >>> import netinit
    >>> net = netinit.nets.NetChain([200, "ramp"] * 20, input=200)
    >>> x = netinit.create((64, 200), netinit.Normal())
    >>> found = netinit.inspect.propagate(net, x, methods=["Kaiming", "Xavier"], backward=False)
    >>> round(found["Kaiming"].forward.factor, 1), round(found["Xavier"].forward.factor, 1)
    (1.0, 0.7)
    """
    watch = Watch(chooser(layers), _direction(seed), loss, backward)
    probe = probe_for(net)
    if methods is None:
        return Propagation((_run(_SAME, probe.trace(inputs, watch)),))
    named = (
        dict(methods)
        if isinstance(methods, Mapping)
        else {_label(method): method for method in methods}
    )
    runs = []
    for label, method in named.items():

        def fill(twin: Any, method: Any = method) -> Any:
            return initialize_by(adapter_for(twin), twin, All, method, seed, None)

        with probe.reinitialized(fill) as other:
            runs.append(_run(label, other.trace(inputs, watch)))
    return Propagation(tuple(runs))


def _label(method: Any) -> str:
    return method if isinstance(method, str) else str(as_method(method))


def _direction(seed: Any) -> Callable[[tuple[int, ...]], np.ndarray]:
    known = seed if isinstance(seed, int | str) else 1234
    return lambda shape: create(shape, Normal(), seed=known, name="netinit.inspect")


def chooser(layers: str | Sequence[str] | None) -> Callable[[str, bool], bool]:
    """Return which layers are watched: those of some patterns, or those that are shown."""
    if layers is None:
        return lambda name, shown: shown
    patterns = [layers] if isinstance(layers, str) else list(layers)
    return lambda name, shown: any(fnmatchcase(name, pattern) for pattern in patterns)


def _run(label: str, traced: Sequence[Traced]) -> Run:
    if not traced:
        raise ValueError("no layer was watched: none is called, or none has such a name")
    count: dict[str, int] = {}
    layers = []
    for item in traced:
        count[item.name] = count.get(item.name, 0) + 1
        again = count[item.name]
        layers.append(
            LayerSignal(
                item.name if again == 1 else f"{item.name} (call {again})",
                item.kind,
                item.part,
                moments(item.output),
                None if item.gradient is None else moments(item.gradient),
                dead_units(item.output, item.axis),
                saturated_share(item.output, item.kind),
            )
        )
    row = repeated([(layer.name, layer.part) for layer in layers])
    along = [layers[i] for i in row]
    forward = trend([(layer.name, layer.forward.rms) for layer in along])
    back = [(x.name, x.backward.rms) for x in reversed(along) if x.backward is not None]
    return Run(label, tuple(layers), forward, trend(back))
