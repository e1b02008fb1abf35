"""`netinit.inspect.coord_check` tells muP from the standard parametrization, by theory's slopes."""

import json

import numpy as np
import pytest

import netinit
from netinit import Normal
from netinit.inspect import coord_check
from netinit.inspect.coordinates import CoordCheck
from netinit.inspect.figures import coord_figure
from netinit.methods import MuP

torch = pytest.importorskip("torch")
nn = torch.nn


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.first = nn.Linear(16, width)
        self.hidden1, self.hidden2 = nn.Linear(width, width), nn.Linear(width, width)
        self.last = nn.Linear(width, 4)

    def forward(self, x):
        x = torch.relu(self.hidden1(torch.relu(self.first(x))))
        return self.last(torch.relu(self.hidden2(x)))


class Block(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.q, self.k, self.v, self.o = (nn.Linear(width, width) for _ in range(4))
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        normed = self.norm1(x)
        q, k, v = (
            layer(normed).unflatten(-1, (-1, 16)).transpose(1, 2)
            for layer in (self.q, self.k, self.v)
        )
        seen = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(seen.transpose(1, 2).flatten(2))
        return x + self.down(nn.functional.gelu(self.up(self.norm2(x))))


class Transformer(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.embed = nn.Embedding(32, width)
        self.blocks = nn.Sequential(Block(width), Block(width))
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 32, bias=False)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.embed(x))))


def parts(kind, base, mup):
    """Return what makes a net of a width, and its optimizer."""
    shapes = {a.name: a.shape for a in netinit.plan(kind(base), netinit.All)}
    method = MuP(shapes)

    def make(width, seed):
        net = kind(width)
        netinit.initialize(net, netinit.All, method=method if mup else "Kaiming", seed=seed)
        if isinstance(net, Transformer):  # of one size at every width, as in both it should be
            netinit.fill(net.embed.weight, Normal(), seed=seed, name="embed.weight")
        return net

    def optimizer(net, width):
        rows = {a.name: a.parameter for a in netinit.plan(net, netinit.All)}
        groups = [
            {"params": [p], "lr": 1e-5 * (method.rate(rows[name]) if mup else 1)}
            for name, p in net.named_parameters()
        ]
        return torch.optim.Adam(groups, eps=1e-12)

    return make, optimizer


def check(kind, widths, mup, inputs, loss, **options):
    make, optimizer = parts(kind, widths[0], mup)
    return coord_check(make, widths, inputs, loss=loss, optimizer=optimizer, **options)


X = torch.from_numpy(netinit.create((4, 16), Normal(), name="x"))
Y = torch.from_numpy(netinit.create((4, 4), Normal(), name="y"))
#: Few: what many examples ask of a weight is a sum whose signs narrow nets do not follow.
TOKENS = torch.arange(8).reshape(2, 4) * 7 % 32


def square(out):
    return (out - Y).square().mean()


def linear(out):
    """Give the output a gradient that no width changes: theory's slopes are met by narrow nets."""
    return (out * Y).sum()


def entropy(out):
    return nn.functional.cross_entropy(out.flatten(0, 1), TOKENS.flatten() * 5 % 32)


@pytest.mark.parametrize("mup", [False, True], ids=["standard", "muP"])
def test_an_mlp(mup):
    found = check(Mlp, (256, 512, 1024, 2048), mup, X, square, steps=1, repeats=3)
    start, change = found.slopes(), found.slopes(-1)
    for name in ("first", "hidden1", "hidden2"):
        assert start[name] == pytest.approx(0, abs=0.05)
    assert change["first"] == pytest.approx(0, abs=0.05)
    for name in ("hidden1", "hidden2"):
        assert change[name] == pytest.approx(0 if mup else 1, abs=0.05)
    assert found.stable is mup
    assert found.verdict().startswith("As muP asks" if mup else "Not muP: 'hidden1', 'hidden2', 'l")


@pytest.mark.parametrize("mup", [False, True], ids=["standard", "muP"])
def test_every_layer_of_an_mlp_by_theory(mup):
    found = check(Mlp, (256, 512, 1024, 2048), mup, X, linear, steps=1, repeats=6)
    standard = {"first": 0.0, "hidden1": 1.0, "hidden2": 1.0}
    expected = dict.fromkeys([*standard, "last"], 0.0) if mup else standard
    change = found.slopes(-1)
    assert {name: change[name] for name in expected} == pytest.approx(expected, abs=0.05)
    # Of the output in the standard parametrization: the sum of the two that the next test parts.
    assert mup or 1 < change["last"] < 1.5


@pytest.mark.parametrize(("trained", "slope"), [("last.weight", 1.0), ("hidden2.weight", 1.5)])
def test_what_changes_the_output_in_the_standard_parametrization(trained, slope):
    """Its own step, a sum over the width; and that of the layer before, which grows as the width.

    Of the latter's changes, the output takes a sum over the width by weights of width^-1/2, with
    whose signs they agree: 1 + 1 - 1/2.
    """

    def optimizer(net, width):
        return torch.optim.Adam([net.get_parameter(trained)], lr=1e-5, eps=1e-12)

    make, _ = parts(Mlp, 256, False)
    widths = (256, 512, 1024, 2048)
    options = {"loss": linear, "optimizer": optimizer, "steps": 1, "repeats": 6}
    found = coord_check(make, widths, X, layers="last", **options)
    assert found.slopes(-1)["last"] == pytest.approx(slope, abs=0.05)


@pytest.mark.parametrize("mup", [False, True], ids=["standard", "muP"])
def test_a_small_transformer(mup):
    found = check(Transformer, (256, 1024), mup, TOKENS, entropy, steps=1, repeats=6)
    change = found.slopes(-1)
    assert change["embed"] == pytest.approx(0, abs=0.05)
    start = found.slopes()
    for name in set(start) - {"head"}:
        assert start[name] == pytest.approx(0, abs=0.05), name
    if mup:  # an output of mean 0 over the width begins so, whose share in the change fades
        assert start["head"] == pytest.approx(-0.5, abs=0.05)
    for block in (0, 1):
        for name in ("q", "k", "v", "o", "up", "down"):
            slope = change[f"blocks.{block}.{name}"]
            assert slope == pytest.approx(0 if mup else 1, abs=0.05), (block, name)
    assert found.stable is mup


@pytest.mark.parametrize("mup", [False, True], ids=["standard", "muP"])
def test_every_layer_of_a_transformer_by_theory(mup):
    """Wide enough that what the output begins with has faded from its change."""
    gradient = torch.from_numpy(netinit.create((2, 4, 32), Normal(), name="g"))
    widths, options = (512, 2048), {"steps": 1, "repeats": 3}
    found = check(Transformer, widths, mup, TOKENS, lambda y: (y * gradient).sum(), **options)
    change = found.slopes(-1)
    # What comes before the first matrix has a row of its own for each token, whatever the width.
    before = {"embed", "blocks.0.norm1"}
    expected = {name: 0.0 if mup or name in before else 1.0 for name in change}
    head = change.pop("head"), expected.pop("head")
    assert change == pytest.approx(expected, abs=0.05)
    assert head[0] == pytest.approx(0, abs=0.05) if mup else 1 < head[0] < 1.5


def test_what_is_measured():
    found = check(Mlp, (32, 64), False, X, square, steps=2, repeats=1, layers="h*")
    assert list(found.size[0]) == ["hidden1", "hidden2"]
    make, optimizer = parts(Mlp, 32, False)
    net = make(64, 0)
    adjust = optimizer(net, 64)
    outputs = []
    for _ in range(3):
        outputs.append(net.hidden1(torch.relu(net.first(X))).detach())
        adjust.zero_grad()
        square(net(X)).backward()
        adjust.step()
    for step, output in enumerate(outputs):
        assert found.size[step]["hidden1"][1] == pytest.approx(float(output.abs().mean()), rel=1e-4)
        moved = float((output - outputs[0]).abs().mean())
        assert found.change[step]["hidden1"][1] == pytest.approx(moved, rel=1e-3)


def test_words_numbers_and_a_picture(tmp_path):
    found = check(Mlp, (32, 64), False, X, square, steps=2, repeats=1)
    text = str(found).splitlines()
    assert text[0].startswith("Not muP: ")
    assert text[3].split("  ")[-1] == "change, step 2"
    kept = json.loads(json.dumps(found.to_dict()))
    assert kept["widths"] == [32, 64]
    assert kept["slopes at the start"]["first"] == found.slopes()["first"]
    pytest.importorskip("matplotlib")
    found.save(tmp_path / "coordinates.svg")
    assert "<svg" in (tmp_path / "coordinates.svg").read_text()


def test_the_picture_has_every_size_above_zero():
    pytest.importorskip("matplotlib")
    layers = {"small": (1e-3, 1.0, 3.0), "partly": (0.0, 0.5, 2.0), "dead": (0.0, 0.0, 0.0)}
    axes = coord_figure(CoordCheck((32, 64, 128), (layers,), ({}, layers))).axes
    for panel in axes:
        drawn = [dict(zip(*line.get_data(), strict=True)) for line in panel.lines]
        assert drawn == [{32: 1e-3, 64: 1.0, 128: 3.0}, {64: 0.5, 128: 2.0}]


def test_a_layer_that_learns_less_the_wider_it_is():
    def optimizer(net, width):
        return torch.optim.Adam(net.parameters(), lr=1e-2 / width, eps=1e-12)

    make, _ = parts(Mlp, 32, True)
    found = coord_check(make, (32, 64, 128), X, loss=square, optimizer=optimizer, steps=1)
    assert "first" in found.fading
    assert "learn less the wider they are" in found.verdict()
    assert found.slopes(-1)["first"] == pytest.approx(-1, abs=0.05)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"widths": (64,)}, r"widths must be at least two numbers, not \[64\]"),
        ({"steps": 0}, "steps must be at least 1, not 0"),
        ({"repeats": 0}, "repeats must be at least 1, not 0"),
    ],
)
def test_wrong_numbers_are_refused(options, message):
    make, optimizer = parts(Mlp, 32, False)
    given = {"widths": (32, 64)} | options
    with pytest.raises(ValueError, match=message):
        coord_check(make, given.pop("widths"), X, loss=square, optimizer=optimizer, **given)


def test_nan_slopes_where_nothing_changes():
    def optimizer(net, width):
        return torch.optim.SGD(net.parameters(), lr=0.0)

    make, _ = parts(Mlp, 32, False)
    found = coord_check(make, (32, 64), X, loss=square, optimizer=optimizer, steps=1, repeats=1)
    assert all(np.isnan(slope) for slope in found.slopes(-1).values())
