"""Models of no library of models: torch's layers, training code's nets, and wrapped ones."""

from __future__ import annotations

from tests.torch.zoo import torch_layers, training_models, wrapped_models

__all__ = ["MODELS"]

MODELS = {**torch_layers.MODELS, **training_models.MODELS, **wrapped_models.MODELS}
