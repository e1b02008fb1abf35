"""What a net's own code fills a parameter with."""

from __future__ import annotations

from typing import NamedTuple

from netinit.initializers.base import Initializer

__all__ = ["Learned"]


class Learned(NamedTuple):
    """What a net's own code fills a tensor with.

    Attributes
    ----------
    initializer : Initializer
    random : bool
        Whether it draws.
    stream : str
        The name of its stream, where that is another tensor's; else "".
    """

    initializer: Initializer
    random: bool = False
    stream: str = ""
