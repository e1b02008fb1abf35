"""The stream of docs/stream.md in plain Python and numpy: it shares no code with the library.

`element_values` is the whole of it; the modules follow the page's sections. It is slow and plain
on purpose. The functions of the page that `csrc/setup/special.c` defines (section 6) are given by
the caller, so that the same formulas serve a comparison of bits and one with exact mathematics.
"""

from .orthogonal import orthogonal
from .streams import stream_of
from .values import Distribution, element_values

__all__ = ["Distribution", "element_values", "orthogonal", "stream_of"]
