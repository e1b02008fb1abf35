"""docs/engines.md is true: its scripts run on loopback, and all engines write the same files."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import netinit
from netinit import ArraySpec, checkpoint, nets

PAGE = Path(__file__).parents[2] / "docs" / "engines.md"
COUNT = 3


def run(command, folder, **variables):
    """Run a command in a folder, with one thread a process."""
    environment = {**os.environ, "NETINIT_NUM_THREADS": "1", "OMP_NUM_THREADS": "1", **variables}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def digests(folder):
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in Path(folder).iterdir()
    }


@pytest.fixture
def scripts(tmp_path):
    """Return a folder with the page's scripts and a net, and an empty folder to write to."""
    found = re.findall(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.M)
    assert len(found) == 6
    for name, text in found:
        (tmp_path / name).write_text(text.replace('"5GB"', '"1KB"'))  # several files of a small net
    chain = nets.NetChain(
        [nets.LinearLayer(30), nets.LinearLayer(20), nets.LinearLayer(10)], input=7
    )
    (tmp_path / "net.json").write_text(nets.to_json(chain))
    return tmp_path


@pytest.fixture
def wanted(scripts):
    """Return the digests of the files that one process after the other writes."""
    folder = scripts / "wanted"
    for rank in range(COUNT):
        call = f"import part; part.write_part('wanted', 'net.json', {rank}, {COUNT})"
        run([sys.executable, "-c", call], scripts)
    made = digests(folder)
    assert len(made) == COUNT + 1
    return made


def test_the_files_are_a_model_that_loaders_read(scripts, wanted):
    library = pytest.importorskip("safetensors.numpy")
    index = json.loads((scripts / "wanted" / "model.safetensors.index.json").read_text())
    plan = checkpoint.plan_source(scripts / "net.json", method="Xavier", seed=7)
    names = {row.name for row in plan}
    assert index["weight_map"].keys() == names
    assert set(wanted) == {"model.safetensors.index.json", *index["weight_map"].values()}
    specs = {row.name: ArraySpec(row.shape, row.dtype) for row in plan}
    assert index["metadata"]["total_size"] == sum(row.parameter.nbytes for row in plan)
    read = {}
    for file in set(index["weight_map"].values()):
        assert checkpoint.check(scripts / "wanted" / file) == []
        read |= library.load_file(scripts / "wanted" / file)
    assert read.keys() == specs.keys()
    for row in plan:
        want = netinit.fill(np.empty(row.shape, row.dtype), row.initializer, seed=7, name=row.name)
        np.testing.assert_array_equal(read[row.name], want)


def test_ray(scripts, wanted):
    pytest.importorskip("ray")
    run(
        [sys.executable, "with_ray.py", str(scripts / "out"), str(scripts / "net.json"), "3"],
        scripts,
    )
    assert digests(scripts / "out") == wanted


def test_dask(scripts, wanted):
    pytest.importorskip("distributed")
    paths = [str(scripts / "out"), str(scripts / "net.json")]
    run([sys.executable, "with_dask.py", *paths, str(COUNT)], scripts)
    assert digests(scripts / "out") == wanted


def test_mpi(scripts, wanted):
    beside = shutil.which("mpirun", path=str(Path(sys.executable).parent))
    mpirun = beside or shutil.which("mpirun")
    if not find_spec("mpi4py") or not mpirun:
        pytest.skip("needs mpi4py and mpirun")
    command = [mpirun, "--oversubscribe", "--allow-run-as-root", "-n", str(COUNT), sys.executable]
    run([*command, "with_mpi.py", "out", "net.json"], scripts)
    assert digests(scripts / "out") == wanted


def test_slurm(scripts, wanted):
    processes = [
        subprocess.Popen(
            [sys.executable, "with_slurm.py", "out", "net.json"],
            cwd=scripts,
            env={**os.environ, "SLURM_PROCID": str(rank), "SLURM_NTASKS": str(COUNT)},
        )
        for rank in range(COUNT)
    ]
    assert [process.wait(timeout=300) for process in processes] == [0] * COUNT
    assert digests(scripts / "out") == wanted
    shell = shutil.which("sh")
    assert shell
    run([shell, "-n", "job.sbatch"], scripts)


def test_what_is_missing_is_written_alone(scripts, wanted):
    shutil.copytree(scripts / "wanted", scripts / "out", dirs_exist_ok=True)
    (scripts / "out" / f"model-00002-of-{COUNT:05}.safetensors").unlink()
    call = f"import part; part.write_part('out', 'net.json', 1, {COUNT})"
    run([sys.executable, "-c", call], scripts)
    assert digests(scripts / "out") == wanted
