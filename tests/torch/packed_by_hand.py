"""The maps that weights of transformers pack, written by hand from the models' own code.

By architecture (ARCHITECTURES of the test) and by name, with # for a number: the fan_in and the
fan_outs of the maps in the order in which they lie, each map once however many rounds it has.
Grouped and depthwise convolutions are not here: how they are used is seen.
"""

from __future__ import annotations

Q = 64  # 4 heads of 16
KV = 32  # 2 heads of 16

_EXPERTS = {
    "layers.#.mlp.experts.gate_up_proj": (64, [96, 96] * 4),
    "layers.#.mlp.experts.down_proj": (96, [64] * 4),
}
_NARROW_EXPERTS = {
    "layers.#.mlp.experts.gate_up_proj": (64, [48, 48] * 4),
    "layers.#.mlp.experts.down_proj": (48, [64] * 4),
}
_BLOCK_EXPERTS = {
    "layers.#.block_sparse_moe.experts.gate_up_proj": (64, [96, 96] * 4),
    "layers.#.block_sparse_moe.experts.down_proj": (96, [64] * 4),
}
_LATENT = {
    "layers.#.self_attn.kv_a_proj_with_mqa.weight": (64, [16, 8]),
    "layers.#.self_attn.kv_b_proj.weight": (16, [4 * 12, 4 * 10]),
    "layers.#.mlp.experts.gate_up_proj": (64, [40, 40] * 4),
    "layers.#.mlp.experts.down_proj": (40, [64] * 4),
}
_MAMBA = {
    "layers.#.mixer.in_proj.weight": (64, [128, 128]),
    "layers.#.mixer.x_proj.weight": (128, [4, 8, 8]),
}
_MAMBA_2 = (64, [128, 128, 24, 24, 8])  # z, x, B, C of 2 groups of 12, dt of 8 heads

PACKED = {
    "GPT-2": {"h.#.attn.c_attn.weight": (64, [Q, Q, Q])},
    "GPT-2 crossed": {
        "h.#.attn.c_attn.weight": (64, [Q, Q, Q]),
        "h.#.crossattention.c_attn.weight": (64, [Q, Q]),
    },
    "GPT": {"h.#.attn.c_attn.weight": (64, [Q, Q, Q])},
    "GPT-NeoX": {"layers.#.attention.query_key_value.weight": (64, [Q, Q, Q])},
    "GPT-NeoX Japanese": {"layers.#.attention.query_key_value.weight": (64, [Q, Q, Q])},
    "BLOOM": {"h.#.self_attention.query_key_value.weight": (64, [Q, Q, Q])},
    "Falcon": {"h.#.self_attention.query_key_value.weight": (64, [Q, Q, Q])},
    "Falcon multi-query": {"h.#.self_attention.query_key_value.weight": (64, [Q, 16, 16])},
    "Falcon grouped": {"h.#.self_attention.query_key_value.weight": (64, [Q, KV, KV])},
    "Phi-3": {
        "layers.#.self_attn.qkv_proj.weight": (64, [Q, KV, KV]),
        "layers.#.mlp.gate_up_proj.weight": (64, [96, 96]),
    },
    "Phi-3.5 MoE": _EXPERTS,
    "MPT": {"blocks.#.attn.Wqkv.weight": (64, [Q, Q, Q])},
    "DBRX": {
        "blocks.#.norm_attn_norm.attn.Wqkv.weight": (64, [Q, KV, KV]),
        "blocks.#.ffn.experts.mlp.w1": (64, [48] * 4),
        "blocks.#.ffn.experts.mlp.v1": (64, [48] * 4),
        "blocks.#.ffn.experts.mlp.w2": (48, [64] * 4),
    },
    "CodeGen": {"h.#.attn.qkv_proj.weight": (64, [Q, Q, Q])},
    "StarCoder": {"h.#.attn.c_attn.weight": (64, [Q, 16, 16])},
    "StarCoder heads": {"h.#.attn.c_attn.weight": (64, [Q, Q, Q])},
    "Persimmon": {"layers.#.self_attn.query_key_value.weight": (64, [Q, Q, Q])},
    "Llama 4": {
        "model.layers.#.feed_forward.experts.gate_up_proj": (64, [96, 96] * 4),
        "model.layers.#.feed_forward.experts.down_proj": (96, [64] * 4),
    },
    "Mixtral": _EXPERTS,
    "Qwen2 MoE": _NARROW_EXPERTS,
    "Qwen3 MoE": _NARROW_EXPERTS,
    "Qwen3-Next": {
        **_NARROW_EXPERTS,
        "layers.#.linear_attn.in_proj_qkvz.weight": (64, [2 * 8, 2 * 8, 4 * 12, 4 * 12]),
        "layers.#.linear_attn.in_proj_ba.weight": (64, [4, 4]),
    },
    "Qwen3.5": {"layers.#.linear_attn.in_proj_qkv.weight": (64, [2 * 8, 2 * 8, 4 * 12])},
    "GPT-OSS": _EXPERTS,
    "DeepSeek-V2": _LATENT,
    "DeepSeek-V3": _LATENT,
    "DeepSeek-V4": {
        "layers.#.self_attn.o_a_proj.weight": (32, [12, 12]),
        "layers.#.mlp.experts.gate_up_proj": (64, [96, 96] * 4),
        "layers.#.mlp.experts.down_proj": (96, [64] * 4),
        "layers.#.attn_hc.fn": (128, [2, 2, 4]),
        "layers.#.ffn_hc.fn": (128, [2, 2, 4]),
    },
    "OLMoE": _EXPERTS,
    "Granite MoE": _BLOCK_EXPERTS,
    "Granite 4": {
        **_BLOCK_EXPERTS,
        "layers.#.shared_mlp.input_linear.weight": (64, [56, 56]),
        "layers.#.mamba.in_proj.weight": _MAMBA_2,
    },
    "JetMoE": {
        "layers.#.mlp.input_linear.weight": (64, [96, 96] * 4),
        "layers.#.mlp.output_linear.weight": (96, [64] * 4),
        "layers.#.self_attention.experts.input_linear.weight": (64, [32] * 4),
        "layers.#.self_attention.experts.output_linear.weight": (32, [64] * 4),
        "layers.#.self_attention.kv_proj.weight": (64, [KV, KV]),
    },
    "MiniMax": {**_EXPERTS, "layers.#.self_attn.qkv_proj.weight": (64, [Q, Q, Q])},
    "Aria": _EXPERTS,
    "RecurrentGemma": {
        "layers.#.temporal_block.rg_lru.input_gate_weight": (20, [20] * 4),
        "layers.#.temporal_block.rg_lru.recurrent_gate_weight": (20, [20] * 4),
    },
    "Mamba": _MAMBA,
    "Mamba 2": {"layers.#.mixer.in_proj.weight": _MAMBA_2},
    "Bamba": {"layers.#.mamba.in_proj.weight": _MAMBA_2},
    "Falcon H1": {"layers.#.mamba.in_proj.weight": _MAMBA_2},
    "Nemotron-H": {"layers.#.mixer.in_proj.weight": _MAMBA_2},
    "Jamba": {
        "layers.#.mamba.in_proj.weight": (64, [128, 128]),
        "layers.#.mamba.x_proj.weight": (128, [4, 8, 8]),
        "layers.#.feed_forward.experts.gate_up_proj": (64, [96, 96] * 4),
        "layers.#.feed_forward.experts.down_proj": (96, [64] * 4),
    },
    "Zamba": {
        "layers.#.mamba.in_proj.weight": (64, [128, 128]),
        "layers.#.mamba.x_proj_weight": (64, [6, 8, 8] * 2),
        "layers.#.mamba.dt_proj_weight": (6, [64] * 2),
        "layers.#.mamba_decoder.mamba.in_proj.weight": (64, [128, 128]),
        "layers.#.mamba_decoder.mamba.x_proj_weight": (64, [6, 8, 8] * 2),
        "layers.#.mamba_decoder.mamba.dt_proj_weight": (6, [64] * 2),
    },
    "Zamba 2": {
        "layers.#.mamba.in_proj.weight": (64, [128, 128, 8, 8, 8]),
        "layers.#.mamba_decoder.mamba.in_proj.weight": (64, [128, 128, 8, 8, 8]),
        "layers.#.shared_transformer.feed_forward.gate_up_proj.weight": (64, [96, 96]),
    },
    "LFM2": {"layers.#.conv.in_proj.weight": (64, [64, 64, 64])},
    "GLM-4": {"layers.#.mlp.gate_up_proj.weight": (64, [96, 96])},
    "ModernBERT": {
        "layers.#.attn.Wqkv.weight": (64, [Q, Q, Q]),
        "layers.#.mlp.Wi.weight": (64, [96, 96]),
    },
    "DeBERTa": {"encoder.layer.#.attention.self.in_proj.weight": (64, [Q, Q, Q])},
    "ConvBERT": {
        "encoder.layer.#.intermediate.dense.weight": (32, [48, 48]),
        "encoder.layer.#.output.dense.weight": (48, [32, 32]),
    },
    "Hiera": {"encoder.stages.#.layers.#.attn.qkv.weight": None},  # another width each stage
    "MGP-STR": {"mgp_str.encoder.blocks.#.attn.qkv.weight": (64, [Q, Q, Q])},
    "BLIP": {"encoder.layers.#.self_attn.qkv.weight": (64, [Q, Q, Q])},
    "Wav2Vec2-BERT": {"encoder.layers.#.conv_module.pointwise_conv1.weight": (64, [64, 64])},
    "Parakeet": {"layers.#.conv.pointwise_conv1.weight": (64, [64, 64])},
    "VitDet": {"encoder.layer.#.attention.qkv.weight": (64, [Q, Q, Q])},
    "Moonshine": {"decoder.layers.#.mlp.fc1.weight": (64, [96, 96])},
    "Bark": {"layers.#.attn.att_proj.weight": (64, [Q, Q, Q])},
}
