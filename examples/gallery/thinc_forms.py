"""Thinc's initializers of arrays, as its documentation has them."""

import numpy as np

from netinit.initializers import Normal, Uniform
from netinit.inspect import histogram
from netinit.inspect.histograms import Histograms
from netinit.thinc import normal_init, uniform_init, xavier_uniform_init, zero_init


def draw():
    """Return the histograms of what three of them give."""
    np.random.seed(1)  # Thinc's own are drawn from this generator, and so are these
    data = np.empty((300, 200), np.float32)
    bound = (6 / (300 + 200)) ** 0.5
    arrays = {
        "normal_init(data, 200)": (normal_init(data, 200), Normal(0, 200**-0.5)),
        "xavier_uniform_init(data)": (xavier_uniform_init(data), Uniform(-bound, bound)),
        "uniform_init(data, -0.5, 0.5)": (uniform_init(data, -0.5, 0.5), Uniform(-0.5, 0.5)),
    }
    assert not zero_init(data).any()
    assert zero_init(data, inplace=True) is data
    return pictures(arrays).figure()


def pictures(arrays):
    """Return the histograms of arrays beside what each was planned from."""
    from dataclasses import replace

    from netinit.inspect.planned import density_of, distance

    found = []
    for layer in histogram({name: a for name, (a, _) in arrays.items()}, bins=50).layers:
        array, planned = arrays[layer.name]
        apart = distance(array, density_of(planned).cumulative)
        assert apart < 1.63
        found.append(replace(layer, planned=planned, distance=apart))
    return Histograms(tuple(found))
