"""Thinc: its initializers, of version 9 and of the documented array forms, drawn by netinit.

They stand in Thinc's registry of initializers as ``netinit.glorot_uniform_init.v1`` and so on,
for any config, without an import. This package itself needs numpy only.
"""

from __future__ import annotations

from netinit.thinc.initializers import (
    configure_glorot_normal_init,
    configure_glorot_uniform_init,
    configure_he_normal_init,
    configure_he_uniform_init,
    configure_lecun_normal_init,
    configure_lecun_uniform_init,
    configure_normal_init,
    configure_uniform_init,
    configure_zero_init,
    glorot_normal_init,
    glorot_uniform_init,
    he_normal_init,
    he_uniform_init,
    lecun_normal_init,
    lecun_uniform_init,
    normal_init,
    uniform_init,
    xavier_uniform_init,
    zero_init,
)

__all__ = [
    "configure_glorot_normal_init",
    "configure_glorot_uniform_init",
    "configure_he_normal_init",
    "configure_he_uniform_init",
    "configure_lecun_normal_init",
    "configure_lecun_uniform_init",
    "configure_normal_init",
    "configure_uniform_init",
    "configure_zero_init",
    "glorot_normal_init",
    "glorot_uniform_init",
    "he_normal_init",
    "he_uniform_init",
    "lecun_normal_init",
    "lecun_uniform_init",
    "normal_init",
    "uniform_init",
    "xavier_uniform_init",
    "zero_init",
]
