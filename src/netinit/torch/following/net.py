"""What follows each layer of a whole net, looked for once, when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from torch import nn

from netinit.parameters.following import Following
from netinit.torch.following.activations import UNKNOWN, Activation
from netinit.torch.following.known import by_names, in_order, of_torch
from netinit.torch.following.search import LEAVES, NOTHING, Search
from netinit.torch.following.tracing import private_copy, trace
from netinit.torch.walk import Slot, unwrapped

__all__ = ["NetSurroundings"]

_PARAMETRIZED = ".parametrizations."

#: The name of a parameter or module, and what follows it.
Found = tuple[str, Following]


class NetSurroundings:
    """What follows the layers of a module, as its parameters ask for it.

    The module's code is traced symbolically (torch.fx), which computes nothing, on a copy that
    shares its tensors. A module inside that cannot be traced is looked at by its parts, each
    traced alone, and by the names of its attributes.

    Parameters
    ----------
    net : torch.nn.Module
    """

    def __init__(self, net: nn.Module) -> None:
        self._net = net
        self._found: dict[str, Following] | None = None

    def following(self, target: Slot) -> Following:
        """Return what follows the layer that owns a tensor."""
        if self._found is None:
            self._found = dict(reversed(list(_look(self._net))))
        for place in target.places:
            layer = f".{place.path}".partition(_PARAMETRIZED)[0].removeprefix(".")
            for name in (place.name, layer):
                if name in self._found:
                    return self._found[name]
        return Following()


def _look(net: nn.Module) -> Iterator[Found]:
    """Yield what follows by the names of parameters and modules; the first of a name holds."""
    for name, module in net.named_modules(remove_duplicate=False):
        for found, activation in of_torch(name, module):
            yield found, _following([activation], "tree")
    twin = private_copy(net)
    if twin is None:
        yield from _by_parts("", net, None)
    else:
        name, inner = unwrapped(twin)
        yield from _look_in(name, inner, whole=True)


def _look_in(name: str, module: nn.Module, whole: bool = False) -> Iterator[Found]:
    """Yield what follows the layers of a module, by its graph as far as there is one."""
    traced = trace(module)
    if traced is None:
        yield from _by_parts(name, module, _look_in)
        return
    search = Search(traced)
    at = f"{name}." if name else ""
    uses: dict[str, list[Activation]] = {}
    inputs: dict[str, bool] = {}
    for layer, node in search.layers():
        first = whole and search.takes_input(node)
        if isinstance(search.module(layer), nn.MultiheadAttention):
            layer, first = f"{layer}.out_proj", False
        uses.setdefault(layer, []).extend(search.after(node))
        inputs[layer] = inputs.get(layer, True) and first
    for layer, activations in uses.items():
        ends = [NOTHING if whole and a == LEAVES else a for a in activations]
        following = _following(ends, "fx", inputs[layer])
        if following.nonlinearity is not None:
            yield f"{at}{layer}", following
    for opaque in traced.opaque:
        path = f"{at}{opaque}" if opaque else name
        yield from _by_parts(path, traced.modules[opaque], _look_in)


def _by_parts(
    name: str, module: nn.Module, look: Callable[[str, nn.Module], Iterable[Found]] | None
) -> Iterator[Found]:
    """Yield what follows in a module without a graph: by names, and by each of its parts."""
    for found, activation in (*by_names(name, module), *in_order(name, module)):
        yield found, _following([activation], "tree")
    for key, child in module.named_children():
        path = f"{name}.{key}" if name else key
        if next(child.children(), None) is None and type(child).__module__.startswith("torch.nn"):
            continue
        if look is None:
            yield from _by_parts(path, child, None)
        else:
            yield from look(path, child)


def _following(activations: Sequence[Activation], how: str, first: bool = False) -> Following:
    """Return what follows a layer of which each output goes through these."""
    found = dict.fromkeys(a for a in activations if a not in (UNKNOWN, LEAVES, NOTHING))
    if len(found) == 1:
        ((name, a),) = found
        return Following(name, a, how, first)
    if found or not activations or UNKNOWN in activations or LEAVES in activations:
        return Following()
    return Following("linear", None, how, first)
