"""The fuzzer's calls are those of tests/native/calls, and its corpus is small."""

from __future__ import annotations

import subprocess

import pytest

from tests.fuzz.__main__ import CORPUS, HERE
from tests.native.build import CONTRACT, INCLUDE, find_compiler


def test_the_corpus_is_small():
    sizes = [path.stat().st_size for path in CORPUS.iterdir()]
    assert 20 < len(sizes) < 100
    assert max(sizes) <= 600


def test_it_compiles_without_warnings():
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    flags = [*CONTRACT, *INCLUDE, f"-I{HERE.parent / 'native'}", "-Wall", "-Wextra", "-Werror"]
    command = [compiler, *flags, "-fsyntax-only", str(HERE / "calls.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
