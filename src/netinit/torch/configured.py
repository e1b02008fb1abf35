"""Models of the transformers library, built from their configuration without memory."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import nn

__all__ = ["build_configured"]


def build_configured(path: str | os.PathLike[str]) -> nn.Module:
    """Return the model that a ``config.json`` describes, on the meta device.

    Its class is the one that ``architectures`` names, in the dtype that the file says. Nothing
    is downloaded, and no code but the library's own is run.

    Parameters
    ----------
    path : str or path
        The file.

    Raises
    ------
    ImportError
        If transformers is not installed.
    ValueError
        If the library has no such model, or cannot build it.
    """
    import transformers

    try:
        # Not a folder's name: one that does not exist would be looked for on a server.
        config = transformers.AutoConfig.from_pretrained(
            os.path.abspath(path), local_files_only=True, trust_remote_code=False
        )
        kind = _class_of(config)
        with torch.device("meta"):
            # The kernels of others, which a file may ask for, compute nothing here.
            model: nn.Module = kind._from_config(config, attn_implementation="eager")
    except Exception as error:  # whatever the code of a model raises of another's numbers
        reason = " ".join(str(error).split()) or type(error).__name__
        raise ValueError(
            f"transformers {transformers.__version__} cannot build the model of this "
            f"configuration: {reason[:300]}"
        ) from None
    return model


def _class_of(config: Any) -> Any:
    """Return the class of the library that a configuration names; its bare model without one."""
    import transformers

    names = getattr(config, "architectures", None) or []
    if not names:
        return transformers.AutoModel._model_mapping[type(config)]
    kind = getattr(transformers, str(names[0]), None)
    if not (isinstance(kind, type) and issubclass(kind, transformers.PreTrainedModel)):
        raise ValueError(f"it has no model {names[0]!r}, which architectures names")
    return kind
