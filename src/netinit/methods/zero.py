"""ZerO: zeros and ones only."""

from __future__ import annotations

from dataclasses import dataclass

from netinit.catalogue import formulas
from netinit.initializers.base import Initializer
from netinit.methods.base import Method
from netinit.methods.registry import register
from netinit.parameters.parameter import Parameter

__all__ = ["Zero"]


@register("Zero")
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
    >>> print(netinit.methods.Zero().weight(netinit.Parameter("w", (64, 32))))
    Hadamard
    """

    name = "zero"

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the partial identity or the Hadamard matrix of the parameter's layout."""
        return formulas.zero_hadamard(parameter)
