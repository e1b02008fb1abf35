"""Write gpt2.json: GPT-2 small (Radford et al. 2019) with the names of its published file.

The sizes below make the other GPT-2 models: medium is 24 blocks of 16 heads and size 1024,
large 36 of 20 and 1280, XL 48 of 25 and 1600. Run from anywhere: python make_gpt2.py
"""

from pathlib import Path

from netinit.nets import (
    AttentionLayer,
    EmbeddingLayer,
    LinearLayer,
    NetChain,
    NetGraph,
    NetMapOperator,
    NormalizationLayer,
    SequenceIndicesLayer,
    TotalLayer,
    to_json,
)

SIZE, HEADS, BLOCKS, CONTEXT, VOCABULARY = 768, 12, 12, 1024, 50257
NAMES = {"Weights": "weight", "Scaling": "weight", "Biases": "bias"}


def norm() -> NormalizationLayer:
    """Return layer normalization of each position's vector."""
    return NormalizationLayer(-1, "same", epsilon=1e-5)


def linear(output: int, **options: int) -> NetMapOperator:
    """Return a linear layer for each position, its weights stored (input, output)."""
    return NetMapOperator(LinearLayer(output, layout="input_output", **options))


def block() -> NetGraph:
    """Return one transformer block: attention and a two-layer net, each beside a shortcut."""
    attention = {
        "c_attn": linear(3 * SIZE, stack=3),
        "attend": AttentionLayer(HEADS, mask="causal", packed=True),
        "c_proj": linear(SIZE),
    }
    layers = {
        "ln_1": norm(),
        "attn": NetChain(attention),
        "add_1": TotalLayer(),
        "ln_2": norm(),
        "mlp": NetChain({"c_fc": linear(4 * SIZE), "act": "gelu", "c_proj": linear(SIZE)}),
        "add_2": TotalLayer(),
    }
    edges = [
        ["Input", "ln_1", "attn", "add_1"],
        ["Input", "add_1"],
        ["add_1", "ln_2", "mlp", "add_2"],
        ["add_1", "add_2"],
    ]
    return NetGraph(layers, edges)


def gpt2() -> NetGraph:
    """Return GPT-2 without its output projection, which is the table wte again."""
    layers = {
        "wte": EmbeddingLayer(SIZE, VOCABULARY),
        "positions": SequenceIndicesLayer(),
        "wpe": EmbeddingLayer(SIZE, CONTEXT),
        "add": TotalLayer(),
        "h": NetChain([block()] * BLOCKS),
        "ln_f": norm(),
    }
    edges = [["Input", "wte", "add", "h", "ln_f"], ["Input", "positions", "wpe", "add"]]
    return NetGraph(layers, edges, input=(None,), arrays=NAMES)


if __name__ == "__main__":
    Path(__file__).with_name("gpt2.json").write_text(to_json(gpt2()), encoding="utf-8")
