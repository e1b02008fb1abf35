"""What four methods make of a signal, and of the gradient, in 50 layers of a ramp each."""

import netinit
from netinit import Normal
from netinit.inspect import propagate
from netinit.nets import NetChain

METHODS = {
    "Kaiming": "Kaiming",
    "Orthogonal, gain sqrt 2": ("Orthogonal", {"gain": 2**0.5}),
    "Xavier": "Xavier",
    "normal, std 0.2": ("Random", {"weights": 0.2}),
}


def draw():
    """Return the root mean squares by depth."""
    net = NetChain([128, "ramp"] * 50, input=128)
    x = netinit.create((64, 128), Normal())
    found = propagate(net, x, methods=METHODS)
    verdicts = [run.forward.verdict for run in found.runs]
    assert verdicts == ["keeps its size", "keeps its size", "dies", "explodes"]
    assert abs(found["Xavier"].forward.factor - 0.5**0.5) < 0.02
    return found.figure()
