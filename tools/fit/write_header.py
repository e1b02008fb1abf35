"""Runs every fit and writes csrc/kernels/coefficients.h."""

from __future__ import annotations

from pathlib import Path

import fit_log
import fit_quantile
import fit_sincos
import fit_tail
from table import c_text

HEADER = Path(__file__).resolve().parents[2] / "csrc" / "kernels" / "coefficients.h"

TOP = """\
/* Coefficients of the kernels' approximations.  Written by
 * tools/fit/write_header.py; do not edit.
 *
 * Index = power.  The errors given are maxima over the interval with the
 * coefficients as they stand here (rounded), evaluated exactly. */
#ifndef NI_COEFFICIENTS_H
#define NI_COEFFICIENTS_H
"""


def main() -> None:
    """Write the header."""
    parts = [TOP]
    for module in (fit_log, fit_sincos, fit_quantile, fit_tail):
        parts.extend(c_text(table) for table in module.tables())
    parts.append("#endif\n")
    HEADER.write_text("\n".join(parts), encoding="ascii")


if __name__ == "__main__":
    main()
