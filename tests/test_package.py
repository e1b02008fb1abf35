"""What an installed netinit consists of: metadata, types, headers, configuration."""

from __future__ import annotations

import ast
import inspect
import re
import shutil
import subprocess
import tomllib
from importlib import metadata, resources
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import netinit
from netinit import _core

ROOT = Path(__file__).parents[1]
#: What needs a package of its name.
FRAMEWORKS = ("jax", "keras", "mindspore", "mlx", "paddle", "thinc", "torch")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_metadata_is_the_projects():
    installed = metadata.metadata("netinit")
    assert installed["Version"] == PROJECT["version"] == netinit.__version__
    assert installed["Requires-Python"] == PROJECT["requires-python"]
    assert installed["License-Expression"] == PROJECT["license"]
    assert set(installed.get_all("Provides-Extra")) == set(PROJECT["optional-dependencies"])


def test_the_citation_is_of_this_version():
    citation = (ROOT / "CITATION.cff").read_text()
    assert f"\nversion: {PROJECT['version']}\n" in citation
    assert f"\nlicense: {PROJECT['license']}\n" in citation


def test_numpy_is_the_only_dependency():
    required = [line for line in metadata.requires("netinit") or [] if "extra ==" not in line]
    assert [re.match(r"[\w.-]+", line)[0] for line in required] == ["numpy"]


def test_the_command_is_installed():
    (command,) = metadata.entry_points(group="console_scripts", name="netinit")
    assert command.value == PROJECT["scripts"]["netinit"]
    assert callable(command.load())


def test_public_names_exist_and_are_the_ones_that_dir_lists():
    assert dir(netinit) == netinit.__all__ == sorted(netinit.__all__)
    assert len(netinit.__all__) <= 36
    assert set(netinit.__all__) == {"__version__", *netinit._HOMES}
    for name in netinit.__all__:
        if name not in FRAMEWORKS or find_spec(name) is not None:
            assert getattr(netinit, name) is not None


def test_type_checkers_know_the_public_names():
    tree = ast.parse(Path(netinit.__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    known = {
        alias.asname: f"{node.module}.{alias.name}".removeprefix("netinit.")
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    homes = netinit._HOMES.items()
    assert known == {name: name if home == name else f"{home}.{name}" for name, home in homes}


def test_unknown_names_are_attribute_errors():
    with pytest.raises(AttributeError, match="no attribute 'inicialize'"):
        _ = netinit.inicialize


def test_show_config_says_what_runs(capsys):
    facts = netinit.show_config("dicts")
    assert facts["netinit"] == PROJECT["version"]
    assert facts["stream"] == _core.STREAM_VERSION == 1
    assert facts["instruction set in use"] in facts["instruction sets"].split(", ")
    assert facts["instruction sets"].startswith("scalar")
    assert facts["threads"] >= 1
    assert facts["numpy"] == np.__version__
    assert netinit.show_config() is None
    printed = capsys.readouterr().out
    assert all(f"{key}  " in printed and str(value) in printed for key, value in facts.items())
    with pytest.raises(ValueError, match="did you mean 'dicts'"):
        netinit.show_config("dict")


def test_py_typed_is_installed():
    assert resources.files("netinit").joinpath("py.typed").is_file()


def stub_functions() -> dict[str, ast.FunctionDef]:
    text = resources.files("netinit").joinpath("_core.pyi").read_text()
    return {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}


def public_functions() -> dict[str, object]:
    members = {name: getattr(_core, name) for name in dir(_core) if not name.startswith("_")}
    return {name: value for name, value in members.items() if callable(value)}


def test_the_stub_of_the_core_names_its_functions():
    assert stub_functions().keys() == public_functions().keys()


@pytest.mark.parametrize("name", sorted(public_functions()))
def test_the_stub_of_the_core_has_its_parameters(name):
    stub = stub_functions()[name].args
    parameters = inspect.signature(public_functions()[name]).parameters
    assert [argument.arg for argument in stub.args] == list(parameters)
    defaults = [p.default for p in parameters.values() if p.default is not inspect.Parameter.empty]
    assert [ast.literal_eval(default) for default in stub.defaults] == defaults


C_USER = """
#include <netinit/netinit.h>

ni_status fill_ones(float *out, int64_t count);

ni_status fill_ones(float *out, int64_t count)
{
    const ni_stream stream = {0, 0, 0};
    const ni_distribution ones = {.kind = NI_CONSTANT, .mean = 1.0};
    const int64_t bytes = sizeof *out, index = 1;
    const ni_output output = {out, NI_FLOAT32, 1, &count, &bytes, &index, 0};
    return ni_fill(&stream, &ones, &output, NULL);
}
"""


@pytest.mark.skipif(not shutil.which("gcc"), reason="no gcc")
@pytest.mark.parametrize("standard", ["c11", "c99", "c2x"])
def test_the_header_compiles_alone(tmp_path, standard):
    source = tmp_path / "user.c"
    source.write_text(C_USER)
    command = ["gcc", f"-std={standard}", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    command += ["-fsyntax-only", f"-I{netinit.get_include()}", str(source)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr


def test_the_installed_header_is_the_sources():
    installed = Path(netinit.get_include(), "netinit", "netinit.h").read_text()
    source = ROOT / "csrc" / "include" / "netinit" / "netinit.h"
    assert installed == source.read_text()
    version = re.search(r"#define NI_STREAM_VERSION (\d+)", installed)
    assert version is not None
    assert int(version[1]) == _core.STREAM_VERSION
    assert f'#define NI_VERSION "{PROJECT["version"]}"' in installed
