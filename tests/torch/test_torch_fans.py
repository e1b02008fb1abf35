"""The fans that the plan shows: those by which each weight is used, by an oracle that watches."""

import os
import re
import warnings

import pytest

torch = pytest.importorskip("torch")

os.environ["HF_HUB_OFFLINE"] = "1"
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    transformers = pytest.importorskip("transformers", exc_type=ImportError)

import netinit  # noqa: E402
from tests.torch.architectures_of_language import LANGUAGE  # noqa: E402
from tests.torch.architectures_of_senses import SENSES  # noqa: E402
from tests.torch.fans_by_use import FansByUse  # noqa: E402
from tests.torch.packed_by_hand import PACKED  # noqa: E402

ARCHITECTURES = {**LANGUAGE, **SENSES}

#: What a forward pass takes in a product though it is no weight: embeddings of segments and of
#: relative positions, by which queries are multiplied.
CONTRACTED = {"Funnel": r"\.seg_embed$", "VitDet": r"\.rel_pos_[hw]$"}

#: Parameters that the forward pass at hand has no use for.
UNUSED = {
    "DeBERTa": r"^encoder\.rel_embeddings\.weight$",  # sliced, then projected
    "Whisper": r"^decoder\.embed_positions\.weight$",  # sliced, then added
}

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module", params=ARCHITECTURES)
def watched(request):
    """Return the name of an architecture, its rows, and what its forward pass did."""
    model, config, options, inputs = ARCHITECTURES[request.param]
    config = getattr(transformers, f"{config}Config")(**options)
    config._attn_implementation = config._experts_implementation = "eager"
    torch.manual_seed(0)
    net = getattr(transformers, model)(config).eval()
    with torch.no_grad(), FansByUse(net) as use:
        net(**inputs(config))
    return request.param, netinit.plan(net, netinit.All), use


def matches(table, name, parameter):
    return name in table and re.search(table[name], parameter)


def test_every_weight_is_used_with_the_fans_of_the_plan(watched):
    name, plan, use = watched
    for row in plan:
        p = row.parameter
        if p.name not in use.maps or matches(CONTRACTED, name, p.name):
            continue
        assert p.role in ("weight", "embedding"), (p.name, p.role)
        total = sum(piece.fan_out for piece in p.pieces)
        for fan_in, fan_out in use.maps[p.name]:
            assert {piece.fan_in for piece in p.pieces} == {fan_in}, (p.name, fan_in)
            assert fan_out in (total, total * p.layout.stack), (p.name, fan_out)


def test_what_is_never_contracted_is_no_weight(watched):
    name, plan, use = watched
    for row in plan:
        p = row.parameter
        used = p.name in use.maps or p.name in use.tables
        if not used and not matches(UNUSED, name, p.name):
            assert p.role not in ("weight", "embedding"), p.name
        if p.name in use.tables and p.fixed is None:  # not a sinusoidal table
            assert p.role == "embedding", p.name
            assert use.tables[p.name] == {p.fan_in}, p.name


def test_packed_maps_are_those_written_by_hand(watched):
    name, plan, _ = watched
    expected, found = PACKED.get(name, {}), {}
    for row in plan:
        p = row.parameter
        if p.layout is None or not (p.layout.stack > 1 or p.layout.pieces):
            continue
        if "groups" in p.note and len(p.shape) > 2 and p.layer != "GroupedLinearLayer":
            continue
        outs = [piece.fan_out for piece in p.pieces] * p.layout.stack
        found[re.sub(r"\b\d+\b", "#", p.name)] = (p.fan_in, outs)
        assert "stacked" in p.note or "in turn" in p.note
    assert found.keys() == expected.keys()
    assert {key: maps for key, maps in found.items() if expected[key]} == {
        key: maps for key, maps in expected.items() if maps
    }


def test_outputs_that_are_cut_at_once_belong_to_packed_maps(watched):
    _, plan, use = watched
    for name in use.cuts.keys() & {row.name for row in plan}:
        p = plan[name].parameter
        if p.role == "weight":
            packs = 1 if p.layout.pieces else p.layout.stack
            outs = [piece.fan_out for piece in p.pieces] * packs
            ends = {sum(outs[:n]) for n in range(len(outs) + 1)}
            for sizes in use.cuts[name]:
                assert {sum(sizes[:n]) for n in range(len(sizes))} <= ends, (name, sizes)
