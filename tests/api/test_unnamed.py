"""Arrays that are filled without names hold the same numbers: one is warned, once."""

import subprocess
import sys
import textwrap
import threading
import warnings

import numpy as np
import pytest

import netinit
from netinit.errors import SameStreamWarning
from netinit.initializers import Eye, Given, Normal, Orthogonal, unnamed

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch):
    monkeypatch.setattr(unnamed, "_warned", False)
    monkeypatch.setattr(unnamed, "_first", {})
    unnamed.NOTED.clear()


def empty(shape=(20, 10)):
    return np.empty(shape, np.float32)


REMEDY = r"without a name from seed .*name='encoder\.weight'"


@pytest.mark.parametrize("what", [0.02, "orthogonal", "he_normal", netinit.Uniform(0, 1), "Xavier"])
def test_two_arrays_from_one_stream(what):
    first, second = empty(), empty()
    netinit.fill(first, what)
    with pytest.warns(SameStreamWarning, match=REMEDY):
        netinit.fill(second, what)
    assert (first == second).all()


def test_two_new_arrays():
    first = netinit.numpy.he_normal((20, 10))
    with pytest.warns(SameStreamWarning, match=REMEDY):
        second = netinit.numpy.he_normal((20, 10))
    assert (first == second).all()


def test_an_array_of_another_shape_has_the_same_numbers_too():
    first, second = empty((20, 10)), empty((100,))
    netinit.fill(first, Normal(0, 1), seed="run")
    with pytest.warns(SameStreamWarning, match="from seed 'run'"):
        netinit.fill(second, Normal(0, 1), seed="run")
    assert (first.ravel()[:100] == second).all()


def test_parameters_of_a_module_one_after_another():
    torch = pytest.importorskip("torch")
    net = torch.nn.Sequential(torch.nn.Linear(20, 10), torch.nn.Linear(10, 20))
    # Each tensor is gone after the call.
    with pytest.warns(SameStreamWarning):
        [netinit.fill(parameter.data, 0.02) for parameter in net.parameters()]
    assert torch.equal(net[0].weight.flatten(), net[1].weight.flatten())


def test_parts_are_not_whole_arrays():
    for place in ({"start": (0, 0)}, {"shape": (40, 10)}, {"shape": (40, 10), "start": (20, 0)}):
        arrays = [netinit.fill(empty(), 0.02, **place) for _ in range(2)]
        assert (arrays[0] == arrays[1]).all()


def test_it_is_said_once():
    arrays = [empty() for _ in range(4)]
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for array in arrays:
            netinit.fill(array, 1.0)
    assert [w.category for w in caught] == [SameStreamWarning]
    assert caught[0].filename == __file__


def test_it_is_said_once_by_many_threads():
    arrays = [empty((1000,)) for _ in range(32)]
    start = threading.Barrier(8)

    def work(part):
        start.wait()
        for array in part:
            netinit.fill(array, 1.0)

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        threads = [threading.Thread(target=work, args=(arrays[k::8],)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(caught) == 1


def test_an_error_in_its_place_comes_before_anything_is_written():
    netinit.fill(empty(), 1.0, seed=3)
    kept = np.full((20, 10), 7, np.float32)
    netinit.fill(empty(), 1.0, seed=4)
    first = empty()
    netinit.fill(first, 1.0, seed=5)
    with pytest.raises(SameStreamWarning):
        netinit.fill(kept, 1.0, seed=5)
    assert (kept == 7).all()


@pytest.mark.parametrize(
    "call",
    [
        lambda k: netinit.fill(empty(), 1.0, name=f"layer{k}.weight"),
        lambda k: netinit.fill(empty(), 1.0, draw=k),
        lambda k: netinit.fill(empty(), 1.0, seed=k),
        lambda k: netinit.fill(empty(), 1.0, seed=None),
        lambda k: netinit.fill(empty(), 1.0, seed=netinit.Inherited),
        lambda k: netinit.fill(empty(), 1.0, shape=(40, 10), start=(20 * k, 0)),
        lambda k: netinit.fill(empty(), 0.0),
        lambda k: netinit.fill(empty(), netinit.Constant(3)),
        lambda k: netinit.fill(empty(), Eye()),
        lambda k: netinit.fill(empty(), Given(np.arange(10))),
        lambda k: netinit.fill(empty((64,)), 1.0),
        lambda k: netinit.numpy.zeros((20, 10)),
        lambda k: netinit.numpy.he_normal((20, 10), name=f"layer{k}.weight"),
        lambda k: netinit.initialize({"w": netinit.ArraySpec((20, 10))}),
    ],
    ids=[
        *("name", "draw", "seed", "fresh seeds", "inherited seeds", "slices", "zeros", "constants"),
        *("eye", "given", "small", "a function of zeros", "a function with names", "nets"),
    ],
)
def test_no_warning(call):
    kept = [call(k) for k in range(2)]
    assert len(kept) == 2


def test_a_generator_that_advances():
    generator = np.random.default_rng(1)
    kept = [netinit.fill(empty(), 1.0, seed=generator) for _ in range(2)]
    assert not (kept[0] == kept[1]).any()


def test_the_same_array_may_be_filled_again():
    out = empty()
    for _ in range(3):
        netinit.fill(out, 1.0)
        netinit.fill(out, Orthogonal())
    torch = pytest.importorskip("torch")
    tensor = torch.empty(20, 10)
    for _ in range(3):
        netinit.fill(tensor.detach(), 1.0, seed=2)


def test_what_draws_nothing_is_not_taken_for_the_first():
    kept = [netinit.fill(empty(), what) for what in (0.0, Eye(), 1.0)]
    with pytest.warns(SameStreamWarning):
        netinit.fill(empty(), 1.0)
    assert kept[2].any()


def test_few_streams_are_remembered():
    out = empty()
    for seed in range(3000):
        netinit.fill(out, 1.0, seed=seed)
    assert len(unnamed._first) <= 1024
    assert len(unnamed.NOTED) <= 1024


def test_creators_and_fill_are_one():
    kept = netinit.create((20, 10), 1.0)
    with pytest.warns(SameStreamWarning):
        assert (netinit.fill(empty(), 1.0) == kept).all()


def test_by_default_it_is_shown():
    code = """
        import numpy, netinit
        kept = [netinit.fill(numpy.empty((30, 30)), 1.0) for _ in range(5)]
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], check=True, capture_output=True, text=True
    )
    assert done.stderr.count("SameStreamWarning") == 1
