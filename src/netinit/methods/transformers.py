"""Schemes for transformers: depth-scaled residual projections, DeepNorm, T-Fixup."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from netinit.catalogue import formulas
from netinit.catalogue.maps import packed
from netinit.initializers.base import Initializer
from netinit.initializers.distributions import Constant, Normal
from netinit.initializers.packed import Parts
from netinit.initializers.variance_scaling import SPREADS
from netinit.methods.base import choose_option, number_option
from netinit.methods.places import (
    MLP_INPUTS,
    RESIDUAL_OUTPUTS,
    VALUES,
    named,
    set_counts_and_patterns,
)
from netinit.methods.registry import register
from netinit.methods.scheme import Scheme
from netinit.parameters.parameter import Parameter

__all__ = ["GPT2", "DeepNorm", "TFixup"]


@register("GPT2", "Megatron")
@dataclass(frozen=True, slots=True)
class GPT2(Scheme):
    """Normal weights, those that write to the residual stream scaled down with its depth.

    Parameters
    ----------
    layers : int
        How many blocks the net has.
    std : float, default 0.02
        Of all weights and embeddings but those below.
    branches : int, default 2
        How many residual branches a block has: attention and MLP.
    residual : sequence of str
        Name patterns of the last linear map of each branch; by default the names that GPT-2,
        Llama, Megatron, fairseq, BERT and ``torch.nn`` give them.

    Raises
    ------
    ValueError
        If `layers` is not given, or an option is not in its range.

    Warns
    -----
    UserWarning
        If no weight of the net is one of `residual`.

    Notes
    -----
    std / sqrt(branches layers) for the residual projections, so that the sum of all branches
    has the variance of one of std. Biases are 0. Radford, Wu, Child, Luan, Amodei, Sutskever:
    Language models are unsupervised multitask learners, 2019; Shoeybi et al.: Megatron-LM,
    2019.

    Examples
    --------
    >>> import netinit
    >>> net = {"h.0.mlp.c_fc.weight": (64, 16), "h.0.mlp.c_proj.weight": (16, 64)}
    >>> net = {name: netinit.ArraySpec(shape) for name, shape in net.items()}
    >>> [str(row.initializer) for row in netinit.plan(net, method=netinit.methods.GPT2(layers=8))]
    ['Normal(0, 0.02)', 'Normal(0, 0.005)']
    """

    name = "gpt2"
    without: ClassVar[Mapping[str, str]] = {
        "residual": "no residual projection is scaled by 1 / sqrt(branches layers)"
    }

    layers: int | None = None
    std: float = 0.02
    branches: int = 2
    residual: tuple[str, ...] = RESIDUAL_OUTPUTS

    def __post_init__(self) -> None:
        set_counts_and_patterns(self, {"layers": 1, "branches": 1}, ["residual"])
        number_option(self, "std", least=0)

    def weight(self, parameter: Parameter) -> Initializer:
        """Return the normal distribution of std, or of std / sqrt(branches layers)."""
        assert self.layers is not None
        if named(parameter.name, self.residual):
            return Normal(0.0, self.std / math.sqrt(self.branches * self.layers))
        return Normal(0.0, self.std)


def _packed(parameter: Parameter, distribution: str, gain: float, value_gain: float) -> Initializer:
    """Return Xavier's rule with a gain, and one for values packed with queries and keys."""
    layout, gains = parameter.layout, (gain, gain, value_gain)
    if layout is not None and len(layout.pieces) == 3:
        each = zip(parameter.pieces, gains, strict=True)
        return packed([formulas.xavier(piece, g, distribution) for piece, g in each], layout)
    if layout is None or layout.stack != 3 or value_gain == gain:
        return formulas.xavier(parameter, gain, distribution)
    parts = [formulas.xavier(parameter, g, distribution) for g in gains]
    return Parts(parts, layout.stack_axis)


def _embedding(parameter: Parameter, factor: float) -> Initializer:
    """Return the normal distribution of std factor / sqrt(d) for rows of d numbers."""
    width = parameter.fan_in
    return Normal(0.0, factor / math.sqrt(width)) if width else Constant(0.0)


@dataclass(frozen=True, slots=True)
class _DepthScaled(Scheme):
    """What DeepNorm and T-Fixup share: Xavier's rule with gains by depth, encoder and decoder."""

    without: ClassVar[Mapping[str, str]] = {
        "scaled": "none is scaled by depth but values packed in one array with queries and keys"
    }

    encoder_layers: int = 0
    decoder_layers: int = 0
    distribution: str = "normal"
    scaled: tuple[str, ...] = MLP_INPUTS + RESIDUAL_OUTPUTS + VALUES

    def __post_init__(self) -> None:
        set_counts_and_patterns(self, {"encoder_layers": 0, "decoder_layers": 0}, ["scaled"])
        choose_option(self, "distribution", SPREADS)
        if self.encoder_layers + self.decoder_layers == 0:
            raise ValueError(
                f"{type(self).__name__}'s encoder_layers or decoder_layers must be given: how "
                "many blocks"
            )

    def missing(self, names: Sequence[str]) -> list[str]:
        """Return what is not found among the names of a net's weights, and what follows."""
        lacks = Scheme.missing(self, names)
        both = self.encoder_layers and self.decoder_layers
        if both and not any(map(self.is_decoder, names)):
            lacks.append(
                "no weight has a name with a part that begins with 'decoder', so all are taken for "
                "the encoder's: name the decoder's modules so"
            )
        return lacks

    def is_decoder(self, name: str) -> bool:
        """Return whether a parameter belongs to the decoder; by its name where there are both."""
        if not (self.encoder_layers and self.decoder_layers):
            return not self.encoder_layers
        return any(part.startswith("decoder") for part in name.split("."))

    @abstractmethod
    def gain(self, decoder: bool) -> float:
        """Return the gain of the scaled weights of the decoder, or of the encoder."""

    @abstractmethod
    def embedding_factor(self, decoder: bool) -> float:
        """Return what the standard deviation 1 / sqrt(d) of embeddings is multiplied by."""

    def weight(self, parameter: Parameter) -> Initializer:
        """Return Xavier's rule with the gain of the weight's place."""
        decoder = self.is_decoder(parameter.name)
        if parameter.role == "embedding":
            return _embedding(parameter, self.embedding_factor(decoder))
        scaled = self.gain(decoder)
        gain = scaled if named(parameter.name, self.scaled) else 1.0
        return _packed(parameter, self.distribution, gain, scaled)


@register("DeepNorm")
@dataclass(frozen=True, slots=True)
class DeepNorm(_DepthScaled):
    """Bound the updates of post-norm transformers of any depth: x -> LayerNorm(alpha x + f(x)).

    Parameters
    ----------
    encoder_layers, decoder_layers : int, default 0
        The numbers of blocks, N and M; at least one is given. Where both are, a parameter is
        the decoder's if a part of its dotted name begins with "decoder".
    distribution : {"normal", "uniform", "truncated_normal"}
        See `netinit.initializers.variance_scaling.spread`.
    scaled : sequence of str
        Name patterns of the weights with gain beta: both maps of the MLP, the output and the
        value projections. The third of three maps packed in one array is taken for values.

    Attributes
    ----------
    encoder_alpha, decoder_alpha : float
        What the net has to multiply its residual stream by.
    encoder_beta, decoder_beta : float
        The gains.

    Raises
    ------
    ValueError
        If no layers are given, or an option is not in its range.

    Warns
    -----
    UserWarning
        If no weight of the net is one of `scaled`, or none the decoder's where there is one
        beside an encoder.

    Notes
    -----
    Xavier's rule with gain beta for `scaled`, 1 for the rest; embeddings N(0, 1/d). Encoder
    only: alpha = (2 N)**(1/4), beta = (8 N)**(-1/4), and the same of M for a decoder only.
    Both: the encoder has alpha = 0.81 (N**4 M)**(1/16), beta = 0.87 (N**4 M)**(-1/16), the
    decoder alpha = (3 M)**(1/4), beta = (12 M)**(-1/4). Biases are 0. Wang, Ma, Dong, Huang,
    Zhang, Wei: DeepNet: scaling transformers to 1,000 layers, 2022.

    Examples
    --------
    >>> import netinit
    >>> method = netinit.methods.DeepNorm(encoder_layers=32)
    >>> method.encoder_beta, round(method.encoder_alpha, 4)
    (0.25, 2.8284)
    """

    name = "deepnorm"

    @property
    def encoder_alpha(self) -> float:
        """The factor of the encoder's residual stream."""
        n, m = self.encoder_layers, self.decoder_layers
        return float(0.81 * (n**4 * m) ** (1 / 16) if m else (2 * n) ** (1 / 4))

    @property
    def decoder_alpha(self) -> float:
        """The factor of the decoder's residual stream."""
        n, m = self.encoder_layers, self.decoder_layers
        return float((3 * m) ** (1 / 4) if n else (2 * m) ** (1 / 4))

    @property
    def encoder_beta(self) -> float:
        """The gain of the encoder's scaled weights."""
        n, m = self.encoder_layers, self.decoder_layers
        return float(0.87 * (n**4 * m) ** (-1 / 16) if m else (8 * n) ** (-1 / 4))

    @property
    def decoder_beta(self) -> float:
        """The gain of the decoder's scaled weights."""
        n, m = self.encoder_layers, self.decoder_layers
        return float((12 * m) ** (-1 / 4) if n else (8 * m) ** (-1 / 4))

    def gain(self, decoder: bool) -> float:
        """Return beta."""
        return self.decoder_beta if decoder else self.encoder_beta

    def embedding_factor(self, decoder: bool) -> float:
        """Return 1."""
        return 1.0


@register("TFixup")
@dataclass(frozen=True, slots=True)
class TFixup(_DepthScaled):
    """Train transformers without layer normalization and warm-up: scale branches by depth.

    Parameters, errors and warnings are those of `DeepNorm`, but for the distribution, which is
    uniform by default.

    Notes
    -----
    Xavier's rule, for `scaled` times 0.67 N**(-1/4) in an encoder of N blocks and
    (9 M)**(-1/4) in a decoder of M; embeddings N(0, 1/d) times (9 N)**(-1/4) or
    (9 M)**(-1/4). Biases are 0. Huang, Pérez, Ba, Volkovs: Improving transformer optimization
    through better initialization, ICML 2020.

    Examples
    --------
    >>> import netinit
    >>> weight = netinit.Parameter("layers.0.fc1.weight", (64, 64))
    >>> xavier = netinit.methods.Xavier().weight(weight)
    >>> print(round(netinit.methods.TFixup(encoder_layers=16).weight(weight).std / xavier.std, 3))
    0.335
    """

    name = "tfixup"

    distribution: str = "uniform"

    def gain(self, decoder: bool) -> float:
        """Return 0.67 N**(-1/4) for the encoder, (9 M)**(-1/4) for the decoder."""
        if decoder:
            return self.embedding_factor(decoder)
        return float(0.67 * self.encoder_layers ** (-1 / 4))

    def embedding_factor(self, decoder: bool) -> float:
        """Return (9 N)**(-1/4), or (9 M)**(-1/4)."""
        layers = self.decoder_layers if decoder else self.encoder_layers
        return float((9 * layers) ** (-1 / 4))
