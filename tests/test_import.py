"""What ``import netinit`` makes reachable, and what is loaded only when asked for."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec

import pytest

import netinit


def loaded_by(code: str) -> set[str]:
    """Return the modules that are loaded once a fresh interpreter has run `code`."""
    code = f"import sys; {code}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_subpackages_are_loaded_when_asked_for():
    at_first = loaded_by("import netinit; netinit.fill, netinit.initialize")
    assert not {"netinit.nets", "netinit.checkpoint", "netinit.torch"} & at_first
    nets = loaded_by("import netinit; netinit.nets.NetChain([2], input=3)") - at_first
    assert {name.partition(".")[0] for name in nets} <= {"netinit", *sys.stdlib_module_names}
    fill = loaded_by("import netinit; netinit.fill")
    assert "netinit.api.fill" in fill
    assert not {"netinit.plans", "netinit.nets", "netinit.checkpoint", "netinit.torch"} & fill
    files = loaded_by("import netinit; netinit.checkpoint.write") - at_first
    assert {name.partition(".")[0] for name in files} <= {"netinit", *sys.stdlib_module_names}


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed")
def test_torch_is_loaded_with_its_subpackage_only():
    assert "torch" not in loaded_by("import netinit")
    assert "torch" in loaded_by("import netinit; netinit.torch.mark_uninitialized")


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_without_torch_its_subpackage_says_what_is_missing():
    with pytest.raises(ModuleNotFoundError, match="No module named 'torch'"):
        _ = netinit.torch
