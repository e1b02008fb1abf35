"""Models of the timm library, made small by options of their own."""

from __future__ import annotations

import warnings
from functools import cache, partial
from types import ModuleType
from typing import Any

import pytest
import torch

from tests.torch.zoo.torchvision_stub import torchvision_or_stub

__all__ = ["MODELS", "image"]

_VIT: dict[str, Any] = {
    "img_size": 32,
    "patch_size": 8,
    "embed_dim": 32,
    "depth": 2,
    "num_heads": 4,
}
_MIXER = {"img_size": 32, "patch_size": 8, "embed_dim": 32, "num_blocks": 2}
_DIMS = {"depths": (1, 1, 1, 1), "dims": (8, 16, 24, 32)}
_EMBED_DIMS = {"depths": (1, 1, 1, 1), "embed_dims": (8, 16, 24, 32)}
_LAYERS = {"layers": (1, 1, 1, 1), "embed_dims": (8, 16, 24, 32)}
_RESNET = {"layers": (1, 1, 1, 1), "channels": (8, 16, 24, 32)}
_WINDOWS = {
    "img_size": 64, "window_size": 4, "embed_dim": 16, "depths": (1, 2), "num_heads": (2, 4),
}  # fmt: skip

#: The names of models, or where options cannot replace a model's own, ``module.Class``; a
#: layer is then a class of the same module.
OPTIONS: dict[str, dict[str, Any]] = {
    "beit_base_patch16_224": _VIT,
    "beitv2_base_patch16_224": _VIT,
    "cait_xxs24_224": _VIT,
    "coat_tiny": {
        "img_size": 64, "embed_dims": (64, 64, 64, 64), "serial_depths": (1, 1, 1, 1),
        "parallel_depth": 1,
    },
    "convit_tiny": {**_VIT, "local_up_to_layer": 1, "embed_dim": 8},
    "convmixer.ConvMixer": {"dim": 32, "depth": 2},
    "convnext_atto": _DIMS,
    "convnextv2_atto": _DIMS,
    "crossvit_tiny_240": {
        "img_size": 240, "embed_dim": (16, 32), "depth": ((1, 1, 0),), "num_heads": (2, 4),
    },
    "davit_tiny": {"depths": (1, 1), "embed_dims": (16, 32), "num_heads": (2, 4)},
    "deit3_small_patch16_224": _VIT,
    "deit_tiny_distilled_patch16_224": _VIT,
    "densenet121": {"growth_rate": 8, "block_config": (2, 2)},
    "dla46x_c": {},
    "edgenext_xx_small": {"depths": (1, 1, 2, 2), "dims": (8, 16, 24, 32)},
    "efficientformer_l1": {**_EMBED_DIMS, "depths": (1, 1, 1, 2), "img_size": 224},
    "efficientformerv2_s0": {**_EMBED_DIMS, "depths": (1, 1, 1, 2), "img_size": 64},
    "ese_vovnet19b_slim_dw": {},
    "eva02_tiny_patch14_224": {**_VIT, "embed_dim": 64},
    "fastvit.FastVit": {**_LAYERS, "embed_dims": (16, 16, 32, 32)},
    "focalnet.FocalNet": {"depths": (1, 1, 1, 1), "embed_dim": 8, "layerscale_value": 1e-4},
    "gcvit.GlobalContextVit": {
        "img_size": 64, "embed_dim": 8, "depths": (1, 1, 1, 1), "num_heads": (1, 2, 2, 4),
        "window_size": (4, 4, 4, 2),
    },
    "hiera_tiny_224": {"img_size": 224, "embed_dim": 8, "stages": (1, 1, 1, 1)},
    "inception_next.MetaNeXt": _DIMS,
    "lcnet_050": {},
    "levit.Levit": {
        "img_size": 64, "embed_dim": (16, 24, 32), "depth": (1, 1, 1), "num_heads": (2, 2, 2),
        "key_dim": 8,
    },
    "metaformer.MetaFormer": {**_DIMS, "layer_scale_init_values": 1e-5},
    "mlp_mixer.MlpMixer": _MIXER,
    "mlp_mixer.MlpMixer gmlp": {
        **_MIXER, "block_layer": "SpatialGatingBlock", "mlp_layer": "GatedMlp", "mlp_ratio": 6,
    },
    "mlp_mixer.MlpMixer resmlp": {
        **_MIXER, "block_layer": "ResBlock", "norm_layer": "Affine", "mlp_ratio": 4,
    },
    "mobilenetv2_035": {},
    "mobilenetv3_small_050": {},
    "mobilenetv4_conv_small_035": {},
    "mobilevit_xxs": {},
    "mobilevitv2_050": {},
    "nest.Nest": {
        "img_size": 64, "embed_dims": (16, 16, 32), "num_heads": (2, 2, 2), "depths": (1, 1, 1),
    },
    "pit_ti_224": {
        "img_size": 64, "base_dims": (8, 8, 8), "depth": (1, 1, 1), "heads": (1, 2, 2),
    },
    "pvt_v2_b0": {**_EMBED_DIMS, "num_heads": (1, 2, 2, 4)},
    "regnetx_002": {},
    "repvit_m1": {"embed_dim": (8, 16, 24, 32), "depth": (1, 1, 1, 1)},
    "resnet18": _RESNET,
    "resnet26": {**_RESNET, "zero_init_last": True},
    "resnetv2_18": {**_RESNET, "stem_chs": 8},
    "rexnet_100": {"width_mult": 0.2},
    "samvit_base_patch16_224": {**_VIT, "global_attn_indexes": (1,)},
    "sequencer.Sequencer2d": {
        "img_size": 56, "embed_dims": (16, 32, 32, 32), "layers": (1, 1, 1, 1),
        "hidden_sizes": (8, 8, 8, 8),
    },
    "skresnet18": _RESNET,
    "starnet_s050": {},
    "swiftformer_xs": _LAYERS,
    "swin_tiny_patch4_window7_224": _WINDOWS,
    "swinv2_cr_tiny_224": _WINDOWS,
    "swinv2_tiny_window8_256": _WINDOWS,
    "test_byobnet": {},
    "test_coatnet": {"img_size": 160},
    "test_efficientnet": {},
    "test_efficientnet_evos": {},
    "test_mambaout": {},
    "test_maxvit": {"img_size": 160},
    "test_nfnet": {},
    "test_resnet": {},
    "test_vit": {},
    "test_vit_relpos": {"img_size": 160},
    "tiny_vit_5m_224": {
        "embed_dims": (16, 16, 32, 32), "depths": (1, 1, 1, 1), "num_heads": (2, 2, 2, 2),
    },
    "tnt_s_legacy_patch16_224": {
        "img_size": 64, "embed_dim": 32, "inner_dim": 8, "depth": 2, "num_heads_inner": 2,
        "num_heads_outer": 4,
    },
    "twins_svt_small": {
        "img_size": 64, "embed_dims": (16, 16, 32, 32), "depths": (1, 1, 1, 1),
        "num_heads": (2, 2, 2, 2),
    },
    "visformer_tiny": {
        "img_size": 64, "embed_dim": 32, "init_channels": 8, "depth": (1, 1, 1), "num_heads": 4,
    },
    "vit_base_patch16_clip_224": _VIT,
    "vit_base_patch16_siglip_224": _VIT,
    "vit_tiny_patch16_224": _VIT,
    "volo.VOLO": {
        "img_size": 64, "layers": (1, 1, 1, 1), "embed_dims": (16, 32, 32, 32),
        "num_heads": (2, 4, 4, 4),
    },
    "xcit_nano_12_p8_224": _VIT,
}  # fmt: skip


@cache
def library() -> ModuleType:
    """Return the library; without it, the test is skipped."""
    with warnings.catch_warnings(), torchvision_or_stub():
        warnings.simplefilter("ignore")
        return pytest.importorskip("timm", "1.0.31", exc_type=ImportError)


def _make(name: str) -> torch.nn.Module:
    timm, options = library(), OPTIONS[name]
    path, _, kind = name.partition(" ")[0].rpartition(".")
    if not path:
        return timm.create_model(name, num_classes=10, **options)
    module = getattr(timm.models, path)
    layers = {k: getattr(module, v) for k, v in options.items() if isinstance(v, str)}
    return getattr(module, kind)(num_classes=10, **{**options, **layers})


#: By its name in timm: builds the model.
MODELS = {name: partial(_make, name) for name in sorted(OPTIONS)}


def image(name: str) -> torch.Tensor:
    """Return an image of the size that a model takes, of 64 by 64 where it takes any."""
    size = OPTIONS[name].get("img_size", 64)
    return torch.linspace(-1, 1, 3 * size * size).reshape(1, 3, size, size)
