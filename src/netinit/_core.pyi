"""Types of the compiled core; `_core.pyx` says what each function does."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

import numpy as np

_F = TypeVar("_F", bound=Callable[..., Any])

#: A distribution's kind and its mean, std, low, high.
Core = tuple[str, float, float, float, float]

#: Count, NaNs, infinities, zeros, subnormals, repeats; pivot, offset, squares, low, high; hash.
Statistics = tuple[int, int, int, int, int, int, float, float, float, float, float, int]

STREAM_VERSION: int
MAX_DIMS: int

def fill(
    out: np.ndarray,
    dtype: str,
    key: int,
    offset: int,
    draw: int,
    core: tuple[str, float, float, float, float],
    first: int = 0,
    index_strides: tuple[int, ...] | None = None,
    threads: int | None = None,
) -> None: ...
def fill_many(
    fillings: list[tuple[np.ndarray | memoryview | tuple[int, int], str, int, int, int, Core]],
    threads: int | None = None,
) -> None: ...
def orthogonal(
    out: np.ndarray,
    dtype: str,
    key: int,
    offset: int,
    draw: int,
    gain: float,
    shape: tuple[int, ...] | None = None,
    start: tuple[int, ...] = (0, 0),
    threads: int | None = None,
) -> None: ...
def sparse(
    out: np.ndarray,
    dtype: str,
    key: int,
    offset: int,
    draw: int,
    zeros: int,
    shape: tuple[int, ...],
    start: tuple[int, ...],
    threads: int | None = None,
    core: Core | None = None,
) -> None: ...
def qr(
    a: np.ndarray, q: np.ndarray, r: np.ndarray, dtype: str, threads: int | None = None
) -> None: ...
def advise_huge_pages(address: int, nbytes: int) -> bool: ...
def address(array: np.ndarray) -> int: ...
def memory(address: int, nbytes: int) -> memoryview: ...
def isas() -> list[str]: ...
def active_isa() -> str: ...
def use_isa(name: str) -> None: ...
def openmp() -> bool: ...
def thread_count(threads: int | None = None) -> int: ...
def overlaps(shape: tuple[int, ...], strides: tuple[int, ...], itemsize: int) -> bool: ...
def stream_of(seed: int | str, name: str) -> tuple[int, int]: ...
def fan(mode: str, fan_in: float, fan_out: float) -> float: ...
def scaled_std(scale: float, mode: str, fan_in: float, fan_out: float) -> float: ...
def spread(name: str, std: float) -> Core: ...
def quick_fill(
    array: type,
    dtypes: dict[np.dtype, str],
    own: Iterable[type],
    known: dict[tuple[str, str, tuple[int, ...], str], Any],
    noted: dict[int, int | str],
    small: int,
) -> Callable[[_F], _F]: ...
def capi() -> dict[str, object]: ...
def survey(
    data: np.ndarray, dtype: str, before: Statistics | None = None, threads: int | None = None
) -> Statistics: ...
