"""`netinit.inspect.histogram` and `spectrum`: what values look like, against numpy and theory."""

import json
import subprocess
import sys

import numpy as np
import pytest
import scipy.stats

import netinit
from netinit import Constant, Normal, TruncatedNormal, Uniform
from netinit.inspect import histogram, spectrum
from netinit.inspect.planned import density_of, distance
from netinit.inspect.random_matrices import edges, marchenko_pastur
from netinit.inspect.spectra import Spectrum
from netinit.inspect.statistics import saturated_share
from netinit.nets import ConvolutionLayer, LinearLayer, NetChain

PLANNED = [
    (Normal(0.5, 2), scipy.stats.norm(0.5, 2)),
    (Uniform(-1, 3), scipy.stats.uniform(-1, 4)),
    (TruncatedNormal(0.1, 1, -0.5, 2), scipy.stats.truncnorm(-0.6, 1.9, 0.1, 1)),
]


@pytest.mark.parametrize(("planned", "theirs"), PLANNED, ids=str)
def test_densities_are_scipys(planned, theirs):
    density = density_of(planned)
    x = np.linspace(-3, 4, 101)
    np.testing.assert_allclose(density.density(x), theirs.pdf(x), atol=1e-12)
    np.testing.assert_allclose(density.cumulative(x), theirs.cdf(x), atol=1e-12)
    values = netinit.create(5000, planned)
    expected = scipy.stats.kstest(values, theirs.cdf).statistic * 5000**0.5
    assert distance(values, density.cumulative) == pytest.approx(expected, rel=1e-4)
    assert expected < 1.63


def test_what_has_no_density():
    assert density_of(None) is None
    assert density_of(Constant(2)) is None


def chain(method="Kaiming"):
    net = NetChain([200, "ramp", 100], input=50)
    return netinit.initialize(net, method=method), netinit.plan(net, netinit.All, method=method)


@pytest.mark.parametrize("distribution", ["normal", "uniform"])
def test_histograms_of_a_plan(distribution):
    net, plan = chain(("Xavier", {"distribution": distribution}))
    found = histogram(net, plan)
    assert [layer.name for layer in found.layers] == ["0.Weights", "2.Weights"]
    for layer in found.layers:
        values = net[layer.name].astype(np.float64)
        counts, bounds = np.histogram(values, 60)
        assert (layer.counts == counts).all()
        assert (layer.edges == bounds).all()
        assert (layer.mean, layer.std) == (values.mean(), values.std())
        assert layer.as_planned
    assert found.verdict() == "All 2 parameters with a plan are as planned."


def test_what_is_not_as_planned_is_named():
    net, plan = chain()
    net[0, "Weights"] = 1.1 * net[0, "Weights"]
    found = histogram(net, plan, select="*")
    assert found["0.Weights"].as_planned is False
    assert found["2.Weights"].as_planned is True
    assert found["0.Biases"].as_planned is True
    assert found.verdict() == "1 of 4 parameters are not as planned: '0.Weights'."
    assert [line.split()[-1] for line in str(found).splitlines()[3:]] == ["NO", "yes", "yes", "yes"]
    net[0, "Biases"] = np.full(200, 0.1)
    assert histogram(net, plan, select="*")["0.Biases"].as_planned is False
    bad = net[2, "Weights"].copy()
    bad[3, 3] = np.nan
    net[2, "Weights"] = bad
    assert histogram(net, plan)["2.Weights"].as_planned is False
    assert histogram(net).verdict() == "2 parameters; nothing is planned for them."


def test_nets_of_any_kind():
    arrays = {"w": netinit.create((40, 30), Normal()), "b": np.zeros(30)}
    assert [layer.name for layer in histogram(arrays).layers] == ["w"]
    assert histogram(arrays, select="b")["b"].std == 0
    with pytest.raises(ValueError, match="no parameter of the net has a name that fits 'c'"):
        histogram(arrays, select="c")
    with pytest.raises(TypeError, match="net must be a torch"):
        histogram(3)
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Linear(5, 4, dtype=torch.bfloat16))
    std = float(net[0].weight.detach().float().std(correction=0))
    assert histogram(net)["0.weight"].std == pytest.approx(std)


@pytest.mark.parametrize(("rows", "columns"), [(200, 200), (100, 300), (300, 100)])
def test_marchenko_pastur(rows, columns):
    low, high = edges(rows, columns, 0.5)
    s = np.linspace(0, high * 1.1, 20001)
    density = marchenko_pastur(s, rows, columns, 0.5)
    assert density.sum() * (s[1] - s[0]) == pytest.approx(1, abs=2e-3)
    # The mean of s^2 is the sum of all squares over the number of singular values.
    second = (density * s**2).sum() * (s[1] - s[0])
    assert second == pytest.approx(0.25 * max(rows, columns), rel=2e-3)
    net = {"w": netinit.create((rows, columns), Normal(0, 0.5))}
    found = spectrum(net)["w"]
    np.testing.assert_allclose(found.values, np.linalg.svd(net["w"], compute_uv=False), rtol=1e-4)
    assert found.kind == "random"
    assert found.edges == pytest.approx((low, high), rel=0.02)


def test_kinds_of_matrices():
    random = netinit.create((100, 80), Normal(0, 0.1), name="w")
    spiked = random + 0.05
    low = netinit.create((100, 3), Normal(), name="a") @ netinit.create((3, 80), Normal(), name="b")
    net = {
        "random": random,
        "orthogonal": netinit.create((100, 80), netinit.initializers.Orthogonal(2.0)),
        "spiked": spiked,
        "low": low,
        "zero": np.zeros((4, 5)),
        "bias": np.zeros(4),
    }
    found = spectrum(net)
    assert {layer.name: layer.kind for layer in found.layers} == {
        **{"random": "random", "orthogonal": "orthogonal", "spiked": "other"},
        **{"low": "low rank", "zero": "low rank"},
    }
    text = str(found)
    assert "orthogonal: orthogonal, all singular values are 2." in text
    assert "low: of rank 3 of 80." in text
    assert "spiked: singular values from " in text
    assert "1 beyond a random matrix's edge" in text
    assert "zero: of rank 0 of 4." in text
    with pytest.raises(ValueError, match="w is not finite"):
        spectrum({"w": np.full((2, 2), np.inf)})
    with pytest.raises(ValueError, match="no weight"):
        spectrum({"b": np.zeros(3)}, select="b")


def test_a_convolution_is_its_outputs_by_all_else():
    net = netinit.initialize(ConvolutionLayer(6, 3, input=(4, 9, 9)), method="Orthogonal")
    (found,) = spectrum(net).layers
    assert found.shape == (6, 36)
    assert found.kind == "orthogonal"


def test_words_numbers_and_pictures(tmp_path):
    net, plan = chain("Orthogonal")
    results = {"histogram": histogram(net, plan, select="*"), "spectrum": spectrum(net)}
    kept = {name: json.loads(json.dumps(result.to_dict())) for name, result in results.items()}
    assert kept["histogram"]["layers"][0]["name"] == "0.Weights"
    assert kept["spectrum"]["2.Weights"]["kind"] == "orthogonal"
    pytest.importorskip("matplotlib")
    for name, result in results.items():
        result.save(tmp_path / f"{name}.png", dpi=50)
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    many = {f"w{i}": netinit.create((20, 10), Normal(), name=str(i)) for i in range(49)}
    for figure in (histogram(many).figure(), spectrum(many).figure()):
        assert len(figure.axes) == 48
        assert figure.get_suptitle() == "the first 48 of 49"


def test_matplotlib_is_loaded_with_the_first_picture():
    code = (
        "import sys, netinit, numpy as np; net = {'w': np.eye(3)}; "
        "found = netinit.inspect.spectrum(net); print('matplotlib' in sys.modules); "
        "found.figure(); print('matplotlib' in sys.modules, 'matplotlib.pyplot' in sys.modules)"
    )
    pytest.importorskip("matplotlib")
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert result.stdout.split() == ["False", "True", "False"], result.stderr


def test_one_layer_is_a_net():
    net = netinit.initialize(LinearLayer(20, input=30))
    assert [layer.name for layer in spectrum(net).layers] == ["Weights"]


def test_a_value_of_a_thousandth_counts_for_the_rank():
    assert Spectrum("w", (4, 4), np.array([2.0, 1.0, 2e-3, 1e-6]), 1.0).rank == 3


def test_outputs_at_a_bound_are_flat():
    array = np.array([-1.0, -0.5, 0.0, 1.0])
    assert saturated_share(array, "HardTanh") == 0.5
    assert saturated_share(array, "relu") is None
