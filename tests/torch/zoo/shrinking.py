"""Small configurations of the transformers library's models: rules by the fields' names."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["small"]

WIDTH, HEADS, LAYERS, VOCABULARY = 32, 4, 2, 128

#: The value of each field that is a number by default: value -> names.
_NUMBERS: dict[int, str] = {
    1: """
        num_residual_layers num_lstm_layers n_group topk_group first_k_dense_replace
        num_mtp_layers num_layers_per_block cross_attention_frequency
    """,
    LAYERS: """
        num_hidden_layers num_layers n_layer n_layers encoder_layers decoder_layers layers depth
        num_encoder_layers num_decoder_layers decoder_num_hidden_layers decoder_num_layers
        encoder_num_layers num_key_value_heads num_experts_per_tok moe_topk decoder_n_points
        encoder_n_points num_codebooks num_adapter_layers num_quantizers max_window_layers
        encoder_num_hidden_layers num_hidden_layers_per_stage kv_n_heads num_kv_heads
        swa_num_key_value_heads prediction_head_layers mamba_n_groups num_attention_layers
        decoder_depth predictor_num_hidden_layers resampler_depth num_feature_extractor_layers
        mm_vision_num_layers
    """,
    HEADS: """
        num_attention_heads n_head n_heads num_heads encoder_attention_heads attention_heads
        decoder_attention_heads decoder_num_attention_heads encoder_num_attention_heads
        num_experts n_routed_experts num_local_experts moe_num_experts num_codebook num_groups
        patch_size decoder_num_heads swa_num_attention_heads linear_num_key_heads
        linear_num_value_heads index_n_heads num_conv_pos_embedding_groups expert_capacity
        temporal_num_heads resampler_n_heads nhead predictor_num_attention_heads resampler_heads
        decoder_num_key_value_heads encoder_num_key_value_heads time_step_rank
    """,
    8: """
        head_dim qk_rope_head_dim v_head_dim qk_nope_head_dim d_kv state_size mamba_d_state
        attention_head_size index_head_dim num_queries num_query_tokens chunk_size
        mamba_chunk_size num_conv_pos_embeddings linear_key_head_dim linear_value_head_dim
        num_filters codebook_dim relative_attention_num_buckets num_negatives
        num_codevectors_per_group mamba_head_dim resampler_dim_head resampler_n_latents
        resampler_head_dim mamba_d_head kv_channels mm_tokens_per_image resampler_num_latents
        key_value_proj_dim global_head_dim swa_head_dim attention_key_size decoder_head_dim
        linear_head_dim rotary_dim n_embd_per_head num_latents
    """,
    16: """
        kv_lora_rank q_lora_rank sliding_window num_mel_bins index_topk embedding_size
        codebook_size projection_dim type_sequence_label_size local_attention attention_window
        block_size num_time_steps upsample_groups gate_low_rank_dim decay_low_rank_dim
        o_lora_rank
    """,
    WIDTH: """
        hidden_size d_model n_embd embed_dim hidden_dim out_hidden_size encoder_hidden_size
        decoder_hidden_size encoder_hidden_dim cross_attention_dim text_hidden_size
        hidden_channels image_size projector_hidden_size fusion_hidden_size classifier_proj_size
        codevector_dim proj_codevector_dim xvector_output_dim output_channels encoder_embed_dim
        decoder_embed_dim emb_dim embedding_dim lru_width vision_hidden_size decoder_dim
        mask_feature_size encoder_output_dim projection_size word_embed_proj_dim
        image_text_hidden_size audio_hidden_size bottleneck_dim decoder_hidden_dim attention_dim
        head_hidden_size reassemble_hidden_size memory_encoder_hidden_size dense_hidden_size
        auxiliary_channels d_latents mm_hidden_size lqe_hidden_dim input_proj_dim
        fpn_hidden_size feature_size text_embed_dim vision_embed_dim backbone_hidden_size
        upsampler_hidden_size vector_quantization_hidden_dimension last_hidden_size
        latent_channels base_channels decoder_in_features pretrain_image_size neck_hidden_size
        dim output_dim vision_output_dim input_embed_dim char_hidden_size predictor_hidden_size
        encoder_dim model_dim patch_embedding_dim
    """,
    48: """
        intermediate_size ffn_dim encoder_ffn_dim decoder_ffn_dim d_ff moe_intermediate_size
        shared_expert_intermediate_size mlp_dim n_inner dim_feedforward
        decoder_intermediate_size ffn_hidden_size encoder_feedforward_dim iou_head_hidden_dim
        d_inner shared_intermediate_size moe_shared_expert_intermediate_size
        encoder_intermediate_size memory_fuser_intermediate_dim dense_intermediate_size
        intermediate_size_mlp projector_intermediate_size mamba_intermediate_size
        attention_intermediate_size resampler_intermediate_size feedforward_dim
        feed_forward_hidden_size expert_ffn_hidden_size
    """,
    64: """
        max_position_embeddings n_positions max_source_positions max_target_positions n_ctx
        max_seq_len max_2d_position_embeddings max_length max_seq_length seq_length
        speech_decoder_postnet_units max_speech_positions max_text_positions
        num_position_embeddings original_max_position_embeddings decoder_max_position_embeddings
        num_positions relative_attention_max_distance max_pos_emb max_text_len max_bins
        context_length max_sequence_length tokenizer_max_length max_duration max_caption_len
    """,
    VOCABULARY: """
        vocab_size text_vocab_size decoder_vocab_size entity_vocab_size speaker_vocab_size
        num_embeddings vocab_size_per_layer_input audio_vocab_size char_vocab_size
        src_vocab_size tgt_vocab_size t2u_vocab_size unit_hifi_gan_vocab_size
        unpadded_vocab_size encoder_hash_byte_group_vocab vocab_offset max_entity_num
        embedding_vocab_size
    """,
}  # fmt: skip
_NUMBER = {name: value for value, names in _NUMBERS.items() for name in names.split()}

#: The values of each field that is a sequence by default, as many of them as there are.
_SEQUENCES: dict[str, tuple[int, ...]] = {
    "depths": (1,) * 9,
    "layer_depths": (1,) * 9,
    "num_block_repeats": (1,) * 9,
    "stage_num_blocks": (1,) * 9,
    "stage_numb_of_layers": (2,) * 9,
    "num_attention_heads": (1, 2, 4, 4, 4),
    "num_heads": (1, 2, 4, 4, 4),
    "hidden_sizes": (8, 16, 24, 32, 32),
    "embed_dims": (8, 16, 24, 32),
    "embed_dim": (8, 16, 24, 32),
    "decoder_hidden_sizes": (8, 16, 24, 32),
    "neck_hidden_sizes": (8, 16, 24, 32),
    "conv_dim": (16,) * 9,
    "tdnn_dim": (16,) * 9,
    "image_size": (32, 32),
}  # fmt: skip


def small(config_class: Any, **options: Any) -> Any:
    """Return a configuration whose sizes are small, with some fields given.

    What is not a size by the tables above, or is absent by default, remains as it is.

    Parameters
    ----------
    config_class : type
        Of the transformers library.
    **options
        Of a configuration within this one: a dict.
    """
    within = config_class.sub_configs_defaults
    for field in dataclasses.fields(config_class):
        spec = within.get(field.name)
        if spec is not None and not (spec.optional and field.name not in options):
            given = options.get(field.name) or {}
            if isinstance(given, dict):
                kind = given.get("model_type", spec.model_type)
                inner = spec.config_class
                if not hasattr(inner, "sub_configs_defaults"):  # the automatic one
                    inner = spec.get_config_class(kind)
                fields = {k: v for k, v in given.items() if k != "model_type"}
                options[field.name] = small(inner, **fields)
        elif field.name not in options:
            value = _small(field.name, _default(field))
            if value is not None:
                options[field.name] = value
    return config_class(**options)


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _small(name: str, default: Any) -> Any:
    """Return a field's small value; None for what is not a size."""
    if isinstance(default, (tuple, list)) and name in _SEQUENCES:
        return type(default)(_SEQUENCES[name][: len(default)])
    if isinstance(default, bool) or not isinstance(default, int):
        return None
    if name.endswith(("token_id", "token_index")) and default >= VOCABULARY:
        return 3 + sum(map(ord, name)) % (VOCABULARY - 3)
    return _NUMBER.get(name)
