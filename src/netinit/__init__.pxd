# cython: language_level=3
"""The C API for other packages' Cython: `cimport netinit`, with no library to link.

The functions come from the loaded netinit, when the importing module is; their types from the
header in `netinit.get_include()`. What each does, and which may be called from where, the header
says. None of them needs the GIL.
"""

from libc.stddef cimport size_t
from libc.stdint cimport int64_t

from netinit._core cimport (
    NI_BAD_BOUNDS, NI_BAD_DTYPE, NI_BAD_INDEX, NI_BAD_KIND, NI_BAD_NUMBER, NI_BAD_SHAPE,
    NI_BAD_STD, NI_BAD_THREADS, NI_BFLOAT16, NI_BITS, NI_CONSTANT, NI_EMPTY_INTERVAL,
    NI_FAN_AVG, NI_FAN_GEO_AVG, NI_FAN_IN, NI_FAN_OUT, NI_FLOAT16, NI_FLOAT32, NI_FLOAT64,
    NI_FLOAT8_E4M3FN, NI_FLOAT8_E5M2, NI_INTERRUPTED, NI_MAX_DIMS, NI_NORMAL, NI_NO_MEMORY,
    NI_OK, NI_OUT_OF_RANGE, NI_OVERLAP, NI_SEED_INTEGER, NI_SEED_TEXT, NI_SPREAD_NORMAL,
    NI_SPREAD_TRUNCATED_NORMAL, NI_SPREAD_UNCORRECTED_TRUNCATED_NORMAL, NI_SPREAD_UNIFORM,
    NI_STREAM_VERSION, NI_TRUNCATED_NORMAL, NI_UINT32, NI_UINT64, NI_UNIFORM, NI_UNKNOWN_ISA,
    NI_UNSUPPORTED_ISA, ni_distribution, ni_filling, ni_matrices, ni_output, ni_run, ni_status,
    ni_stream,
)

cdef ni_status ni_stream_of(int64_t seed, const char *name, size_t name_bytes,
                            ni_stream *stream) noexcept nogil
cdef ni_status ni_stream_of_seed(int kind, const char *seed, size_t seed_bytes, const char *name,
                                 size_t name_bytes, ni_stream *stream) noexcept nogil
cdef ni_status ni_variance_scaling(double scale, int mode, int spread, double fan_in,
                                   double fan_out, double gain,
                                   ni_distribution *distribution) noexcept nogil
cdef ni_status ni_fill(const ni_stream *stream, const ni_distribution *distribution,
                       const ni_output *out, const ni_run *run) noexcept nogil
cdef ni_status ni_fill_many(const ni_filling *fillings, int64_t count, int64_t *amiss,
                            const ni_run *run) noexcept nogil
cdef ni_status ni_check_output(const ni_output *out) noexcept nogil
cdef int ni_element_bytes(int dtype) noexcept nogil
cdef ni_status ni_orthogonal(const ni_stream *stream, const ni_matrices *out, double gain,
                             const ni_run *run) noexcept nogil
cdef ni_status ni_sparse(const ni_stream *stream, const ni_distribution *distribution,
                         int64_t zeros, const ni_matrices *out, const ni_run *run) noexcept nogil
cdef ni_status ni_qr(const ni_matrices *a, const ni_matrices *q, const ni_matrices *r,
                     const ni_run *run) noexcept nogil
cdef const char *ni_status_text(ni_status status) noexcept nogil
cdef const char *ni_status_argument(ni_status status) noexcept nogil
cdef ni_status ni_thread_count(int requested, int *count) noexcept nogil
