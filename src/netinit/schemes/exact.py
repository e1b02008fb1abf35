"""Schemes with a rule of their own for each layer: SIREN, ZerO, the LSTM's forget gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from netinit.base.spelling import listing
from netinit.base.warning import warn
from netinit.catalogue.entries import ROWS, Where
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant
from netinit.method import Method, fans_of, number_option
from netinit.methods import Kaiming
from netinit.parameters.parameter import Parameter
from netinit.schemes.naming import named, set_counts_and_patterns
from netinit.schemes.scheme import Scheme

__all__ = ["ForgetBias", "Siren", "Zero"]


_KAIMING = Kaiming()


def _where(parameter: Parameter) -> Where:
    assert parameter.shape is not None
    return Where(parameter.shape, *fans_of(parameter), parameter.layout)


@dataclass(frozen=True, slots=True)
class Siren(Scheme):
    """Keep the distribution of activations through layers x -> sin(omega (W x + b)).

    Parameters
    ----------
    omega : float, default 30
        Greater than 0: the frequency of all layers.
    first : sequence of str
        Name patterns of the first layer's weight.

    Raises
    ------
    ValueError
        If `omega` is not greater than 0.

    Warns
    -----
    UserWarning
        If no weight of the net is one of `first`, or each is.

    Notes
    -----
    First layer: U[-1/n, 1/n) of n inputs; others: U[-b, b) with b = sqrt(6 / n) / omega. Then
    omega W x is normal with variance 1 in the second layer and nearly so at any depth: a
    variance v becomes 1 - exp(-2 v), which tends to 0.797. Biases are 0. Sitzmann, Martel,
    Bergman, Lindell, Wetzstein: Implicit neural representations with periodic activation
    functions, NeurIPS 2020.

    Examples
    --------
    >>> import netinit
    >>> method = netinit.Siren(first="net.0.*")
    >>> print(method.weight(netinit.Parameter("net.0.linear.weight", (64, 2))))
    Uniform(-0.5, 0.5)
    >>> print(method.weight(netinit.Parameter("net.1.linear.weight", (64, 54))))
    Uniform(-0.0111, 0.0111)
    """

    name = "siren"
    without: ClassVar[Mapping[str, str]] = {
        "first": "no layer is drawn as the first one, from U[-1/n, 1/n)"
    }

    omega: float = 30.0
    first: tuple[str, ...] = ("0.*", "*.0.*", "*first*", "weights.0")

    def __post_init__(self) -> None:
        set_counts_and_patterns(self, {}, ["first"])
        number_option(self, "omega")
        if self.omega <= 0:
            raise ValueError(f"Siren's omega must be greater than 0, not {self.omega!r}")

    def missing(self, names: Sequence[str]) -> list[str]:
        """Return what is not found among the names of a net's weights, and what follows."""
        if len(names) > 1 and all(named(name, self.first) for name in names):
            return [
                f"every weight has a name that fits its first ({listing(self.first)}), so all are "
                "drawn as the first layer's, from U[-1/n, 1/n): give first=[...] that fits that "
                "layer alone"
            ]
        return Scheme.missing(self, names)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the uniform distribution of the layer's place."""
        first = named(parameter.name, self.first)
        return ROWS["siren"].make(_where(parameter), self.omega, first)


@dataclass(frozen=True, slots=True)
class Zero(Method):
    """Begin with zeros and ones: partial identities, and Hadamard matrices where nets widen.

    Notes
    -----
    A map with no more outputs than inputs is the partial identity; one with more is the block
    I(m, p) H(p) I(p, n) / 2**(c/2) of a Hadamard matrix with p = 2**c, c = ceil(log2 m).
    Kernels have it in their centre. Nothing is random. Biases are 0. Zhao, Schäfer,
    Anandkumar: ZerO initialization: initializing neural networks with only zeros and ones,
    TMLR 2022.

    Examples
    --------
    >>> import netinit
    >>> print(netinit.Zero().weight(netinit.Parameter("w", (64, 32))))
    Hadamard
    """

    name = "zero"

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the partial identity or the Hadamard matrix of the parameter's layout."""
        return ROWS["zero"].make(_where(parameter))


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
    >>> print(netinit.ForgetBias().initializer(bias))
    Parts(Constant(0), Constant(1), Constant(0), Constant(0))
    """

    name = "forget_bias"

    base_method: Any = _KAIMING
    value: float = 1.0

    def __post_init__(self) -> None:
        from netinit.options import as_method  # which knows this method by its name

        object.__setattr__(self, "base_method", as_method(self.base_method))
        number_option(self, "value")

    def of_net(self, parameters: Sequence[Parameter]) -> Method:
        """Return the method for a net, with a warning if that has no forget gate's bias."""
        if parameters and not any(map(_has_forget_gate, parameters)):
            warn(
                "ForgetBias: no layer whose type begins with 'LSTM' has a bias and no array is "
                f"named ForgetGateBiases, so no forget gate's bias is {self.value:g}; a mapping of "
                "arrays has no layers' types: give its biases by name to netinit.init_all, as "
                "in {'*.bias_ih_l*': 'forget_bias'}",
            )
        return replace(self, base_method=self.base_method.of_net(parameters))

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
        parts: Initializer = ROWS["forget_bias"].make(None, self.value)
        return parts


def _has_forget_gate(parameter: Parameter) -> bool:
    """Return whether a parameter is the bias of a forget gate, alone or with other gates'."""
    last = parameter.name.rpartition(".")[2]
    packed = parameter.layer.startswith("LSTM") and not last.startswith("bias_hh")
    is_bias = parameter.role == "bias" and parameter.fixed is None
    return is_bias and (packed or last == "ForgetGateBiases")
