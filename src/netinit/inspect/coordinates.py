"""`netinit.inspect.coord_check`: whether layers learn as fast at every width."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinit.base.frameworks import probe_for
from netinit.base.spelling import listing
from netinit.base.traced import Watch
from netinit.inspect.figures import coord_figure
from netinit.inspect.propagation import chooser
from netinit.inspect.result import Result, aligned

__all__ = ["CoordCheck", "coord_check"]

#: A slope beyond these is a growth, or a decay, with the width. Where both are meant to be 0 those
#: of narrow nets are somewhat below it.
_GROWS, _FADES = 0.25, -0.4

_Sizes = dict[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class CoordCheck(Result):
    """How layers' outputs, and what training changes in them, depend on the width.

    Attributes
    ----------
    widths : tuple of int
    size, change : tuple of dict
        For each number of steps taken, from 0: for each layer, for each width, the mean of the
        absolute output, and of its difference from that before the first step.
    """

    widths: tuple[int, ...]
    size: tuple[_Sizes, ...]
    change: tuple[_Sizes, ...]

    def slopes(self, step: int | None = None) -> dict[str, float]:
        """Return each layer's power of the width.

        Parameters
        ----------
        step : int, optional
            That of the change after so many steps, from 1, or -1 for the last; not given: of
            the size at the start. NaN where nothing is to be seen.
        """
        table = self.size[0] if step is None else self.change[step]
        return {name: _slope(self.widths, values) for name, values in table.items()}

    @property
    def stable(self) -> bool:
        """Whether no layer's size grows, nor its change grows or decays, with the width."""
        return not (self.growing or self.fading)

    @property
    def growing(self) -> list[str]:
        """The layers whose size at the start or change after any step grows with the width."""
        tables = [self.slopes(), *(self.slopes(step) for step in range(1, len(self.change)))]
        return [name for name in tables[0] if any(t[name] > _GROWS for t in tables)]

    @property
    def fading(self) -> list[str]:
        """The layers whose change after the last step decays with the width."""
        return [name for name, slope in self.slopes(-1).items() if slope < _FADES]

    def verdict(self) -> str:
        """Return in words whether the net is as muP asks."""
        if self.stable:
            return (
                "As muP asks: every layer changes as much in a step at every width, so one "
                "learning rate serves them all."
            )
        last = self.slopes(-1)
        if self.growing:
            worst = max(self.growing, key=lambda name: np.nan_to_num(last[name]))
            return (
                f"Not muP: {listing(self.growing)} grow with the width; what training changes in "
                f"{worst} grows as width^{last[worst]:.2f}. The best learning rate falls with "
                "the width. Divide the rate of hidden and output weights by the width (Adam), and "
                "check what initialized them."
            )
        worst = min(self.fading, key=lambda name: last[name])
        return (
            f"Not muP: {listing(self.fading)} learn less the wider they are; what training changes "
            f"in {worst} decays as width^{last[worst]:.2f}."
        )

    def __str__(self) -> str:
        head = ["layer", "size at the start", *(f"change, step {i}" for i in self._steps)]
        tables = [self.slopes(), *(self.slopes(step) for step in self._steps)]
        rows = [[name, *(f"{table[name]:+.2f}" for table in tables)] for name in tables[0]]
        widths = ", ".join(map(str, self.widths))
        title = f"Powers of the width, from the widths {widths}:"
        return "\n".join([self.verdict(), "", title, *aligned(head, rows)])

    @property
    def _steps(self) -> range:
        return range(1, len(self.change))

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers and the words, of Python's own types."""
        return {
            **{"verdict": self.verdict(), "stable": self.stable, "widths": list(self.widths)},
            "size": [{name: list(v) for name, v in table.items()} for table in self.size],
            "change": [{name: list(v) for name, v in table.items()} for table in self.change],
            "slopes at the start": self.slopes(),
            "slopes of the change": [self.slopes(step) for step in self._steps],
        }

    def figure(self) -> Any:
        """Return a figure: sizes at the start and changes after the last step, by width."""
        return coord_figure(self)


def _slope(widths: Sequence[int], values: Sequence[float]) -> float:
    array = np.asarray(values)
    if not np.isfinite(array).all() or (array <= 0).any():
        return float("nan")
    return float(np.polyfit(np.log(widths), np.log(array), 1)[0])


def coord_check(
    make: Callable[[int, int], Any],
    widths: Sequence[int],
    inputs: Any,
    *,
    loss: Callable[[Any], Any],
    optimizer: Callable[[Any, int], Any],
    steps: int = 3,
    repeats: int = 3,
    layers: str | Sequence[str] | None = None,
) -> CoordCheck:
    """Return how layers' outputs, and what training changes in them, depend on a net's width.

    In muP (the maximal update parametrization) a step of training changes the output of every
    layer by as much at every width. Elsewhere some layers change by more the wider they are, and
    the learning rate that is best for a narrow net is too large for a wide one.

    Parameters
    ----------
    make : callable
        From a width and the number of a repetition, which is its seed, a new torch.nn.Module,
        initialized.
    widths : sequence of int
        Two or more, each twice the one before or so.
    inputs : tensor, tuple of tensors or mapping
        One batch, as `propagate` takes it.
    loss : callable
        From the net's output, the loss.
    optimizer : callable
        From a net and its width, its optimizer.
    steps : int, default 3
        How many steps are taken, all on the one batch.
    repeats : int, default 3
        How many nets of each width the sizes are means of.
    layers : str or sequence of str, optional
        Patterns on the names of layers, as in `propagate`.

    Returns
    -------
    CoordCheck
        Its ``str`` is the verdict and a table of slopes: the powers of the width that sizes and
        changes follow. In muP no slope of a change is far from 0, and none at the start is
        above it; of outputs of the net it may be below, as they start small.

    Raises
    ------
    ValueError
        If there are not two widths, or `steps` or `repeats` is below 1.

    Notes
    -----
    Of a hidden layer in the usual parametrization, with Adam, the change after one small step
    grows as width^1: each of its inputs, which are as many as the width, moves it by as much.
    Yang, Hu, Babuschkin, Sidor, Liu, Farhi, Ryder, Pachocki, Chen, Gao: Tensor programs V:
    tuning large neural networks via zero-shot hyperparameter transfer, 2021, appendix D.1.
    """
    if len(widths) < 2:
        raise ValueError(f"widths must be at least two numbers, not {list(widths)}")
    for name, number in (("steps", steps), ("repeats", repeats)):
        if number < 1:
            raise ValueError(f"{name} must be at least 1, not {number}")
    watch = Watch(chooser(layers), np.zeros, backward=False)
    sums: list[list[dict[str, float]]] = []  # for each width, for each step and both tables
    for width in widths:
        total: list[dict[str, float]] = [{} for _ in range(2 * (steps + 1))]
        for repeat in range(repeats):
            net = make(width, repeat)
            adjust = optimizer(net, width)
            start: dict[str, np.ndarray] = {}
            for step in range(steps + 1):
                for seen in probe_for(net).trace(inputs, watch):
                    first = start.setdefault(seen.name, seen.output)
                    for table, values in ((2 * step, seen.output),
                                          (2 * step + 1, seen.output - first)):  # fmt: skip
                        size = float(np.abs(values, dtype=np.float64).mean()) / repeats
                        total[table][seen.name] = total[table].get(seen.name, 0.0) + size
                if step < steps:
                    _train(net, inputs, loss, adjust)
        sums.append(total)
    names = list(sums[0][0])
    tables = [
        {name: tuple(total[table][name] for total in sums) for name in names}
        for table in range(2 * (steps + 1))
    ]
    return CoordCheck(tuple(widths), tuple(tables[::2]), tuple(tables[1::2]))


def _train(net: Any, inputs: Any, loss: Callable[[Any], Any], optimizer: Any) -> None:
    optimizer.zero_grad()
    if isinstance(inputs, dict):
        output = net(**inputs)
    else:
        output = net(*inputs) if isinstance(inputs, tuple) else net(inputs)
    loss(output).backward()
    optimizer.step()
