"""Parameters of nobody's layer: no guess in silence."""

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netinit  # noqa: E402


def on_meta(build):
    with torch.device("meta"):
        return build()


def rows(net):
    return {row.name: row for row in netinit.plan(net).parameters}


class Own(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 3))
        self.bias = nn.Parameter(torch.zeros(4))
        self.gamma = nn.Parameter(torch.full((4,), 1e-6))


def test_an_unknown_layers_parameters_are_kept_and_the_plan_says_so():
    found = rows(Own())
    assert not any(row.known for row in found.values())
    assert all("kept" in row.note for row in found.values())
    net = nn.Sequential(Own(), nn.Linear(3, 2))
    netinit.initialize(net, netinit.All)
    assert torch.equal(net[0].gamma, torch.full((4,), 1e-6))
    assert not net[0].weight.any()
    with pytest.raises(ValueError, match=r"0\.gamma.*give one by a rule"):
        netinit.initialize(net, "*.gamma")
    rules = {"*.gamma": netinit.Constant(0.5), "*": "Kaiming"}
    netinit.initialize(net, netinit.All, method=rules)
    assert torch.equal(net[0].gamma, torch.full((4,), 0.5))


def test_without_a_value_they_are_guessed_with_a_warning_or_an_error_says_the_ways_out():
    class Plain(Own):
        def __init__(self):
            super().__init__()
            del self.gamma

    with pytest.warns(UserWarning, match=r"weight \(weight\).*guessed"):
        assert [row.parameter.role for row in netinit.plan(on_meta(Plain))] == ["weight", "bias"]
    with pytest.raises(ValueError, match=r"gamma.*rule.*Native.*accelerate"):
        netinit.plan(on_meta(Own))


def test_learned_tokens_are_what_their_own_code_draws():
    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.cls_token = nn.Parameter(torch.zeros(1, 1, 8))
            self.pos_embed = nn.Parameter(torch.zeros(1, 5, 8))

        def reset_parameters(self):
            nn.init.normal_(self.cls_token, std=0.02)
            nn.init.trunc_normal_(self.pos_embed, std=0.03)

    plan = netinit.plan(on_meta(Tokens))
    assert [round(row.std, 3) for row in plan] == [0.02, 0.03]
    assert all(row.parameter.layout is None for row in plan)


@pytest.mark.parametrize(
    "build",
    [
        lambda: nn.ParameterList([torch.empty(3, 4), torch.empty(3), torch.empty(())]),
        lambda: nn.ParameterDict({"table": torch.empty(3, 4)}),
    ],
)
def test_parameters_of_no_layer_need_a_rule(build):
    net = on_meta(build)
    with pytest.raises(ValueError, match="give one by a rule"):
        netinit.initialize(net)
    assert all(tensor.is_meta for tensor in net.parameters())
    netinit.initialize(net, method={"*": netinit.Normal(0, 1)})
    assert all(tensor.std() > 0 for tensor in net.parameters() if tensor.ndim)


def test_memory_in_a_net_of_the_meta_device_is_told_of():
    class Stray(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 4)
            self.table = nn.Parameter(torch.zeros(2, 3, device="cpu"))

        def reset_parameters(self):
            nn.init.ones_(self.table)

    net = on_meta(Stray)
    with pytest.warns(UserWarning, match="'table' are on the CPU in a net of the meta device"):
        assert [row.name for row in netinit.plan(net)] == ["layer.weight", "layer.bias"]
    with pytest.warns(UserWarning, match="table"):
        netinit.initialize(net, netinit.All)
    assert torch.equal(net.table, torch.ones(2, 3))
    loaded = on_meta(Stray)
    nn.init.constant_(loaded.table, 0.5)
    assert len(netinit.plan(loaded)) == 2
