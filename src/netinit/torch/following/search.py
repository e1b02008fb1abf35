"""What follows a layer in a graph: the search from its output to an activation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from torch import fx, nn

from netinit.torch.following.activations import UNKNOWN, Activation, activation_of, of_call
from netinit.torch.following.tracing import Traced
from netinit.torch.following.transparent import (
    ENDS,
    IGNORED,
    PRODUCTS,
    TRANSPARENT,
    is_transparent,
)

__all__ = ["LEAVES", "NOTHING", "Search"]

#: No activation comes before the next linear map, sum or attention.
NOTHING: Activation = ("linear", None)

#: The output leaves the module that was traced.
LEAVES: Activation = ("leaves", None)

_MULTIPLIED = ("mul", "imul", "multiply", "mul_")

_SQUARED = ("square", "pow", "ipow", *_MULTIPLIED)


class Search:
    """Answers for one graph.

    Parameters
    ----------
    traced : Traced
    """

    def __init__(self, traced: Traced) -> None:
        self._modules = traced.modules
        self._opaque = frozenset(traced.opaque)
        self.nodes = tuple(traced.graph.nodes)

    def layers(self) -> Iterator[tuple[str, fx.Node]]:
        """Yield every use of weights: the name of a module or a parameter, and its output.

        A parameter that the module's own code multiplies by is named itself.
        """
        for node in self.nodes:
            if node.op == "call_module" and str(node.target) not in self._opaque:
                module = self._modules[str(node.target)]
                if next(module.parameters(), None) is not None and not self._passes(node):
                    yield str(node.target), node
            elif node.op == "get_attr":
                for product in self._products(node):
                    yield str(node.target), product

    def _products(self, weight: fx.Node) -> Iterator[fx.Node]:
        for user in weight.users:
            if self._name(user) in PRODUCTS:
                yield user
            elif self._passes(user):
                yield from self._products(user)

    def module(self, name: str) -> nn.Module | None:
        """Return the module of a name; None where it is a parameter's."""
        return self._modules.get(name)

    # ---- forwards

    def after(self, node: fx.Node) -> frozenset[Activation]:
        """Return what the values of a node go through next, on every path."""
        return frozenset(self._after(node, set()))

    def _after(self, node: fx.Node, seen: set[fx.Node]) -> Iterator[Activation]:
        for user in node.users:
            if user in seen or self._name(user) in IGNORED:
                continue
            seen.add(user)
            if user.op == "output":
                yield LEAVES
                continue
            activation = self._activation(user)
            if activation is not None:
                yield self._refined(activation, user)
            elif self._name(user) in _MULTIPLIED:
                yield from self._after_product(node, user, seen)
            elif self._passes(user) or self._adds_parameter(user):
                yield from self._after(user, seen)
            else:
                yield NOTHING if self._ends(user) else UNKNOWN

    def _after_product(
        self, node: fx.Node, product: fx.Node, seen: set[fx.Node]
    ) -> Iterator[Activation]:
        """Yield what the factor `node` of a product goes through: f in f(a) * b."""
        others = [other for other in product.all_input_nodes if other is not node]
        if not others:  # a square, or a number's multiple
            yield UNKNOWN
        elif others[0].op == "get_attr":
            yield from self._after(product, seen)
        else:
            gate = self._before(others[0])
            activation = self._activation(gate)
            yield NOTHING if activation is None else self._refined(activation, gate)

    def _refined(self, activation: Activation, node: fx.Node) -> Activation:
        """Return what an activation is with the step after it: z sigmoid(z), relu(z)**2."""
        users = [user for user in node.users if self._name(user) not in IGNORED]
        if activation[0] == "relu" and any(self._squares(user, node) for user in users):
            return "squared_relu", None
        if activation[0] == "sigmoid":
            (argument,) = node.all_input_nodes[:1]
            if any(
                self._name(user) in _MULTIPLIED and argument in user.all_input_nodes
                for user in users
            ):
                return "silu", None
        return activation

    def _squares(self, user: fx.Node, node: fx.Node) -> bool:
        name = self._name(user)
        if name not in _SQUARED or user.all_input_nodes != [node]:
            return False
        if name in ("pow", "ipow"):
            return [*user.args[1:], *user.kwargs.values()] == [2]
        return name == "square" or user.args == (node, node)

    def _adds_parameter(self, node: fx.Node) -> bool:
        """Return whether a sum is of values and a parameter, such as a bias."""
        inputs = node.all_input_nodes
        return self._name(node) in ("add", "iadd", "add_") and any(
            other.op == "get_attr" for other in inputs
        )

    # ---- backwards

    def _before(self, node: fx.Node) -> fx.Node:
        """Return where values come from that are only rearranged on the way to a node."""
        while self._activation(node) is None and self._passes(node) and node.all_input_nodes:
            node = node.all_input_nodes[0]
        return node

    def takes_input(self, node: fx.Node) -> bool:
        """Return whether a layer's input is the traced module's own, without layers between."""
        return self._are_input(node, set())

    def _are_input(self, node: fx.Node, seen: set[fx.Node]) -> bool:
        inputs = [other for other in node.all_input_nodes if other.op != "get_attr"]
        return bool(inputs) and all(self._is_input(other, seen) for other in inputs)

    def _is_input(self, node: fx.Node, seen: set[fx.Node]) -> bool:
        if node.op == "placeholder" or node in seen or self._name(node) in IGNORED:
            return True
        seen.add(node)
        if self._activation(node) is not None or self._name(node) in PRODUCTS:
            return False
        if node.op == "call_module" and not self._passes(node):
            return False
        return self._are_input(node, seen)

    # ---- steps

    def _name(self, node: fx.Node) -> str:
        if node.op == "call_method":
            return str(node.target)
        if node.op == "call_function":
            target: Any = node.target
            return str(getattr(target, "__name__", ""))
        return ""

    def _activation(self, node: fx.Node) -> Activation | None:
        if node.op == "call_module":
            return activation_of(self._modules[str(node.target)])
        name = self._name(node)
        return of_call(name, node) if name else None

    def _passes(self, node: fx.Node) -> bool:
        if node.op == "call_module":
            return is_transparent(self._modules[str(node.target)])
        return self._name(node) in TRANSPARENT

    def _ends(self, node: fx.Node) -> bool:
        """Return whether a step is known, so that no activation hides in it."""
        if node.op == "call_module":
            return str(node.target) not in self._opaque
        return self._name(node).removesuffix("_") in ENDS
