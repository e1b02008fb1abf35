"""netinit.torch.accelerate: torch's own layers, whose init code is recorded once for all alike."""

from __future__ import annotations

import copy
import threading
import warnings
from collections import Counter

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.modules import module as hooks  # noqa: E402

from netinit.torch import accelerate, named  # noqa: E402
from netinit.torch.recording.constructors import Constructors  # noqa: E402
from netinit.torch.recording.operators import Operators  # noqa: E402
from netinit.torch.recording.recorder import Recorder  # noqa: E402

LAYERS = {
    "Linear": lambda: nn.Linear(6, 5),
    "Linear, no bias": lambda: nn.Linear(6, 5, bias=False),
    "Linear, half": lambda: nn.Linear(6, 5, dtype=torch.bfloat16),
    "Linear, complex": lambda: nn.Linear(6, 5, dtype=torch.complex64),
    "Linear, large": lambda: nn.Linear(300, 200),
    "Bilinear": lambda: nn.Bilinear(3, 4, 5),
    "Conv1d": lambda: nn.Conv1d(4, 6, 3, groups=2),
    "Conv2d": lambda: nn.Conv2d(8, 8, (3, 1), padding="same"),
    "Conv3d": lambda: nn.Conv3d(2, 3, 2, padding_mode="circular"),
    "ConvTranspose1d": lambda: nn.ConvTranspose1d(4, 6, 3),
    "ConvTranspose2d": lambda: nn.ConvTranspose2d(4, 6, 3, bias=False),
    "ConvTranspose3d": lambda: nn.ConvTranspose3d(2, 3, 2),
    "Embedding": lambda: nn.Embedding(32, 16),
    "EmbeddingBag": lambda: nn.EmbeddingBag(32, 16, mode="sum"),
    "LayerNorm": lambda: nn.LayerNorm(64),
    "LayerNorm, none": lambda: nn.LayerNorm(64, elementwise_affine=False),
    "RMSNorm": lambda: nn.RMSNorm(64),
    "GroupNorm": lambda: nn.GroupNorm(2, 8),
    "BatchNorm1d": lambda: nn.BatchNorm1d(8),
    "BatchNorm2d": lambda: nn.BatchNorm2d(8, affine=False),
    "BatchNorm3d": lambda: nn.BatchNorm3d(8, track_running_stats=False),
    "PReLU": lambda: nn.PReLU(3, init=0.3),
    "RNN": lambda: nn.RNN(4, 3),
    "LSTM": lambda: nn.LSTM(4, 6, num_layers=2, bidirectional=True, proj_size=2),
    "GRU": lambda: nn.GRU(4, 3, bias=False),
    "RNNCell": lambda: nn.RNNCell(4, 3),
    "LSTMCell": lambda: nn.LSTMCell(4, 3),
    "GRUCell": lambda: nn.GRUCell(4, 3),
}
#: What is no layer of torch's own as it stands, or none whose parameters are all drawn whole.
OTHERS = {
    "padding": lambda: nn.Embedding(32, 16, padding_idx=3),
    "given": lambda: nn.Embedding(2, 3, _weight=torch.ones(2, 3)),
    "large constants": lambda: nn.LayerNorm(20_000),
    "without elements": lambda: nn.Linear(0, 5),
    "meta": lambda: nn.Linear(6, 5, device="meta"),
    "lazy": lambda: nn.LazyLinear(5),
    "lazy conv": lambda: nn.LazyConv2d(5, 3),
    "attention": lambda: nn.MultiheadAttention(8, 2),
    "weight norm": lambda: nn.utils.parametrizations.weight_norm(nn.Linear(6, 5)),
    "old weight norm": lambda: nn.utils.weight_norm(nn.Linear(6, 5)),
    "deepcopy": lambda: copy.deepcopy(nn.Linear(6, 5)),
    "reset again": lambda: [layer := nn.Linear(6, 5), layer.reset_parameters()][0],
    "double": lambda: nn.Linear(6, 5).double(),
}


class Own(nn.Linear):
    """Init code of its own, in a subclass."""

    def reset_parameters(self):
        nn.init.normal_(self.weight, std=3)
        nn.init.constant_(self.bias, 2)


class Same(nn.Linear):
    """A subclass with torch's own init code."""


OTHERS |= {"own": lambda: Own(6, 5), "same": lambda: Same(6, 5)}


@pytest.fixture
def seen(monkeypatch):
    """Count the operators that the block's mode sees."""
    counts = Counter()
    dispatch = Operators.__torch_dispatch__

    def counting(self, func, types, args=(), kwargs=None):
        counts[str(func)] += 1
        return dispatch(self, func, types, args, kwargs)

    monkeypatch.setattr(Operators, "__torch_dispatch__", counting)
    return counts


def built(make, count=3, seed=7):
    with warnings.catch_warnings(record=True) as told, accelerate(seed) as done:
        warnings.simplefilter("always")
        net = nn.ModuleList([make() for _ in range(count)])
    return net, done, [(str(w.message), w.filename, w.lineno) for w in told]


def ordinary(make, monkeypatch, **options):
    """Build with every operator seen."""
    with monkeypatch.context() as patch:
        patch.setattr(Constructors, "begin", lambda self, kind, module: False)
        return built(make, **options)


def assert_equal(one, other):
    (a, done, told), (b, expected, also_told) = one, other
    assert list(a.state_dict()) == list(b.state_dict())
    for (name, x), y in zip(a.state_dict().items(), b.state_dict().values(), strict=True):
        assert type(x) is type(y), name
        if isinstance(x, nn.UninitializedParameter):
            continue
        assert (x.dtype, x.device, x.stride()) == (y.dtype, y.device, y.stride()), name
        assert x.is_meta or torch.equal(x, y), name
    assert (done.names, done.others) == (expected.names, expected.others)
    assert list(done.names) == list(expected.names)
    assert told == also_told
    pairs = zip(a.parameters(), b.parameters(), strict=True)
    assert all(x.requires_grad == y.requires_grad for x, y in pairs)


@pytest.mark.parametrize("make", LAYERS.values(), ids=LAYERS)
def test_layers_alike_are_recorded_once_and_are_what_they_were(make, monkeypatch, seen):
    built(make, count=1)  # what is known of distributions is kept from block to block
    seen.clear()
    built(make, count=1)
    first = seen.total()
    seen.clear()
    one = built(make, count=5)
    assert seen.total() == first
    other = ordinary(make, monkeypatch, count=5)
    assert_equal(one, other)
    parameters = list(one[0].parameters())
    assert not parameters or seen.total() > 2 * first
    drawn = [p for p in parameters if p.numel() > 16 and p.flatten()[0] != p.flatten()[1]]
    assert len({p.flatten()[0].item() for p in drawn}) == len(drawn)


@pytest.mark.parametrize("make", OTHERS.values(), ids=OTHERS)
def test_other_layers_are_what_they_were(make, monkeypatch):
    assert_equal(built(make), ordinary(make, monkeypatch))


def test_layers_of_one_kind_that_differ_in_anything_are_not_taken_for_alike(monkeypatch):
    def all_kinds():
        makers = [*LAYERS.values(), *OTHERS.values()]
        made = [make() for make in (*makers, *reversed(makers))]
        sizes = [nn.Linear(i, o, bias=b) for i in (1, 2, 6) for o in (5, 6) for b in (True, False)]
        return nn.ModuleList([*made, *sizes])

    assert_equal(built(all_kinds, count=2), ordinary(all_kinds, monkeypatch, count=2))


def test_the_default_dtype_of_the_moment_counts(monkeypatch):
    def mixed():
        layers = [nn.Linear(6, 5)]
        torch.set_default_dtype(torch.float64)
        try:
            return nn.ModuleList([*layers, nn.Linear(6, 5)])
        finally:
            torch.set_default_dtype(torch.float32)

    one = built(mixed)
    assert [layer[1].weight.dtype for layer in one[0]] == [torch.float64] * 3
    assert_equal(one, ordinary(mixed, monkeypatch))


def test_init_code_that_is_replaced_meanwhile_runs(monkeypatch):
    def zeros(self):
        with torch.no_grad():
            self.weight.zero_(), self.bias.normal_(std=5)

    def replaced(where, name, new):
        def make():
            layers = [nn.Linear(6, 5)]
            with monkeypatch.context() as patch:
                patch.setattr(where, name, new)
                layers += [nn.Linear(6, 5), nn.Linear(6, 5)]
            return nn.ModuleList([*layers, nn.Linear(6, 5)])

        one = built(make, count=2)
        assert_equal(one, ordinary(make, monkeypatch, count=2))
        return [[not layer.weight.any() for layer in part] for part in one[0]]

    def zero_(tensor, *args, **kwargs):
        return nn.init.zeros_(tensor)

    only_between = [[False, True, True, False]] * 2
    assert replaced(nn.Linear, "reset_parameters", zeros) == only_between
    assert replaced(nn.init, "kaiming_uniform_", zero_) == only_between
    init, register = nn.Linear.__init__, nn.Module.register_parameter

    def initialized(self, *args, **kwargs):
        init(self, *args, **kwargs)
        zeros(self)

    def registered(self, name, parameter):
        register(self, name, parameter)
        if name == "bias":
            zeros(self)
            self.reset_parameters = lambda: None

    assert replaced(nn.Linear, "__init__", initialized) == only_between
    assert replaced(nn.Module, "register_parameter", registered) == only_between
    empty = torch.empty
    ones = torch.ones
    assert replaced(torch, "empty", lambda *a, **k: ones(*a, **k)) == [[False] * 4] * 2
    assert torch.empty is empty


def test_what_was_replaced_before_the_block_runs_and_stays(monkeypatch, seen):
    def zeros(self):
        nn.init.zeros_(self.weight)

    monkeypatch.setattr(nn.Linear, "reset_parameters", zeros)
    net, _, _ = built(lambda: nn.Linear(6, 5, bias=False))
    assert not any(p.any() for p in net.parameters())
    assert nn.Linear.reset_parameters is zeros
    assert seen["aten.empty.memory_format"] == 3


def test_a_method_that_code_replaces_for_good_stays():
    own = nn.Linear.reset_parameters
    try:
        with accelerate(7):
            nn.Linear.reset_parameters = new = lambda self: None
        assert nn.Linear.reset_parameters is new
    finally:
        nn.Linear.reset_parameters = own.__wrapped__ if hasattr(own, "__wrapped__") else own


@pytest.mark.parametrize("fails", [False, True])
def test_classes_are_as_before_afterwards(fails):
    kinds = [nn.Linear, nn.BatchNorm2d, nn.LSTM, nn.Conv2d]
    before = [dict(vars(kind)) for kind in kinds]
    try:
        with accelerate(7):
            assert nn.Linear.__init__ is not before[0]["__init__"]
            nn.Linear(2, 1 // (not fails))
    except ZeroDivisionError:
        assert fails
    assert [dict(vars(kind)) for kind in kinds] == before


def test_an_error_within_a_constructor_leaves_the_block_in_order(monkeypatch):
    def some():
        layers = [nn.Linear(6, 5)]
        for wrong in (lambda: nn.Linear(6, -5), lambda: nn.Conv2d(3, 4, 3, groups=2)):
            with pytest.raises((RuntimeError, ValueError)):
                wrong()
        return nn.ModuleList([*layers, nn.Linear(6, 5)]).append(nn.Embedding(4, 3, padding_idx=1))

    assert_equal(built(some), ordinary(some, monkeypatch))


def test_hooks_modes_and_contexts_of_the_codes_own_see_all(monkeypatch, seen):
    noted = []

    def hooked():
        note = lambda module, name, value: noted.append(value.detach() * 1)  # noqa: E731
        handle = hooks.register_module_parameter_registration_hook(note)
        try:
            return nn.ModuleList([nn.Linear(6, 5), nn.Linear(6, 5)])
        finally:
            handle.remove()

    def on_meta():
        layers = [nn.Linear(6, 5)]
        with torch.device("meta"):
            layers += [nn.Linear(6, 5)]
        return nn.ModuleList([*layers, nn.Linear(6, 5)])

    def inferring():
        with torch.inference_mode():
            return nn.ModuleList([nn.Linear(6, 5), nn.Linear(6, 5)])

    def seen_twice():
        with Recording() as mode:
            layers = nn.ModuleList([nn.Linear(6, 5), nn.Linear(6, 5)])
        assert mode.count == 4
        return layers

    def by_name():
        net = nn.ModuleList([nn.Linear(6, 5), nn.Linear(6, 5)])
        with named(net, 3):
            net[0].reset_parameters()
            net.append(nn.Linear(6, 5))
        return net

    for make in (hooked, on_meta, inferring, seen_twice):
        assert_equal(built(make), ordinary(make, monkeypatch))
    assert len(noted) == 2 * 3 * 4
    assert [t.is_meta for t in built(on_meta)[0].parameters()] == 3 * [
        *2 * [False],
        *2 * [True],
        *2 * [False],
    ]
    assert_equal(built(by_name), ordinary(by_name, monkeypatch))


class Recording(torch.utils._python_dispatch.TorchDispatchMode):
    """Somebody else's mode."""

    count = 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.count += 1
        return func(*args, **(kwargs or {}))


def test_what_is_done_to_a_layer_afterwards_counts(monkeypatch):
    def changed():
        first, second, third, fourth = (nn.Linear(6, 6) for _ in range(4))
        first.weight.tolist()
        nn.init.orthogonal_(second.weight, generator=torch.Generator().manual_seed(1))
        third.weight = fourth.weight
        with torch.no_grad():
            fourth.bias.mul_(2)
            fourth.bias[2:].normal_()
            first.bias.copy_(second.bias)
        return nn.ModuleList([first, second, third, fourth, copy.deepcopy(third)])

    assert_equal(built(changed), ordinary(changed, monkeypatch))


def test_an_inner_blocks_seed_and_other_nets_count(monkeypatch):
    def nested():
        first = nn.Linear(6, 5)
        with accelerate(8):
            second = nn.Linear(6, 5)
        nn.Linear(6, 5)
        return nn.ModuleList([first, second, nn.Linear(6, 5)])

    one = built(nested)
    assert_equal(one, ordinary(nested, monkeypatch))
    inner, _, _ = built(nested, seed=8)
    assert torch.equal(inner[0][1].weight, one[0][0][1].weight)
    assert not torch.equal(inner[0][0].weight, one[0][0][0].weight)


def test_blocks_of_two_threads_do_not_disturb_each_other():
    expected = built(lambda: nn.Linear(6, 5))[0].state_dict()
    inside, leave, values = threading.Event(), threading.Event(), {}
    init = nn.Linear.__init__

    def elsewhere():
        torch.manual_seed(3)
        inside.wait()
        values["plain"] = nn.Linear(6, 5).weight.clone()
        leave.set()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    with accelerate(7):
        net = nn.ModuleList([nn.Linear(6, 5)])
        inside.set()
        leave.wait()
        net.extend([nn.Linear(6, 5), nn.Linear(6, 5)])
    thread.join()
    assert all(torch.equal(net.state_dict()[name], value) for name, value in expected.items())
    assert values["plain"].abs().max() <= 6**-0.5
    assert nn.Linear.__init__ is init


def test_another_recorder_within_a_block_leaves_it_in_order(seen):
    outer = Recorder(lambda: 1)
    with outer.recording():
        layers = [nn.Linear(6, 5)]
        with Recorder(lambda: 2).recording():
            nn.Linear(6, 5)
        seen.clear()
        layers.append(nn.Linear(6, 5))
        assert not seen.total()
    outer.finish()
    assert len(outer.done.names) == 4
