"""Seeds drawn from torch's generators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

__all__ = ["draw_seed", "seed_source"]


def draw_seed(generator: torch.Generator) -> int:
    """Draw a seed of 63 bits from a generator, which is advanced by one draw."""
    drawn = torch.randint(2**63 - 1, (), generator=generator, device=generator.device)
    return int(drawn)


def seed_source(seed: Any) -> Callable[[], int] | None:
    """Return what draws a seed from a generator; None for what is none."""
    return (lambda: draw_seed(seed)) if isinstance(seed, torch.Generator) else None
