"""Is it initialized as it was meant? Words, numbers and pictures of a net's initial values.

Each function returns an object whose ``str`` is a verdict and a table, with ``to_dict()`` for
the numbers and ``figure()`` and ``save(path)`` for a picture (the extra ``plot``: matplotlib).
The net is left as it was. `explore` writes a page with sliders instead.
"""

from __future__ import annotations

from netinit.inspect.coordinates import CoordCheck, coord_check
from netinit.inspect.exploring import explore
from netinit.inspect.histograms import Histograms, histogram
from netinit.inspect.propagation import Propagation, propagate
from netinit.inspect.spectra import Spectra, spectrum

__all__ = [
    "CoordCheck",
    "Histograms",
    "Propagation",
    "Spectra",
    "coord_check",
    "explore",
    "histogram",
    "propagate",
    "spectrum",
]
