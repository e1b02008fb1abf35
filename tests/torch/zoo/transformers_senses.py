"""Models of the transformers library for images, sound, series, and these with text."""

from __future__ import annotations

__all__ = ["NAMES", "OPTIONS"]

#: Models for which the rules of ``shrinking`` are enough.
NAMES = """
    ASTForAudioClassification AudioFlamingo3ForConditionalGeneration
    AyaVisionForConditionalGeneration BeitForImageClassification BitForImageClassification
    Blip2ForConditionalGeneration BlipForConditionalGeneration CLIPModel
    ConditionalDetrForObjectDetection ConvNextForImageClassification
    ConvNextV2ForImageClassification CvtForImageClassification DINOv3ViTModel
    DabDetrForObjectDetection Data2VecAudioForCTC Data2VecVisionForImageClassification
    DecisionTransformerModel DeepseekVLForConditionalGeneration DeformableDetrForObjectDetection
    DeiTForImageClassification DetrForObjectDetection Dinov2ForImageClassification
    Dinov2WithRegistersForImageClassification GLPNForDepthEstimation
    Gemma3ForConditionalGeneration HubertForCTC IJepaForImageClassification
    Idefics2ForConditionalGeneration Idefics3ForConditionalGeneration IdeficsForVisionText2Text
    InstructBlipForConditionalGeneration InternVLForConditionalGeneration
    Kosmos2ForConditionalGeneration LlavaForConditionalGeneration
    LlavaNextForConditionalGeneration LlavaOnevisionForConditionalGeneration
    MetaClip2ForImageClassification Mistral3ForConditionalGeneration
    MoonshineForConditionalGeneration OwlViTModel PaliGemmaForConditionalGeneration
    PatchTSMixerForPrediction PatchTSTForPrediction PixioModel PixtralVisionModel
    PoolFormerForImageClassification Pop2PianoForConditionalGeneration PvtForImageClassification
    PvtV2ForImageClassification Qwen2AudioForConditionalGeneration
    Qwen2VLForConditionalGeneration Qwen2_5_VLForConditionalGeneration
    RegNetForImageClassification ResNetForImageClassification Sam3ViTModel SamModel
    SegformerForImageClassification Siglip2Model SiglipModel SmolVLMForConditionalGeneration
    SpeechT5ForSpeechToText SwiftFormerForImageClassification TableTransformerForObjectDetection
    TimesFmModelForPrediction TimesformerForVideoClassification Tipsv2Model
    UniSpeechForPreTraining UniSpeechSatForPreTraining ViTForImageClassification
    ViTMAEForPreTraining ViTMSNForImageClassification VideoLlavaForConditionalGeneration
    VideoMAEForVideoClassification ViltModel VitDetModel VivitForVideoClassification
    VoxtralForConditionalGeneration VoxtralRealtimeEncoder Wav2Vec2ConformerForPreTraining
    Wav2Vec2ForPreTraining WavLMForCTC WhisperForConditionalGeneration YolosForObjectDetection
"""

_SWIN = {"embed_dim": 8}
_SERIES = {"prediction_length": 8}
_CONVOLUTIONS = {"conv_stride": [5, 2, 2], "conv_kernel": [10, 3, 2], "conv_dim": [16] * 3}
_EFFICIENT = {"width_coefficient": 0.2, "depth_coefficient": 0.5, "hidden_dim": 256}

OPTIONS: dict[str, dict[str, object]] = {
    "AlignModel": {"vision_config": {**_EFFICIENT, "hidden_dim": 64}, "projection_dim": 64},
    "AutoformerModel": _SERIES,
    "ClapModel": {
        "audio_config": {"patch_embeds_hidden_size": 8, "hidden_size": 64, "spec_size": 64}
    },
    "DPTForDepthEstimation": {"num_hidden_layers": 4, "backbone_out_indices": [0, 1, 2, 3]},
    "DacModel": {"encoder_hidden_size": 4, "decoder_hidden_size": 32, "n_codebooks": 2},
    "DepthAnythingForDepthEstimation": {"backbone_config": {"out_indices": [0, 1, 2]}},
    "EfficientNetForImageClassification": _EFFICIENT,
    "EncodecModel": {"hidden_size": 16, "num_filters": 4, "upsampling_ratios": [4, 2]},
    "FastSpeech2ConformerModel": {
        "encoder_linear_units": 32, "decoder_linear_units": 32, "duration_predictor_channels": 8,
        "energy_predictor_channels": 8, "pitch_predictor_channels": 8,
        "speech_decoder_postnet_units": 8,
    },
    "FlavaForPreTraining": {"image_codebook_config": {"hidden_size": 4, "num_groups": 2}},
    "FocalNetForImageClassification": _SWIN,
    "GroundingDinoForObjectDetection": {"backbone_config": _SWIN},
    "GroupViTModel": {"projection_intermediate_dim": 16},
    "HieraForPreTraining": {
        "embed_dim": 8, "image_size": [64, 64], "decoder_hidden_size": 16, "decoder_depth": 1,
        "decoder_num_heads": 2, "depths": [1, 1, 1, 1],
    },
    "InformerModel": _SERIES,
    "LevitForImageClassification": {"image_size": 64},
    "LwDetrForObjectDetection": {
        "backbone_config": {
            "image_size": 64, "pretrain_image_size": 64, "num_windows": 4, "out_indices": [1, 2],
        },
    },
    "LxmertModel": {"visual_feat_dim": 32},
    "Mask2FormerForUniversalSegmentation": {"backbone_config": _SWIN},
    "MaskFormerForInstanceSegmentation": {"backbone_config": _SWIN, "fpn_feature_size": 32},
    "MimiModel": {"upsampling_ratios": [4, 2], "codebook_dim": 32},
    "MobileNetV1ForImageClassification": {"depth_multiplier": 0.125},
    "MobileNetV2ForImageClassification": {"depth_multiplier": 0.1},
    "MobileViTForImageClassification": {
        "hidden_sizes": [16, 24, 32], "neck_hidden_sizes": [4, 8, 8, 8, 8, 8, 16],
    },
    "PerceiverForMaskedLM": {"num_latents": 8, "d_model": 32},
    "RTDetrForObjectDetection": {
        "encoder_in_channels": [16, 24, 32], "decoder_in_channels": [32, 32, 32],
    },
    "SEWDForCTC": _CONVOLUTIONS,
    "SEWForCTC": _CONVOLUTIONS,
    "Sam2Model": {
        "vision_config": {
            "backbone_config": {
                "hidden_size": 8, "blocks_per_stage": [1, 1, 1, 1], "global_attention_blocks": [2],
                "embed_dim_per_stage": [8, 16, 32, 64],
                "num_attention_heads_per_stage": [1, 1, 2, 4],
            },
            "backbone_channel_list": [64, 32, 16, 8],
        },
    },
    "Speech2TextForConditionalGeneration": {"conv_channels": 16, "input_feat_per_channel": 16},
    "Swin2SRModel": {"depths": [1, 1], "num_heads": [2, 2]},
    "SwinForImageClassification": _SWIN,
    "Swinv2ForImageClassification": _SWIN,
    "TimeSeriesTransformerModel": _SERIES,
    "UnivNetModel": {
        "model_hidden_channels": 4, "model_in_channels": 8, "kernel_predictor_hidden_channels": 8,
    },
    "UperNetForSemanticSegmentation": {
        "backbone_config": {"out_features": ["stage1", "stage2", "stage3", "stage4"]},
        "auxiliary_in_channels": 24,
    },
    "VitsModel": {
        "upsample_initial_channel": 32, "flow_size": 16, "spectrogram_bins": 9, "hidden_size": 16,
        "duration_predictor_filter_channels": 16, "posterior_encoder_num_wavenet_layers": 2,
        "prior_encoder_num_wavenet_layers": 2,
    },
    "Wav2Vec2BertForCTC": {"vocab_size": 32},
    "XCLIPModel": {"vision_config": {"mit_hidden_size": 32, "mit_intermediate_size": 32}},
    "ZoeDepthForDepthEstimation": {},
}  # fmt: skip
