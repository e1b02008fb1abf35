"""Models of the transformers library in small configurations, and inputs for most of them."""

from __future__ import annotations

import copy
import os
import warnings
from functools import cache, partial
from types import ModuleType
from typing import Any

import pytest
import torch

from tests.torch.zoo import transformers_senses, transformers_text
from tests.torch.zoo.shrinking import small

__all__ = ["MODELS", "WITHOUT_INPUTS", "inputs"]

_TABLES = (transformers_text, transformers_senses)
_OPTIONS = {name: {} for table in _TABLES for name in table.NAMES.split()} | {
    name: options for table in _TABLES for name, options in table.OPTIONS.items()
}


@cache
def library() -> ModuleType:
    """Return the library, without its messages; without it, the test is skipped."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        transformers = pytest.importorskip("transformers", "5.24", exc_type=ImportError)
    transformers.logging.set_verbosity_error()
    return transformers


def _make(name: str) -> torch.nn.Module:
    model = getattr(library(), name)
    return model(small(model.config_class, **copy.deepcopy(_OPTIONS[name])))


#: By the name of its class: builds the model.
MODELS = {name: partial(_make, name) for name in sorted(_OPTIONS)}


_VIDEO = {"TimesformerForVideoClassification", "VideoMAEForVideoClassification"}
_WAVES = {"EncodecModel", "MimiModel", "DacModel"}
_TEXT_AND_IMAGE = {
    "BlipForConditionalGeneration", "CLIPModel", "GroupViTModel", "SiglipModel",
}  # fmt: skip
_SPEECH_TO_TEXT = {"SpeechT5ForSpeechToText", "MoonshineForConditionalGeneration"}

#: Models that take other inputs than those below, several at once, or sizes of their own; one
#: (AlignModel) whose activations grow without bounds before it is trained.
_WITHOUT_INPUTS = """
    ASTForAudioClassification AlignModel AutoformerModel Blip2ForConditionalGeneration
    BltForCausalLM BrosModel ClapModel DecisionTransformerModel DeformableDetrForObjectDetection
    DepthAnythingForDepthEstimation GroundingDinoForObjectDetection IdeficsForVisionText2Text
    InformerModel InstructBlipForConditionalGeneration Kosmos2ForConditionalGeneration
    LayoutLMv3Model LevitForImageClassification LiltModel LwDetrForObjectDetection LxmertModel
    MPNetForMaskedLM Mask2FormerForUniversalSegmentation MaskFormerForInstanceSegmentation
    MusicgenForCausalLM OwlViTModel PatchTSMixerForPrediction PatchTSTForPrediction
    PerceiverForMaskedLM Qwen2VLForConditionalGeneration Qwen2_5_VLForConditionalGeneration
    RTDetrForObjectDetection Sam2Model SamModel Siglip2Model Speech2TextForConditionalGeneration
    Swin2SRModel SwinForImageClassification TimeSeriesTransformerModel TimesFmModelForPrediction
    UdopForConditionalGeneration UnivNetModel ViltModel VivitForVideoClassification
    Wav2Vec2BertForCTC WhisperForConditionalGeneration XCLIPModel XmodForCausalLM
    ZoeDepthForDepthEstimation
"""
WITHOUT_INPUTS = frozenset(_WITHOUT_INPUTS.split())


def inputs(net: Any) -> dict[str, torch.Tensor]:
    """Return arguments of the forward pass of a model, by the name of its main input."""
    config, name, kind = net.config, net.main_input_name, type(net).__name__
    config.use_cache = False
    ids = torch.arange(5, 21)[None]
    if kind in _TEXT_AND_IMAGE:
        return {"input_ids": ids, "pixel_values": _image(config.vision_config)}
    if name == "input_ids":
        return {name: ids} | ({"decoder_input_ids": ids} if config.is_encoder_decoder else {})
    if name == "pixel_values":
        image = _image(config)
        return {
            name: image[:, None].expand(-1, config.num_frames, -1, -1, -1)
            if kind in _VIDEO
            else image
        }
    if name == "input_values":
        wave = torch.linspace(-1, 1, 2048)[None]
        text = {"decoder_input_ids": ids} if kind in _SPEECH_TO_TEXT else {}
        return {name: wave[None] if kind in _WAVES else wave} | text
    return {name: torch.zeros(1, getattr(config, "num_mel_bins", 16), 128)}


def _image(config: Any) -> torch.Tensor:
    size = getattr(config, "image_size", 32)
    size = size if isinstance(size, int) else (size or [32])[0]
    return torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
