"""The version of netinit that is installed."""

from __future__ import annotations

from functools import cache

__all__ = ["version"]


@cache
def version() -> str:
    """Return the version; the look-up takes longer than the import of all the rest."""
    from importlib import metadata

    return metadata.version("netinit")
