"""Torch tensors as numpy arrays over the same memory."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import netinit  # noqa: E402
from netinit.arrays.dtypes import DRAWN  # noqa: E402
from netinit.torch import as_array  # noqa: E402

ONES = {"bfloat16": 0x3F80, "float8_e4m3fn": 0x38, "float8_e5m2": 0x3C}  # the bits, by type


@pytest.mark.parametrize("dtype", DRAWN)
def test_shares_memory(dtype):
    tensor = torch.zeros(3, 4, dtype=getattr(torch, dtype))
    array, name = as_array(tensor)
    assert name == dtype
    array[1, 2] = ONES.get(dtype, 1)
    assert tensor.float()[1, 2] == 1
    assert tensor.float().sum() == 1


@pytest.mark.parametrize("dtype", DRAWN)
def test_a_dtype_of_torch_is_one_of_netinit(dtype):
    pytest.importorskip("ml_dtypes")
    assert netinit.create(3, 1.0, dtype=getattr(torch, dtype)).dtype.name == dtype
    assert netinit.ArraySpec((3,), dtype=getattr(torch, dtype)).dtype == dtype


def test_strides_and_offset_are_kept():
    tensor = torch.zeros(6, 8, dtype=torch.bfloat16)
    part = tensor[1::2, 3::2].T
    array, _ = as_array(part)
    assert array.shape == (3, 3)
    array[...] = 0x3F80
    assert (part == 1).all()
    assert tensor.sum() == 9


def test_tensors_that_require_grad():
    parameter = torch.nn.Parameter(torch.zeros(3))
    array, _ = as_array(parameter)
    array[:] = 2
    assert parameter.tolist() == [2, 2, 2]
    assert parameter.requires_grad


def test_scalars_and_empty_tensors():
    assert as_array(torch.zeros(()))[0].shape == ()
    assert as_array(torch.zeros(0, 3))[0].shape == (0, 3)


@pytest.mark.parametrize(
    ("tensor", "error", "match"),
    [
        (np.zeros(3), TypeError, "must be a torch.Tensor, not ndarray"),
        (torch.zeros(3, dtype=torch.int64), TypeError, "torch.int64; allowed: float32"),
        (torch.zeros(3, dtype=torch.complex64), TypeError, "torch.complex64"),
        (torch.zeros(3, device="meta"), ValueError, "on the CPU, not on meta"),
        (torch.zeros(3, 3).to_sparse(), TypeError, "dense"),
    ],
    ids=["numpy", "integer", "complex", "meta", "sparse"],
)
def test_refusals(tensor, error, match):
    with pytest.raises(error, match=match):
        as_array(tensor)


def test_fill_takes_tensors():
    tensor = torch.empty(4, 5)
    assert netinit.fill(tensor, netinit.Constant(3)) is tensor
    assert (tensor == 3).all()
    with pytest.raises(ValueError, match="overlaps"):
        netinit.fill(torch.zeros(1).expand(4), 1.0)


def test_fill_agrees_between_torch_and_numpy():
    tensor = netinit.fill(torch.empty(4, 5), 1.0, name="w")
    array = netinit.fill(np.empty((4, 5), np.float32), 1.0, name="w")
    assert tensor.numpy().tobytes() == array.tobytes()


@pytest.mark.parametrize("dtype", ["float8_e4m3fn", "float8_e5m2"])
def test_float8_is_float32_rounded_as_torch_rounds(dtype):
    kind = getattr(torch, dtype)
    tensor = netinit.fill(torch.empty(300, 70, dtype=kind)[:, ::2], 1.0, name="w")
    single = netinit.fill(torch.empty(300, 35), 1.0, name="w")
    assert torch.equal(tensor.float(), single.to(kind).float())
