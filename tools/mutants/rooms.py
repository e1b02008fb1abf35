"""Which tests are those of a source file: the room's own, the quick ones first."""

from __future__ import annotations

import platform
from importlib.util import find_spec
from pathlib import Path

from tests.native.build import instruction_sets

__all__ = ["ROOT", "sources", "tests_of"]

ROOT = Path(__file__).resolve().parents[2]

_CALLS = ("tests/native/test_inner.py", "tests/native/test_calls.py")
_CORE = ("tests/core/test_philox.py", "tests/core/test_identity.py")
_MATRICES = ("tests/core/test_linalg.py", "tests/initializers/test_orthogonal.py",
             "tests/initializers/test_patterns.py")  # fmt: skip
_RUNNING = ("tests/core/test_refusals.py", "tests/core/test_fpenv.py",
            "tests/core/test_threads.py", "tests/core/test_environment.py")  # fmt: skip

#: By the begin of a file's path, the longest first: the tests that hold it.
_TESTS: dict[str, tuple[str, ...]] = {
    "csrc": (*_CORE, *_CALLS, "tests/api/test_fill.py"),
    "csrc/team": ("tests/core/test_threads.py", "tests/native/test_inner.py",
                  "tests/core/test_fork.py", *_RUNNING, *_CALLS, *_CORE),
    "csrc/setup": ("tests/core/test_borders.py", "tests/native/test_inner.py",
                   "tests/core/test_special.py", *_CORE, "tests/core/test_truncated.py",
                   "tests/core/test_normal.py", "tests/core/test_uniform.py", *_CALLS),
    "csrc/fill": ("tests/native/test_outputs.py", "tests/core/test_borders.py",
                  "tests/core/test_many.py", *_CORE, *_CALLS, *_RUNNING),
    "csrc/matrix": (*_MATRICES, "tests/core/test_borders.py", *_CALLS, *_RUNNING, "tests/second"),
    "csrc/survey": ("tests/core/test_survey.py", *_CALLS, *_RUNNING),
    "csrc/streams": ("tests/native/test_surface.py", "tests/streams",
                     "tests/core/test_identity.py"),
    "csrc/scaling": ("tests/native/test_surface.py", "tests/initializers/test_variance.py",
                     "tests/shapes", "tests/methods"),
    "csrc/dispatch.c": (*_CORE, "tests/native/test_surface.py", *_CALLS,
                        "tests/core/test_environment.py"),
    "csrc/status.c": ("tests/native/test_surface.py", "tests/api/test_fill.py", *_CALLS),
    "csrc/kernels": (*_CORE, "tests/core/test_truncated.py", *_CALLS, "tests/core/test_survey.py",
                     "tests/core/test_special.py", *_MATRICES, "tests/core/test_normal.py",
                     "tests/core/test_uniform.py", "tests/second"),
    "csrc/kernels/soft_fma.h": ("tests/native/test_soft_fma.py", "tests/native/test_inner.py",
                                *_CORE),
    "csrc/kernels/survey.h": ("tests/core/test_survey.py", *_CALLS, *_CORE),
    "csrc/kernels/blocks.h": (*_MATRICES, *_CALLS, "tests/second"),
    "csrc/kernels/places.h": ("tests/initializers/test_patterns.py", *_CORE, *_CALLS),
    "src/netinit/_core": ("tests/native/test_outputs.py", "tests/api/test_fill.py",
                          "tests/core/test_linalg.py", "tests/core/test_survey.py",
                          "tests/core/test_many.py", "tests/core/test_threads.py",
                          "tests/core/test_environment.py"),
    "src/netinit/base": ("tests/api", "tests/test_package.py", "tests/methods"),
    "src/netinit/errors.py": ("tests/api", "tests/test_package.py"),
    "src/netinit/linalg": ("tests/core/test_linalg.py",),
    "src/netinit/initializers": ("tests/initializers", "tests/api/test_nothing_written.py",
                                 "tests/numpy", "tests/nets/test_limits.py", "tests/api"),
    "src/netinit/arrays": ("tests/arrays", "tests/api", "tests/nets"),
    "src/netinit/catalogue": ("tests/catalogue", "tests/numpy"),
    "src/netinit/plans": ("tests/plans", "tests/api", "tests/methods"),
    "src/netinit/api": ("tests/api",),
    "src/netinit/cli": ("tests/cli",),
    "src/netinit/__main__": ("tests/cli",),
}  # fmt: skip

#: Rooms of frameworks: they are drawn from where that is installed.
_FRAMEWORKS = ("torch", "jax", "keras", "thinc", "paddle", "mindspore", "mlx")


def tests_of(file: str) -> list[str]:
    """Return the tests of a source file, in the order in which they are run."""
    for begin in sorted(_TESTS, key=len, reverse=True):
        if file.startswith(begin):
            return [test for test in _TESTS[begin] if (ROOT / test).exists()]
    return [f"tests/{file.split('/')[2]}"]


def sources() -> list[str]:
    """Return the files that mutants are made of: all that can be compiled and tested here."""
    files = [p for folder in ("csrc", "src") for p in sorted((ROOT / folder).rglob("*.[chp]*"))]
    names = [p.relative_to(ROOT).as_posix() for p in files if p.suffix in (".c", ".h", ".py")]
    absent = [f"src/netinit/{room}/" for room in _FRAMEWORKS if find_spec(room) is None]
    here = [isa.header for isa in instruction_sets(platform.machine())]
    return [
        name
        for name in names
        if not name.startswith(tuple(absent))
        and not name.endswith(("/__init__.py", "/netinit.h", "/alone.c"))
        and (not name.startswith("csrc/kernels/isa/") or name.removeprefix("csrc/") in here)
    ]
