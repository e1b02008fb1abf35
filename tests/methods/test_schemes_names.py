"""Schemes say so when a net has none of the weights that they treat apart."""

from __future__ import annotations

import warnings

import pytest

import netinit
from netinit import ArraySpec, nets
from netinit.methods import GPT2, DeepNorm, Fixup, ForgetBias, MuP, Random, Rules, Siren, TFixup

#: Names that no scheme knows.
STRANGE = ["stem.weight", "blocks.9.mix.weight", "blocks.9.expand.weight"]
#: For each scheme: names of which it treats some apart, and what it says where there are none.
CASES = [
    (GPT2(layers=9), ["h.0.attn.c_proj.weight"], r"GPT2: .* its residual \('\*c_proj.weight', "),
    (DeepNorm(9), ["layers.0.fc1.weight"], r"DeepNorm: .* its scaled \('\*fc1.weight', .*depth"),
    (TFixup(9), ["layers.0.fc1.weight"], "TFixup: .* give patterns of your net's names as scaled="),
    (Siren(), ["net.0.linear.weight"], r"Siren: .* first \('0.\*', .* U\[-1/n, 1/n\)"),
    (
        Fixup(9, 3),
        [f"layer1.0.conv{i}.weight" for i in (1, 2, 3)],
        r"first \('\*.conv1.weight', '\*.conv2.weight'\).*; .* last \('\*.conv3.weight'\)",
    ),
]


def net_of(*names):
    return {name: ArraySpec((4, 4)) for name in names}


@pytest.mark.parametrize(("method", "names", "message"), CASES)
def test_a_net_of_other_names_is_warned_of_once(method, names, message):
    for call in (netinit.plan, netinit.initialize):
        with pytest.warns(UserWarning, match=message) as warned:
            call(net_of(*STRANGE), netinit.All, method=method)
        (one,) = warned
        assert "The net's weights: 'stem.weight', " in str(one.message)
        assert one.filename == __file__
    netinit.plan(net_of(*STRANGE, *names), method=method)  # any warning is an error


@pytest.mark.parametrize("option", ["residual", "scaled", "first"])
def test_names_that_are_given_are_found(option):
    make = {"residual": (GPT2, 9), "scaled": (DeepNorm, 9), "first": (Siren, 30)}[option]
    method = make[0](make[1], **{option: "*.mix.weight"})
    netinit.initialize(net_of(*STRANGE), method=method)
    netinit.initialize(net_of(*STRANGE), method=make[0](make[1], **{option: []}))
    with pytest.warns(UserWarning, match=f"its {option} "):
        netinit.plan(net_of(*STRANGE), method=make[0](make[1], **{option: "mix"}))


def test_each_kind_of_layer_is_looked_for():
    basic = net_of("layer1.0.conv1.weight", "layer1.0.conv2.weight")
    netinit.plan(basic, method=Fixup(9))
    with pytest.warns(UserWarning, match=r"^Fixup: no weight .* its last \('\*.conv3.weight'\)"):
        netinit.plan(basic, method=Fixup(9, depth=3))
    netinit.plan(basic, method=Fixup(9, depth=3, last=()))
    with pytest.warns(UserWarning, match="begins with 'decoder', so all are taken for the enc"):
        netinit.plan(net_of("enc.fc1.weight", "dec.fc1.weight"), method=TFixup(9, 9))
    netinit.plan(net_of("encoder.fc1.weight", "decoder.fc1.weight"), method=TFixup(9, 9))


def test_forget_gates_are_looked_for():
    with pytest.warns(UserWarning, match="ForgetBias: no layer .* 'LSTM' .*'forget_bias'") as one:
        netinit.plan({"lstm.bias_ih_l0": ArraySpec((8,))}, method="ForgetBias")
    assert len(one) == 1
    assert one[0].filename == __file__
    rules = {"*.bias_ih_l*": "forget_bias"}
    made = netinit.initialize(
        {"lstm.bias_ih_l0": ArraySpec((8,))}, netinit.All, method=rules
    )  # as the warning says
    assert made["lstm.bias_ih_l0"].tolist() == [0, 0, 1, 1, 0, 0, 0, 0]
    netinit.plan(
        nets.NetChain([nets.LongShortTermMemoryLayer(4)], input=(5, 3)), method=ForgetBias()
    )


@pytest.mark.parametrize(
    "method",
    [
        MuP(dict.fromkeys(STRANGE, (2, 2)), GPT2(layers=9)),
        Rules({"*": GPT2(layers=9)}),
        Rules({"stem.*": ("GPT2", {"layers": 9}), "h.*": 0.02, "blocks.*": "zero"}),
        ForgetBias(GPT2(layers=9)),
    ],
    ids=lambda method: method.name,
)
def test_schemes_within_other_methods_see_their_weights(method):
    net = net_of(*STRANGE, *(["h.0.c_proj.weight"] if "h.*" in str(method) else []))
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        netinit.plan(net, method=method)
    kinds = [str(one.message).partition(":")[0] for one in warned]
    assert kinds == (["ForgetBias", "GPT2"] if method.name == "forget_bias" else ["GPT2"])
    assert {one.filename for one in warned} == {__file__}


def test_the_first_rule_counts():
    net = net_of(*STRANGE, "h.0.c_proj.weight")
    netinit.initialize(net, netinit.All, method={"stem.*": "xavier_normal", "*": GPT2(layers=9)})


def test_rules_within_forget_bias_know_the_fans_of_layers():
    net = {"fc.weight": ArraySpec((2, 25)), "fc.bias": ArraySpec((2,))}
    with pytest.warns(UserWarning, match="ForgetBias"):
        plan = netinit.plan(net, method=ForgetBias(Rules({"*": "fan_in_uniform"})))
    assert [str(row.initializer) for row in plan] == ["Uniform(-0.2, 0.2)"] * 2


def test_nets_without_weights_are_not_warned_of():
    netinit.plan({"norm.scale": ArraySpec((4,)), "bias": ArraySpec((4,))}, method=GPT2(layers=9))
    netinit.plan({}, method="ForgetBias")


def test_siren_says_so_where_every_layer_would_be_the_first():
    net = net_of("0.net.0.weight", "0.net.3.weight")
    with pytest.warns(UserWarning, match=r"Siren: every weight has a name that fits its first"):
        netinit.plan(net, method=Siren())
    netinit.plan(net, method=Siren(first="*.net.0.weight"))
    netinit.plan(net_of("0.weight"), method=Siren())  # a net of one layer


@pytest.mark.parametrize("call", [netinit.plan, netinit.initialize])
def test_warnings_name_the_line_that_called(call):
    same = netinit.Constant(1)
    for method in ({"*": same}, Random(same)):
        with pytest.warns(netinit.errors.SymmetryWarning) as warned:
            call(net_of("w"), method=method)
    assert [one.filename for one in warned] == [__file__]
