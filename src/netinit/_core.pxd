# cython: language_level=3
"""What _core.pyx takes from the public C header."""

from libc.stdint cimport int64_t, uint32_t, uint64_t

cdef extern from "netinit/netinit.h" nogil:
    ctypedef enum ni_status:
        NI_OK, NI_BAD_DTYPE, NI_BAD_KIND, NI_BAD_SHAPE, NI_BAD_INDEX, NI_BAD_NUMBER, NI_BAD_STD
        NI_BAD_BOUNDS, NI_OUT_OF_RANGE, NI_EMPTY_INTERVAL, NI_OVERLAP, NI_NO_MEMORY
        NI_INTERRUPTED, NI_BAD_THREADS, NI_UNKNOWN_ISA, NI_UNSUPPORTED_ISA
        NI_BAD_SEED, NI_BAD_NAME, NI_BAD_AXIS, NI_BAD_FAN, NI_BAD_MODE, NI_BAD_SCALE, NI_BAD_SPREAD
    int NI_STREAM_VERSION, NI_ABI_VERSION, NI_MAX_DIMS
    int NI_FLOAT32, NI_FLOAT64, NI_FLOAT16, NI_BFLOAT16, NI_FLOAT8_E4M3FN, NI_FLOAT8_E5M2
    int NI_UINT32, NI_UINT64
    int NI_BITS, NI_CONSTANT, NI_UNIFORM, NI_NORMAL, NI_TRUNCATED_NORMAL
    ctypedef struct ni_stream:
        uint64_t key, offset
        uint32_t draw
    ctypedef struct ni_distribution:
        int kind
        double mean, std, low, high
    int NI_SEED_INTEGER, NI_SEED_TEXT
    ni_status ni_stream_of(int64_t, const char *, size_t, ni_stream *)
    ni_status ni_stream_of_seed(int, const char *, size_t, const char *, size_t, ni_stream *)
    int NI_AXIS_OUT, NI_AXIS_IN, NI_AXIS_KERNEL, NI_AXIS_BATCH
    ni_status ni_fans(int, const int64_t *, const int *, int64_t *, int64_t *)
    int NI_FAN_IN, NI_FAN_OUT, NI_FAN_AVG, NI_FAN_GEO_AVG
    int NI_SPREAD_NORMAL, NI_SPREAD_UNIFORM, NI_SPREAD_TRUNCATED_NORMAL
    int NI_SPREAD_UNCORRECTED_TRUNCATED_NORMAL
    ni_status ni_fan(int, double, double, double *)
    ni_status ni_scaled_std(double, int, double, double, double *)
    ni_status ni_spread_of(int, double, ni_distribution *)
    ni_status ni_variance_scaling(double, int, int, double, double, double, ni_distribution *)
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
    ctypedef struct ni_statistics:
        int64_t count, nans, infinities, zeros, subnormals, repeats
        double pivot, offset, squares, low, high
        uint64_t hash
    ni_status ni_survey(const void *, int, int64_t, ni_statistics *, const ni_run *)
    int ni_advise_huge_pages(void *, size_t)
    const char *ni_status_text(ni_status)
    const char *ni_status_argument(ni_status)
    const char *ni_version()
    int ni_abi_version()
    ni_status ni_default_threads(int *)
    ni_status ni_thread_count(int, int *)
    int ni_has_openmp()
    ni_status ni_active_isa(const char **)
    const char *ni_isa(int, int *)
    ni_status ni_use_isa(const char *)
