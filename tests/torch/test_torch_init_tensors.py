"""The drop-in for torch.nn.init on unusual tensors: meta, distributed, subclasses, overrides."""

from __future__ import annotations

import math
import warnings

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.overrides import TorchFunctionMode  # noqa: E402
from torch.utils._python_dispatch import TorchDispatchMode  # noqa: E402

from netinit.torch import init  # noqa: E402
from netinit.torch.init import write  # noqa: E402
from tests.torch.init_calls import CALLS, RANDOM  # noqa: E402

#: Those that torch itself offers to ``__torch_function__``.
OFFERED = ["uniform_", "normal_", "constant_", "kaiming_uniform_"]


def shape_for(name):
    return (6, 3, 3) if name == "dirac_" else (6, 8)


def call(name, tensor, module=init):
    torch.manual_seed(11)
    return getattr(module, name)(tensor, *CALLS[name])


def plain(name, dtype=torch.float32):
    return call(name, torch.empty(shape_for(name), dtype=dtype))


# -- without memory ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", CALLS)
def test_meta_tensors_are_returned(name):
    tensor = torch.empty(shape_for(name), device="meta")
    state = torch.get_rng_state()
    assert getattr(init, name)(tensor, *CALLS[name]) is tensor
    assert tensor.is_meta
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize(
    ("name", "args", "error"),
    [
        ("normal_", (0.0, -1.0), RuntimeError),
        ("xavier_normal_", (), ValueError),
        ("kaiming_normal_", (0, "fan_avg"), ValueError),
        ("orthogonal_", (), ValueError),
        ("sparse_", (0.1,), ValueError),
        ("eye_", (), ValueError),
        ("dirac_", (), ValueError),
    ],
)
def test_meta_tensors_are_checked_as_torch_does(name, args, error):
    messages = []
    for module in (nn.init, init):
        with pytest.raises(error) as raised:
            getattr(module, name)(torch.empty(3, device="meta"), *args)
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


@pytest.mark.parametrize("name", sorted(set(CALLS) - {"trunc_normal_", "dirac_"}))
def test_fake_tensors_stay_fake(name):
    from torch._subclasses.fake_tensor import FakeTensorMode

    with FakeTensorMode():
        tensor = torch.empty(shape_for(name))
        assert call(name, tensor) is tensor


def test_lazy_parameters_refuse():
    for module in (nn.init, init):
        with pytest.raises(ValueError, match="uninitialized parameter in <function normal_"):
            module.normal_(nn.UninitializedParameter())


@pytest.mark.parametrize("name", ["normal_", "trunc_normal_", "orthogonal_"])
def test_memory_that_was_given_back_is_an_error(name):
    """As FSDP does it between uses; some of torch's own functions write to it and crash."""
    tensor = torch.empty(6, 8)
    tensor.untyped_storage().resize_(0)
    with pytest.raises(RuntimeError, match="its data is not allocated yet"):
        call(name, tensor)


@pytest.mark.parametrize("name", ["uniform_", "normal_", "xavier_normal_", "orthogonal_"])
def test_inference_tensors_are_refused_outside_of_inference_mode(name):
    with torch.inference_mode():
        tensor = torch.empty(6, 8)
    with pytest.raises(RuntimeError, match="Inplace update to inference tensor"):
        call(name, tensor)


# -- memory that is not written directly ------------------------------------------------------


@pytest.mark.parametrize("name", RANDOM)
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=str)
def test_values_made_elsewhere_are_copied(name, dtype, monkeypatch):
    """What happens to a tensor of another device: its memory cannot be written from here."""
    expected = plain(name, dtype)
    target = torch.empty(shape_for(name), dtype=dtype)
    memory = write._memory
    monkeypatch.setattr(
        write, "_memory", lambda tensor: None if tensor is target else memory(tensor)
    )
    version = target._version
    assert call(name, target) is target
    assert torch.equal(target, expected)
    assert target._version > version


@pytest.mark.parametrize(
    "name", ["uniform_", "normal_", "kaiming_normal_", "orthogonal_", "sparse_"]
)
def test_expanded_tensors_are_refused_as_in_torch(name):
    for module in (nn.init, init):
        tensor = torch.zeros(1, 8).expand(6, 8)
        with pytest.raises(RuntimeError, match="single memory location"):
            call(name, tensor, module)
        assert (tensor == 0).all()


def test_other_overlaps_are_written_as_in_torch():
    tensor = torch.full((12,), 7.0)
    call("normal_", tensor.as_strided((3, 4), (2, 1)))
    assert (tensor[:8] != 7).all()
    assert (tensor[8:] == 7).all()


def test_negated_views():
    z = torch.empty(6, 8, dtype=torch.complex64)
    negated = z.conj().imag
    assert negated.is_neg()
    assert torch.equal(call("uniform_", negated), plain("uniform_"))


def test_sparse_tensors_are_left_to_torch():
    for module in (nn.init, init):
        with pytest.raises(NotImplementedError, match="aten::normal_"):
            module.normal_(torch.eye(3).to_sparse())
    integers = init.uniform_  # torch says what it can draw
    with pytest.raises(NotImplementedError, match="not implemented for 'Int'"):
        integers(torch.zeros(3, dtype=torch.int32))


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_are_left_to_torch():
    nested = torch.nested.nested_tensor([torch.zeros(3), torch.zeros(5)])
    assert all((row != 0).all() for row in init.normal_(nested).unbind())


def test_a_sparse_tensor_is_no_dirac_kernel():
    for module in (nn.init, init):
        with pytest.raises(TypeError, match="Cannot assign to a sparse tensor"):
            module.dirac_(torch.zeros(2, 2, 3).to_sparse())


# -- subclasses and overrides -----------------------------------------------------------------


class Subclass(torch.Tensor):
    """With torch's own behaviour."""


class Logged(torch.Tensor):
    """Notes which functions are called."""

    called: list

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.called.append((func, args, kwargs))
        return super().__torch_function__(func, types, args, kwargs or {})


@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", [Subclass, Logged], ids=["plain", "logged"])
def test_subclasses_are_filled_alike(name, kind):
    Logged.called = []
    tensor = torch.zeros(shape_for(name)).as_subclass(kind)
    assert call(name, tensor) is tensor
    assert torch.equal(tensor.as_subclass(torch.Tensor), plain(name))


@pytest.mark.parametrize("name", OFFERED)
def test_overrides_see_torchs_function(name):
    function = getattr(nn.init, name)
    Logged.called = []
    call(name, torch.zeros(6, 8).as_subclass(Logged))
    func, args, kwargs = Logged.called[0]
    assert func == function
    assert func in {function: "known"}
    assert (func.__module__, func.__name__) == ("torch.nn.init", name)
    Logged.called = []
    call(name, torch.zeros(6, 8).as_subclass(Logged), nn.init)
    _, theirs, named = Logged.called[0]
    assert args == theirs
    assert kwargs.keys() == named.keys()


class Skip(TorchFunctionMode):
    """Skips initialization, as libraries do that build models for a checkpoint."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        if getattr(func, "__module__", None) == "torch.nn.init":
            return kwargs["tensor"]
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", OFFERED)
def test_modes_that_skip_initialization(name):
    tensor = torch.full((6, 8), 7.0)
    with Skip():
        assert call(name, tensor) is tensor
    assert (tensor == 7).all()


class Count(TorchDispatchMode):
    """Does what would be done anyway."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        return func(*args, **(kwargs or {}))


@pytest.mark.parametrize("name", CALLS)
def test_values_do_not_depend_on_the_context(name):
    expected = plain(name)
    with torch.device("cpu"):
        assert torch.equal(plain(name), expected)
    with Count():
        assert torch.equal(plain(name), expected)
    tensor = torch.empty(shape_for(name))
    if name != "eye_":  # torch.eye asks the context for its device
        with torch.device("meta"):
            call(name, tensor)
        assert torch.equal(tensor, expected)


def test_a_subclass_that_implements_nothing():
    class Foreign:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return NotImplemented

    messages = []
    for module in (nn.init, init):
        with pytest.raises(TypeError, match="no implementation found") as raised:
            module.uniform_(Foreign())
        messages.append(str(raised.value))
    assert messages[0] == messages[1]


# -- distributed tensors ----------------------------------------------------------------------

distributed = pytest.importorskip("torch.distributed.tensor")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from torch.testing._internal.distributed.fake_pg import FakeStore

from tests.torch.layouts import LAYOUTS  # noqa: E402

Partial = distributed.Partial


def local(rank, mesh_shape, placements, shape, dtype=torch.float32):
    """Return what process `rank` holds of the elements' numbers, and a DTensor to be filled."""
    size = math.prod(mesh_shape)
    torch.distributed.init_process_group("fake", store=FakeStore(), rank=rank, world_size=size)
    mesh = distributed.init_device_mesh("cpu", mesh_shape)
    numbers = torch.arange(math.prod(shape)).reshape(shape)
    held = distributed.distribute_tensor(numbers, mesh, placements, src_data_rank=None).to_local()
    tensor = distributed.DTensor.from_local(
        torch.zeros(held.shape, dtype=dtype),
        mesh,
        placements,
        run_check=False,
        shape=torch.Size(shape),
        stride=numbers.stride(),
    )
    return held, tensor


@pytest.fixture
def _processes():
    yield
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


def shards(name, layout, dtype=torch.float32):
    """Yield the numbers of the elements that each process holds, and their values."""
    mesh_shape, placements = LAYOUTS[layout]
    for rank in range(math.prod(mesh_shape)):
        held, tensor = local(rank, mesh_shape, placements, shape_for(name), dtype)
        version = tensor._version
        assert call(name, tensor) is tensor
        assert tensor._version > version
        yield held, tensor.to_local()
        torch.distributed.destroy_process_group()


@pytest.mark.usefixtures("_processes")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_shards_are_those_of_the_whole_tensor(name, layout):
    whole = plain(name).flatten()
    for held, values in shards(name, layout):
        assert torch.equal(values, whole[held])


@pytest.mark.usefixtures("_processes")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["uniform_", "normal_", "sparse_", "kaiming_normal_"])
@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float64, torch.complex64], ids=str)
def test_shards_of_other_types(name, dtype):
    whole = plain(name, dtype).flatten()
    for held, values in shards(name, "both", dtype):
        assert torch.equal(values, whole[held])


@pytest.mark.usefixtures("_processes")
@pytest.mark.filterwarnings("ignore")
def test_partial_sums_are_left_to_torch():
    for module in (nn.init, init):
        _, tensor = local(0, (2,), [Partial()], (4, 4))
        with pytest.raises(RuntimeError):
            module.normal_(tensor)
        torch.distributed.destroy_process_group()
