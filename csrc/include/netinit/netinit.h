/* netinit: initial values of neural nets, the same bits on every machine.
 *
 * Each element is a pure function of (stream, distribution, dtype, element index): not of the
 * thread count, the instruction set, the memory layout or the part of the array that is asked
 * for. docs/stream.md defines that function.
 *
 * Every function that can fail returns an ni_status; ni_status_text explains it. Nothing here
 * prints, aborts or keeps state of the caller's. Unless said otherwise an error is found before
 * the first byte is written; NI_INTERRUPTED alone leaves an output partly written.
 */
#ifndef NETINIT_H
#define NETINIT_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the library's own builds define: its shared library gives out these functions and no other
 * symbol, its static library none outside of the program or library that it is linked into. */
#ifndef NI_BUILD_SHARED
#define NI_API
#elif defined(_WIN32)
#define NI_API __declspec(dllexport)
#else
#define NI_API __attribute__((visibility("default")))
#endif

/* The release that this header belongs to. */
#define NI_VERSION "0.1.0"

/* The version of the binary interface, which the shared library's name bears. It grows when what
 * was compiled with the header before could go wrong: when a function goes, or its arguments, a
 * struct's fields or a constant's number change, or the stream does. Functions and constants may
 * be added without; the constants NI_..._COUNT are not part of the interface. */
#define NI_ABI_VERSION 1

/* The version of the stream that this library draws (docs/stream.md). */
#define NI_STREAM_VERSION 1

/* The largest number of dimensions of an output. */
#define NI_MAX_DIMS 64

typedef enum {
    NI_OK = 0,
    NI_BAD_DTYPE,          /* dtype is none of ni_dtype, or the kind cannot be written in it */
    NI_BAD_KIND,           /* kind is none of ni_kind */
    NI_BAD_SHAPE,          /* more than NI_MAX_DIMS dimensions, or a negative length */
    NI_BAD_INDEX,          /* an element index would reach 2^63 or be negative */
    NI_BAD_NUMBER,         /* NaN, or an infinity where a finite number is needed */
    NI_BAD_STD,            /* std is negative */
    NI_BAD_BOUNDS,         /* low > high, or std == 0 with mean outside [low, high] */
    NI_OUT_OF_RANGE,       /* the values do not fit the dtype: it would overflow */
    NI_EMPTY_INTERVAL,     /* no value of the dtype lies between the bounds */
    NI_OVERLAP,            /* two elements of the output share memory */
    NI_NO_MEMORY,          /* a workspace could not be had */
    NI_INTERRUPTED,        /* poll asked to stop; the output is partly written */
    NI_BAD_THREADS,        /* a thread count below 1, or NETINIT_NUM_THREADS is no such number
                              and there is work for more than one thread */
    NI_UNKNOWN_ISA,        /* NETINIT_ISA names no instruction set that netinit knows */
    NI_UNSUPPORTED_ISA,    /* NETINIT_ISA names one that this machine or build does not have */
    NI_BAD_SEED,           /* seed is no integer in decimal digits, or no text in UTF-8 */
    NI_BAD_NAME,           /* name is not UTF-8 */
    NI_BAD_AXIS,           /* an axis is none of ni_axis_role */
    NI_BAD_FAN,            /* fan_in or fan_out is negative, infinite or NaN */
    NI_BAD_MODE,           /* mode is none of ni_mode */
    NI_BAD_SCALE,          /* scale is negative, infinite or NaN */
    NI_BAD_SPREAD,         /* spread is none of ni_spread */
    NI_STATUS_COUNT
} ni_status;

/* Types of output elements. The two integer types take raw words only (NI_BITS). */
typedef enum {
    NI_FLOAT32 = 0,
    NI_FLOAT64,
    NI_FLOAT16,
    NI_BFLOAT16,
    NI_FLOAT8_E4M3FN,      /* largest value 448, one NaN, no infinities */
    NI_FLOAT8_E5M2,        /* largest value 57344 */
    NI_UINT32,
    NI_UINT64,
    NI_DTYPE_COUNT
} ni_dtype;

typedef enum {
    NI_BITS = 0,           /* the words of the stream: one (uint32) or two (uint64) an element */
    NI_CONSTANT,           /* mean */
    NI_UNIFORM,            /* [low, high) */
    NI_NORMAL,             /* mean, std */
    NI_TRUNCATED_NORMAL,   /* mean, std, conditioned on [low, high]; bounds may be infinite */
    NI_KIND_COUNT
} ni_kind;

/* A stream of Philox4x32-10 blocks: block b has key `key` and counter words
 * (offset + b mod 2^64, draw, 0). */
typedef struct {
    uint64_t key;
    uint64_t offset;
    uint32_t draw;
} ni_stream;

/* How a seed of ni_stream_of_seed is given. */
typedef enum {
    NI_SEED_INTEGER = 0,   /* the decimal digits of an integer of any size, after a sign or none */
    NI_SEED_TEXT,          /* any text, in UTF-8 */
    NI_SEED_COUNT
} ni_seed;

/* The stream of a seed and a parameter's name (docs/stream.md, section 2), at draw 0. A name is
 * `name_bytes` bytes of UTF-8, without a terminator; a NUL is a character as others are. Neither
 * text may be longer than memory, and one of 0 bytes may be NULL. */
NI_API ni_status ni_stream_of(int64_t seed, const char *name, size_t name_bytes,
                              ni_stream *stream);

/* The same for a seed of any size, or a text: `kind` is an ni_seed. Zeros before an integer's
 * digits, and a +, mean nothing: "007" is 7 and "-0" is 0. */
NI_API ni_status ni_stream_of_seed(int kind, const char *seed, size_t seed_bytes, const char *name,
                                   size_t name_bytes, ni_stream *stream);

/* What an element is drawn from. Fields that the kind does not name are not read. */
typedef struct {
    int kind;              /* an ni_kind */
    double mean, std, low, high;
} ni_distribution;

/* What an axis of a weight is to its linear map. */
typedef enum {
    NI_AXIS_OUT = 0,
    NI_AXIS_IN,
    NI_AXIS_KERNEL,        /* of a convolution: it is in both fans */
    NI_AXIS_BATCH,         /* maps side by side: it is in none */
    NI_AXIS_COUNT
} ni_axis_role;

/* How many values each output of a weight's map is made from, and each input goes to: the product
 * of the input axes, and of the output axes, times the kernel. `axes` says what each of the `ndim`
 * axes is; NULL means out, in, then the kernel, and of a single axis both fans. NI_BAD_SHAPE where
 * a product reaches 2^63. */
NI_API ni_status ni_fans(int ndim, const int64_t *shape, const int *axes, int64_t *fan_in,
                         int64_t *fan_out);

/* Which number a variance is divided by. */
typedef enum {
    NI_FAN_IN = 0,
    NI_FAN_OUT,
    NI_FAN_AVG,            /* (fan_in + fan_out) / 2 */
    NI_FAN_GEO_AVG,        /* sqrt(fan_in fan_out) */
    NI_MODE_COUNT
} ni_mode;

/* A distribution of mean 0, by its standard deviation. */
typedef enum {
    NI_SPREAD_NORMAL = 0,
    NI_SPREAD_UNIFORM,                     /* on +-sqrt(3) std */
    NI_SPREAD_TRUNCATED_NORMAL,            /* of that std after truncation at two of its parent's */
    NI_SPREAD_UNCORRECTED_TRUNCATED_NORMAL,/* whose parent has that std */
    NI_SPREAD_COUNT
} ni_spread;

/* The fan that a mode means: *fan. Fans are numbers of at least 0. */
NI_API ni_status ni_fan(int mode, double fan_in, double fan_out, double *fan);

/* sqrt(scale / fan), or 0 where the fan is 0: *std. */
NI_API ni_status ni_scaled_std(double scale, int mode, double fan_in, double fan_out, double *std);

/* The distribution of a spread and a standard deviation. */
NI_API ni_status ni_spread_of(int spread, double std, ni_distribution *distribution);

/* The general rule, of which Glorot's, He's and LeCun's are cases: the distribution of a spread
 * whose standard deviation is gain sqrt(scale / fan). */
NI_API ni_status ni_variance_scaling(double scale, int mode, int spread, double fan_in,
                                     double fan_out, double gain, ni_distribution *distribution);

/* Where the values go: `ndim` dimensions; element (j0, j1, ...) of the output lies at byte
 * data + sum j_k byte_strides[k] and is element first + sum j_k index_strides[k] of the whole
 * logical array. Strides may be negative or, where the length is 1, anything. No alignment is
 * needed. */
typedef struct {
    void *data;
    int dtype;             /* an ni_dtype */
    int ndim;
    const int64_t *shape;
    const int64_t *byte_strides;
    const int64_t *index_strides;
    int64_t first;
} ni_output;

/* How to run. A zeroed struct means: the default thread count, not interruptible. */
typedef struct {
    int threads;           /* 0: ni_default_threads; at most that many are used */
    int (*poll)(void *);   /* called by the calling thread at least every 0.1 s of work;
                              a result other than 0 stops the fill (NI_INTERRUPTED) */
    void *poll_context;
} ni_run;

/* Fill `out` from the distribution. `run` may be NULL.
 * Values do not depend on `run`, on strides, nor on which part of the logical array is asked
 * for. Safe to call from many threads at once; after fork; inside an OpenMP region (serially). */
NI_API ni_status ni_fill(const ni_stream *stream, const ni_distribution *distribution,
                         const ni_output *out, const ni_run *run);

/* One of many fills: what is drawn, from where, and where it goes. */
typedef struct {
    ni_stream stream;
    ni_distribution distribution;
    ni_output out;
} ni_filling;

/* Fill `count` outputs as ni_fill does, small ones several at a time. All are checked before the
 * first byte is written: where one is refused, its number goes to *amiss, which may be NULL.
 * Where outputs share memory they are filled in their order. The workspace is 24 bytes an
 * output. */
NI_API ni_status ni_fill_many(const ni_filling *fillings, int64_t count, int64_t *amiss,
                              const ni_run *run);

/* Whether ni_fill could write `out`: NI_OK, or the status of what is amiss with its dtype, shape,
 * indices or, NI_OVERLAP, its strides. Memory is neither read nor written; `data` may be NULL. */
NI_API ni_status ni_check_output(const ni_output *out);

/* The size of an element in bytes; 0 where dtype is none of ni_dtype. */
NI_API int ni_element_bytes(int dtype);

/* Part of a rows x cols matrix, or of `count` of them: element (i, j) of the part is element
 * (first_row + i, first_col + j) of the matrix, and lies at byte
 * data + g matrix_stride + i row_stride + j col_stride for matrix g. */
typedef struct {
    void *data;
    int dtype;             /* an ni_dtype of floating point */
    int64_t rows, cols;
    int64_t first_row, first_col, part_rows, part_cols;
    int64_t row_stride, col_stride, matrix_stride;
    int64_t count;
} ni_matrices;

/* Fill `out` from random matrices of the Haar measure with orthonormal columns (rows >= cols) or
 * rows, times gain. Matrix g is drawn from the stream whose draw is larger by g. Column j's
 * reflector comes from the normal stream at the elements (i, j), i >= j, of the tall matrix
 * (max(rows, cols) x min(rows, cols)); a wide matrix is the tall one transposed. The 16-bit
 * types hold the float32 matrix rounded once. Where elements would share memory nothing is written
 * (NI_OVERLAP).
 *
 * Values do not depend on `run` nor on which part is asked for. Columns of a tall matrix (rows of
 * a wide one) are made alone, at their share of the cost; other parts cost the whole. The
 * workspace is about the part, all of its columns' rows where these fit, and a panel of
 * max(rows, cols) x 64 numbers. */
NI_API ni_status ni_orthogonal(const ni_stream *stream, const ni_matrices *out, double gain,
                               const ni_run *run);

/* Fill the part `out` of a rows x cols matrix, as ni_fill does, and set `zeros` elements of each
 * column of the whole to zero, in places that are drawn too. With a distribution of NULL the
 * elements are taken as they are, and only the zeros are set. Up to 2^32 - 1 rows and 2^40
 * columns; count and matrix_stride are not read; any dtype. The places depend on the stream, rows,
 * cols and zeros
 * alone. The workspace is 8 MiB, or a word for each of the matrix's rows where that is more. */
NI_API ni_status ni_sparse(const ni_stream *stream, const ni_distribution *distribution,
                           int64_t zeros, const ni_matrices *out, const ni_run *run);

/* Factor a rows x cols matrix of float32 or float64 into q r: q, rows x min, has orthonormal
 * columns, r, min x cols, is upper triangular with a diagonal that is not negative, where min is
 * the smaller of rows and cols. `a` is read whole before q and r, of the same dtype, are written;
 * of the three only data, dtype, rows, cols, row_stride and col_stride matter. q and r may share
 * no memory with each other; no alignment is needed. Each step's sums have a fixed order: bits do
 * not depend on `run` or on the instruction set, but for those of a NaN. The workspace is about the
 * size of the larger of a and q, and a panel of rows x 64 numbers. */
NI_API ni_status ni_qr(const ni_matrices *a, const ni_matrices *q, const ni_matrices *r,
                       const ni_run *run);

/* What an array holds. The numbers are those of its finite elements: their mean is pivot + offset,
 * `squares` the sum of their squared deviations from it. `repeats` counts words of eight bytes that
 * are equal to the next one, but for the last eight of each whole block of 16384 bytes. Equal bytes
 * give equal hashes. */
typedef struct {
    int64_t count, nans, infinities, zeros, subnormals, repeats;
    double pivot, offset, squares, low, high;
    uint64_t hash;
} ni_statistics;

/* Add to `all`, zeroed at first, the statistics of the `count` elements that lie end to end from
 * `data` on, in one pass. A large array may be given in parts, in order, of which all but the
 * last are of whole blocks of 16384 bytes: where it is cut changes the last bits of offset and
 * squares at most, and threads change none. Of NI_UINT32 and NI_UINT64 only count, repeats and
 * hash are told. Nothing is written but *all, and that only where the result is NI_OK. */
NI_API ni_status ni_survey(const void *data, int dtype, int64_t count, ni_statistics *all,
                           const ni_run *run);

/* Advise the kernel to back [address, address + nbytes) by huge pages, before first touch.
 * Returns 1 if the advice was taken, 0 if not (too small, or not a system that has it). */
NI_API int ni_advise_huge_pages(void *address, size_t nbytes);

/* A one-line explanation of a status; never NULL. */
NI_API const char *ni_status_text(ni_status status);

/* The argument, or the field of one, that a status is about, by its name in this header; several
 * with commas between, where the function's own is one of them; "" where it is about none. */
NI_API const char *ni_status_argument(ni_status status);

/* Thread count used where the caller names none: NETINIT_NUM_THREADS, else OMP_NUM_THREADS,
 * else the processors that this process may use (affinity and cgroup quota); never more than
 * a limit set through OpenMP's own interface. Writes to *count. */
NI_API ni_status ni_default_threads(int *count);

/* The thread count of a call whose ni_run asks for `requested` (0: ni_default_threads), at most 256
 * and the limit set through OpenMP. A call may use fewer: as many as its work is worth. Writes to
 * *count. */
NI_API ni_status ni_thread_count(int requested, int *count);

/* NI_VERSION and NI_ABI_VERSION of the library that is loaded, which may be younger than the header
 * that a program was compiled with. */
NI_API const char *ni_version(void);
NI_API int ni_abi_version(void);

/* 1 if this build heeds the limits and regions of an OpenMP runtime, else 0. */
NI_API int ni_has_openmp(void);

/* The instruction set in use; NI_UNKNOWN_ISA or NI_UNSUPPORTED_ISA where NETINIT_ISA cannot be
 * honoured. Chosen once, at the first call. */
NI_API ni_status ni_active_isa(const char **name);

/* The i-th instruction set that this build holds, slowest first, or NULL past the last;
 * *supported says whether this machine can run it. */
NI_API const char *ni_isa(int i, int *supported);

/* Choose the instruction set by name for all later calls of the process (for tests and
 * measurements; values do not depend on it). Not to be called while a fill runs. */
NI_API ni_status ni_use_isa(const char *name);

#ifdef __cplusplus
}
#endif

#endif
