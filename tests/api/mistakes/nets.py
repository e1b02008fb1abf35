"""Mistakes in nets and files."""

import numpy as np

import netinit
from netinit import checkpoint, nets


def initialize(net, *arguments, **options):
    return lambda: netinit.initialize(net, *arguments, **options)


def read_only():
    array = np.zeros(3)
    array.flags.writeable = False
    return array


MISTAKES = {
    "nothing": (initialize(None), "net must be one of: .*mapping of names to arrays; not NoneType"),
    "an array": (initialize(np.zeros(3)), "not ndarray; to fill one array use netinit.fill"),
    "a class of nets": (initialize(nets.NetChain), "the class NetChain: make an instance of it"),
    "a file": (
        initialize("model.safetensors"),
        "not 'model.safetensors'; files are for netinit.checkpoint.plan_source and the command",
    ),
    "a shape in the place of an array": (
        initialize({"a": (2, 2)}),
        r"net: 'a' must be .*, not \(2, 2\); a shape is given as netinit.ArraySpec\(\(2, 2\)\)",
    ),
    "a list as a shape": (
        initialize({"a": {"b": [2, 2]}}),
        r"net: 'a.b' must be .*, not \[2, 2\]; .* netinit.ArraySpec\(\(2, 2\)\)",
    ),
    "a number in the place of an array": (
        initialize({"a": 3}),
        "net: 'a' must be an array or a placeholder such as netinit.ArraySpec, not int",
    ),
    "a number as a name": (initialize({1: np.zeros(3)}), "net: the key 1 in .* is no string"),
    "a placeholder in a tuple": (
        initialize({"a": (netinit.ArraySpec(3),)}),
        "'a.0': stands in a container that cannot be changed; give a list or a dict",
    ),
    "an array that may only be read": (
        initialize({"a": read_only()}, netinit.All),
        r"'a': out is read-only; give an array of your own, as out.copy\(\) is",
    ),
    "a net whose shapes are not known": (
        lambda: netinit.initialize(nets.NetChain([nets.LinearLayer(3)])),
        r"the shapes of '0.Weights' are not known yet; .*input=",
    ),
    "a class of layers in a chain": (
        lambda: nets.NetChain([nets.LinearLayer]),
        "layer 0 must be a layer, .* not <class",
    ),
    "a layer in the place of a list": (
        lambda: nets.NetChain(nets.LinearLayer(3)),
        "NetChain: layers must be a list or a mapping of layers, not LinearLayer",
    ),
    "a negative size": (lambda: nets.LinearLayer(-3), "output must be at least 1, not -3"),
    "a size as text": (lambda: nets.LinearLayer("x"), "output must be an integer .*, not 'x'"),
    "a misspelt function": (
        lambda: nets.ElementwiseLayer("rampp"),
        "function 'rampp' is unknown; did you mean 'ramp'",
    ),
    "a layer that a chain has not": (
        lambda: nets.NetChain([3, 4], input=5)[3],
        "NetChain has 2 layers, no 3",
    ),
    "a misspelt array of a layer": (
        lambda: nets.NetChain([3, 4], input=5)[0, "Weight"],
        "array 'Weight' is unknown; did you mean 'Weights'",
    ),
    "text that is no JSON": (lambda: nets.from_json("x"), "not JSON: Expecting value"),
    "a net in the place of a plan": (
        lambda: checkpoint.write("x.safetensors", {"a": np.zeros(3)}),
        r"plan must be a netinit.Plan, as netinit.plan\(net, netinit.All\) returns, not dict",
    ),
    "a plan of nothing": (
        lambda: checkpoint.write("x.safetensors", netinit.plan({})),
        "there is no tensor to write; a checkpoint needs at least one",
    ),
    "a number as a path": (
        lambda: checkpoint.write(3, netinit.plan({"a": netinit.ArraySpec(3)})),
        "path must be a text or a path, not 3",
    ),
    "a plan to check": (
        lambda: checkpoint.check(netinit.plan({"a": netinit.ArraySpec(3)})),
        "path must be a text or a path, not Plan",
    ),
    "a text to check": (
        lambda: checkpoint.check(__file__),
        "nets.py: this is a text, which begins with .*, and not a safetensors file; .*netinit init",
    ),
    "a text as a source": (lambda: checkpoint.read_source(__file__), "nets.py: not JSON"),
}
