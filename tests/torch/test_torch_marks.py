"""Marks: what counts as uninitialized in a module that has memory already."""

import copy
import gc
import io
import pickle
import weakref

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import mark_uninitialized  # noqa: E402
from netinit.torch.modules.adapter import TorchAdapter  # noqa: E402


def planned(net, method="Kaiming"):
    return [row.name for row in netinit.plan(net, method=method)]


def net_of_three():
    return nn.Sequential(nn.Linear(8, 8), nn.BatchNorm1d(8))


def test_a_marked_module_is_initialized_once():
    net = net_of_three()
    mark_uninitialized(net)
    assert planned(net) == [
        "0.weight",
        "0.bias",
        "1.weight",
        "1.bias",
        "1.running_mean",
        "1.running_var",
    ]
    netinit.initialize(net)
    assert planned(net) == []
    before = {name: value.clone() for name, value in net.state_dict().items()}
    with pytest.warns(netinit.errors.NothingToInitializeWarning, match=r"netinit\.All"):
        netinit.initialize(net)
    assert all(torch.equal(before[name], value) for name, value in net.state_dict().items())


def test_single_parameters_and_generators():
    net = net_of_three()
    mark_uninitialized(net[0].weight)
    assert planned(net) == ["0.weight"]
    mark_uninitialized(p for name, p in net.named_parameters() if "bias" in name)
    assert planned(net) == ["0.weight", "0.bias", "1.bias"]


@pytest.mark.parametrize(
    "write",
    [
        lambda p: nn.init.ones_(p),
        lambda p: nn.init.zeros_(p[3]),
        lambda p: p.detach().copy_(torch.ones_like(p)),
        lambda p: p.data.normal_(),
        lambda p: p.detach().numpy().fill(3),
        lambda p: setattr(p, "data", torch.ones_like(p)),
    ],
    ids=["init", "a row", "copy_", "data", "numpy", "data replaced"],
)
def test_what_is_written_after_the_mark_is_kept(write):
    net = net_of_three()
    mark_uninitialized(net)
    write(net[0].weight)
    before = net[0].weight.detach().clone()
    assert "0.weight" not in planned(net)
    netinit.initialize(net)
    assert torch.equal(net[0].weight, before)


@pytest.mark.parametrize("assign", [False, True])
def test_what_a_partial_checkpoint_lacks_is_initialized(assign):
    net = net_of_three()
    mark_uninitialized(net)
    weight = torch.randn(8, 8)
    net.load_state_dict({"0.weight": weight}, strict=False, assign=assign)
    netinit.initialize(net)
    assert torch.equal(net[0].weight, weight)
    assert (net[0].bias == 0).all()


def test_a_change_of_dtype_keeps_the_marks_of_parameters():
    net = net_of_three()
    mark_uninitialized(net)
    net.to(torch.bfloat16)
    assert planned(net) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_an_interrupted_fill_leaves_the_parameter_uninitialized():
    net = nn.Linear(64, 64)
    mark_uninitialized(net)
    adapter = TorchAdapter(net)
    rows = adapter.parameters()
    adapter.open(rows)
    (part,) = adapter.parts(rows[0])
    part.array[...] = 7
    assert planned(net) == ["weight", "bias"]


def test_marks_do_not_keep_tensors_alive():
    layer = nn.Linear(2, 2)
    mark_uninitialized(layer)
    watched = weakref.ref(layer.weight)
    del layer
    gc.collect()
    assert watched() is None


def test_a_lazy_module_stays_marked_through_its_first_forward_pass():
    layer = nn.LazyLinear(4)
    mark_uninitialized(layer)
    layer(torch.zeros(1, 3))
    assert planned(layer) == ["weight", "bias"]


def test_frozen_parameters_are_marked_only_by_name():
    layer = nn.Linear(2, 2)
    layer.weight.requires_grad_(False)
    mark_uninitialized(layer)
    assert planned(layer) == ["bias"]
    mark_uninitialized([layer.weight])
    assert planned(layer) == ["weight", "bias"]


@pytest.mark.parametrize("given", [None, "weight", 3, [torch.zeros(1), "weight"]])
def test_refusals(given):
    with pytest.raises(TypeError, match="tensor"):
        mark_uninitialized(given)


def test_scalars_and_empty_tensors_can_be_marked():
    net = nn.ParameterList([torch.zeros(()), torch.zeros(0, 3)])
    mark_uninitialized(net)
    assert planned(net, {"*": 1.0}) == ["0", "1"]
    nn.init.ones_(net[0])
    assert planned(net, {"*": 1.0}) == ["1"]


def test_spectral_norm_follows_the_new_weight():
    net = nn.utils.parametrizations.spectral_norm(nn.Linear(6, 4)).eval()
    mark_uninitialized(net)
    netinit.initialize(net, seed=8)
    assert torch.linalg.matrix_norm(net.weight, 2).item() == pytest.approx(1, abs=0.05)


def through_pickle(net):
    return pickle.loads(pickle.dumps(net))


def through_file(net):
    file = io.BytesIO()
    torch.save(net, file)
    file.seek(0)
    return torch.load(file, weights_only=False)


COPIES = {
    "deepcopy": copy.deepcopy,
    "pickle": through_pickle,
    "save": through_file,
    "twice": lambda net: through_pickle(copy.deepcopy(net)),
    "of a part": lambda net: nn.Sequential(*(copy.deepcopy(part) for part in net)),
}


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_copies_have_the_marks_of_their_module(copied):
    net = net_of_three()
    mark_uninitialized(net)
    again = copied(net)
    assert planned(again) == planned(net)
    assert len(planned(again)) == 6
    netinit.initialize(again)
    assert planned(again) == []
    assert len(planned(net)) == 6


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_what_was_written_before_or_after_the_copy_is_kept(copied):
    net = net_of_three()
    mark_uninitialized(net)
    net[0].bias.data.zero_()  # as it may be: the values are the same, the count is not
    nn.init.zeros_(net[1].bias)
    again = copied(net)
    nn.init.ones_(again[1].weight)
    assert "1.bias" not in planned(again)
    assert "1.weight" not in planned(again)
    assert "0.weight" in planned(again)
    assert "1.weight" in planned(net)


@pytest.mark.parametrize("copied", COPIES.values(), ids=COPIES)
def test_what_a_copy_is_given_by_assignment_is_kept(copied):
    net = net_of_three()
    mark_uninitialized(net)
    again = copied(net)
    again.load_state_dict({"1.bias": torch.zeros(8)}, strict=False, assign=True)
    assert "1.bias" not in planned(again)


@pytest.mark.parametrize("copied", [copy.deepcopy, through_pickle])
def test_copies_of_tensors_marked_one_by_one_have_no_marks(copied):
    net = net_of_three()
    mark_uninitialized([net[0].weight, net[1].running_mean])
    assert planned(net) == ["0.weight", "1.running_mean"]
    assert planned(copied(net)) == []


def test_tied_parameters_and_lazy_modules_keep_their_marks_in_copies():
    net = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.LazyLinear(3))
    net[1].weight = net[0].weight
    mark_uninitialized(net)
    again = copy.deepcopy(net)
    assert again[1].weight is again[0].weight
    again(torch.zeros(1, 4))
    assert planned(again) == ["0.weight", "0.bias", "1.bias", "2.weight", "2.bias"]


@pytest.mark.parametrize("settled", [netinit.initialize, lambda net: nn.init.ones_(net.weight)])
def test_nothing_of_netinit_is_left_in_a_pickle_without_marks(settled):
    net = nn.Linear(2, 2, bias=False)
    mark_uninitialized(net)
    assert b"netinit" in pickle.dumps(net)
    settled(net)
    assert b"netinit.torch" not in pickle.dumps(net)


def test_after_initialize_a_module_has_the_attributes_that_it_had():
    net = net_of_three()
    before = [set(module.__dict__) for module in net.modules()]
    mark_uninitialized(net)
    netinit.initialize(net)
    assert [set(module.__dict__) for module in net.modules()] == before


def test_a_mark_does_not_keep_a_replaced_tensor_alive():
    layer = nn.Linear(2, 2)
    mark_uninitialized(layer)
    watched = weakref.ref(layer.weight)
    layer.weight = nn.Parameter(torch.ones(2, 2))
    gc.collect()
    assert watched() is None
