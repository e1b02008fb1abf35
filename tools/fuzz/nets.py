"""Mutated nets in JSON, read and planned: no error but ValueError and TypeError, in bounded time.

    python -m tools.fuzz.nets [CASES] [SEED]

Each case changes one or more places of a net of tests/nets/cases.py, or its text. `from_json` must
return or raise ValueError or TypeError with a short message, within two seconds; what it returns
must be planned, or be refused in the same way.
"""

from __future__ import annotations

import json
import random
import resource
import sys
import time
import warnings
from collections import Counter
from typing import Any

import netinit
from netinit.nets import from_json, to_json
from tests.nets.cases import CASES
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
        net = from_json(text)
        netinit.plan(net)
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
        begin = time.process_time()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result, said = _read(text)
        taken = time.process_time() - begin
        assert taken < _MOST_SECONDS, f"{taken:.1f} s: {text[:2000]}"
        assert len(said) <= 1000, f"a long message: {said[:300]}\n{text[:2000]}"
        counts["cases"] += 1
        counts[result] += 1
        counts["longest, us"] = max(counts["longest, us"], int(taken * 1e6))
    return counts


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]]
    for what, count in fuzz(*(numbers + [20_000, 1][len(numbers) :])).items():
        print(f"{what:>22}  {count:,}")
    print(f"{'peak memory, MiB':>22}  {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10:,}")
