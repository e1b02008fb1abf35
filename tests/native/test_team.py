"""The thread team: when its callers leave it for a while."""

import sys

import pytest

from tests.native.build import CONTRACT, INCLUDE, ROOT, find_compiler, run

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX threads")


def test_only_who_had_no_processor_ends_a_team_for_a_while(tmp_path):
    compiler = find_compiler()
    if compiler is None:
        pytest.skip("no C compiler")
    made = tmp_path / "team"
    sources = [ROOT / "tests" / "native" / "team.c", ROOT / "csrc" / "team" / "processors.c"]
    run([compiler, "-O2", *CONTRACT, *INCLUDE, *map(str, sources), "-pthread", "-o", str(made)])
    run([str(made)])
