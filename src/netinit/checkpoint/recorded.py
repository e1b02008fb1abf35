"""What a file's own recipe makes of each of its tensors; nothing in it is trusted."""

from __future__ import annotations

from typing import Any

from netinit.base.spelling import shortened
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.header import Header, Tensor
from netinit.checkpoint.json_text import parse_object, quoted, short
from netinit.checkpoint.tensors import TensorBytes, TensorDigest
from netinit.checkpoint.write import RECIPE_KEY
from netinit.errors import CheckpointError
from netinit.initializers.zero_rows import ZeroRows
from netinit.plans.recipe import read_recipe
from netinit.streams.stream import STREAM_VERSION

__all__ = ["UNFIT", "Source", "cut", "sources_of"]

#: What makes a tensor again, or tells it, or the difference that nothing does.
Source = TensorBytes | TensorDigest | Difference

#: What initializers raise of numbers and shapes that do not fit, whatever a recipe made of them.
UNFIT = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)

#: Objects within objects, and things in one recipe: far above what `netinit.plan` writes, and
#: so few that what is done for each of them takes no time.
_MOST_LEVELS = 8
_MOST_THINGS = 10_000


def sources_of(header: Header, threads: int | None) -> tuple[dict[str, Source], list[str]]:
    """Return what makes each tensor of a file, and the names in the recipe that the file lacks.

    Raises
    ------
    CheckpointError
        If the file has no recipe, a damaged one, or one of another stream version.
    """
    recipe = _read_recipe(header)
    entries, seed = recipe["tensors"], recipe["seed"]
    sources = {tensor.name: _source(tensor, seed, entries, threads) for tensor in header.tensors}
    return sources, [name for name in entries if name not in sources]


def _read_recipe(header: Header) -> dict[str, Any]:
    """Return the recipe in the metadata, its outer form and stream version checked."""
    if RECIPE_KEY not in header.metadata:
        raise CheckpointError(
            f"its metadata has no entry {RECIPE_KEY!r}, so there is no recipe to check it by; "
            "netinit did not write this file"
        )
    # A method's own numbers, which nobody reads here, may be infinite.
    recipe = parse_object(header.metadata[RECIPE_KEY], "the recipe in its metadata", constants=True)
    version = recipe.get("stream")
    if type(version) is not int:
        raise CheckpointError(f"the recipe in its metadata has the stream version {short(version)}")
    if version != STREAM_VERSION:
        raise CheckpointError(
            f"its recipe is of stream version {version}, and this netinit draws version "
            f"{STREAM_VERSION}; it was written by netinit {_word(recipe.get('netinit'))}"
        )
    if type(recipe.get("seed")) not in (int, str):
        raise CheckpointError(
            f"the recipe in its metadata has the seed {short(recipe.get('seed'))}"
        )
    if not isinstance(recipe.get("tensors"), dict):
        raise CheckpointError("the recipe in its metadata has no table of tensors")
    return recipe


def _word(value: object) -> str:
    return quoted(value)[1:-1] if isinstance(value, str) else short(value)


def _source(
    tensor: Tensor, seed: int | str, entries: dict[str, Any], threads: int | None
) -> Source:
    """Return what makes `tensor` again or tells it, or the Difference that nothing does."""
    if tensor.name not in entries:
        return Difference(tensor.name, "it is in the file but not in the recipe")
    if tensor.dtype is None:
        return Difference(tensor.name, f"its dtype {tensor.code} is none that netinit draws")
    try:
        entry = dict(entries[tensor.name])
        if "sha256" in entry:
            return TensorDigest(**entry)
        _bounded(entry)
        initializer, stream = read_recipe(entry, seed, tensor.name)
        if isinstance(initializer, ZeroRows):
            initializer.check_rows(tensor.shape[0] if tensor.shape else 0)
    except UNFIT as error:
        raise CheckpointError(
            f"the recipe of tensor {quoted(tensor.name)} in its metadata is damaged: {cut(error)}"
        ) from None
    try:
        initializer.check(tensor.shape, tensor.dtype)
        # Of what can be cut, each of several workers makes its own pieces, by itself.
        each = threads if initializer.flat(tensor.shape) is None else 1
        return TensorBytes(initializer, stream, tensor.shape, tensor.dtype, each)
    except UNFIT as error:
        return Difference(tensor.name, f"its recipe does not fit it: {cut(error)}")


def _bounded(entry: dict[str, Any]) -> None:
    """Raise ValueError of a recipe that is larger, or nested deeper, than a plan's ever is."""
    level: list[Any] = [entry]
    things = 0
    for _ in range(_MOST_LEVELS):
        inner: list[Any] = []
        while level:
            item = level.pop()
            things += len(item)
            if things > _MOST_THINGS:
                raise ValueError(f"it has more than {_MOST_THINGS:,} parts")
            # The numbers of a given array are bounded by the array's own reader.
            own = [v for k, v in item.items() if k != "values"] if isinstance(item, dict) else item
            lists = [v for v in own if isinstance(v, list)]
            inner += [v for v in own if isinstance(v, dict)]
            level += lists
        if not inner:
            return
        level = inner
    raise ValueError(f"it is nested more than {_MOST_LEVELS} levels deep")


def cut(error: BaseException) -> str:
    """Return what an error says, of which no more than a line is a recipe's own text."""
    return shortened(str(error) or type(error).__name__, 300)
