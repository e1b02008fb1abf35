"""Pages of netinit.inspect.explore: where their core is, what their script computes in Node."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pytest

from netinit.inspect import explore

HERE = Path(__file__).parent
WASM = Path(os.environ.get("NETINIT_WASM", HERE.parents[1] / "build" / "wasm" / "netinit.wasm"))

needs_wasm = pytest.mark.skipif(not WASM.is_file(), reason=f"there is no {WASM}")
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node")


def part(page: str, pattern: str) -> str:
    """Return what stands in a script element of a page."""
    found = re.search(rf"<script {pattern}>(.*?)</script>", page, re.DOTALL)
    assert found
    return found[1]


def in_node(net: Any, folder: Path, states: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what a net's page computes for each state of its sliders."""
    page = explore(net, folder / "net.html", wasm=WASM).read_text("utf-8")
    script = folder / "page.mjs"
    script.write_text(part(page, 'type="module"'), "utf-8")
    given = {
        "net": json.loads(part(page, 'type="application/json" id="net"')),
        "wasm": part(page, 'type="text/plain" id="wasm"'),
        "states": [{"seed": "1234", **state} for state in states],
    }
    command = ["node", str(HERE / "in_node.mjs"), str(script)]
    text = json.dumps(given)
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
