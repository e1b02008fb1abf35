"""Small language models of the transformers library, and what a forward pass of each takes."""

from __future__ import annotations

import torch

TEXT = {"vocab_size": 120, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
WIDE = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
GROUPED = {**WIDE, "num_key_value_heads": 2}
HEADS = {**GROUPED, "head_dim": 16}
GPT = {"n_layer": 2, "n_embd": 64, "n_head": 4, "n_positions": 32}
FALCON = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
MIXTURE = {"num_local_experts": 4, "num_experts_per_tok": 2}
EXPERTS = {"num_experts": 4, "num_experts_per_tok": 2}
SHARED = {"moe_intermediate_size": 48, "shared_expert_intermediate_size": 40}
LATENT = {
    **{"kv_lora_rank": 16, "q_lora_rank": 24, "qk_rope_head_dim": 8, "qk_nope_head_dim": 12},
    **{"v_head_dim": 10, "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1},
    **{"moe_intermediate_size": 40, "first_k_dense_replace": 1, "n_group": 1, "topk_group": 1},
}
SCAN = {"mamba_n_heads": 8, "mamba_d_head": 16, "mamba_d_state": 12, "mamba_n_groups": 2}
BOTH = {
    **{"d_model": 64, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 96},
    **{"encoder_attention_heads": 4, "decoder_attention_heads": 4, "decoder_ffn_dim": 80},
    "decoder_start_token_id": 2,
}
T5 = {"d_model": 64, "d_kv": 8, "d_ff": 96, "num_layers": 1, "num_heads": 4}


def tokens(config):
    """Return two sentences."""
    return {"input_ids": torch.arange(3, 27).reshape(2, 12)}


def pairs(config):
    """Return two sentences and their translations."""
    return {**tokens(config), "decoder_input_ids": torch.arange(3, 15).reshape(2, 6)}


def crossed(config):
    """Return two sentences and what they are about."""
    return {**tokens(config), "encoder_hidden_states": torch.randn(2, 5, 64)}


#: By a name of our own: the model's class, its configuration's, that one's options, the inputs.
LANGUAGE = {
    "GPT-2": ("GPT2Model", "GPT2", {**GPT, **TEXT}, tokens),
    "GPT-2 crossed": ("GPT2Model", "GPT2", {**GPT, **TEXT, "add_cross_attention": True}, crossed),
    "GPT": ("OpenAIGPTModel", "OpenAIGPT", {**GPT, "vocab_size": 120}, tokens),
    "GPT-J": ("GPTJModel", "GPTJ", {**GPT, **TEXT, "rotary_dim": 8}, tokens),
    "GPT-NeoX": ("GPTNeoXModel", "GPTNeoX", {**WIDE, **TEXT}, tokens),
    "GPT-NeoX Japanese": ("GPTNeoXJapaneseModel", "GPTNeoXJapanese", {**FALCON, **TEXT}, tokens),
    "BLOOM": (
        "BloomModel",
        "Bloom",
        {"hidden_size": 64, "n_layer": 2, "n_head": 4, **TEXT},
        tokens,
    ),
    "Falcon": (
        *("FalconModel", "Falcon"),
        {**FALCON, **TEXT, "multi_query": False, "alibi": True},
        tokens,
    ),
    "Falcon multi-query": (
        "FalconModel",
        "Falcon",
        {**FALCON, **TEXT, "multi_query": True},
        tokens,
    ),
    "Falcon grouped": (
        *("FalconModel", "Falcon"),
        {**FALCON, **TEXT, "new_decoder_architecture": True, "num_kv_heads": 2},
        tokens,
    ),
    "Phi": ("PhiModel", "Phi", {**GROUPED, **TEXT}, tokens),
    "Phi-3": ("Phi3Model", "Phi3", {**GROUPED, **TEXT}, tokens),
    "Phi-3.5 MoE": ("PhimoeModel", "Phimoe", {**GROUPED, **TEXT, **MIXTURE}, tokens),
    "MPT": ("MptModel", "Mpt", {"d_model": 64, "n_heads": 4, "n_layers": 2, **TEXT}, tokens),
    "DBRX": (
        *("DbrxModel", "Dbrx"),
        {
            **{**TEXT, "d_model": 64, "n_heads": 4, "n_layers": 2, "max_seq_len": 32},
            "attn_config": {"kv_n_heads": 2, "clip_qkv": 8.0, "rope_theta": 10000.0},
            "ffn_config": {
                **{"ffn_hidden_size": 48, "hidden_size": 64},
                **{"moe_num_experts": 4, "moe_top_k": 2},
            },
        },
        tokens,
    ),
    "CodeGen": ("CodeGenModel", "CodeGen", {**GPT, **TEXT, "rotary_dim": 8}, tokens),
    "StarCoder": ("GPTBigCodeModel", "GPTBigCode", {**GPT, **TEXT}, tokens),
    "StarCoder heads": (
        *("GPTBigCodeModel", "GPTBigCode"),
        {**GPT, **TEXT, "multi_query": False},
        tokens,
    ),
    "Persimmon": ("PersimmonModel", "Persimmon", {**WIDE, **TEXT}, tokens),
    "Llama": ("LlamaForCausalLM", "Llama", {**GROUPED, **TEXT}, tokens),
    "Llama 4": (
        *("Llama4ForCausalLM", "Llama4Text"),
        {
            **{**HEADS, "intermediate_size_mlp": 80, "num_local_experts": 4, "vocab_size": 120},
            **{"num_experts_per_tok": 1, "interleave_moe_layer_step": 2, "pad_token_id": 0},
        },
        tokens,
    ),
    "Mistral": ("MistralModel", "Mistral", {**GROUPED, **TEXT}, tokens),
    "Mixtral": ("MixtralModel", "Mixtral", {**GROUPED, **TEXT, **MIXTURE}, tokens),
    "Qwen2": ("Qwen2Model", "Qwen2", {**GROUPED, **TEXT}, tokens),
    "Qwen2 MoE": ("Qwen2MoeModel", "Qwen2Moe", {**GROUPED, **TEXT, **EXPERTS, **SHARED}, tokens),
    "Qwen3 MoE": (
        *("Qwen3MoeModel", "Qwen3Moe"),
        {**HEADS, **TEXT, **EXPERTS, "moe_intermediate_size": 48},
        tokens,
    ),
    "Qwen3-Next": (
        *("Qwen3NextModel", "Qwen3Next"),
        {
            **{**HEADS, **TEXT, **EXPERTS, **SHARED},
            **{"linear_num_key_heads": 2, "linear_num_value_heads": 4, "linear_key_head_dim": 8},
            **{"linear_value_head_dim": 12, "layer_types": ["linear_attention", "full_attention"]},
        },
        tokens,
    ),
    "Qwen3.5": (
        *("Qwen3_5TextModel", "Qwen3_5Text"),
        {
            **{**HEADS, **TEXT, "linear_num_key_heads": 2, "linear_num_value_heads": 4},
            **{"linear_key_head_dim": 8, "linear_value_head_dim": 12},
            "layer_types": ["linear_attention", "full_attention"],
        },
        tokens,
    ),
    "GPT-OSS": ("GptOssModel", "GptOss", {**HEADS, **TEXT, **MIXTURE}, tokens),
    "DeepSeek-V2": (
        *("DeepseekV2Model", "DeepseekV2"),
        {**WIDE, **TEXT, **LATENT, "num_key_value_heads": 4},
        tokens,
    ),
    "DeepSeek-V3": (
        *("DeepseekV3Model", "DeepseekV3"),
        {**WIDE, **TEXT, **LATENT, "num_key_value_heads": 4},
        tokens,
    ),
    "DeepSeek-V4": (
        *("DeepseekV4Model", "DeepseekV4"),
        {
            **{**WIDE, **TEXT, "num_key_value_heads": 1, "head_dim": 16, "q_lora_rank": 24},
            **{"o_groups": 2, "o_lora_rank": 12, "n_routed_experts": 4, "num_experts_per_tok": 2},
            **{"qk_rope_head_dim": 8, "hc_mult": 2},
            **{"index_n_heads": 2, "index_head_dim": 16, "index_topk": 4},
            "layer_types": ["sliding_attention", "compressed_sparse_attention"],
        },
        tokens,
    ),
    "OLMoE": ("OlmoeModel", "Olmoe", {**GROUPED, **TEXT, **EXPERTS}, tokens),
    "Granite MoE": ("GraniteMoeModel", "GraniteMoe", {**GROUPED, **TEXT, **MIXTURE}, tokens),
    "Granite 4": (
        *("GraniteMoeHybridModel", "GraniteMoeHybrid"),
        {
            **{**GROUPED, **TEXT, **MIXTURE, **SCAN, "mamba_expand": 2},
            **{"shared_intermediate_size": 56, "layer_types": ["mamba", "attention"]},
        },
        tokens,
    ),
    "JetMoE": (
        *("JetMoeModel", "JetMoe"),
        {
            **{**TEXT, **MIXTURE, "hidden_size": 64, "num_hidden_layers": 2},
            **{"num_key_value_heads": 2, "kv_channels": 16, "intermediate_size": 96},
        },
        tokens,
    ),
    "MiniMax": (
        *("MiniMaxModel", "MiniMax"),
        {
            **{**HEADS, **TEXT, **MIXTURE, "block_size": 8},
            "layer_types": ["linear_attention", "full_attention"],
        },
        tokens,
    ),
    "Aria": (
        *("AriaTextModel", "AriaText"),
        {**GROUPED, **TEXT, "moe_num_experts": 4, "moe_topk": 2, "moe_num_shared_experts": 1},
        tokens,
    ),
    "Gemma 3": ("Gemma3TextModel", "Gemma3Text", {**HEADS, **TEXT}, tokens),
    "RecurrentGemma": (
        *("RecurrentGemmaModel", "RecurrentGemma"),
        {**GROUPED, **TEXT, "num_hidden_layers": 3, "lru_width": 80, "attention_window_size": 16},
        tokens,
    ),
    "Mamba": (
        *("MambaModel", "Mamba"),
        {"hidden_size": 64, "num_hidden_layers": 1, "state_size": 8, **TEXT},
        tokens,
    ),
    "Mamba 2": (
        *("Mamba2Model", "Mamba2"),
        {
            **{**TEXT, "hidden_size": 64, "num_hidden_layers": 1, "state_size": 12},
            **{"num_heads": 8, "head_dim": 16, "expand": 2, "n_groups": 2, "chunk_size": 8},
        },
        tokens,
    ),
    "Bamba": (
        *("BambaModel", "Bamba"),
        {**GROUPED, **TEXT, **SCAN, "mamba_expand": 2, "attn_layer_indices": [1]},
        tokens,
    ),
    "Falcon H1": (
        "FalconH1Model",
        "FalconH1",
        {**HEADS, **TEXT, **SCAN, "mamba_d_ssm": 128},
        tokens,
    ),
    "Nemotron-H": (
        *("NemotronHModel", "NemotronH"),
        {
            **{**HEADS, **TEXT, "num_hidden_layers": 3, "hybrid_override_pattern": "M*-"},
            **{"mamba_num_heads": 8, "mamba_head_dim": 16, "ssm_state_size": 12, "n_groups": 2},
        },
        tokens,
    ),
    "Jamba": (
        *("JambaModel", "Jamba"),
        {
            **{**GROUPED, **TEXT, **EXPERTS, "mamba_d_state": 8, "use_mamba_kernels": False},
            **{"attn_layer_period": 2, "attn_layer_offset": 1},
            **{"expert_layer_period": 2, "expert_layer_offset": 1},
        },
        tokens,
    ),
    "Zamba": (
        *("ZambaModel", "Zamba"),
        {
            **{**WIDE, **TEXT, "num_hidden_layers": 4, "num_key_value_heads": 4},
            **{"layers_block_type": ["mamba", "hybrid", "mamba", "hybrid"], "n_mamba_heads": 2},
            **{"mamba_d_state": 8, "use_mamba_kernels": False, "mamba_dt_rank": 6},
        },
        tokens,
    ),
    "Zamba 2": (
        *("Zamba2Model", "Zamba2"),
        {
            **{**WIDE, **TEXT, "num_hidden_layers": 3, "num_key_value_heads": 4},
            **{"layers_block_type": ["mamba", "hybrid", "mamba"], "n_mamba_heads": 8},
            **{"mamba_headdim": 16, "mamba_d_state": 8, "mamba_ngroups": 1, "adapter_rank": 8},
            **{"use_mem_eff_path": False, "num_mem_blocks": 1},
        },
        tokens,
    ),
    "LFM2": (
        "Lfm2Model",
        "Lfm2",
        {**GROUPED, **TEXT, "layer_types": ["conv", "full_attention"]},
        tokens,
    ),
    "GLM-4": ("Glm4Model", "Glm4", {**HEADS, **TEXT}, tokens),
    "ModernBERT": (
        *("ModernBertModel", "ModernBert"),
        {**WIDE, **TEXT, "reference_compile": False},
        tokens,
    ),
    "BERT": ("BertForMaskedLM", "Bert", {**WIDE, **TEXT}, tokens),
    "I-BERT": ("IBertModel", "IBert", {**WIDE, **TEXT}, tokens),
    "DeBERTa": (
        *("DebertaModel", "Deberta"),
        {**WIDE, **TEXT, "relative_attention": True, "pos_att_type": ["c2p", "p2c"]},
        tokens,
    ),
    "ALBERT": ("AlbertModel", "Albert", {**WIDE, **TEXT, "embedding_size": 32}, tokens),
    "ConvBERT": (
        *("ConvBertModel", "ConvBert"),
        {**WIDE, **TEXT, "embedding_size": 32, "num_groups": 2, "head_ratio": 2},
        tokens,
    ),
    "Funnel": (
        *("FunnelModel", "Funnel"),
        {**TEXT, "d_model": 64, "n_head": 4, "d_head": 8, "d_inner": 96, "block_sizes": [1, 1]},
        tokens,
    ),
    "XLNet": (
        *("XLNetModel", "XLNet"),
        {**TEXT, "d_model": 64, "n_layer": 1, "n_head": 4, "d_inner": 96},
        tokens,
    ),
    "T5": ("T5Model", "T5", {**T5, **TEXT, "feed_forward_proj": "gated-gelu"}, pairs),
    "BART": ("BartModel", "Bart", {**BOTH, **TEXT, "max_position_embeddings": 40}, pairs),
    "OPT": (
        *("OPTModel", "OPT"),
        {**WIDE, **TEXT, "ffn_dim": 96, "word_embed_proj_dim": 32},
        tokens,
    ),
    "RWKV": (
        *("RwkvModel", "Rwkv"),
        {**TEXT, "hidden_size": 64, "num_hidden_layers": 2, "attention_hidden_size": 64},
        tokens,
    ),
}
