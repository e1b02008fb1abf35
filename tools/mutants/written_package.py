"""Mutants of the package written by hand: promises broken where no rule of operators would.

Each is a file, a text that stands in it once, and what takes its place.
"""

from __future__ import annotations

__all__ = ["PACKAGE"]

PACKAGE: list[tuple[str, str, str]] = [
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
        "os.O_CREAT | os.O_NOFOLLOW",
    ),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW",
        "os.O_CREAT | os.O_EXCL",
    ),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC",
        "os.O_RDONLY | os.O_CLOEXEC",
    ),
    ("src/netinit/checkpoint/atomic.py", "            os.fsync(self._descriptor)\n", ""),
    (
        "src/netinit/checkpoint/atomic.py",
        "os.fchmod(self._descriptor, 0o600)",
        "os.fchmod(self._descriptor, 0o644)",
    ),
    (
        "src/netinit/initializers/quantile.py",
        "((first, middle), (middle, stop))",
        "((first, middle), (middle + 1, stop))",
    ),
    ("src/netinit/initializers/quantile.py", "axis = int(np.argmax(extents))", "axis = 0"),
    ("src/netinit/initializers/quantile.py", "out.array[...] = aside", "pass"),
    ("src/netinit/initializers/orthogonal.py", "(stream.draw + g) % (1 << 32)", "stream.draw + g"),
    ("src/netinit/initializers/packed.py", "draw % (1 << 32)", "draw"),
    ("src/netinit/nets/reader.py", "_MOST_LAYERS = 20_000", "_MOST_LAYERS = 20_001"),
    (
        "src/netinit/streams/stream.py",
        "if not 0 <= draw < 1 << 32:",
        "if not 0 <= draw <= 1 << 32:",
    ),
    (
        "src/netinit/streams/stream.py",
        "    if isinstance(seed, bool):\n",
        "    if seed is False:\n",
    ),
    ("src/netinit/streams/seeds.py", '"little") >> 1', '"little")'),
    ("src/netinit/streams/seeds.py", 'f"{word:08x}"', 'f"{word:x}"'),
    (
        "src/netinit/shapes/fans.py",
        "max(piece_shapes(shape, layout), key=math.prod)",
        "min(piece_shapes(shape, layout), key=math.prod)",
    ),
    (
        "src/netinit/shapes/slices.py",
        "if math.prod(whole) >= 1 << 63:",
        "if math.prod(whole) > 1 << 63:",
    ),
    (
        "src/netinit/base/checks.py",
        "if least is not None and real < least:",
        "if least is not None and real <= least:",
    ),
    ("src/netinit/base/checks.py", "if real < least or real != int(real):", "if real < least:"),
    (
        "src/netinit/base/table.py",
        "if numbers[-1] - numbers[0] == len(numbers) - 1:",
        "if numbers[-1] - numbers[0] == len(numbers):",
    ),
    (
        "src/netinit/api/fill.py",
        "if not known and shape is None and start is None:",
        "if not known and shape is None:",
    ),
    (
        "src/netinit/api/fill.py",
        "if type(seed) is not int and type(seed) is not str:",
        "if type(seed) is not int:",
    ),
    ("src/netinit/arrays/memory.py", "if nbytes >= _HUGE:", "if nbytes > _HUGE:"),
    (
        "src/netinit/arrays/narrow.py",
        "if (size >= kind.beyond).any():",
        "if (size > kind.beyond).any():",
    ),
    ("src/netinit/arrays/slice.py", "if low >= high:", "if low > high:"),
    (
        "src/netinit/catalogue/formulas.py",
        "Identity(Constant(0.0), layout) if outputs <= inputs",
        "Identity(Constant(0.0), layout) if outputs < inputs",
    ),
    (
        "src/netinit/checkpoint/compare.py",
        "if not differs.any() and (expected[words:] == found[words:]).all():",
        "if not differs.any():",
    ),
    ("src/netinit/checkpoint/compare.py", "if digest.hexdigest() != source.sha256:", "if False:"),
    ("src/netinit/checkpoint/json_text.py", "if key in seen:", "if False:"),
    ("src/netinit/checkpoint/source.py", "if tensor.name in found:", "if False:"),
    (
        "src/netinit/checkpoint/stream.py",
        "if s.path not in jobs or not jobs[s.path].intact",
        "if s.path not in jobs",
    ),
    ("src/netinit/cli/commands.py", "if rank >= world_size:", "if rank > world_size:"),
    (
        "src/netinit/methods/dummy.py",
        "len(weight.known_shape) < 2 or parameter.known_shape[-1:] != (2,)",
        "len(weight.known_shape) < 2",
    ),
    (
        "src/netinit/methods/transformers.py",
        "if layout is not None and len(layout.pieces) == 3:",
        "if layout is not None:",
    ),
    (
        "src/netinit/methods/served.py",
        "return 1 if width is None else max(1, width // self.bits)",
        "return 1 if width is None else max(1, self.bits // width)",
    ),
    (
        "src/netinit/methods/mup.py",
        'return "input" if here != base else "finite"',
        'return "input"',
    ),
    ("src/netinit/parameters/selection.py", 'name.startswith(f"{item}.")', "name.startswith(item)"),
    ("src/netinit/parameters/rule.py", "if extra <= 0 or layout is None:", "if layout is None:"),
    (
        "src/netinit/plans/table.py",
        "return fans[0] if len(set(fans)) == 1",
        "return fans[0] if len(fans) == 1",
    ),
    (
        "src/netinit/inspect/propagation.py",
        "any(fnmatchcase(name, pattern) for pattern in patterns)",
        "all(fnmatchcase(name, pattern) for pattern in patterns)",
    ),
    ("src/netinit/nets/fields.py", "if not low <= number <= high:", "if not low <= number < high:"),
    (
        "src/netinit/nets/layers/stateless.py",
        "if self.probability > 1:",
        "if self.probability >= 1:",
    ),
    (
        "src/netinit/nets/shapes.py",
        "return extents if len(extents) == len(shape) else None",
        "return extents",
    ),
    (
        "src/netinit/nets/writer.py",
        "if list(layers) != [str(index) for index in range(len(layers))]:",
        "if False:",
    ),
    ("src/netinit/initializers/packed.py", "if sum(runs) < parts * _SHORT:", "if True:"),
    (
        "src/netinit/verification/judge.py",
        "if not found and one is not None and not exact:",
        "if not found and one is not None:",
    ),
    (
        "src/netinit/verification/across.py",
        "look.statistics is not None and look.statistics.count > 1",
        "look.statistics is not None",
    ),
    ("src/netinit/verification/drawn.py", "if far > reach:", "if False:"),
    (
        "src/netinit/numpy/adapter.py",
        "if layout is None and rule.fixed is None and rule.role == parameter.role:",
        "if layout is None and rule.fixed is None:",
    ),
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
        "if not 1 < len(tensor) <= _LARGEST:",
        "if not 0 < len(tensor) <= _LARGEST:",
    ),
    (
        "src/netinit/torch/modules/materialize.py",
        "shared[slot.storage] == 1 and old.is_contiguous()",
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
