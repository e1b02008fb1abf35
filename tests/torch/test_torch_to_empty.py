"""Nets after ``to_empty``, whose memory holds whatever was there: overwritten whole, or named."""

import copy
import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402
from netinit.torch import mark_uninitialized  # noqa: E402
from tests.torch.zoo.training_models import Net  # noqa: E402


class Rotary(nn.Module):
    """A table of frequencies, which its own code makes."""

    def __init__(self, width=8):
        super().__init__()
        self.register_buffer("inv_freq", torch.empty(width // 2), persistent=False)
        self.register_buffer("steps", torch.empty(4, dtype=torch.int64), persistent=False)
        self.reset_parameters()

    def reset_parameters(self):
        with torch.no_grad():
            self.inv_freq.copy_(10000.0 ** -torch.linspace(0, 1, len(self.inv_freq)))
            self.steps.copy_(torch.arange(4) ** 2)


class Table(nn.Module):
    """A buffer that the constructor alone makes."""

    def __init__(self):
        super().__init__()
        self.register_buffer("table", torch.arange(6.0).sqrt(), persistent=False)


def net_of(kind):
    return nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), kind(), nn.Linear(8, 4))


def emptied(build, values=0.3):
    """Return a net of the meta device with memory that nobody wrote, filled behind torch's back."""
    with torch.device("meta"):
        net = build()
    net.to_empty(device="cpu")
    for tensor in (*net.parameters(), *net.buffers()):
        tensor.data.fill_(values if tensor.is_floating_point() else -7)
    return net


def state(net):
    return [*net.parameters(), *net.buffers()]


@pytest.mark.parametrize("method", ["Kaiming", "Native"])
def test_buffers_that_the_nets_code_makes_are_made_again(method):
    net = netinit.initialize(emptied(lambda: net_of(Rotary)), netinit.All, method=method)
    fresh = netinit.initialize(net_of(Rotary), netinit.All, method=method)
    assert all(map(torch.equal, state(net), state(fresh)))
    assert net[2].inv_freq[0] == 1


def test_buffers_that_were_changed_are_made_again_where_all_is_overwritten():
    net = net_of(Rotary)
    net[2].inv_freq.mul_(2)
    kept = net[2].inv_freq.clone()
    netinit.initialize(net, "weight")
    assert torch.equal(net[2].inv_freq, kept)
    netinit.initialize(net, netinit.All)
    assert torch.equal(net[2].inv_freq, Rotary().inv_freq)


def test_buffers_known_by_their_names_are_made_again():
    class Positions(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("position_ids", torch.arange(5).expand(1, -1), persistent=False)

    net = netinit.initialize(emptied(lambda: net_of(Positions)), netinit.All)
    assert net[2].position_ids.tolist() == [[0, 1, 2, 3, 4]]


def test_what_nobody_can_make_again_is_named():
    with pytest.warns(UserWarning, match=r"'2\.table'.* to_empty\(\), they hold no values"):
        netinit.initialize(emptied(lambda: net_of(Table)), netinit.All)


def test_a_net_fresh_from_its_constructors_is_no_reason_to_warn():
    net = net_of(Table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        netinit.initialize(net, netinit.All)
    assert torch.equal(net[2].table, torch.arange(6.0).sqrt())


def test_parameters_of_which_nothing_is_known_are_named():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Parameter(torch.ones(2, 3))

    with pytest.warns(UserWarning, match=r"'2\.tokens'.* hold no values"):
        netinit.initialize(emptied(lambda: net_of(Tokens)), netinit.All)


def norms():
    return nn.Sequential(nn.Linear(8, 8), nn.LayerNorm(8), nn.Linear(8, 8), nn.LayerNorm(8))


@pytest.mark.parametrize("garbage", [0.0, float("nan"), 1e30])
def test_garbage_is_not_taken_for_the_authors_scales(garbage):
    net = emptied(norms, garbage)
    net[1].weight.data.fill_(0.5)
    netinit.initialize(net, netinit.All)
    assert all(bool((norm.weight == 1).all()) for norm in (net[1], net[3]))


def test_a_copys_scales_are_its_authors():
    net = norms()
    nn.init.zeros_(net[3].weight)
    made = netinit.initialize(copy.deepcopy(net), netinit.All)
    assert bool((made[1].weight == 1).all())
    assert not made[3].weight.any()


def test_what_the_nets_code_tells_is_believed_before_memory_that_nobody_wrote():
    net = emptied(Net, 0.25)
    netinit.initialize(net, netinit.All)
    fresh = netinit.initialize(Net(), netinit.All)
    assert all(map(torch.equal, state(net), state(fresh)))


def test_llamas_frequencies_are_made_again():
    transformers = pytest.importorskip("transformers")
    sizes = {"vocab_size": 60, "hidden_size": 32, "intermediate_size": 40, "num_hidden_layers": 1}
    config = transformers.LlamaConfig(**sizes, num_attention_heads=4)
    net = netinit.initialize(emptied(lambda: transformers.LlamaForCausalLM(config)), netinit.All)
    with torch.device("meta"):
        fresh = netinit.initialize(transformers.LlamaForCausalLM(config))
    assert all(map(torch.equal, state(net), state(fresh)))


def test_memory_that_was_given_up_on_the_cpu_is_known_by_what_it_holds():
    net = net_of(Table).to_empty(device="cpu")  # torch goes on counting the writes from before
    with torch.no_grad():
        net[0].weight.fill_(torch.nan)
    with pytest.warns(UserWarning, match="hold no values"):
        netinit.initialize(net, netinit.All)


def test_buffers_are_made_again_where_all_is_marked():
    net = emptied(lambda: net_of(Rotary))
    mark_uninitialized(net)
    netinit.initialize(net)
    assert torch.equal(net[2].inv_freq, Rotary().inv_freq)
