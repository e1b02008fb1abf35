"""Watching a module of Flax at work, linen's by its interceptors and nnx's by its calls."""

# mypy: disable-error-code="import-untyped,import-not-found,no-untyped-call"
from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import jax
import numpy as np
from flax import linen, nnx

from netinit.base.traced import Traced, Watch

__all__ = ["FlaxProbe"]

#: Is told of a layer's name, the layer and its output; returns what takes the output's place.
See = Callable[[str, Any, Any], Any]


class FlaxProbe:
    """Watches a module of flax.nnx, or of flax.linen with its variables; nothing is changed.

    Parameters
    ----------
    net : flax.nnx.Module, or tuple of flax.linen.Module and variables
    """

    def __init__(self, net: Any) -> None:
        self._net = net
        self._linen = isinstance(net, tuple)
        if isinstance(net, linen.Module):
            raise TypeError("a module of flax.linen is watched with its variables: (module, vars)")

    def arrays(self) -> Iterator[tuple[str, np.ndarray]]:
        """Yield every parameter's name and values."""
        tree = self._net[1]["params"] if self._linen else nnx.state(self._net, nnx.Param)
        for path, leaf in jax.tree_util.tree_leaves_with_path(tree):
            keys = (str(getattr(key, "key", getattr(key, "name", ""))) for key in path)
            yield ".".join(k for k in keys if k not in ("", "value")), _as_numpy(leaf)

    @contextmanager
    def reinitialized(self, fill: Callable[[Any], Any]) -> Iterator[FlaxProbe]:
        """Give a probe of the module with parameters that `fill` has initialized."""
        if not self._linen:
            yield FlaxProbe(fill(self._net))
            return
        module, variables = self._net
        yield FlaxProbe((module, {**variables, "params": fill(variables["params"])}))

    def trace(self, inputs: Any, watch: Watch) -> list[Traced]:
        """Return what is seen of each watched layer, in the order of its call."""
        run = self._run_linen if self._linen else self._run_nnx
        args, kwargs = ((), inputs) if isinstance(inputs, Mapping) else (inputs, {})
        args = args if isinstance(args, tuple) else (args,)
        found: list[tuple[str, Any, Any]] = []

        def collect(name: str, module: Any, output: Any) -> Any:
            found.append((name, module, output))
            return output

        def moved(zeros: list[Any]) -> Any:
            rest = iter(zeros)
            output = run(args, kwargs, watch, lambda name, module, out: out + next(rest))
            return watch.loss(output) if watch.loss is not None else output

        output = run(args, kwargs, watch, collect)
        gradients: list[Any] = [None] * len(found)
        if watch.backward and found:
            zeros = [jax.numpy.zeros_like(out) for _, _, out in found]
            result, back = jax.vjp(moved, zeros)
            if watch.loss is None:
                direction: Any = watch.direction(tuple(output.shape)).astype(output.dtype)
            else:
                direction = jax.numpy.ones_like(result)
            (gradients,) = back(direction)
        return [
            Traced(
                *(name, type(module).__name__, _part(name, module), out.ndim - 1, _as_numpy(out)),
                None if gradient is None else _as_numpy(gradient),
            )
            for (name, module, out), gradient in zip(found, gradients, strict=True)
        ]

    def _run_linen(self, args: Any, kwargs: Any, watch: Watch, see: See) -> Any:
        module, variables = self._net
        mutable = [name for name in variables if name != "params"]

        def intercept(call: Any, args: Any, kwargs: Any, context: Any) -> Any:
            output = call(*args, **kwargs)
            name = ".".join(context.module.path)
            here = context.method_name == "__call__" and name and _is_float(output)
            if here and watch.chosen(name, _shown(name, context.module)):
                return see(name, context.module, output)
            return output

        with linen.intercept_methods(intercept):
            output = module.apply(variables, *args, mutable=mutable, **kwargs)
        return output[0]

    def _run_nnx(self, args: Any, kwargs: Any, watch: Watch, see: See) -> Any:
        # A module made anew: what its layers count and draw stays in it.
        module = nnx.clone(self._net)
        names = {id(m): ".".join(map(str, path)) for path, m in nnx.iter_modules(module)}
        plain: dict[Any, Any] = {
            type(m): type(m).__call__ for _, m in nnx.iter_modules(module) if callable(m)
        }
        own = {kind for kind in plain if "__call__" in vars(kind)}

        def watched(call: Any) -> Any:
            def method(layer: Any, *args: Any, **kwargs: Any) -> Any:
                output = call(layer, *args, **kwargs)
                name = names.get(id(layer), "")
                here = name and _is_float(output)
                if here and watch.chosen(name, _shown(name, layer)):
                    return see(name, layer, output)
                return output

            return method

        try:
            for kind, call in plain.items():
                kind.__call__ = watched(call)
            return module(*args, **kwargs)
        finally:
            for kind, call in plain.items():
                if kind in own:
                    kind.__call__ = call
                else:
                    del kind.__call__


def _is_float(output: Any) -> bool:
    dtype = getattr(output, "dtype", None)
    return dtype is not None and jax.numpy.issubdtype(dtype, jax.numpy.floating)


def _holds_modules(module: Any) -> bool:
    if isinstance(module, linen.Module):
        children = module._state.children.values()
        return any(isinstance(child, linen.Module) for child in children)
    return any(isinstance(child, nnx.Module) for _, child in nnx.iter_module_children(module))


def _shown(name: str, module: Any) -> bool:
    """Return whether a layer is watched where nothing is chosen: leaves, numbered blocks."""
    last = name.rpartition(".")[2]
    return not _holds_modules(module) or last.rpartition("_")[2].isdigit()


def _part(name: str, module: Any) -> str:
    if _holds_modules(module):
        return "block"
    kernels = ("kernel", "embedding", "scale")
    if isinstance(module, linen.Module):
        kind = type(module).__name__
        return "weights" if kind.startswith(("Dense", "Conv", "Embed", "Einsum")) else ""
    held = (getattr(module, kernel, None) for kernel in kernels)
    return "weights" if any(getattr(array, "ndim", 0) > 1 for array in held) else ""


def _as_numpy(array: Any) -> np.ndarray:
    values = np.asarray(array)
    return values if values.dtype in (np.float32, np.float64) else values.astype(np.float32)
