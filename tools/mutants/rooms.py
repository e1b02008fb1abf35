"""Which tests are those of a source file: the room's own, the quick ones first."""

from __future__ import annotations

from pathlib import Path

__all__ = ["ROOT", "sources", "tests_of"]

ROOT = Path(__file__).resolve().parents[2]

_CALLS = ("tests/native/test_inner.py", "tests/native/test_calls.py")
_CORE = ("tests/core/test_identity.py", "tests/core/test_philox.py", "tests/golden")

#: By the begin of a file's path, the longest first: the tests that hold it.
_TESTS: dict[str, tuple[str, ...]] = {
    "csrc/team": (*_CALLS, "tests/core/test_threads.py", "tests/core/test_fork.py",
                  "tests/core/test_environment.py", "tests/core/test_refusals.py",
                  "tests/core/test_fpenv.py"),
    "csrc/setup": (*_CALLS, "tests/core/test_special.py", "tests/core/test_truncated.py",
                   "tests/core/test_uniform.py", "tests/core/test_normal.py", *_CORE),
    "csrc/fill": (*_CALLS, *_CORE, "tests/native/test_outputs.py",
                  "tests/core/test_environment.py", "tests/core/test_fpenv.py"),
    "csrc/matrix": (*_CALLS, "tests/core/test_linalg.py", "tests/initializers/test_orthogonal.py",
                    "tests/initializers/test_patterns.py", "tests/core/test_environment.py",
                    "tests/golden"),
    "csrc/dispatch.c": (*_CALLS, "tests/core/test_environment.py", "tests/core/test_identity.py"),
    "csrc/status.c": (*_CALLS, "tests/api/test_fill.py"),
    "csrc/kernels": (*_CALLS, *_CORE, "tests/core/test_truncated.py", "tests/core/test_linalg.py"),
    "src/netinit/_core": ("tests/native/test_outputs.py", "tests/api/test_fill.py",
                          "tests/core/test_linalg.py", "tests/core/test_threads.py"),
    "src/netinit/base": ("tests/api", "tests/test_package.py", "tests/methods"),
    "src/netinit/linalg": ("tests/core/test_linalg.py",),
    "src/netinit/initializers": ("tests/initializers", "tests/api/test_nothing_written.py",
                                 "tests/numpy", "tests/nets/test_limits.py", "tests/api"),
    "src/netinit/catalogue": ("tests/catalogue", "tests/numpy"),
    "src/netinit/plans": ("tests/plans", "tests/api", "tests/methods"),
    "src/netinit/api": ("tests/api",),
    "src/netinit/cli": ("tests/cli",),
}  # fmt: skip

#: Rooms whose tests need a framework: they run where that is installed.
_FRAMEWORKS = ("torch", "jax", "keras", "thinc")


def tests_of(file: str) -> list[str]:
    """Return the tests of a source file, in the order in which they are run."""
    for begin in sorted(_TESTS, key=len, reverse=True):
        if file.startswith(begin):
            return [test for test in _TESTS[begin] if (ROOT / test).exists()]
    return [f"tests/{file.split('/')[2]}"]


def sources() -> list[str]:
    """Return the files that mutants are made of: the core, and all that needs no framework."""
    files = [p for folder in ("csrc", "src") for p in sorted((ROOT / folder).rglob("*.[chp]*"))]
    names = [p.relative_to(ROOT).as_posix() for p in files if p.suffix in (".c", ".h", ".py")]
    return [
        name
        for name in names
        if not any(name.startswith(f"src/netinit/{room}/") for room in _FRAMEWORKS)
        and not name.endswith(("__init__.py", "netinit.h"))
        and not name.startswith("csrc/kernels/isa/")
    ]
