"""`netinit.inspect.propagate` on a Keras model: outputs by hand, gradients by differences.

Run by test_propagate_keras.py in a process for each backend, which the environment names.
"""

import numpy as np
import pytest

import netinit
from netinit import Normal
from netinit.inspect import propagate, spectrum

keras = pytest.importorskip("keras")

# Keras's conversion of tensors of torch goes through a call that numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

X = netinit.create((16, 20), Normal(), name="x")


def model():
    layers = [keras.layers.Dense(20, activation="relu") for _ in range(4)]
    norm = [keras.layers.BatchNormalization(), keras.layers.Dropout(0.5)]
    net = keras.Sequential([keras.Input((20,)), *layers, *norm, keras.layers.Dense(3)])
    return netinit.initialize(net, netinit.All)


def by_hand(net, moved=0.0, at=None):
    """Return the outputs of the layers and the sum of the last's squares, something moved."""
    x, outputs = X.astype(np.float64), []
    for number, layer in enumerate(net.layers):
        if isinstance(layer, keras.layers.Dense):
            kernel, bias = (keras.ops.convert_to_numpy(w) for w in layer.weights)
            x = x @ kernel.astype(np.float64) + bias
            x = np.maximum(x, 0) if number < 4 else x
        elif isinstance(layer, keras.layers.BatchNormalization):
            x = x / np.sqrt(1 + layer.epsilon)
        if at is not None and number == at[0]:
            x = x.copy()
            x[at[1]] += moved
        outputs.append(x)
    return outputs, np.square(outputs[-1]).sum()


def test_a_keras_model():
    net = model()
    before = [np.array(keras.ops.convert_to_numpy(v.value)) for v in net.variables]
    call = keras.layers.Layer.__call__
    found = propagate(net, X, loss=lambda out: keras.ops.sum(keras.ops.square(out))).runs[0]
    assert keras.layers.Layer.__call__ is call
    outputs, _ = by_hand(net)
    assert len(found.layers) == len(outputs)
    for layer, output in zip(found.layers, outputs, strict=True):
        assert layer.forward.mean == pytest.approx(output.mean(), rel=1e-4, abs=1e-6)
        assert layer.forward.second == pytest.approx(np.square(output).mean(), rel=1e-4)
    gradient = np.zeros((16, 20))
    for place in np.ndindex(16, 20):
        up, down = (by_hand(net, step, (1, place))[1] for step in (1e-5, -1e-5))
        gradient[place] = (up - down) / 2e-5
    assert found.layers[1].backward.std == pytest.approx(gradient.std(), rel=1e-3)
    after = [keras.ops.convert_to_numpy(v.value) for v in net.variables]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_methods_leave_the_model_as_it_was():
    net = model()
    before = [np.array(keras.ops.convert_to_numpy(v.value)) for v in net.variables]
    found = propagate(net, X, methods=["Kaiming", "Xavier"])
    assert found["Xavier"].forward.factor < 0.9 * found["Kaiming"].forward.factor
    after = [keras.ops.convert_to_numpy(v.value) for v in net.variables]
    assert all((a == b).all() for a, b in zip(before, after, strict=True))


def test_its_kernels():
    names = [layer.name for layer in spectrum(model()).layers]
    assert names == [f"dense{i}.kernel" for i in ("", "_1", "_2", "_3", "_4")]
