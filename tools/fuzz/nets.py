"""Mutated nets in JSON, read and planned: no error but ValueError and TypeError, in bounded time.

    python -m tools.fuzz.nets [CASES] [SEED]

Each case changes one or more places of a net of tests/nets/cases.py, or its text. `from_json` must
return or raise ValueError or TypeError with a short message, within two seconds; what it returns
must be planned, or be refused in the same way.
"""

from __future__ import annotations

import json
import random
import sys
import warnings
from collections import Counter
from functools import partial
from typing import Any

import netinit
from netinit.nets import from_json, to_json
from tests.nets.cases import CASES
from tools.fuzz.cases import command, timed
from tools.fuzz.mutations import mutated_bytes, mutated_json

__all__ = ["fuzz"]

_MOST_SECONDS = 2.0


def _text(net: Any, draw: random.Random) -> str:
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        net = mutated_json(net, draw)
    text = json.dumps(net)
    if draw.randrange(4) == 0:
        text = mutated_bytes(text.encode(), draw).decode("utf-8", "replace")
    return text


def _read(text: str) -> tuple[str, str]:
    """Return what came of a text, and what was said."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            netinit.plan(from_json(text))
    except (ValueError, TypeError) as error:
        return "refused", str(error)
    except BaseException:
        print(text, file=sys.stderr)
        raise
    return "planned", ""


def fuzz(cases: int, seed: int) -> Counter[str]:
    """Return how many nets were refused, how many planned, and the longest time in microseconds.

    Raises
    ------
    AssertionError
        If a net took long or a message was. What else is raised is the defect that was looked for.
    """
    draw, counts = random.Random(seed), Counter[str]()
    nets = [json.loads(to_json(net)) for net, _ in CASES]
    for _ in range(cases):
        text = _text(draw.choice(nets), draw)
        result, said = timed(counts, _MOST_SECONDS, text, partial(_read, text))
        assert len(said) <= 1000, f"a long message: {said[:300]}\n{text[:2000]}"
        counts[result] += 1
    return counts


if __name__ == "__main__":
    command(fuzz, 20_000)
