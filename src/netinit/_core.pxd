# cython: language_level=3
"""What _core.pyx takes from the public C header."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "netinit/netinit.h" nogil:
    ctypedef enum ni_status:
        NI_OK, NI_BAD_DTYPE, NI_BAD_KIND, NI_BAD_SHAPE, NI_BAD_INDEX, NI_BAD_NUMBER, NI_BAD_STD
        NI_BAD_BOUNDS, NI_OUT_OF_RANGE, NI_EMPTY_INTERVAL, NI_OVERLAP, NI_NO_MEMORY
        NI_INTERRUPTED, NI_BAD_THREADS, NI_UNKNOWN_ISA, NI_UNSUPPORTED_ISA
    int NI_STREAM_VERSION, NI_MAX_DIMS
    int NI_FLOAT32, NI_FLOAT64, NI_FLOAT16, NI_BFLOAT16, NI_FLOAT8_E4M3FN, NI_FLOAT8_E5M2
    int NI_UINT32, NI_UINT64
    int NI_BITS, NI_CONSTANT, NI_UNIFORM, NI_NORMAL, NI_TRUNCATED_NORMAL
    ctypedef struct ni_stream:
        uint64_t key, offset
        uint32_t draw
    ctypedef struct ni_distribution:
        int kind
        double mean, std, low, high
    ctypedef struct ni_output:
        void *data
        int dtype, ndim
        const int64_t *shape
        const int64_t *byte_strides
        const int64_t *index_strides
        int64_t first
    ctypedef struct ni_run:
        int threads
        int (*poll)(void *) noexcept nogil
        void *poll_context
    ni_status ni_fill(const ni_stream *, const ni_distribution *, const ni_output *,
                      const ni_run *)
    ctypedef struct ni_filling:
        ni_stream stream
        ni_distribution distribution
        ni_output out
    ni_status ni_fill_many(const ni_filling *, int64_t, int64_t *, const ni_run *)
    ni_status ni_check_output(const ni_output *)
    int ni_element_bytes(int)
    ctypedef struct ni_matrices:
        void *data
        int dtype
        int64_t rows, cols, first_row, first_col, part_rows, part_cols
        int64_t row_stride, col_stride, matrix_stride, count
    ni_status ni_orthogonal(const ni_stream *, const ni_matrices *, double, const ni_run *)
    ni_status ni_sparse(const ni_stream *, const ni_distribution *, int64_t, const ni_matrices *,
                        const ni_run *)
    ni_status ni_qr(const ni_matrices *, const ni_matrices *, const ni_matrices *,
                    const ni_run *)
    int ni_advise_huge_pages(void *, size_t)
    const char *ni_status_text(ni_status)
    ni_status ni_thread_count(int, int *)
    int ni_has_openmp()
    ni_status ni_active_isa(const char **)
    const char *ni_isa(int, int *)
    ni_status ni_use_isa(const char *)
