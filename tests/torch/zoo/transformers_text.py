"""Text models of the transformers library: their classes, and options of small configurations."""

from __future__ import annotations

__all__ = ["NAMES", "OPTIONS"]

#: Models for which the rules of ``shrinking`` are enough.
NAMES = """
    AfmoeForCausalLM AlbertForMaskedLM ApertusForCausalLM ArceeForCausalLM AriaTextForCausalLM
    BailingHybridForCausalLM BarkSemanticModel BartForConditionalGeneration BeamForCausalLM
    BertForPreTraining BertGenerationDecoder BigBirdForCausalLM BigBirdPegasusForCausalLM
    BioGptForCausalLM BitNetForCausalLM BlenderbotForCausalLM BloomForCausalLM BltForCausalLM
    BrosModel CodeGenForCausalLM Cohere2ForCausalLM Cohere2MoeForCausalLM CohereForCausalLM
    ConvBertForMaskedLM CwmForCausalLM DebertaForMaskedLM DebertaV2ForMaskedLM
    DeepseekV4ForCausalLM DiffLlamaForCausalLM DistilBertForMaskedLM DogeForCausalLM
    ElectraForPreTraining Emu3ForCausalLM Ernie4_5ForCausalLM ErnieForCausalLM EsmcForMaskedLM
    EuroBertForMaskedLM Exaone4ForCausalLM ExaoneMoeForCausalLM FNetForMaskedLM
    FSMTForConditionalGeneration FalconForCausalLM FalconMambaForCausalLM
    FlaubertWithLMHeadModel FlexOlmoForCausalLM FlintForCausalLM FuyuForCausalLM GPT2LMHeadModel
    GPTBigCodeForCausalLM GPTJForCausalLM GPTNeoXForCausalLM GPTNeoXJapaneseForCausalLM
    Gemma2ForCausalLM Gemma3ForCausalLM GemmaForCausalLM GitForCausalLM Glm4ForCausalLM
    Glm4MoeForCausalLM GlmForCausalLM GptOssForCausalLM GraniteForCausalLM GraniteMoeForCausalLM
    GraniteMoeSWAForCausalLM GraniteMoeSharedForCausalLM GraniteSWAForCausalLM GteForMaskedLM
    HYV3ForCausalLM HYV4ForCausalLM HeliumForCausalLM HrmTextForCausalLM HyperCLOVAXForCausalLM
    IBertForMaskedLM ImageGPTForImageClassification Inkling2ForCausalLM Inkling2LoopForCausalLM
    InklingForCausalLM Jais2ForCausalLM JambaForCausalLM JetMoeForCausalLM
    JinaEmbeddingsV3ForMaskedLM KimiLinearForCausalLM Kolibri1ForCausalLM LagunaForCausalLM
    LaraMiniForCausalLM LayoutLMForMaskedLM LayoutLMv3Model Lfm2ForCausalLM LiltModel
    Llama4ForCausalLM LlamaForCausalLM LongT5ForConditionalGeneration LongformerForMaskedLM
    LukeForMaskedLM M2M100ForConditionalGeneration MBartForConditionalGeneration
    MPNetForMaskedLM MT5ForConditionalGeneration MambaForCausalLM MarianForCausalLM
    MegatronBertForCausalLM MellumForCausalLM MiMoV2FlashForCausalLM MiniMaxForCausalLM
    MiniMaxM2ForCausalLM MistralForCausalLM MixtralForCausalLM MllamaForCausalLM
    MobileBertForMaskedLM ModernBertDecoderForCausalLM ModernBertForMaskedLM MoshiForCausalLM
    MptForCausalLM MraForMaskedLM MusicgenForCausalLM NanoChatForCausalLM NemotronHForCausalLM
    NllbMoeForConditionalGeneration NomicBertForMaskedLM NystromformerForMaskedLM OPTForCausalLM
    Olmo2ForCausalLM Olmo3ForCausalLM OlmoForCausalLM OlmoHybridForCausalLM OlmoeForCausalLM
    OpenAIGPTLMHeadModel OpenAIPrivacyFilterModel PLBartForConditionalGeneration
    PegasusForConditionalGeneration PegasusXForConditionalGeneration PersimmonForCausalLM
    Phi3ForCausalLM PhiForCausalLM PhimoeForCausalLM ProphetNetForCausalLM Qwen2ForCausalLM
    Qwen2MoeForCausalLM Qwen3ForCausalLM Qwen3MoeForCausalLM Qwen3NextForCausalLM
    Qwen3_5ForCausalLM Qwen3_5MoeForCausalLM RecurrentGemmaForCausalLM RoFormerForCausalLM
    RobertaForCausalLM RobertaPreLayerNormForCausalLM RwkvForCausalLM SeamlessM4TForTextToText
    SeamlessM4Tv2ForTextToText SeedOssForCausalLM SmolLM3ForCausalLM SolarOpenForCausalLM
    StableLmForCausalLM Starcoder2ForCausalLM SwitchTransformersForConditionalGeneration
    T5ForConditionalGeneration T5GemmaForConditionalGeneration TapasForMaskedLM TrOCRForCausalLM
    UMT5ForConditionalGeneration UdopForConditionalGeneration UltrabertForMaskedLM
    VaultGemmaForCausalLM VisualBertForPreTraining XGLMForCausalLM XLMRobertaXLForCausalLM
    XLMWithLMHeadModel XLNetLMHeadModel XmodForCausalLM YosoForMaskedLM xLSTMForCausalLM
"""

_PER_HEAD = {"num_key_value_heads": 4}  # latent attention has as many of both
_TWO_KINDS = {"layers_block_type": ["mamba", "hybrid"]}

OPTIONS: dict[str, dict[str, object]] = {
    "BambaForCausalLM": {"mamba_n_heads": 8},
    "CTRLLMHeadModel": {"dff": 48},
    "CanineModel": {"max_position_embeddings": 64, "num_hash_buckets": 32},
    "CpmAntForCausalLM": {"dim_ff": 48, "prompt_length": 4, "prompt_types": 4, "segment_types": 4},
    "DeepseekV2ForCausalLM": {**_PER_HEAD, "num_experts_per_tok": 2},
    "DeepseekV3ForCausalLM": _PER_HEAD,
    "DeepseekV32ForCausalLM": _PER_HEAD,
    "Dots1ForCausalLM": {
        "n_routed_experts": 4, "num_experts_per_tok": 2, "n_shared_experts": 1,
        "num_key_value_heads": 2,
    },
    "EsmForMaskedLM": {"vocab_size": 33, "pad_token_id": 1, "mask_token_id": 32},
    "FalconH1ForCausalLM": {"mamba_d_ssm": 32, "mamba_n_heads": 4},
    "FunnelForMaskedLM": {"block_sizes": [1, 1]},
    "GPTNeoForCausalLM": {"attention_types": [[["global", "local"], 1]]},
    "Gemma3nForCausalLM": {"num_kv_shared_layers": 0, "hidden_size_per_layer_input": 16},
    "Gemma4ForCausalLM": {"hidden_size_per_layer_input": 16},
    "Glm4MoeLiteForCausalLM": _PER_HEAD,
    "GraniteMoeHybridForCausalLM": {"mamba_n_heads": 8},
    "HunYuanDenseV1ForCausalLM": {"head_dim": 8},
    "LEDForConditionalGeneration": {
        "max_encoder_position_embeddings": 64, "max_decoder_position_embeddings": 64,
    },
    "Lfm2MoeForCausalLM": {"layer_types": ["conv", "full_attention"]},
    "LongcatFlashForCausalLM": {"n_routed_experts": 4, "zero_expert_num": 2},
    "Mamba2ForCausalLM": {"num_heads": 8, "n_groups": 2},
    "MarkupLMModel": {
        "max_xpath_tag_unit_embeddings": 20, "max_xpath_subs_unit_embeddings": 20,
        "tag_pad_id": 1, "subs_pad_id": 1, "xpath_unit_hidden_size": 4, "max_depth": 4,
    },
    "MiniCPM3ForCausalLM": _PER_HEAD,
    "MinistralForCausalLM": {"head_dim": 8},
    "NemotronForCausalLM": {"num_key_value_heads": 2},
    "ReformerModelWithLMHead": {
        "is_decoder": True, "axial_pos_embds_dim": [16, 16], "axial_pos_shape": [8, 8],
    },
    "RemBertForMaskedLM": {"input_embedding_size": 16, "output_embedding_size": 24},
    "RoCBertForMaskedLM": {
        "pronunciation_embed_dim": 16, "shape_embed_dim": 16, "pronunciation_vocab_size": 20,
        "shape_vocab_size": 20,
    },
    "SqueezeBertForMaskedLM": {"embedding_size": 32},
    "Zamba2ForCausalLM": _TWO_KINDS,
    "ZambaForCausalLM": {
        "num_hidden_layers": 3, "layers_block_type": ["mamba", "hybrid", "hybrid"],
    },
}  # fmt: skip
