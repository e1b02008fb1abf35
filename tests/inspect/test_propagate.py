"""`netinit.inspect.propagate` against statistics taken by hand, in words, leaving no trace."""

import copy
import random
from typing import NamedTuple

import numpy as np
import pytest

import netinit
from netinit import Normal
from netinit.inspect import propagate
from netinit.nets import NetChain

torch = pytest.importorskip("torch")
nn = torch.nn


def mlp(depth=30, width=100):
    layers = [m for _ in range(depth) for m in (nn.Linear(width, width), nn.ReLU())]
    return netinit.initialize(nn.Sequential(*layers), netinit.All)


def batch(*shape, name="x"):
    return torch.from_numpy(netinit.create(shape, Normal(), name=name))


def close(found, values):
    values = np.asarray(values, np.float64)
    assert found.mean == pytest.approx(values.mean(), rel=1e-4, abs=1e-6)
    assert found.std == pytest.approx(values.std(), rel=1e-4, abs=1e-9)
    assert found.second == pytest.approx(np.square(values).mean(), rel=1e-4, abs=1e-12)


def by_hand(net, run, names):
    """Return outputs and gradients, by hooks of modules and tensors, of some modules."""
    outputs, gradients = {}, {}

    def keep(name):
        def hook(module, inputs, output):
            output = output[0] if isinstance(output, tuple) else output
            outputs[name] = output.detach().clone()  # before anything is written into it
            output.register_hook(lambda gradient: gradients.update({name: gradient}))

        return hook

    handles = [net.get_submodule(name).register_forward_hook(keep(name)) for name in names]
    run(net).backward()
    for handle in handles:
        handle.remove()
    return {name: (out.numpy(), gradients.get(name)) for name, out in outputs.items()}


def compare(net, inputs, loss, run):
    found = propagate(net, inputs, loss=loss).runs[0]
    # What hands its input on has one tensor with it, by hand, and so one gradient.
    names = [layer.name for layer in found.layers if layer.kind != "Identity"]
    assert len(names) > 2
    expected = by_hand(copy.deepcopy(net), run, names)
    for name in names:
        close(found[name].forward, expected[name][0])
        if expected[name][1] is None:  # nothing that the loss is made of
            assert found[name].backward is None
        else:
            close(found[name].backward, expected[name][1].numpy())
    return found


def test_an_mlp_of_30_layers():
    net, x = mlp(), batch(64, 100)
    found = compare(net, x, lambda out: out.square().sum(), lambda n: n(x).square().sum())
    assert len(found.layers) == 60
    assert found.forward.verdict == "keeps its size"
    assert found.forward.count == 30
    assert found.forward.factor == pytest.approx(1, abs=0.05)
    assert found["1"].dead == 0
    (sentence, *_) = found.sentences()
    assert sentence.startswith("as it is: the signal keeps its size: ")


def test_a_resnet_in_training():
    transformers = pytest.importorskip("transformers")
    config = transformers.ResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 32], depths=[2, 2, 2], layer_type="basic"
    )
    net = transformers.ResNetModel(config).train()
    x = batch(4, 3, 32, 32)
    found = compare(
        net,
        x,
        lambda out: out.last_hidden_state.square().sum(),
        lambda n: n(x).last_hidden_state.square().sum(),
    )
    assert found["encoder.stages.0.layers.0"].part == "block"
    assert found["embedder.embedder.convolution"].part == "weights"
    assert {m.num_batches_tracked.item() for m in net.modules() if hasattr(m, "running_var")} == {0}


def test_layers_that_write_in_place_are_seen_before():
    plain = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 3))
    inplace = copy.deepcopy(plain)
    inplace[1].inplace = inplace[3].inplace = True
    x = batch(5, 8)
    assert propagate(plain, x).to_dict() == propagate(inplace, x).to_dict()


def test_a_small_gpt2():
    transformers = pytest.importorskip("transformers")
    config = transformers.GPT2Config(n_embd=32, n_head=4, n_layer=6, n_positions=16, vocab_size=50)
    net = transformers.GPT2LMHeadModel(config).eval()
    tokens = torch.arange(24).reshape(2, 12) % 50
    found = compare(
        net,
        {"input_ids": tokens},
        lambda out: out.logits.square().sum(),
        lambda n: n(input_ids=tokens).logits.square().sum(),
    )
    assert found.forward.first[0] == "transformer.h.0"
    assert found.forward.last[0] == "transformer.h.5"
    only = propagate(net, {"input_ids": tokens}, layers="*.c_fc", backward=False).runs[0]
    assert [layer.name for layer in only.layers] == [
        f"transformer.h.{i}.mlp.c_fc" for i in range(6)
    ]
    assert only.backward is None


class Pair(NamedTuple):
    first: torch.Tensor
    second: torch.Tensor


class Recurrent(nn.Module):
    """A net whose layers return tuples, named ones and dictionaries."""

    class Twice(nn.Module):
        def forward(self, x):
            return Pair(2 * x, x)

    class Named(nn.Module):
        def forward(self, x):
            return {"number": 3, "x": 3 * x}

    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(8, 8, batch_first=True)
        self.twice, self.named, self.last = self.Twice(), self.Named(), nn.Linear(8, 2)

    def forward(self, x):
        x = self.twice(self.lstm(x)[0]).first
        return self.last(self.named(x)["x"])


def test_layers_that_return_more_than_a_tensor():
    net, x = Recurrent(), batch(4, 5, 8)
    found = propagate(net, x, loss=lambda out: out.square().sum()).runs[0]
    assert [layer.name for layer in found.layers] == ["lstm", "twice", "named", "last"]
    states, scales = net.lstm(x)[0].detach(), {"lstm": 6, "twice": 3, "named": 1}
    inside = (6 * states).requires_grad_()
    (gradient,) = torch.autograd.grad(net.last(inside).square().sum(), inside)
    for name, scale in scales.items():
        close(found[name].forward, (6 / scale) * states.numpy())
        close(found[name].backward, scale * gradient.numpy())


def test_what_is_frozen_is_seen_too():
    net = mlp(5, 20).requires_grad_(False)
    x = batch(8, 20)
    free = copy.deepcopy(net).requires_grad_(True)
    assert propagate(net, x).to_dict() == propagate(free, x).to_dict()


@pytest.mark.parametrize(("factor", "number"), [(50, 20), (0.02, 8)])
def test_the_layer_that_explodes_is_named(factor, number):
    net = mlp()
    with torch.no_grad():
        net[2 * number].weight.mul_(factor)
    found = propagate(net, batch(64, 100)).runs[0]
    assert found.forward.outstanding[0] == str(2 * number)
    assert found.forward.outstanding[1] == pytest.approx(factor, rel=0.2)
    assert f"{2 * number} stands out: it multiplies the signal by" in "\n".join(found.sentences())


def test_what_is_not_finite_or_zero_is_named():
    net = mlp(6, 20)
    with torch.no_grad():
        net[6].weight[0, 0] = torch.nan
    text = str(propagate(net, batch(8, 20)))
    assert "as it is: the signal is not finite from 6 on." in text
    with torch.no_grad():
        net[6].weight.zero_()
    text = str(propagate(net, batch(8, 20)))
    assert "as it is: the signal is 0 from 6 on." in text
    assert "100% of the units of 6 are 0 for every example." in text


def test_saturated_units():
    net = nn.Sequential(*(m for _ in range(4) for m in (nn.Linear(50, 50), nn.Tanh())))
    netinit.initialize(net, netinit.All, method=("Random", {"weights": 1.0}))
    found = propagate(net, batch(16, 50)).runs[0]
    with torch.no_grad():
        share = float((net[:2](batch(16, 50)).abs() >= 0.9487).float().mean())
    assert found["1"].saturated == pytest.approx(share)
    assert found["0"].saturated is None
    assert "are saturated" in "\n".join(found.sentences())


def test_methods_side_by_side():
    net = mlp(20)
    state = copy.deepcopy(net.state_dict())
    found = propagate(net, batch(64, 100), methods=["Kaiming", "Xavier", "Orthogonal"])
    assert [run.label for run in found.runs] == ["Kaiming", "Xavier", "Orthogonal"]
    assert found["Xavier"].forward.factor == pytest.approx(0.5**0.5, abs=0.03)
    assert found["Xavier"].forward.verdict == "dies"
    assert found["Kaiming"].backward.factor == pytest.approx(1, abs=0.05)
    twin = netinit.initialize(copy.deepcopy(net), netinit.All, method="Xavier")
    alone = propagate(twin, batch(64, 100)).runs[0]
    assert alone.layers == found["Xavier"].layers
    assert all(torch.equal(net.state_dict()[name], state[name]) for name in state)
    named = propagate(net, batch(4, 100), methods={"small": ("Random", {"weights": 0.01})})
    assert named["small"].forward.verdict == "dies"
    with pytest.raises(KeyError, match="no run is called 'big'"):
        _ = named["big"]


def test_nothing_is_left_behind():
    net = nn.Sequential(
        nn.Linear(20, 20),
        nn.BatchNorm1d(20),
        nn.ReLU(inplace=True),
        nn.Dropout(0.5),
        nn.Linear(20, 2),
    ).train()
    net[4].eval()
    net(batch(8, 20)).sum().backward()
    before = {
        "state": copy.deepcopy(net.state_dict()),
        "versions": [t._version for t in (*net.parameters(), *net.buffers())],
        "ids": [id(t) for t in (*net.parameters(), *net.buffers())],
        "gradients": [p.grad.clone() for p in net.parameters()],
        "hooks": [sorted(vars(m)) for m in net.modules()],
        "modes": [m.training for m in net.modules()],
        "torch": torch.get_rng_state(),
        "numpy": np.random.get_state()[1].copy(),
        "python": random.getstate(),
    }
    x = batch(8, 20)
    propagate(net, x)
    propagate(net, x, methods=["Kaiming"])
    for name, values in net.state_dict().items():
        assert torch.equal(values, before["state"][name])
    assert [t._version for t in (*net.parameters(), *net.buffers())] == before["versions"]
    assert [id(t) for t in (*net.parameters(), *net.buffers())] == before["ids"]
    for p, gradient in zip(net.parameters(), before["gradients"], strict=True):
        assert torch.equal(p.grad, gradient)
    assert [sorted(vars(m)) for m in net.modules()] == before["hooks"]
    assert not any(m._forward_hooks or m._backward_hooks for m in net.modules())
    assert [m.training for m in net.modules()] == before["modes"]
    assert torch.equal(torch.get_rng_state(), before["torch"])
    assert (np.random.get_state()[1] == before["numpy"]).all()
    assert random.getstate() == before["python"]
    assert x.grad is None
    assert not x.requires_grad


def test_hooks_go_when_the_net_fails():
    net = mlp(3, 20)
    with pytest.raises(RuntimeError):
        propagate(net, batch(8, 21))
    assert not any(m._forward_hooks for m in net.modules())


def test_a_net_of_netinit():
    net = netinit.initialize(NetChain([30, "tanh"] * 5, input=20))
    x = netinit.create((16, 20), Normal())
    found = propagate(net, x).runs[0]
    for i, name in enumerate("0123456789"):
        partial = NetChain([net[k] for k in range(i + 1)], input=20)
        close(found[name].forward, partial(x))
    module = netinit.nets.to_torch(net)
    theirs = propagate(module, torch.from_numpy(x)).runs[0]
    for layer in found.layers:
        assert layer.backward == theirs[layer.name].backward
    several = propagate(net, x, methods=["Kaiming", "Xavier"], backward=False)
    assert several["Kaiming"]["0"].backward is None
    assert found == propagate(net, x).runs[0]


def test_results_are_plain_numbers(tmp_path):
    import json

    found = propagate(mlp(4, 20), batch(8, 20), methods=["Kaiming", "Xavier"])
    kept = json.loads(json.dumps(found.to_dict()))
    assert kept["Xavier"]["forward"]["factor"] == found["Xavier"].forward.factor
    assert kept["Kaiming"]["layers"][0]["name"] == "0"
    pytest.importorskip("matplotlib")
    found.save(tmp_path / "signal.png")
    assert (tmp_path / "signal.png").read_bytes().startswith(b"\x89PNG")


def test_what_cannot_be_watched_is_refused():
    with pytest.raises(TypeError, match=r"net must be a torch\.nn\.Module.*; not dict"):
        propagate({"w": np.ones(3)}, np.ones(3))
    with pytest.raises(ValueError, match="no layer was watched"):
        propagate(mlp(3, 20), batch(8, 20), layers="nothing*")
    with pytest.raises(KeyError, match="no layer '7'"):
        _ = propagate(mlp(3, 20), batch(8, 20)).runs[0]["7"]
