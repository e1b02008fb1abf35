"""The stream that a drop-in takes from a generator, and memory that it writes without numpy."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

torch = pytest.importorskip("torch")

from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from netinit import Stream  # noqa: E402
from netinit.torch import init  # noqa: E402
from netinit.torch.init.keys import stream_from  # noqa: E402


class Seen(TorchDispatchMode):
    def __init__(self):
        super().__init__()
        self.names = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        self.names.append(func.overloadpacket.__name__)
        return func(*args, **(kwargs or {}))


def numbers(generator=None):
    return torch.empty(2, dtype=torch.int64).random_(generator=generator).tolist()


def seeded(seed):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("seed", [0, 1, 2**40])
def test_key_and_offset_are_two_numbers_of_the_generator(seed):
    given = seeded(seed)
    other = seeded(seed)
    for _ in range(3):
        assert stream_from(given) == Stream.from_key(*numbers(other))
    assert torch.equal(given.get_state(), other.get_state())
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        expected = numbers()
        torch.manual_seed(seed)
        assert stream_from(None) == Stream.from_key(*expected)


def test_modes_see_the_draw_and_do_not_change_it():
    plain = stream_from(seeded(3))
    with Seen() as seen:
        assert stream_from(seeded(3)) == plain
    assert "random_" in seen.names
    assert stream_from(seeded(3)) == plain


def test_a_thread_may_begin_in_inference_mode():
    def begins():
        with torch.inference_mode():
            first = stream_from(seeded(5))
        return first, stream_from(seeded(5))

    with ThreadPoolExecutor(1) as pool:
        first, second = pool.submit(begins).result()
    assert first == second == stream_from(seeded(5))


def test_threads_have_streams_of_their_own():
    def many(seed):
        generator = seeded(seed)
        return [stream_from(generator).key for _ in range(500)]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(many, range(8)))
    assert found == [many(seed) for seed in range(8)]


@pytest.mark.parametrize("draw", [init.uniform_, init.normal_, init.trunc_normal_])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.bfloat16, torch.float16])
def test_values_do_not_depend_on_how_the_memory_lies(draw, dtype):
    plain = draw(torch.empty(5, 7, dtype=dtype), generator=seeded(1))
    apart = torch.zeros(10, 14, dtype=dtype)[::2, ::2]
    turned = torch.zeros(7, 5, dtype=dtype).T
    negated = torch._neg_view(torch.zeros(5, 7, dtype=dtype))
    shifted = torch.zeros(36, dtype=dtype)[1:].view(5, 7)
    for other in (apart, turned, negated, shifted):
        before = other._version
        assert torch.equal(draw(other, generator=seeded(1)), plain)
        assert other._version > before


def test_memory_that_is_not_there_is_refused():
    emptied = torch.empty(3, 5)
    emptied.untyped_storage().resize_(0)
    with pytest.raises(RuntimeError, match="not allocated"):
        init.uniform_(emptied)
