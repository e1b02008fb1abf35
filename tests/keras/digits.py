"""Ten digits as bitmaps of 8 x 8, and noisy copies of them."""

from __future__ import annotations

import numpy as np

#: A digit is eight rows, a row is eight bits.
_GLYPHS = (
    "3C6666666666663C 1838181818181C3E 3C66060C1830667E 3C66061C0606663C 0C1C2C4C4C7E0C1E",
    "7E60607C0606663C 3C66607C6666663C 7E66060C18181818 3C66663C6666663C 3C6666663E06663C",
)


def noisy_digits(each: int, noise: float = 0.3) -> tuple[np.ndarray, np.ndarray]:
    """Return `each` noisy copies of every digit, flat and float32, and their labels."""
    rows = np.frombuffer(bytes.fromhex(" ".join(_GLYPHS)), "uint8").reshape(10, 8)
    bitmaps = np.unpackbits(rows, axis=1).astype("float32")
    labels = np.repeat(np.arange(10), each)
    random = np.random.default_rng(0)
    pixels = bitmaps[labels] + noise * random.standard_normal((labels.size, 64))
    return pixels.astype("float32"), labels
