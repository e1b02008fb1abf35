# cython: language_level=3, freethreading_compatible=True, embedsignature=True
"""The C core: one function per function of netinit.h, with Python's errors and signals."""

from cpython.buffer cimport (
    PyBUF_STRIDES, PyBUF_WRITABLE, PyBUF_WRITE, PyBuffer_Release, PyObject_GetBuffer,
)
from cpython.exc cimport PyErr_CheckSignals
from cpython.long cimport PyLong_AsUnsignedLongLong
from cpython.memoryview cimport PyMemoryView_FromMemory
from libc.stdint cimport int64_t, uint32_t, uint64_t, uintptr_t

STREAM_VERSION = NI_STREAM_VERSION
MAX_DIMS = NI_MAX_DIMS

cdef dict _DTYPES = {
    "float32": NI_FLOAT32, "float64": NI_FLOAT64, "float16": NI_FLOAT16,
    "bfloat16": NI_BFLOAT16, "float8_e4m3fn": NI_FLOAT8_E4M3FN, "float8_e5m2": NI_FLOAT8_E5M2,
    "uint32": NI_UINT32, "uint64": NI_UINT64,
}
#: What the core draws, and which of a distribution's numbers say how.
cdef dict _KINDS = {
    "bits": (NI_BITS, ()),
    "constant": (NI_CONSTANT, ("mean",)),
    "uniform": (NI_UNIFORM, ("low", "high")),
    "normal": (NI_NORMAL, ("mean", "std")),
    "truncated_normal": (NI_TRUNCATED_NORMAL, ("mean", "std", "low", "high")),
}
#: Their numbers alone: one look-up less at each small fill.
cdef dict _CODES = {kind: row[0] for kind, row in _KINDS.items()}


cdef int _poll(void *raised) noexcept nogil:
    """Let Python run its signal handlers; keep what they raise for the caller."""
    with gil:
        try:
            PyErr_CheckSignals()
        except BaseException as error:
            (<list>raised).append(error)
            return 1
    return 0


cdef _check(ni_status status):
    if status == NI_OK:
        return
    if status == NI_NO_MEMORY:
        raise MemoryError(ni_status_text(status).decode())
    message = ni_status_text(status).decode()
    if status in (NI_UNKNOWN_ISA, NI_UNSUPPORTED_ISA):
        import os
        message = f"{message}: {os.environ.get('NETINIT_ISA')!r}; allowed: {', '.join(isas())}"
    if status == NI_BAD_THREADS:
        import os
        message = ("NETINIT_NUM_THREADS must be a whole number, at least 1, not "
                   f"{os.environ.get('NETINIT_NUM_THREADS')!r}")
    raise ValueError(message)


cdef ni_distribution _distribution(tuple core) except *:
    """A distribution from its kind, mean, std, low and high."""
    cdef ni_distribution distribution
    distribution.kind = _CODES[core[0]]
    distribution.mean, distribution.std = core[1], core[2]
    distribution.low, distribution.high = core[3], core[4]
    return distribution


cdef _check_fill(ni_status status, str dtype, tuple core):
    """Raise for a status, naming the numbers where they are at fault."""
    if NI_BAD_NUMBER <= status <= NI_EMPTY_INTERVAL:
        kind = core[0]
        numbers = dict(zip(("mean", "std", "low", "high"), map(float, core[1:])))
        given = ", ".join(f"{name} {numbers[name]!r}" for name in _KINDS[kind][1])
        text = ni_status_text(status).decode()
        raise ValueError(f"{text}: {kind.replace('_', ' ')} of {given}, in {dtype}")
    _check(status)


cdef int _threads(threads) except -1:
    if threads is None:
        return 0
    if isinstance(threads, bool) or not hasattr(threads, "__index__"):
        raise TypeError(f"threads must be a whole number or None, not {threads!r}")
    if threads < 1:
        raise ValueError(f"threads must be at least 1, not {threads!r}")
    return min(threads, 1 << 20)


#: Up to so many elements a fill is done before another thread could make use of the lock, or a
#: signal be waited for.
cdef int64_t _SMALL = 1 << 12


cdef ni_run _polled(threads, list raised) except *:
    """A run that looks for signals; what their handlers raise is added to `raised`."""
    cdef ni_run run
    run.threads = _threads(threads)
    run.poll = _poll
    run.poll_context = <void *>raised
    return run


cdef ni_status _run_fill(ni_stream *stream, ni_distribution *distribution, ni_output *output,
                         int64_t size, threads) except *:
    cdef ni_run run
    cdef ni_status status
    cdef list raised
    if size <= _SMALL:
        run.threads, run.poll = _threads(threads), NULL
        return ni_fill(stream, distribution, output, &run)
    raised = []
    run = _polled(threads, raised)
    with nogil:
        status = ni_fill(stream, distribution, output, &run)
    if raised:
        raise raised[0]
    return status


def fill(out, str dtype, key, offset, uint32_t draw, tuple core, int64_t first=0,
         index_strides=None, threads=None):
    """Fill the writable buffer `out`; see ni_fill in netinit.h.

    `core` is the distribution: its kind, mean, std, low and high.
    """
    cdef Py_buffer view
    cdef ni_stream stream
    cdef ni_distribution distribution = _distribution(core)
    cdef ni_output output
    cdef int64_t shape[64]
    cdef int64_t steps[64]
    cdef int64_t strides[64]
    cdef int64_t step = 1, size = 1
    cdef int k
    cdef ni_status status
    stream.key = PyLong_AsUnsignedLongLong(key)  # Cython's own conversion compares with 0 first
    stream.offset = PyLong_AsUnsignedLongLong(offset)
    stream.draw = draw
    PyObject_GetBuffer(out, &view, PyBUF_WRITABLE | PyBUF_STRIDES)
    try:
        output.dtype = _DTYPES[dtype]
        if view.itemsize != ni_element_bytes(output.dtype):
            raise ValueError(f"out has elements of {view.itemsize} bytes, not those of {dtype}")
        if view.ndim > 64:
            raise ValueError(f"out has {view.ndim} dimensions; at most 64 are supported")
        for k in range(view.ndim - 1, -1, -1):
            shape[k] = view.shape[k]
            size *= shape[k]
            strides[k] = view.strides[k]
            if index_strides is None:
                steps[k] = step
                step *= shape[k]
            else:
                steps[k] = index_strides[k]
        output.data = view.buf
        output.ndim = view.ndim
        output.shape = shape
        output.byte_strides = strides
        output.index_strides = steps
        output.first = first
        status = _run_fill(&stream, &distribution, &output, size, threads)
        if status != NI_OK:
            _check_fill(status, dtype, core)
    finally:
        PyBuffer_Release(&view)


cdef ni_matrices _matrices(Py_buffer *view, str dtype) except *:
    """The matrices in a buffer of three axes, each of them whole."""
    cdef ni_matrices m
    if view.ndim != 3 or view.itemsize != ni_element_bytes(_DTYPES[dtype]):
        raise ValueError(f"the buffer must hold matrices of {dtype}, with three axes")
    m.data, m.dtype = view.buf, _DTYPES[dtype]
    m.count, m.rows, m.cols = view.shape[0], view.shape[1], view.shape[2]
    m.part_rows, m.part_cols, m.first_row, m.first_col = m.rows, m.cols, 0, 0
    m.matrix_stride, m.row_stride, m.col_stride = (
        view.strides[0], view.strides[1], view.strides[2])
    return m


def orthogonal(out, str dtype, uint64_t key, uint64_t offset, uint32_t draw, double gain,
               shape=None, start=(0, 0), threads=None):
    """Fill a stack of matrices, or the parts at `start` of matrices of `shape`.

    Matrix g is drawn at draw + g; see ni_orthogonal in netinit.h.
    """
    cdef Py_buffer view
    cdef ni_matrices m
    cdef ni_stream stream
    cdef ni_status status
    cdef list raised = []
    cdef ni_run run = _polled(threads, raised)
    stream.key, stream.offset, stream.draw = key, offset, draw
    PyObject_GetBuffer(out, &view, PyBUF_WRITABLE | PyBUF_STRIDES)
    try:
        m = _matrices(&view, dtype)
        if shape is not None:
            m.rows, m.cols = shape
        m.first_row, m.first_col = start
        with nogil:
            status = ni_orthogonal(&stream, &m, gain, &run)
        if raised:
            raise raised[0]
        _check(status)
    finally:
        PyBuffer_Release(&view)


def sparse(out, str dtype, key, offset, uint32_t draw, int64_t zeros, shape, start, threads=None,
           core=None):
    """Draw `out`, the part at `start` of a matrix of `shape` with zeros in every column.

    `core` is the distribution's kind and numbers; without it only zeros are set. See ni_sparse in
    netinit.h.
    """
    cdef Py_buffer view
    cdef ni_matrices m
    cdef ni_stream stream
    cdef ni_distribution distribution
    cdef ni_distribution *drawn = NULL
    cdef ni_status status
    cdef list raised = []
    cdef ni_run run = _polled(threads, raised)
    stream.key, stream.offset, stream.draw = key, offset, draw
    if core is not None:
        distribution = _distribution(core)
        drawn = &distribution
    PyObject_GetBuffer(out, &view, PyBUF_WRITABLE | PyBUF_STRIDES)
    try:
        if view.ndim != 2 or view.itemsize != ni_element_bytes(_DTYPES[dtype]):
            raise ValueError(f"the buffer must hold a matrix of {dtype}, with two axes")
        m.data, m.dtype, m.count = view.buf, _DTYPES[dtype], 1
        m.rows, m.cols = shape
        m.first_row, m.first_col = start
        m.part_rows, m.part_cols = view.shape[0], view.shape[1]
        m.row_stride, m.col_stride, m.matrix_stride = view.strides[0], view.strides[1], 0
        with nogil:
            status = ni_sparse(&stream, drawn, zeros, &m, &run)
        if raised:
            raise raised[0]
        if status != NI_OK and core is not None:
            _check_fill(status, dtype, core)
        _check(status)
    finally:
        PyBuffer_Release(&view)


def qr(a, q, r, str dtype, threads=None):
    """Factor the matrix in `a` into `q` and `r`; see ni_qr in netinit.h."""
    cdef Py_buffer a_view, q_view, r_view
    cdef ni_matrices a_m, q_m, r_m
    cdef ni_status status
    cdef list raised = []
    cdef ni_run run = _polled(threads, raised)
    PyObject_GetBuffer(a, &a_view, PyBUF_STRIDES)
    PyObject_GetBuffer(q, &q_view, PyBUF_WRITABLE | PyBUF_STRIDES)
    PyObject_GetBuffer(r, &r_view, PyBUF_WRITABLE | PyBUF_STRIDES)
    try:
        a_m, q_m, r_m = (_matrices(&a_view, dtype), _matrices(&q_view, dtype),
                         _matrices(&r_view, dtype))
        with nogil:
            status = ni_qr(&a_m, &q_m, &r_m, &run)
        if raised:
            raise raised[0]
        _check(status)
    finally:
        PyBuffer_Release(&a_view)
        PyBuffer_Release(&q_view)
        PyBuffer_Release(&r_view)


#: A type of each size that an element has.
cdef dict _SIZED = {1: NI_FLOAT8_E5M2, 2: NI_FLOAT16, 4: NI_FLOAT32, 8: NI_FLOAT64}


def overlaps(shape, strides, int itemsize):
    """Say whether two elements of an array of this shape and these byte strides share memory."""
    cdef ni_output output
    cdef int64_t lengths[64]
    cdef int64_t steps[64]
    cdef int64_t none[64]
    cdef int k
    if itemsize not in _SIZED:  # as many elements of a byte, on end
        shape, strides, itemsize = (*shape, itemsize), (*strides, 1), 1
    if len(shape) > 64:
        raise ValueError(f"the array has {len(shape)} dimensions; at most 64 are supported")
    for k in range(len(shape)):
        lengths[k], steps[k], none[k] = shape[k], strides[k], 0
    output.data = NULL
    output.dtype = _SIZED[itemsize]
    output.ndim = len(shape)
    output.shape = lengths
    output.byte_strides = steps
    output.index_strides = none
    output.first = 0
    cdef ni_status status = ni_check_output(&output)
    if status != NI_OVERLAP:
        _check(status)
    return status == NI_OVERLAP


include "_core.many.pxi"
include "_core.naming.pxi"
include "_core.quick.pxi"
include "_core.survey.pxi"
include "_core.capi.pxi"


def advise_huge_pages(uintptr_t address, size_t nbytes):
    """Ask for huge pages under memory that has not been touched; say whether it was taken."""
    return bool(ni_advise_huge_pages(<void *>address, nbytes))


def address(array):
    """Return where the memory of a writable buffer begins, which is contiguous in C order."""
    cdef Py_buffer view
    PyObject_GetBuffer(array, &view, PyBUF_WRITABLE | PyBUF_SIMPLE)
    try:
        return <uintptr_t>view.buf
    finally:
        PyBuffer_Release(&view)


def memory(uintptr_t address, Py_ssize_t nbytes):
    """Return the bytes at an address as a writable buffer; the caller keeps the memory alive."""
    return PyMemoryView_FromMemory(<char *>address, nbytes, PyBUF_WRITE)


def isas():
    """Return the instruction sets that this build holds and this machine runs, slowest first."""
    cdef int i = 0, supported = 0
    cdef const char *name = ni_isa(0, &supported)
    names = []
    while name != NULL:
        if supported:
            names.append(name.decode())
        i += 1
        name = ni_isa(i, &supported)
    return names


def active_isa():
    """Return the instruction set in use; ValueError if NETINIT_ISA names none of isas()."""
    cdef const char *name = NULL
    _check(ni_active_isa(&name))
    return name.decode()


def use_isa(str name):
    """Choose the instruction set for later calls; values do not depend on it."""
    if name not in isas():
        raise ValueError(f"instruction set {name!r} is not available; allowed: {', '.join(isas())}")
    _check(ni_use_isa(name.encode()))


def openmp():
    """Say whether this build heeds the limits and regions of an OpenMP runtime."""
    return bool(ni_has_openmp())


def thread_count(threads=None):
    """Return the number of threads that a call with this `threads` may use."""
    cdef int count = 0
    _check(ni_thread_count(_threads(threads), &count))
    return count
