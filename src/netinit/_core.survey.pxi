"""What an array holds; _core.pyx includes this."""

from cpython.buffer cimport PyBUF_SIMPLE


def survey(data, str dtype, before=None, threads=None):
    """Return the statistics of the elements of a contiguous buffer, added to those `before` it.

    They are a tuple in the order of ni_statistics; see ni_survey in netinit.h.
    """
    cdef Py_buffer view
    cdef ni_statistics all
    cdef ni_status status
    cdef int64_t count
    cdef int code = _DTYPES[dtype]
    cdef list raised = []
    cdef ni_run run = _polled(threads, raised)
    (all.count, all.nans, all.infinities, all.zeros, all.subnormals, all.repeats, all.pivot,
     all.offset, all.squares, all.low, all.high, all.hash) = before or (0,) * 12
    PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
    try:
        count = view.len // ni_element_bytes(code)
        if count * ni_element_bytes(code) != view.len:
            raise ValueError(f"{view.len} bytes are no whole number of elements of {dtype}")
        with nogil:
            status = ni_survey(view.buf, code, count, &all, &run)
        if raised:
            raise raised[0]
        _check(status)
    finally:
        PyBuffer_Release(&view)
    return (all.count, all.nans, all.infinities, all.zeros, all.subnormals, all.repeats, all.pivot,
            all.offset, all.squares, all.low, all.high, all.hash)
