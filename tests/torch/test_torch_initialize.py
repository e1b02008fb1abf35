"""`netinit.initialize` on PyTorch modules: selection, seeds, methods and what is kept."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402


def net_of_three():
    return nn.Sequential(nn.Linear(8, 16), nn.BatchNorm1d(16), nn.Linear(16, 4))


def state(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def same(a, b):
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


def test_an_ordinary_module_is_initialized_already():
    net = net_of_three()
    before = state(net)
    with pytest.warns(
        netinit.errors.NothingToInitializeWarning, match=r"8 parameters.*netinit\.All"
    ):
        assert netinit.initialize(net) is net
    assert same(state(net), before)


def test_all_overwrites_parameters_and_statistics():
    net = net_of_three()
    net(torch.randn(32, 8))
    assert net[1].num_batches_tracked == 1
    before = state(net)
    netinit.initialize(net, netinit.All)
    after = state(net)
    assert not torch.equal(after["0.weight"], before["0.weight"])
    assert (after["1.running_mean"] == 0).all()
    assert (after["1.running_var"] == 1).all()
    assert after["1.num_batches_tracked"] == 0
    assert (after["2.bias"] == 0).all()


def test_other_buffers_are_never_touched():
    net = nn.Linear(3, 4)
    net.register_buffer("positions", torch.arange(5.0))
    net.register_buffer("weight_mask", torch.full((4, 3), 7.0))
    netinit.initialize(net, netinit.All)
    assert net.positions.tolist() == [0, 1, 2, 3, 4]
    assert (net.weight_mask == 7).all()


def test_calls_agree_and_do_not_depend_on_the_rest_of_the_net():
    first = netinit.initialize(nn.Sequential(nn.Linear(8, 4)), netinit.All)
    second = netinit.initialize(nn.Sequential(nn.Linear(8, 4), nn.Linear(4, 4)), netinit.All)
    assert torch.equal(first[0].weight, second[0].weight)
    expected = netinit.fill(
        np.empty((4, 8), np.float32), netinit.Normal(0, math.sqrt(2 / 8)), name="0.weight"
    )
    assert first[0].weight.detach().numpy().tobytes() == expected.tobytes()


def test_seeds():
    def weight(seed):
        return netinit.initialize(nn.Linear(8, 4), netinit.All, seed=seed).weight

    assert torch.equal(weight(1234), weight(1234))
    assert not torch.equal(weight(1234), weight("1234"))
    assert not torch.equal(weight(netinit.Automatic), weight(netinit.Automatic))
    generator = torch.Generator().manual_seed(3)
    first = weight(generator)
    assert not torch.equal(first, weight(generator))
    assert torch.equal(first, weight(torch.Generator().manual_seed(3)))


def test_inherited_seeds_are_governed_by_manual_seed():
    weights = []
    for _ in range(2):
        net = nn.Linear(8, 4)
        torch.manual_seed(5)
        netinit.initialize(net, netinit.All, seed=netinit.Inherited)
        weights.append(net.weight)
        state = torch.get_rng_state()
        netinit.initialize(net, netinit.All, seed=7)
        assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(*weights)


def test_patterns_select_by_name():
    net = net_of_three()
    before = state(net)
    netinit.initialize(net, ["2.*", "0.bias"])
    after = state(net)
    changed = {name for name in after if not torch.equal(after[name], before[name])}
    assert changed == {"0.bias", "2.weight", "2.bias"}


def test_training_mode_and_gradients_are_left_alone():
    net = net_of_three().eval()
    net(torch.randn(2, 8)).sum().backward()
    gradient = net[0].weight.grad.clone()
    netinit.initialize(net, netinit.All)
    assert not net.training
    assert net[0].weight.requires_grad
    assert torch.equal(net[0].weight.grad, gradient)


def test_autograd_notices_the_write():
    net = nn.Linear(3, 3)
    loss = net(torch.randn(2, 3, requires_grad=True)).sum()
    netinit.initialize(net, netinit.All)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_modules_made_in_inference_mode():
    with torch.inference_mode():
        net = nn.Linear(3, 4)
    netinit.initialize(net, netinit.All)
    assert torch.equal(net.weight, netinit.initialize(nn.Linear(3, 4), netinit.All).weight)


def test_complex_parameters_are_not_passed_over_in_silence():
    net = nn.Sequential(nn.Linear(3, 4))
    net.spectrum = nn.Parameter(torch.zeros(3, dtype=torch.complex64))
    with pytest.warns(UserWarning, match=r"spectrum \(torch.complex64\)' kept as they are"):
        netinit.initialize(net, netinit.All)
    assert (net.spectrum == 0).all()
    netinit.initialize(net, "0.weight")


def test_complex_parameters_on_meta_are_named():
    with torch.device("meta"):
        net = nn.Sequential(nn.Linear(3, 4))
        net.spectrum = nn.Parameter(torch.zeros(3, dtype=torch.complex64))
    with pytest.raises(ValueError, match=r"spectrum \(torch.complex64 parameter"):
        netinit.initialize(net)
    assert net[0].weight.is_meta


def test_a_module_without_parameters():
    with pytest.warns(netinit.errors.NothingToInitializeWarning, match="no parameters"):
        netinit.initialize(nn.ReLU())


def test_weights_left_equal_are_warned_of():
    with pytest.warns(netinit.errors.SymmetryWarning, match="weight"):
        netinit.initialize(nn.Linear(3, 4), netinit.All, method=("Random", {"weights": 0}))


def test_wrong_arguments_change_nothing():
    net = net_of_three()
    before = state(net)
    with pytest.raises(ValueError, match="Kaiming"):
        netinit.initialize(net, netinit.All, method="Kaimin")
    with pytest.raises(ValueError, match=r"0\.weight"):
        netinit.initialize(net, "0.weigth")
    assert same(state(net), before)


@pytest.mark.parametrize("method", ["Kaiming", "Xavier", "Orthogonal", "Identity", "Random"])
def test_planned_moments_hold(method):
    net = nn.Sequential(nn.Linear(256, 192), nn.Conv2d(16, 32, 3, groups=4), nn.LSTM(64, 48))
    plan = netinit.plan(net, netinit.All, method=method)
    netinit.initialize(net, netinit.All, method=method)
    for row in plan:
        values = net.get_parameter(row.name).detach().double()
        # The sample deviation of n normals is within std / sqrt(2 n) of std at one sigma.
        margin = 6 * row.std / math.sqrt(2 * values.numel())
        assert values.std(correction=0).item() == pytest.approx(row.std, abs=margin + 1e-12)


def test_the_advice_for_a_parameter_that_nobody_knows_works():
    with torch.device("meta"):
        net = nn.Linear(2, 2)
        net.scales = nn.Parameter(torch.zeros(2, dtype=torch.int8), requires_grad=False)
    with pytest.raises(ValueError, match=r"scales \(torch.int8 parameter of Linear\)") as error:
        netinit.initialize(net)
    advice = "net.get_submodule('').scales = torch.nn.Parameter(tensor, False)"
    assert str(error.value).endswith(advice)
    net.get_submodule("").scales = nn.Parameter(torch.ones(2, dtype=torch.int8), False)
    netinit.initialize(net)
    assert net.scales.tolist() == [1, 1]
