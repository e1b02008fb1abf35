"""Small models of the transformers library that see and hear."""

from __future__ import annotations

import torch

from tests.torch.architectures_of_language import BOTH, TEXT, WIDE, tokens

SPEECH = {
    **{"conv_dim": [16, 16], "conv_kernel": [5, 3], "conv_stride": [5, 2]},
    **{"num_conv_pos_embeddings": 8, "num_conv_pos_embedding_groups": 2},
}
PATCHES = {"image_size": 32, "patch_size": 8}
SWIN = {"image_size": 32, "patch_size": 2, "embed_dim": 16, "depths": [1, 2], "num_heads": [2, 4]}


def images(size):
    """Return a function that returns two images."""
    return lambda config: {"pixel_values": torch.randn(2, 3, size, size)}


def sound(config):
    """Return two waves."""
    return {"input_values": torch.randn(2, 2000)}


def heard(config):
    """Return one long wave."""
    return {"input_values": torch.randn(1, 4000)}


def wave(config):
    """Return a wave of one channel."""
    return {"input_values": torch.randn(1, 1, 1280)}


def spectrum(size):
    """Return a function that returns two spectrograms."""
    return lambda config: {"input_features": torch.randn(2, 40, size)}


def whisper(config):
    """Return a spectrogram and a text."""
    texts = torch.arange(3, 15).reshape(2, 6)
    return {"input_features": torch.randn(2, 16, 40), "decoder_input_ids": texts}


def clip(config):
    """Return texts and images."""
    return {**tokens(config), "pixel_values": torch.randn(2, 3, 32, 32)}


#: As the models of language: the model's class, its configuration's, that one's options, inputs.
SENSES = {
    "ViT": ("ViTModel", "ViT", {**WIDE, **PATCHES}, images(32)),
    "BEiT": (
        *("BeitModel", "Beit"),
        {**WIDE, **PATCHES, "use_relative_position_bias": True, "layer_scale_init_value": 0.1},
        images(32),
    ),
    "DINOv2": ("Dinov2Model", "Dinov2", {**WIDE, **PATCHES, "use_swiglu_ffn": True}, images(32)),
    "Swin": ("SwinModel", "Swin", {**SWIN, "window_size": 4}, images(32)),
    "Swin 2": ("Swinv2Model", "Swinv2", {**SWIN, "window_size": 4}, images(32)),
    "ConvNeXt 2": (
        *("ConvNextV2Model", "ConvNextV2"),
        {"hidden_sizes": [16, 32], "depths": [1, 1], "num_stages": 2},
        images(64),
    ),
    "ResNet": (
        *("ResNetModel", "ResNet"),
        {"embedding_size": 16, "hidden_sizes": [16, 32], "depths": [1, 1], "layer_type": "basic"},
        images(64),
    ),
    "Hiera": (
        *("HieraModel", "Hiera"),
        {
            **{"image_size": [64, 64], "embed_dim": 16, "depths": [1, 1, 1, 1]},
            "num_heads": [1, 2, 2, 2],
        },
        images(64),
    ),
    "MGP-STR": (
        *("MgpstrForSceneTextRecognition", "Mgpstr"),
        {**WIDE, "image_size": [32, 32], "patch_size": 8},
        images(32),
    ),
    "CLIP": (
        *("CLIPModel", "CLIP"),
        {
            **{"text_config": {**WIDE, **TEXT}, "vision_config": {**WIDE, **PATCHES}},
            "projection_dim": 32,
        },
        clip,
    ),
    "BLIP": ("BlipVisionModel", "BlipVision", {**WIDE, **PATCHES}, images(32)),
    "Wav2Vec2": ("Wav2Vec2Model", "Wav2Vec2", {**WIDE, **SPEECH}, sound),
    "Wav2Vec2-BERT": ("Wav2Vec2BertModel", "Wav2Vec2Bert", WIDE, spectrum(160)),
    "Whisper": (
        *("WhisperModel", "Whisper"),
        {
            **{**BOTH, **TEXT, "num_mel_bins": 16},
            **{"max_source_positions": 20, "max_target_positions": 20},
        },
        whisper,
    ),
    "VitDet": (
        *("VitDetModel", "VitDet"),
        {
            **{**WIDE, "image_size": 64, "patch_size": 8, "pretrain_image_size": 64},
            "use_relative_position_embeddings": True,
        },
        images(64),
    ),
    "PVT": (
        *("PvtModel", "Pvt"),
        {
            **{"image_size": 64, "hidden_sizes": [16, 32, 32, 32], "depths": [1, 1, 1, 1]},
            "num_attention_heads": [1, 2, 2, 2],
        },
        images(64),
    ),
    "Moonshine": (
        *("MoonshineModel", "Moonshine"),
        {
            **{"hidden_size": 64, "intermediate_size": 96, "vocab_size": 120},
            **{"encoder_num_hidden_layers": 1, "decoder_num_hidden_layers": 1},
            **{"encoder_num_attention_heads": 4, "decoder_num_attention_heads": 4},
        },
        lambda config: {**heard(config), "decoder_input_ids": torch.arange(3, 9)[None]},
    ),
    "Parakeet": (
        *("ParakeetEncoder", "ParakeetEncoder"),
        {**WIDE, "subsampling_conv_channels": 16},
        spectrum(80),
    ),
    "Bark": (
        *("BarkSemanticModel", "BarkSemantic"),
        {
            **{"hidden_size": 64, "num_layers": 1, "num_heads": 4, "block_size": 32},
            **{"input_vocab_size": 120, "output_vocab_size": 120},
        },
        tokens,
    ),
    "DAC": (
        *("DacModel", "Dac"),
        {
            **{"encoder_hidden_size": 8, "downsampling_ratios": [2, 4], "decoder_hidden_size": 32},
            **{"n_codebooks": 2, "codebook_size": 16, "codebook_dim": 4},
        },
        wave,
    ),
}
