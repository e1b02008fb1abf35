"""Mistakes with PyTorch's modules and tensors, and JAX's arrays."""

from importlib.util import find_spec

import numpy as np
import torch
from torch import nn

import netinit
from netinit.torch import init, mark_uninitialized, named


def net():
    return nn.Sequential(nn.Linear(3, 2))


def meta():
    with torch.device("meta"):
        return nn.Linear(3, 2)


def initialize(*arguments, **options):
    return lambda: netinit.initialize(net(), *arguments, **options)


def rules(of):
    return initialize(netinit.All, method=of)


def fill(out):
    return lambda: netinit.fill(out, 1.0)


def entered(manager):
    """Return what enters a context, where its arguments are looked at."""

    def call():
        with manager():
            raise AssertionError("it was entered")

    return call


MISTAKES = {
    "a class of modules": (
        lambda: netinit.initialize(nn.Linear),
        "not the class Linear: make an instance of it",
    ),
    "a module's parameters": (
        lambda: netinit.initialize(net().parameters()),
        "not generator; give the net itself, which has its parameters' names",
    ),
    "one parameter": (
        lambda: netinit.initialize(nn.Linear(2, 2).weight),
        "not Parameter; to fill one array use netinit.fill",
    ),
    "an optimizer": (
        lambda: netinit.initialize(torch.optim.SGD(net().parameters())),
        "net must be one of: .* a torch.nn.Module, .* not SGD",
    ),
    "a state without memory": (
        lambda: netinit.initialize(meta().state_dict()),
        r"'weight' is a tensor without memory .*; give netinit.ArraySpec\(shape, dtype\) or",
    ),
    "a module that has run with no input yet": (
        lambda: netinit.initialize(nn.LazyLinear(3)),
        "the shapes of 'weight', 'bias' are not known yet; .* a dry run of a torch Lazy module",
    ),
    "a class that the net has not": (
        initialize(nn.Conv2d),
        "Conv2d'> fits no parameter. Layers: 'Linear'; names: '0.weight', '0.bias'",
    ),
    "a layer in the place of its class": (
        initialize(nn.Linear(3, 2)),
        r"Linear\(in_features=3.*fails for '0.weight': .* \(A layer is meant by its class or name",
    ),
    "a rule for a layer": (
        rules({nn.Linear(3, 2): 0.02}),
        r"Linear\(in_features=3.*fails for '0.weight': .* \(A layer is meant by its class or name",
    ),
    "a tuple of classes": (
        rules({(nn.Linear, nn.Conv2d): 0.02}),
        "all of a tuple must hold; for any of them give a set. Layers: 'Linear'",
    ),
    "a tuple of classes, none of the net's": (
        rules({(nn.Conv1d, nn.Conv2d): 0.02}),
        "all of a tuple must hold; for any of them give a set. Layers: 'Linear'",
    ),
    "PyTorch's initializer in a rule": (
        rules({nn.Linear: nn.init.xavier_uniform_}),
        "'0.weight': a rule's function must take a netinit.Parameter .*by name, as 'xavier",
    ),
    "a number for the bias too": (
        rules({"Linear": 0.02}),
        r"'0.bias': 0.02 would be the standard deviation of a bias: give netinit.Constant\(0.02\)",
    ),
    "a nonlinearity's module": (
        initialize(netinit.All, method=("Kaiming", {"nonlinearity": nn.ReLU()})),
        r"Kaiming's nonlinearity must be a string, not ReLU\(\)",
    ),
    "a generator's class": (
        initialize(netinit.All, seed=torch.Generator),
        "seed must be .* a numpy or torch generator .* not <class 'torch._C.Generator'>",
    ),
    "DeepNorm without the depth": (
        initialize(netinit.All, method="DeepNorm"),
        "DeepNorm's encoder_layers or decoder_layers must be given: how many blocks",
    ),
    "a module to fill": (
        fill(nn.Linear(2, 2)),
        "must be a torch.Tensor, not Linear; netinit.initialize fills modules",
    ),
    "a tensor without memory": (
        fill(torch.empty(3, device="meta")),
        "must be on the CPU, not on meta; netinit.initialize gives a module memory and values",
    ),
    "a tensor of integers": (
        fill(torch.zeros(3, dtype=torch.int64)),
        "tensor has dtype torch.int64; allowed: float32, float64",
    ),
    "a sparse tensor": (
        fill(torch.zeros(3).to_sparse()),
        r"must be dense \(torch.strided\), not torch.sparse_coo",
    ),
    "an expanded tensor": (
        fill(torch.zeros(3).expand(2, 3)),
        r"out overlaps itself: with shape \(2, 3\) and strides \(0, 4\)",
    ),
    "PyTorch's dtype of integers": (
        lambda: netinit.create(3, 1.0, dtype=torch.int32),
        "dtype 'int32' is unknown; did you mean 'float32'",
    ),
    "a placeholder of PyTorch's complex numbers": (
        lambda: netinit.ArraySpec((2, 3), torch.complex64),
        "ArraySpec: dtype 'complex64' is unknown. Allowed: 'float32'",
    ),
    "a namespace that is a number": (
        entered(lambda: init.installed(3)),
        "a namespace must be a module or a dict, not 3",
    ),
    "a module that has no initializers": (
        entered(lambda: init.installed(np)),
        "numpy has no function of torch.nn.init by name, so there is nothing to replace in it",
    ),
    "a class to name": (
        entered(lambda: named(nn.Linear)),
        "net must be a torch.nn.Module, not type",
    ),
    "a module without memory to name": (
        entered(lambda: named(meta())),
        "weight is on the meta device, .* give the net memory first",
    ),
    "a seed with a point to name by": (
        entered(lambda: named(net(), seed=1.5)),
        "seed must be an integer, a text, .* not 1.5",
    ),
    "a class to mark": (
        lambda: mark_uninitialized(nn.Linear),
        "must be a torch.nn.Module, a tensor or an iterable of tensors, not <class",
    ),
    "a name to mark": (
        lambda: mark_uninitialized("weight"),
        "must be a torch.nn.Module, a tensor or an iterable of tensors, not 'weight'",
    ),
}

if find_spec("jax"):
    import jax.numpy as jnp

    MISTAKES |= {
        "JAX's array to fill": (
            lambda: netinit.fill(jnp.zeros(3), 1.0),
            "whose arrays are not written to: netinit.jax.initializers makes them",
        ),
        "JAX's dtype of integers": (
            lambda: netinit.create(3, 1.0, dtype=jnp.int32),
            "dtype 'int32' is unknown; did you mean 'float32'",
        ),
    }
