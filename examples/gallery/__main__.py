"""Run the gallery: python -m examples.gallery [NAME ...]."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

NAMES = (
    *("case1_linear", "case2_random", "case3_xavier", "case4_training", "case5_identity"),
    *("case6_statistics", "case7_seeds", "case8_scales", "by_hand", "thinc_forms"),
    *("training_curves", "depth"),
)
PICTURES = Path(__file__).parents[2] / "docs" / "gallery"


def main(names: list[str]) -> None:
    """Write the pictures of the scripts of these names, or of all."""
    PICTURES.mkdir(exist_ok=True)
    for name in names or NAMES:
        figure = import_module(f"examples.gallery.{name}").draw()
        figure.savefig(PICTURES / f"{name}.png", dpi=80, metadata={"Software": None})
        print(PICTURES / f"{name}.png")


if __name__ == "__main__":
    main(sys.argv[1:])
