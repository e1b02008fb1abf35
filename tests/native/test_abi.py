"""The binary interface: what was compiled with an older header of the same number still works.

tests/native/abi.json records it. A change that fails here raises NI_ABI_VERSION, and with it the
record is made anew: python -m tests.native.test_abi.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.native.build import CSRC
from tests.native.sources import without_comments

RECORD = Path(__file__).with_name("abi.json")
HEADER = without_comments((CSRC / "include" / "netinit" / "netinit.h").read_text())


def interface(header: str) -> dict[str, Any]:
    """Return the numbers, functions, structs and constants of a header without comments."""

    def plain(text: str) -> str:
        return " ".join(text.split())

    functions = re.findall(r"^NI_API ([^;]*?\b(ni_\w+)\([^;]*\));", header, re.MULTILINE)
    structs = re.findall(r"typedef struct \{(.*?)\} (\w+);", header, re.DOTALL)
    enums = re.findall(r"typedef enum \{(.*?)\} (\w+);", header, re.DOTALL)
    defined = r"^#define (NI_(?:ABI|STREAM)_VERSION|NI_MAX_DIMS) (\d+)"
    numbers = dict(re.findall(defined, header, re.MULTILINE))
    return {
        "numbers": numbers,
        "functions": {name: plain(declared) for declared, name in functions},
        "structs": {name: plain(fields) for fields, name in structs},
        "enums": {name: re.findall(r"NI_\w+(?<!_COUNT)\b", body) for body, name in enums},
    }


def breaks(recorded: dict[str, Any], now: dict[str, Any]) -> list[str]:
    """Return what of a recorded interface is not as it was."""
    numbers = now["numbers"]
    wrong = [f"{n} is {numbers[n]}" for n, was in recorded["numbers"].items() if numbers[n] != was]
    for kind in ("functions", "structs"):
        wrong += [n for n, was in recorded[kind].items() if now[kind].get(n) != was]
    for name, was in recorded["enums"].items():
        if now["enums"].get(name, [])[: len(was)] != was:
            wrong.append(name)
    return wrong


def test_the_interface_is_the_recorded_one():
    now, recorded = interface(HEADER), json.loads(RECORD.read_text())
    assert len(now["functions"]) >= 24
    assert len(now["enums"]) >= 7
    assert breaks(recorded, now) == []


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("ni_status ni_fill(const ni_stream", "ni_status ni_fill(ni_stream", ["ni_fill"]),
        ("NI_API int ni_element_bytes(int dtype);", "", ["ni_element_bytes"]),
        ("uint32_t draw;", "uint64_t draw;", ["ni_stream"]),
        ("NI_BAD_SHAPE,", "NI_NEW, NI_BAD_SHAPE,", ["ni_status"]),
        ("NI_STREAM_VERSION 1", "NI_STREAM_VERSION 2", ["NI_STREAM_VERSION is 2"]),
        ("NI_UINT64,", "NI_UINT64, NI_NEW,", []),
        ("NI_API int ni_has", "NI_API int ni_new(void);\nNI_API int ni_has", []),
    ],
)
def test_what_breaks_is_found(before, after, found):
    assert before in HEADER
    assert breaks(interface(HEADER), interface(HEADER.replace(before, after))) == found


if __name__ == "__main__":
    RECORD.write_text(json.dumps(interface(HEADER), indent=1) + "\n")
