"""The entry points in pyproject.toml put netinit's initializers into Thinc's registry."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

pytest.importorskip("thinc")

ROOT = Path(__file__).parents[2]
PYPROJECT = ROOT / "pyproject.toml"

pytestmark = pytest.mark.skipif(not PYPROJECT.is_file(), reason="an installed package")

#: Every name resolves through the registry, without an import of netinit.
RESOLVE = """
import sys
from thinc.api import NumpyOps, registry
assert not any(name.startswith("netinit") for name in sys.modules)
for name, settings in {names!r}:
    function = registry.resolve({{"f": {{"@initializers": name, **settings}}}})["f"]
    values = function(NumpyOps(), (1, 2, 3, 4))
    assert values.shape == (1, 2, 3, 4) and function.func.__module__.startswith("netinit"), name
    assert all(function.keywords[key] == value for key, value in settings.items())
"""

#: A net from a config trains on noisy bitmaps of the ten digits.
TRAIN = """
import numpy as np
from tests.keras.digits import noisy_digits
from thinc.api import Adam, Config, fix_random_seed, registry

CONFIG = '''
[model]
@layers = "chain.v1"

[model.*.first]
@layers = "Linear.v1"
nO = 32
nI = 64

[model.*.first.init_W]
@initializers = "netinit.glorot_uniform_init.v1"

[model.*.first.init_b]
@initializers = "netinit.uniform_init.v1"
lo = -0.05
hi = 0.05

[model.*.second]
@layers = "Relu.v1"
nO = 32
nI = 32

[model.*.second.init_W]
@initializers = "netinit.he_normal_init.v1"

[model.*.last]
@layers = "Softmax.v1"
nO = 10
nI = 32

[model.*.last.init_W]
@initializers = "netinit.normal_init.v1"
mean = 0.05
'''

digits, labels = noisy_digits(each=30)
targets = np.eye(10, dtype="f")[labels]


def losses(seed):
    fix_random_seed(seed)
    model = registry.resolve(Config().from_str(CONFIG))["model"]
    model.initialize(X=digits[:2], Y=targets[:2])
    optimizer = Adam(0.01)
    found = []
    for _ in range(30):
        guesses, backpropagate = model.begin_update(digits)
        found.append(-float(np.log(guesses[np.arange(300), labels]).mean()))
        backpropagate((guesses - targets) / 300)
        model.finish_update(optimizer)
    return found


first, again, other = losses(1), losses(1), losses(2)
assert first == again and first != other
assert first[-1] < 0.3 * first[0], first
"""


def run(script: str, folder: Path) -> None:
    """Run a script in which the entry points of pyproject.toml are installed."""
    metadata = folder / "netinit-0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: netinit\nVersion: 0\n")
    groups = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]
    lines = [
        line
        for group, rows in groups.items()
        for line in (f"[{group}]", *(f"{name} = {place}" for name, place in rows.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines))
    path = os.pathsep.join([str(folder), str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    result = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


def entry_points() -> dict[str, str]:
    groups = tomllib.loads(PYPROJECT.read_text())["project"]["entry-points"]
    return groups["thinc_initializers"]


def test_there_is_an_entry_point_for_every_function():
    ours = importlib.import_module("netinit.thinc.initializers")
    configure = {name for name in ours.__all__ if name.startswith("configure_")}
    assert entry_points() == {
        f"netinit.{name.removeprefix('configure_')}.v1": f"{ours.__name__}:{name}"
        for name in configure
    }


def test_every_name_resolves(tmp_path):
    settings = {
        "netinit.uniform_init.v1": {"lo": -0.5, "hi": 0.5},
        "netinit.normal_init.v1": {"mean": 0.1},
    }
    names = [(name, settings.get(name, {})) for name in entry_points()]
    run(RESOLVE.format(names=names), tmp_path)


def test_a_net_of_a_config_trains(tmp_path):
    run(TRAIN, tmp_path)
