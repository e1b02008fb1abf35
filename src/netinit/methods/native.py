"""What the authors of a net meant: the method that asks the net's own code."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from netinit.base.spelling import listing
from netinit.initializers.base import Initializer
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.parameters.learned import Learned
from netinit.parameters.parameter import Parameter

__all__ = ["Native"]


@register("Native")
@dataclass(frozen=True)
class Native(Method):
    """Fill every parameter with what the net's own code fills it with.

    The code is run once, and nothing is drawn for it: a model of the transformers library is
    built again from its configuration, other nets run the methods by which their modules
    initialize themselves (``reset_parameters``, ``init_weights``, ...). What it draws comes from
    the streams of (seed, name); what it computes, its code computes. A parameter that has a
    value and of which no code tells is kept.

    Parameters
    ----------
    build : callable, optional
        Builds such a net, without arguments: its constructor's code is asked then, and that of
        any net tells all. The parameters' names and shapes tell which is which.

    Raises
    ------
    TypeError
        If `build` is no callable.
    ValueError
        If the net is none of PyTorch, or a parameter without a value is not told by any code.

    Examples
    --------
    >>> import netinit, torch
    >>> with torch.device("meta"):
    ...     net = torch.nn.Linear(25, 10)
    >>> build = lambda: torch.nn.Linear(25, 10)
    >>> for row in netinit.plan(net, method=("Native", {"build": build})):
    ...     print(row.name, row.initializer)
    weight Uniform(-0.2, 0.2)
    bias Uniform(-0.2, 0.2)
    """

    build: Callable[[], Any] | None = field(default=None, repr=False)

    name = "Native"
    zeros_on_purpose = True

    def __post_init__(self) -> None:
        if self.build is not None and not callable(self.build):
            raise TypeError(
                f"Native's build must be a callable that builds the net, not {self.build!r}"
            )

    @property
    def needs_net(self) -> bool:
        """True: a net's code is asked."""
        return True

    def of_net(self, parameters: Sequence[Parameter]) -> Native:
        """Return the method itself, if the net's code tells of all parameters without a value.

        Raises
        ------
        ValueError
            If it does not; the parameters are named.
        """
        if parameters and all(parameter.native is None for parameter in parameters):
            raise ValueError(
                "method 'Native' asks the code of a PyTorch module, and this net has none; "
                "choose another method, 'Kaiming' for one"
            )
        lacking = [p for p in parameters if not p.initialized and self._learned(p) is None]
        if lacking:
            raise ValueError(
                f"the net's own code does not tell what {listing([p.name for p in lacking])} "
                "begin with: give what builds the net, method=('Native', {'build': make_net}), "
                "or build it within netinit.torch.accelerate"
            )
        return self

    def applies(self, parameter: Parameter) -> bool:
        """Return whether the net's code tells of a parameter."""
        return self._learned(parameter) is not None

    def pads(self, parameter: Parameter) -> bool:
        """Return False: the net's code sets its padding rows itself."""
        return False

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return what the net's code fills a parameter with."""
        learned = self._learned(parameter)
        if learned is None:
            raise ValueError("the net's own code does not tell what it begins with")
        return learned.initializer

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what the net's code fills a weight with."""
        return self.initializer(parameter)

    def row(self, parameter: Parameter) -> Parameter:
        """Return the parameter as one whose value the code sets, a derived one's too."""
        return parameter if parameter.settled else replace(parameter, settled=True)

    def stream_name(self, parameter: Parameter) -> str:
        """Return the stream's name: another's where the code makes two tensors of one draw."""
        learned = self._learned(parameter)
        return parameter.name if learned is None else learned.stream or parameter.name

    def _learned(self, parameter: Parameter) -> Learned | None:
        ask = parameter.native
        return None if ask is None else ask(parameter.name, self.build)

    def to_json(self) -> dict[str, Any]:
        """Return the method's name; what builds a net is code, and in no recipe."""
        return {"method": self.name}
