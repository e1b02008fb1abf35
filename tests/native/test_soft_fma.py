"""The emulation of fused multiply-add, beside the C library's."""

import pytest

from tests.native.build import CONTRACT, INCLUDE, ROOT, find_compiler, run


def test_it_rounds_once(tmp_path):
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    source, made = ROOT / "tests" / "native" / "soft_fma.c", tmp_path / "soft_fma"
    run([compiler, "-O2", *CONTRACT, *INCLUDE, str(source), "-o", str(made), "-lm"])
    run([str(made), "300000"])
