"""The bias of an LSTM's forget gate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from netinit.base.warning import warn
from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.methods.base import Method, number_option
from netinit.methods.registry import register
from netinit.methods.scaling import Kaiming
from netinit.methods.vocabulary import as_method
from netinit.parameters.parameter import Parameter

__all__ = ["ForgetBias"]


_KAIMING = Kaiming()


@register("ForgetBias")
@dataclass(frozen=True, slots=True)
class ForgetBias(Method):
    """Another method, but LSTMs begin by remembering: their forget gates' bias is not zero.

    Parameters
    ----------
    base_method : method, default Kaiming
        What all else follows; as `netinit.initialize` accepts it.
    value : float, default 1
        The bias of the forget gates.

    Raises
    ------
    TypeError, ValueError
        If an option is not one of these.

    Warns
    -----
    UserWarning
        If no bias of the net is that of a forget gate.

    Notes
    -----
    The second quarter of a packed bias (gates input, forget, cell, output, as in PyTorch and
    Keras) of layers whose type begins with "LSTM"; of PyTorch's two biases that of the input,
    the other being 0, so that their sum is `value`. Of netinit's own
    ``LongShortTermMemoryLayer`` the array ``ForgetGateBiases``. Gers, Schmidhuber, Cummins:
    Learning to forget, 2000; Jozefowicz, Zaremba, Sutskever: An empirical exploration of
    recurrent network architectures, ICML 2015.

    Examples
    --------
    >>> import netinit
    >>> bias = netinit.Parameter("lstm.bias_ih_l0", (8,), role="bias", layer="LSTM")
    >>> print(netinit.methods.ForgetBias().initializer(bias))
    Parts(Constant(0), Constant(1), Constant(0), Constant(0))
    """

    name = "forget_bias"
    asking: ClassVar[tuple[str, ...]] = ("base_method",)

    base_method: Any = _KAIMING
    value: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "base_method", as_method(self.base_method))
        number_option(self, "value")

    @property
    def needs_net(self) -> bool:
        """True: the gates are known by their layer."""
        return True

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the method for a net, with a warning if that has no forget gate's bias."""
        if parameters and not any(map(_has_forget_gate, parameters)):
            warn(
                "ForgetBias: no layer whose type begins with 'LSTM' has a bias and no array is "
                f"named ForgetGateBiases, so no forget gate's bias is {self.value:g}; a mapping of "
                "arrays has no layers' types: give its biases a rule by name, as in "
                "{'*.bias_ih_l*': 'forget_bias'}",
            )
        return replace(self, base_method=self.base_method.of_net(parameters))

    def applies(self, parameter: Parameter) -> bool:
        """Return whether this or the other method has a value for a parameter."""
        inner: Method = self.base_method
        return _has_forget_gate(parameter) or inner.applies(parameter)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return what the other method fills the weight with."""
        inner: Method = self.base_method
        return inner.weight(parameter)

    def initializer(self, parameter: Parameter) -> Initializer:
        """Return the biases of LSTMs, else what the other method says."""
        inner: Method = self.base_method
        if not _has_forget_gate(parameter):
            return inner.initializer(parameter)
        if parameter.name.endswith("ForgetGateBiases"):
            return Constant(self.value)
        return formulas.forget_bias(parameter, self.value)


def _has_forget_gate(parameter: Parameter) -> bool:
    """Return whether a parameter is the bias of a forget gate, alone or with other gates'."""
    last = parameter.name.rpartition(".")[2]
    packed = parameter.layer.startswith("LSTM") and not last.startswith("bias_hh")
    is_bias = parameter.role == "bias" and parameter.fixed is None
    return is_bias and (packed or last == "ForgetGateBiases")
