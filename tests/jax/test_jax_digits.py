"""A Flax model learns digits from netinit's values, the same way each time."""

from __future__ import annotations

import numpy as np
import pytest

jax = pytest.importorskip("jax")
nnx = pytest.importorskip("flax.nnx")
optax = pytest.importorskip("optax")
jnp = jax.numpy

from netinit.jax import initializers as init  # noqa: E402

#: The digits 0 to 9, five rows of three points each.
FONT = [
    "111101101101111", "010110010010111", "111001111100111", "111001111001111", "101101111001001",
    "111100111001111", "111100111101111", "111001010010010", "111101111101111", "111101111001111",
]  # fmt: skip


def digits(count):
    """Return images of 8 x 8 points, each a digit somewhere in noise, and what they show."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 10, count)
    images = rng.normal(0, 0.2, (count, 8, 8, 1)).astype("f4")
    font = np.array([[int(point) for point in digit] for digit in FONT]).reshape(10, 5, 3, 1)
    for image, label, top, left in zip(
        images, labels, rng.integers(0, 4, count), rng.integers(0, 6, count), strict=True
    ):
        image[top : top + 5, left : left + 3] += font[label]
    return jnp.asarray(images), jnp.asarray(labels)


def model(names, seed):
    rngs = nnx.Rngs(seed)
    kernel, dense = (getattr(init, name)() for name in names)
    return nnx.Sequential(
        nnx.Conv(1, 16, (3, 3), kernel_init=kernel, bias_init=init.zeros, rngs=rngs),
        nnx.relu,
        lambda x: x.reshape(len(x), -1),
        nnx.Linear(1024, 64, kernel_init=dense, bias_init=init.normal(), rngs=rngs),
        nnx.relu,
        nnx.Linear(64, 10, kernel_init=dense, bias_init=init.constant(0.01), rngs=rngs),
    )


def losses(names, seed, steps=30):
    images, labels = digits(512)
    net = model(names, seed)
    optimizer = nnx.Optimizer(net, optax.adam(2e-3), wrt=nnx.Param)

    @nnx.jit
    def step(net, optimizer):
        def loss(net):
            logits = net(images)
            return optax.softmax_cross_entropy_with_integer_labels(logits, labels).mean()

        value, gradients = nnx.value_and_grad(loss)(net)
        optimizer.update(net, gradients)
        return value

    return [float(step(net, optimizer)) for _ in range(steps)]


@pytest.mark.parametrize(
    "names",
    [("he_normal", "glorot_uniform"), ("delta_orthogonal", "orthogonal"),
     ("lecun_uniform", "kaiming_normal")],
)  # fmt: skip
def test_the_loss_falls_and_is_the_same_for_the_same_seed(names):
    first, second, other = losses(names, 7), losses(names, 7), losses(names, 8)
    assert first[-1] < 0.7 * first[0]
    assert first == second
    assert first != other
    assert abs(first[0] - np.log(10)) < 1.5
