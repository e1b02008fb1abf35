"""Who published what: the citations that the catalogue's entries and their pages give."""

from __future__ import annotations

__all__ = ["GLOROT", "HE", "LECUN"]

LECUN = "LeCun, Bottou, Orr, Müller, Efficient BackProp, 1998"
GLOROT = "Glorot, Bengio, AISTATS 2010"
HE = "He, Zhang, Ren, Sun, ICCV 2015"
