"""An optimizer made for a module on the meta device trains it after `initialize`."""

import copy
import weakref

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402

OPTIMIZERS = {
    "SGD": lambda params: torch.optim.SGD(params, lr=0.1, momentum=0.9),
    "AdamW": torch.optim.AdamW,
    "foreach": lambda params: torch.optim.AdamW(params, foreach=True),
    "fused": lambda params: torch.optim.AdamW(params, fused=True),
}


class Net(nn.Module):
    """Layers that hold their parameters in their own ways."""

    def __init__(self):
        super().__init__()
        self.embed = nn.Embedding(10, 6)
        self.lstm = nn.LSTM(6, 6)
        self.normed = nn.utils.parametrizations.weight_norm(nn.Linear(6, 6))
        self.head = nn.Linear(6, 10)
        self.head.weight = self.embed.weight

    def forward(self, x):
        return self.head(torch.tanh(self.normed(self.lstm(self.embed(x))[0])))


def on_meta():
    with torch.device("meta"):
        return Net()


def trained(net, optimizer):
    for _ in range(2):
        torch.nn.functional.cross_entropy(net(torch.arange(10)), torch.arange(10)).backward()
        optimizer.step()
        optimizer.zero_grad()
    return net


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_an_optimizer_made_before_trains_as_one_made_after(optimizer):
    early = on_meta()
    made = optimizer(early.parameters())
    trained(netinit.initialize(early), made)
    late = netinit.initialize(on_meta())
    start = copy.deepcopy(late).state_dict()
    trained(late, optimizer(late.parameters()))
    for name, value in late.state_dict().items():
        assert not torch.equal(value, start[name]), name
        assert torch.equal(value, early.state_dict()[name]), name


def test_every_tensor_stays_the_object_that_it_is():
    net = on_meta()
    before = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    before["embed.weight"].note = "mine"
    netinit.initialize(net)
    after = {**dict(net.named_parameters()), **dict(net.named_buffers())}
    assert all(after[name] is tensor for name, tensor in before.items())
    assert all(tensor.device.type == "cpu" for tensor in before.values())
    assert net.head.weight is net.embed.weight
    assert net.head.weight.note == "mine"


def test_where_torch_does_not_let_an_object_stay_the_optimizer_is_warned_of():
    net = on_meta()
    optimizer = torch.optim.SGD(net.parameters())
    watched = weakref.ref(net.head.bias)
    with pytest.warns(UserWarning, match=r"for 'head\.bias' before .* after netinit\.initialize"):
        netinit.initialize(net)
    assert watched() is not net.head.bias
    assert net.head.bias.device.type == "cpu"
    del optimizer


def test_a_weak_reference_alone_is_no_reason_to_warn():
    net = on_meta()
    watched = weakref.ref(net.head.bias)
    netinit.initialize(net)
    assert watched() is None
    assert (net.head.bias == 0).all()


def test_a_view_that_was_taken_before_does_not_stop_it():
    net = on_meta()
    view = net.head.bias[2:]
    optimizer = torch.optim.SGD(net.parameters())
    with pytest.warns(UserWarning, match=r"head\.bias"):
        netinit.initialize(net)
    assert view.device.type == "meta"
    assert (net.head.bias == 0).all()
    del optimizer


def test_a_forward_pass_on_the_meta_device_stops_it_only_while_its_graph_is_kept():
    net, other = on_meta(), on_meta()
    optimizer, others = OPTIMIZERS["SGD"](net.parameters()), OPTIMIZERS["SGD"](other.parameters())
    net(torch.arange(10, device="meta")).sum()
    output = other(torch.arange(10, device="meta"))
    netinit.initialize(net)
    before = net.head.bias.detach().clone()
    trained(net, optimizer)
    assert not torch.equal(net.head.bias, before)
    with pytest.warns(UserWarning, match="make the optimizer after"):
        netinit.initialize(other)
    del output, others
