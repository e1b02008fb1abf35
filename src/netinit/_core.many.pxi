"""Many fills in one call; _core.pyx includes this."""

from cpython.buffer cimport PyBUF_SIMPLE
from cpython.mem cimport PyMem_Calloc, PyMem_Free

#: An output of `fill_many`: its memory, and the only length of its shape.
cdef struct _Whole:
    Py_buffer view
    int64_t length, stride, step


cdef int _take(tuple given, _Whole *whole, ni_filling *filling) except -1:
    """Make a filling of (out, dtype, key, offset, draw, core); the buffer is kept for release."""
    out, dtype, key, offset, draw, core = given
    filling.stream.key = PyLong_AsUnsignedLongLong(key)
    filling.stream.offset = PyLong_AsUnsignedLongLong(offset)
    filling.stream.draw = draw
    filling.distribution = _distribution(core)
    filling.out.dtype = _DTYPES[dtype]
    if type(out) is tuple:
        whole.view.buf, whole.view.len = <void *><uintptr_t>out[0], out[1]
    else:
        PyObject_GetBuffer(out, &whole.view, PyBUF_WRITABLE | PyBUF_SIMPLE)
    whole.stride, whole.step = ni_element_bytes(filling.out.dtype), 1
    whole.length = whole.view.len // whole.stride
    filling.out.data, filling.out.ndim = whole.view.buf, 1
    filling.out.shape = &whole.length
    filling.out.byte_strides, filling.out.index_strides = &whole.stride, &whole.step
    return 0


def fill_many(list fillings, threads=None):
    """Fill whole arrays, each given as (out, dtype, key, offset, draw, core); see ni_fill_many.

    Each `out` is a writable buffer, contiguous in C order, or an address and a number of bytes,
    of memory that the caller keeps alive; `core` is as for `fill`.
    """
    cdef int64_t n = len(fillings), i, amiss = -1
    cdef ni_status status
    cdef list raised = []
    cdef ni_run run = _polled(threads, raised)
    cdef _Whole *wholes = <_Whole *>PyMem_Calloc(n, sizeof(_Whole))
    cdef ni_filling *all = <ni_filling *>PyMem_Calloc(n, sizeof(ni_filling))
    try:
        if wholes == NULL or all == NULL:
            raise MemoryError()
        for i in range(n):
            _take(fillings[i], &wholes[i], &all[i])
        with nogil:
            status = ni_fill_many(all, n, &amiss, &run)
        if raised:
            raise raised[0]
        if amiss >= 0:
            _check_fill(status, fillings[amiss][1], fillings[amiss][5])
        _check(status)
    finally:
        for i in range(n if wholes != NULL else 0):
            PyBuffer_Release(&wholes[i].view)  # nothing where none was had
        PyMem_Free(wholes)
        PyMem_Free(all)
