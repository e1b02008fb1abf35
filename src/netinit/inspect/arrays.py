"""The arrays of a net, whatever it is of, by their names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

import numpy as np

from netinit.base.frameworks import probe_for

__all__ = ["arrays_of"]


def arrays_of(net: Any, select: str | Sequence[str] | None) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the name and values of each parameter of a net whose name fits a pattern.

    Without patterns those of two axes or more.
    """
    named = net.items() if isinstance(net, Mapping) else probe_for(net).arrays()
    patterns = [select] if isinstance(select, str) else select
    for name, array in named:
        values = np.asarray(array)
        wanted = (
            values.ndim > 1
            if patterns is None
            else any(fnmatchcase(name, pattern) for pattern in patterns)
        )
        if wanted and values.size:
            yield name, values
