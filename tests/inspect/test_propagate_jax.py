"""`netinit.inspect.propagate` on modules of Flax, linen's and nnx's, against jax.grad by hand."""

import numpy as np
import pytest

import netinit
from netinit import Normal
from netinit.inspect import histogram, propagate, spectrum

pytest.importorskip("flax")
jax = pytest.importorskip("jax")

from flax import linen, nnx  # noqa: E402

DEPTH, WIDTH = 6, 40


class Linen(linen.Module):
    @linen.compact
    def __call__(self, x):
        for _ in range(DEPTH):
            x = linen.relu(linen.Dense(WIDTH)(x))
        x = linen.BatchNorm(use_running_average=False)(x)
        return linen.Dense(3, name="head")(x)


class Nnx(nnx.Module):
    def __init__(self, rngs):
        self.layers = nnx.List([nnx.Linear(WIDTH, WIDTH, rngs=rngs) for _ in range(DEPTH)])
        self.norm = nnx.BatchNorm(WIDTH, rngs=rngs)
        self.dropout = nnx.Dropout(0.5, rngs=rngs)

    def __call__(self, x):
        for layer in self.layers:
            x = nnx.relu(layer(x))
        return self.dropout(self.norm(x))


X = netinit.create((16, WIDTH), Normal(), name="x")


def by_hand(kernels, biases):
    """Return the outputs of the dense layers, and the gradients of the sum of squares there."""
    zeros = [np.zeros((len(X), k.shape[1]), np.float32) for k in kernels]

    def run(zeros):
        x, outputs = X, []
        for kernel, bias, zero in zip(kernels, biases, zeros, strict=True):
            out = x @ kernel + bias + zero
            outputs.append(out)
            x = jax.nn.relu(out)
        return x, outputs

    return run(zeros)[1], zeros, run


def close(found, values):
    values = np.asarray(values, np.float64)
    assert found.mean == pytest.approx(values.mean(), rel=1e-4, abs=1e-6)
    assert found.std == pytest.approx(values.std(), rel=1e-4)
    assert found.second == pytest.approx(np.square(values).mean(), rel=1e-4)


def test_linen():
    module = Linen()
    variables = module.init(jax.random.key(0), X)
    copied = jax.tree.map(np.array, variables)
    found = propagate((module, variables), X, loss=lambda out: (out**2).sum()).runs[0]
    dense = [f"Dense_{i}" for i in range(DEPTH)]
    assert [layer.name for layer in found.layers] == [*dense, "BatchNorm_0", "head"]
    kernels = [variables["params"][name]["kernel"] for name in dense]
    biases = [variables["params"][name]["bias"] for name in dense]
    outputs, zeros, run = by_hand(kernels, biases)

    def loss(zeros):
        x = run(zeros)[0]
        x = (x - x.mean(0)) / jax.numpy.sqrt(x.var(0) + 1e-5)
        head = variables["params"]["head"]
        return ((x @ head["kernel"] + head["bias"]) ** 2).sum()

    gradients = jax.grad(loss)(zeros)
    for name, output, gradient in zip(dense, outputs, gradients, strict=True):
        close(found[name].forward, output)
        close(found[name].backward, gradient)
    assert found.forward.first[0] == "Dense_0"
    assert found.forward.count == DEPTH
    assert jax.tree.all(jax.tree.map(lambda a, b: (a == b).all(), copied, dict(variables)))


def test_linens_methods():
    module = Linen()
    variables = module.init(jax.random.key(0), X)
    found = propagate((module, variables), X, methods=["Kaiming", "Xavier"])
    assert found["Kaiming"].forward.factor == pytest.approx(1, abs=0.1)
    assert found["Xavier"].forward.factor == pytest.approx(0.5**0.5, abs=0.1)
    with pytest.raises(TypeError, match=r"\(module, vars\)"):
        propagate(module, X)


def test_nnx():
    net = Nnx(nnx.Rngs(0))
    state = jax.tree.map(np.array, nnx.to_pure_dict(nnx.state(net, nnx.Not(nnx.RngKey))))
    calls = {kind: kind.__call__ for kind in (Nnx, nnx.Linear, nnx.BatchNorm, nnx.Dropout)}
    found = propagate(net, X, loss=lambda out: (out**2).sum()).runs[0]
    names = [f"layers.{i}" for i in range(DEPTH)]
    assert [layer.name for layer in found.layers] == [*names, "norm", "dropout"]
    kernels = [layer.kernel[...] for layer in net.layers]
    outputs, _, _ = by_hand(kernels, [layer.bias[...] for layer in net.layers])
    for name, output in zip(names, outputs, strict=True):
        close(found[name].forward, output)
    after = jax.tree.map(np.array, nnx.to_pure_dict(nnx.state(net, nnx.Not(nnx.RngKey))))
    assert jax.tree.all(jax.tree.map(lambda a, b: (a == b).all(), state, after))
    assert all(kind.__call__ is call for kind, call in calls.items())
    net.eval()
    still = propagate(net, X, loss=lambda out: (out**2).sum() / 2).runs[0]
    outputs, zeros, run = by_hand(kernels, [layer.bias[...] for layer in net.layers])
    scale = 1 / np.sqrt(1 + 1e-5)
    gradients = jax.grad(lambda z: ((run(z)[0] * scale) ** 2).sum() / 2)(zeros)
    for name, gradient in zip(names, gradients, strict=True):
        close(still[name].backward, gradient)
    found = propagate(net, X, methods=["Xavier"])
    assert found["Xavier"].forward.factor == pytest.approx(0.5**0.5, abs=0.1)


def test_arrays_of_both():
    module = Linen()
    variables = module.init(jax.random.key(0), X)
    names = [layer.name for layer in spectrum((module, variables)).layers]
    assert names == [*(f"Dense_{i}.kernel" for i in range(DEPTH)), "head.kernel"]
    net = Nnx(nnx.Rngs(0))
    (found,) = histogram(net, select="layers.3.kernel").layers
    assert found.std == pytest.approx(float(np.asarray(net.layers[3].kernel[...]).std()), rel=1e-5)
