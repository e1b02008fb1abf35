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
    ("src/netinit/checkpoint/header.py", "if length > size - 8:", "if length > size:"),
    (
        "src/netinit/checkpoint/header.py",
        "if end - begin != bits // 8:",
        "if end - begin < bits // 8:",
    ),
    (
        "src/netinit/checkpoint/header.py",
        "return type(value) is int and 0 <= value < 1 << 63",
        "return type(value) is int and value < 1 << 63",
    ),
    (
        "src/netinit/checkpoint/header.py",
        "if tensor.begin != reached:",
        "if tensor.begin < reached:",
    ),
    (
        "src/netinit/checkpoint/jobs.py",
        "if len(found) != len(part) or not (found == part).all():",
        "if not (found == part).all():",
    ),
    (
        "src/netinit/checkpoint/disk.py",
        "straight = self._straight >= 0 and _aligned(data, place)",
        "straight = self._straight >= 0",
    ),
    (
        "src/netinit/checkpoint/disk.py",
        "found.f_bavail * found.f_frsize < size",
        "found.f_bavail * found.f_frsize > size",
    ),
    ("src/netinit/checkpoint/shards.py", "if size > room:", "if size >= room:"),
    (
        "src/netinit/checkpoint/writer.py",
        "if begin + len(data) > tensor.end - tensor.begin:",
        "if begin + len(data) >= tensor.end - tensor.begin:",
    ),
    (
        "src/netinit/checkpoint/writer.py",
        "if at > 0 and self._ends[at - 1] == begin:",
        "if at > 1 and self._ends[at - 1] == begin:",
    ),
    (
        "src/netinit/checkpoint/writer.py",
        "if array.ndim > 1 and (packed or array.shape[1:] != tensor.shape[1:]):",
        "if array.ndim > 1 and array.shape[1:] != tensor.shape[1:]:",
    ),
    ("src/netinit/checkpoint/repair.py", "or len(set(names)) < len(names) or", "or"),
    (
        "src/netinit/checkpoint/recorded.py",
        'if type(recipe.get("seed")) not in (int, str):',
        'if not isinstance(recipe.get("seed"), (int, str)):',
    ),
    (
        "src/netinit/checkpoint/contents.py",
        'if not plain or not name.endswith(".safetensors") or len(os.fsencode(name)) > 255:',
        'if not name.endswith(".safetensors") or len(os.fsencode(name)) > 255:',
    ),
    ("src/netinit/initializers/complex.py", "initializer.mean == 0:", "initializer.mean == 1:"),
    (
        "src/netinit/initializers/diagonal.py",
        "if not all(0 <= c < n for c, n in",
        "if not all(0 <= c <= n for c, n in",
    ),
    (
        "src/netinit/initializers/distributions.py",
        "if parent.std == 0 and not low <= parent.mean <= high:",
        "if parent.std == 0 and not low < parent.mean < high:",
    ),
    (
        "src/netinit/initializers/gains.py",
        'if number("a", a) != 0 and name not in _WITH_NUMBER:',
        'if number("a", a) != 0 and name in _WITH_NUMBER:',
    ),
    (
        "src/netinit/initializers/given.py",
        "if array.size > _RECIPE or not",
        "if array.size >= _RECIPE or not",
    ),
    ("src/netinit/initializers/identity.py", "if layout.stack > 1:", "if layout.stack > 2:"),
    (
        "src/netinit/initializers/sparse.py",
        "if not 0 <= sparsity <= 1:",
        "if not 0 <= sparsity < 1:",
    ),
    (
        "src/netinit/initializers/upsampling.py",
        "if not -len(shape) <= self.axis < len(shape):",
        "if not -len(shape) < self.axis < len(shape):",
    ),
    (
        "src/netinit/initializers/words.py",
        '>= 1 << (1 if dtype == "bool" else bits):',
        ">= 1 << bits:",
    ),
    (
        "src/netinit/initializers/zero_rows.py",
        "if not 0 <= self.first <= self.stop <= rows:",
        "if not 0 <= self.first <= self.stop < rows:",
    ),
    ("src/netinit/methods/residual.py", "range(1, self.depth)", "range(0, self.depth)"),
    ("src/netinit/methods/siren.py", "if self.omega <= 0:", "if self.omega < 0:"),
    (
        "src/netinit/methods/rules.py",
        "if parameter.role in _CONSTANT and isinstance(action, Real) and action != 0:",
        "if parameter.role in _CONSTANT and isinstance(action, Real):",
    ),
    (
        "src/netinit/nets/container.py",
        "if not -len(layers) <= part < len(layers):",
        "if not -len(layers) < part < len(layers):",
    ),
    (
        "src/netinit/nets/graph.py",
        'if not isinstance(name, str) or not name or "." in name or name == _OUTPUT:',
        "if not isinstance(name, str) or not name or name == _OUTPUT:",
    ),
    (
        "src/netinit/nets/walk.py",
        "if parameter.size * DTYPES[parameter.dtype] >= 2**63:",
        "if parameter.size >= 2**63:",
    ),
    ("src/netinit/nets/evaluation.py", "if len(leads) > 1:", "if len(leads) > 2:"),
    (
        "src/netinit/inspect/spectra.py",
        "return int((self.values > 1e-5 * self.values[0]).sum())",
        "return int((self.values > 1e-2 * self.values[0]).sum())",
    ),
    (
        "src/netinit/inspect/statistics.py",
        "((array <= low) | (array >= high))",
        "((array < low) | (array > high))",
    ),
    ("src/netinit/inspect/trend.py", "if abs(change) > 1:", "if abs(change) > 2:"),
    ("src/netinit/verification/alone.py", "if s.nans == s.count:", "if s.nans:"),
    (
        "src/netinit/verification/exact.py",
        "return first if len(np.unique(source.read(0, min(first, _PIECE)))) >= 64 else 0",
        "return first",
    ),
    (
        "src/netinit/verification/look.py",
        "if (a != a[0]).any() and a.tobytes() == b.tobytes():",
        "if a.tobytes() == b.tobytes():",
    ),
    (
        "src/netinit/verification/statistics.py",
        "return self.finite == self.count > 0 and self.low == self.high",
        "return self.low == self.high",
    ),
    (
        "src/netinit/shapes/fans.py",
        "if layout is None and len(shape) < 2:",
        "if layout is None and len(shape) < 1:",
    ),
    (
        "src/netinit/shapes/layout.py",
        "if layout.stack < 1 or extent % layout.stack:",
        "if layout.stack < 1:",
    ),
    ("src/netinit/shapes/slices.py", "if first < 0 or first + n > size:", "if first + n > size:"),
    ("src/netinit/arrays/dlpack.py", "if managed.version[0] != 1:", "if False:"),
    ("src/netinit/arrays/dlpack.py", "if tensor.lanes == 1 else None", "if tensor.lanes else None"),
    ("src/netinit/base/spelling.py", "if len(word) > 3 and", "if"),
]
