"""Mutants written by hand of what serves other frameworks' nets.

Each is a file, a text that stands in it once, and what takes its place.
"""

from __future__ import annotations

__all__ = ["FRAMEWORKS"]

FRAMEWORKS: list[tuple[str, str, str]] = [
    ("src/netinit/jax/primitive.py", "if result.shape[axis] % cuts:", "if False:"),
    (
        "src/netinit/jax/trees/placing.py",
        "len(wanted.spec) > len(shape)",
        "len(wanted.spec) >= len(shape)",
    ),
    (
        "src/netinit/jax/trees/names.py",
        'if last in ("b", "bias") or last.endswith("_bias"):',
        'if last in ("b", "bias"):',
    ),
    (
        "src/netinit/keras/probe.py",
        "array if array.dtype in (np.float32, np.float64) else",
        "array if array.dtype == np.float32 else",
    ),
    ("src/netinit/thinc/adapter.py", "if known is not None:", "if known is None:"),
    (
        "src/netinit/torch/modules/projections.py",
        "if left < 2 * size or left % (2 * size):",
        "if left < 2 * size:",
    ),
    (
        "src/netinit/torch/modules/foreign.py",
        'if key != "gate_up_proj" or shape[out] % 2:',
        'if key != "gate_up_proj":',
    ),
    (
        "src/netinit/torch/modules/parametrized.py",
        'if key == "original1":',
        'if key == "original0":',
    ),
    (
        "src/netinit/torch/modules/present.py",
        "if not 1 < tensor.shape[0] <= _LARGEST:",
        "if not 0 < tensor.shape[0] <= _LARGEST:",
    ),
    (
        "src/netinit/torch/modules/materialize.py",
        "not slot.shares and old.is_contiguous()",
        "old.is_contiguous()",
    ),
    (
        "src/netinit/torch/modules/inventory.py",
        'if row.role == "bias":',
        'if row.role == "weight":',
    ),
    ("src/netinit/torch/init/gains.py", "if tensor.dim() < 2:", "if tensor.dim() < 1:"),
    (
        "src/netinit/torch/init/random.py",
        "if not draws(tensor, generator) or tensor.is_complex():",
        "if not draws(tensor, generator):",
    ),
    (
        "src/netinit/torch/recording/steps.py",
        "if len(steps) > 1 or steps[0].sources:",
        "if len(steps) > 1:",
    ),
    (
        "src/netinit/torch/learning/authors.py",
        "outcome is not None and outcome.tensor.shape == slot.tensor.shape",
        "outcome is not None",
    ),
    ("src/netinit/torch/engines/deepspeed.py", "if tuple(tensor.ds_shape) != shape:", "if False:"),
    (
        "src/netinit/torch/engines/megatron_weights.py",
        "if per_partition_size % stride:",
        "if False:",
    ),
    (
        "src/netinit/torch/recording/roots.py",
        "if threading.get_ident() == self._thread:",
        "if True:",
    ),
]
