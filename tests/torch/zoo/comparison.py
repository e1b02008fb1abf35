"""Differences between a stock build of a net and another build of it.

Two stock builds under different seeds say what is constant in a net, element by element, and
from which distribution the rest comes. Another build is to have the same constants, bit for bit,
and other values of the same distributions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from scipy import special
from torch import nn

__all__ = ["compare", "poisoned", "tensors_of"]

#: The probability that a build with the right distributions is said to have a wrong one.
CHANCE = 1e-5
FEW = 20  # from so many elements on, distributions are compared
MANY = 10000  # so many elements of a tensor are enough for that
SIGMAS = 6  # by which moments may be off
UNTOUCHED = 0xCB  # the byte with which a caller may have filled memory

_BITS = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}


def compare(stock: nn.Module, again: nn.Module, other: nn.Module) -> list[str]:
    """Return what differs in a build of a net from stock builds of it; nothing is a match.

    Parameters
    ----------
    stock, again : torch.nn.Module
        Built the same way under two different seeds.
    other : torch.nn.Module
        The other build, with values of its own.

    Notes
    -----
    Compared are the modules' names and types; the keys of ``state_dict()``; of each parameter,
    buffer and tensor that is an attribute of a module the type, dtype, shape, strides and
    ``requires_grad``; which of them are one tensor, and which share memory; the constant
    elements' bits; and the random elements' distribution by the two-sample test of Kolmogorov
    and Smirnov (of the values and of their distances from the mean), the mean and the standard
    deviation. Of integers and bools that differ
    between the stock builds only the type is compared. What is NaN in both stock builds, as
    within `poisoned` all that nobody wrote is, may be anything.
    """
    nets = (stock, again, other)
    found = _structure(stock, other)
    tables = [tensors_of(net) for net in nets]
    missing = tables[0].keys() ^ tables[2].keys()
    found += [f"{name}: only in one of the builds" for name in sorted(missing)]
    names = [name for name in tables[0] if name in tables[1] and name in tables[2]]
    found += _ties(*({name: table[name] for name in names} for table in (tables[0], tables[2])))
    chance = CHANCE / max(len(names), 1)
    seen: set[int] = set()
    for name in names:
        if id(tables[0][name]) not in seen:
            seen.add(id(tables[0][name]))
            said = _tensor(*(table[name] for table in tables), chance)
            found += [f"{name}: {what}" for what in said]
    return found


def tensors_of(net: nn.Module) -> dict[str, torch.Tensor]:
    """Return a net's parameters and buffers by name, then what else its modules hold, as it is."""
    tensors = dict(net.named_parameters(remove_duplicate=False))
    tensors |= dict(net.named_buffers(remove_duplicate=False))
    for prefix, module in net.named_modules():
        for key, value in vars(module).items():
            values = enumerate(value) if isinstance(value, (list, tuple)) else [("", value)]
            for index, item in values:
                if isinstance(item, torch.Tensor):
                    tensors.setdefault(f"{prefix}.{key}{index}".removeprefix("."), item)
    return tensors


def _structure(stock: nn.Module, other: nn.Module) -> list[str]:
    """Return differences in modules and in the keys of what is saved."""
    found = []
    modules = [dict(net.named_modules(remove_duplicate=False)) for net in (stock, other)]
    if list(modules[0]) != list(modules[1]):
        found.append(f"modules differ: {sorted(modules[0].keys() ^ modules[1].keys())}")
    else:
        for name, module in modules[0].items():
            twin = modules[1][name]
            kinds = [(type(m).__qualname__, m.training) for m in (module, twin)]
            if kinds[0] != kinds[1]:
                found.append(f"module {name!r}: (type, training) {kinds[1]} for {kinds[0]}")
    keys = [list(net.state_dict()) for net in (stock, other)]
    if keys[0] != keys[1]:
        found.append(f"keys of state_dict differ: {sorted(set(keys[0]) ^ set(keys[1]))}")
    return found


def _ties(stock: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> list[str]:
    """Return the names that are one tensor, or share memory, in one build and not in the other."""
    found = []
    for what, key in (("one tensor", id), ("memory", _memory)):
        groups = [_groups(tensors, key) for tensors in (stock, other)]
        for group in sorted(groups[0] ^ groups[1], key=sorted):
            found.append(f"{' '.join(sorted(group))}: {what} in one of the builds alone")
    return found


def _groups(
    tensors: dict[str, torch.Tensor], key: Callable[[torch.Tensor], Hashable]
) -> set[frozenset[str]]:
    table: dict[Hashable, set[str]] = {}
    for name, tensor in tensors.items():
        table.setdefault(key(tensor), set()).add(name)
    return {frozenset(names) for names in table.values() if len(names) > 1}


def _memory(tensor: torch.Tensor) -> Hashable:
    try:
        return tensor.untyped_storage().data_ptr() or id(tensor)
    except (NotImplementedError, RuntimeError):  # sparse, or without memory
        return id(tensor)


def _tensor(
    stock: torch.Tensor, again: torch.Tensor, other: torch.Tensor, chance: float
) -> list[str]:
    """Return what differs in a tensor of the three builds."""
    found = [f"{what} {b} for {a}" for what, a, b in _traits(stock, other) if a != b]
    if found or stock.is_meta or not stock.numel():
        return found
    a, b, c = (_flat(tensor) for tensor in (stock, again, other))
    equal = _bits(a) == _bits(b)
    if not equal.all():
        if not (a.is_floating_point() and a.dim() == 1):
            return []
        if equal.any():
            equal[equal.clone()] = ~_by_chance(a[equal], torch.cat([a[~equal], b[~equal]]))
    free = equal & a.isnan() if a.is_floating_point() else torch.zeros_like(equal)
    wrong = (_bits(c) != _bits(a)) & equal & ~free
    if wrong.any():
        k = int(wrong.nonzero()[0])
        found.append(f"{int(wrong.sum())} constants differ: {c[k]} for {a[k]} at {k}")
    if not equal.all():
        found += _random(a[~equal], b[~equal], c[~equal], chance)
    return found


def _traits(stock: torch.Tensor, other: torch.Tensor) -> Iterator[tuple[str, object, object]]:
    for name in ("dtype", "device", "layout", "shape", "requires_grad", "is_leaf"):
        yield name, getattr(stock, name), getattr(other, name)
    yield "type", type(stock), type(other)
    if stock.layout is torch.strided and stock.numel():
        strides = (
            [step for step, size in zip(x.stride(), x.shape, strict=True) if size > 1]
            for x in (stock, other)
        )
        yield "strides", *strides


def _flat(tensor: torch.Tensor) -> torch.Tensor:
    """Return the elements one after another, of a complex tensor the parts."""
    tensor = tensor.detach()
    if tensor.layout is not torch.strided:
        tensor = tensor.to_dense()
    return (torch.view_as_real(tensor) if tensor.is_complex() else tensor).reshape(-1)


def _bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.contiguous().view(_BITS[tensor.element_size()])


def _by_chance(values: torch.Tensor, others: torch.Tensor) -> torch.Tensor:
    """Return which values are alike in both builds only because few are possible, as at a bound.

    Those are values that are also at places where the builds differ; of a short dtype all
    values but zero and those that several places have.
    """
    chance = torch.isin(values, others)
    if values.element_size() < 4:
        _, places, counts = values.unique(return_inverse=True, return_counts=True)
        chance |= (counts[places] == 1) & (values != 0)
    return chance


def _random(a: torch.Tensor, b: torch.Tensor, c: torch.Tensor, chance: float) -> list[str]:
    """Return what is wrong with the random elements of a build, given those of two stock ones."""
    held = _bits(c).view(torch.uint8).reshape(len(c), -1)
    untouched = int((held == UNTOUCHED).all(dim=1).sum())
    if untouched:
        return [f"{untouched} elements hold the bytes of untouched memory"]
    if c.isnan().any() and not (a.isnan().any() or b.isnan().any()):
        return ["NaN, where stock has none"]
    if torch.equal(c, a) or torch.equal(c, b):
        return ["the values are stock's own"]
    step = -(-len(c) // MANY) | 1  # odd, to meet all columns of most matrices
    values = [tensor[~tensor.isnan()][::step].double().numpy() for tensor in (a, b, c)]
    return _distribution(np.concatenate(values[:2]), values[2], chance)


def _distribution(both: np.ndarray, other: np.ndarray, chance: float) -> list[str]:
    if len(other) < FEW:
        limit = (100 if len(both) < 10 else 8) * np.abs(both).max(initial=0)
        return [f"{other} is far from {both}"] if np.abs(other).max(initial=0) > limit else []
    # Values that stand in several places, as in an expanded row, count once.
    share = len(np.unique(both)) / len(both)
    n, m = share * len(both), share * len(other)
    found = []
    mean, std = both.mean(), both.std()
    # Of the deviations too: there alone differ the tails of symmetric distributions much.
    distance = max(_distance(both, other), _distance(abs(both - mean), abs(other - mean)))
    probability = 2 * special.kolmogorov(distance * np.sqrt(n * m / (n + m)))
    if probability < chance:
        found.append(f"another distribution, p = {probability:.1g}")
    error = std * np.sqrt(1 / n + 1 / m)
    kurtosis = ((both - mean) ** 4).mean() / std**4
    if not abs(other.mean() - mean) <= SIGMAS * error:
        found.append(f"mean {other.mean():.4g} for {mean:.4g}")
    if not abs(other.std() - std) <= SIGMAS * error * np.sqrt(max(kurtosis - 1, 0.1)) / 2:
        found.append(f"std {other.std():.4g} for {std:.4g}")
    return found


def _distance(x: np.ndarray, y: np.ndarray) -> float:
    """Return the greatest distance of two samples' distribution functions."""
    x, y = np.sort(x), np.sort(y)
    both = np.concatenate([x, y])
    below = (np.searchsorted(sample, both, side="right") / len(sample) for sample in (x, y))
    return float(np.abs(np.subtract(*below)).max())


@contextmanager
def poisoned() -> Iterator[None]:
    """Within a ``with`` block, new memory is NaN, and of integers the greatest number.

    So a stock build shows what it leaves unwritten. Torch's settings are as before after it.
    """
    fill = torch.utils.deterministic.fill_uninitialized_memory
    mode = torch.get_deterministic_debug_mode()
    torch.use_deterministic_algorithms(True, warn_only=True)
    torch.utils.deterministic.fill_uninitialized_memory = True
    try:
        yield
    finally:
        torch.set_deterministic_debug_mode(mode)
        torch.utils.deterministic.fill_uninitialized_memory = fill
