"""Keras models with netinit's initializers by name: built, saved, loaded, trained."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

keras = pytest.importorskip("keras")

import netinit.keras  # noqa: E402, F401
from tests.keras.digits import noisy_digits  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")  # Keras's own, of every kind

TRAINS = keras.backend.backend() != "numpy"


def model_of_digits():
    """Return an unseeded model whose every initializer is one of netinit's, by name."""
    return keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Reshape((8, 8, 1)),
            keras.layers.Conv2D(
                6,
                3,
                activation="relu",
                kernel_initializer="netinit>he_normal",
                bias_initializer="netinit>zeros",
            ),
            keras.layers.Flatten(),
            keras.layers.Dense(
                16,
                activation="tanh",
                kernel_initializer="netinit>Orthogonal",
                bias_initializer={"class_name": "netinit>RandomUniform", "config": {"seed": 3}},
            ),
            keras.layers.Dense(10, kernel_initializer="netinit>GlorotUniform"),
        ]
    )


def weights_of(model):
    return [np.asarray(array) for array in model.get_weights()]


def test_a_saved_model_has_its_initializers_when_loaded(tmp_path):
    keras.utils.set_random_seed(1)
    model = model_of_digits()
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    for before, after in zip(weights_of(model), weights_of(loaded), strict=True):
        assert (before == after).all()
    kernels = [layer.kernel_initializer for layer in loaded.layers if hasattr(layer, "kernel")]
    assert [type(kernel).__name__ for kernel in kernels] == [
        "HeNormal",
        "Orthogonal",
        "GlorotUniform",
    ]
    assert all(type(kernel).__module__.startswith("netinit.keras") for kernel in kernels)


def test_a_model_is_loaded_where_only_netinit_is_imported(tmp_path):
    model_of_digits().save(tmp_path / "model.keras")
    code = f"""
import keras, netinit.keras
model = keras.models.load_model({str(tmp_path / "model.keras")!r})
print(type(model.layers[1].kernel_initializer).__name__)
"""
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    assert result.stdout.split() == ["HeNormal"]


def test_a_clone_of_a_model_draws_anew_from_the_same_distributions():
    keras.utils.set_random_seed(1)
    model = model_of_digits()
    clone = keras.models.clone_model(model)
    pairs = list(zip(weights_of(model), weights_of(clone), strict=True))
    assert (pairs[0][0] != pairs[0][1]).any()  # unseeded
    assert (pairs[3][0] == pairs[3][1]).all()  # its seed is in the configuration


def test_one_seed_gives_one_model():
    models = []
    for seed in (1, 1, 2):
        keras.utils.set_random_seed(seed)
        models.append(weights_of(model_of_digits()))
    assert all((a == b).all() for a, b in zip(models[0], models[1], strict=True))
    assert (models[0][0] != models[2][0]).any()


@pytest.mark.skipif(not TRAINS, reason="Keras does not train on numpy")
def test_digits_are_learned_and_the_same_seed_ends_in_the_same_loss():
    digits, labels = noisy_digits(each=20)

    def losses(seed):
        keras.utils.set_random_seed(seed)
        model = model_of_digits()
        model.compile(
            keras.optimizers.Adam(0.02),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        )
        history = model.fit(digits, labels, batch_size=50, epochs=12, shuffle=False, verbose=0)
        return history.history["loss"]

    first, again, other = losses(1), losses(1), losses(2)
    assert first == again
    assert first != other
    assert first[-1] < 0.3 * first[0]
