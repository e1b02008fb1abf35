"""examples/gpt2.json is GPT-2 small, with the names and shapes of its published file."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import netinit
from netinit.nets import load, to_json

EXAMPLES = Path(__file__).parents[2] / "examples"
BLOCK = {
    "ln_1.weight": (768,),
    "ln_1.bias": (768,),
    "attn.c_attn.weight": (768, 2304),
    "attn.c_attn.bias": (2304,),
    "attn.c_proj.weight": (768, 768),
    "attn.c_proj.bias": (768,),
    "ln_2.weight": (768,),
    "ln_2.bias": (768,),
    "mlp.c_fc.weight": (768, 3072),
    "mlp.c_fc.bias": (3072,),
    "mlp.c_proj.weight": (3072, 768),
    "mlp.c_proj.bias": (768,),
}


@pytest.fixture(scope="module")
def gpt2():
    return load(EXAMPLES / "gpt2.json")


def test_names_and_shapes(gpt2):
    expected = {
        "wte.weight": (50257, 768),
        "wpe.weight": (1024, 768),
        **{f"h.{i}.{name}": shape for i in range(12) for name, shape in BLOCK.items()},
        "ln_f.weight": (768,),
        "ln_f.bias": (768,),
    }
    assert {p.name: p.shape for p in gpt2.parameters()} == expected
    assert sum(p.size for p in gpt2.parameters()) == 124_439_808
    assert gpt2.output_shape == (None, 768)


def test_fans(gpt2):
    rows = {row.name: row for row in netinit.plan(gpt2, method="xavier")}
    assert rows["h.3.attn.c_attn.weight"].std == pytest.approx((2 / (768 + 768)) ** 0.5)
    assert rows["h.3.mlp.c_proj.weight"].std == pytest.approx((2 / (768 + 3072)) ** 0.5)
    kaiming = {row.name: row.std for row in netinit.plan(gpt2)}
    assert kaiming["h.3.mlp.c_proj.weight"] == pytest.approx((2 / 3072) ** 0.5)
    assert kaiming["wte.weight"] == pytest.approx((2 / 768) ** 0.5)


def test_one_block_is_initialized_alone(gpt2):
    netinit.initialize(gpt2, "h.5.*")
    assert gpt2["h", 5, "attn", "c_attn", "Weights"].shape == (768, 2304)
    assert gpt2["h.5.ln_1.weight"].min() == 1
    assert gpt2["h.4.ln_1.weight"] is netinit.Automatic


def test_the_file_is_what_its_script_makes(gpt2):
    text = (EXAMPLES / "gpt2.json").read_text(encoding="utf-8")
    assert to_json(gpt2) == text
    assert to_json(runpy.run_path(str(EXAMPLES / "make_gpt2.py"))["gpt2"]()) == text


def test_it_computes_what_transformers_does():
    torch, transformers = pytest.importorskip("torch"), pytest.importorskip("transformers")
    make = runpy.run_path(str(EXAMPLES / "make_gpt2.py"))["gpt2"]
    make.__globals__.update(SIZE=32, HEADS=4, BLOCKS=2, CONTEXT=16, VOCABULARY=50)
    net = netinit.initialize(make(), method=("GPT2", {"layers": 2}))
    config = transformers.GPT2Config(
        n_embd=32, n_head=4, n_layer=2, n_positions=16, vocab_size=50, activation_function="gelu"
    )
    model = transformers.GPT2Model(config).eval()
    arrays = {p.name: torch.from_numpy(net[p.name]) for p in net.parameters()}
    assert not model.load_state_dict(arrays, strict=False).unexpected_keys
    tokens = np.array([[3, 1, 4, 1, 5], [9, 2, 6, 5, 3]])
    with torch.no_grad():
        theirs = model(torch.from_numpy(tokens)).last_hidden_state.numpy()
    np.testing.assert_allclose(net(tokens), theirs, rtol=1e-4, atol=1e-5)
