"""Keras chooses its backend once in a process: the lightest, unless the environment says."""

from __future__ import annotations

import os
import sys

from tests.keras.backends import BACKENDS

if "keras" not in sys.modules and BACKENDS:
    os.environ.setdefault("KERAS_BACKEND", BACKENDS[0])
