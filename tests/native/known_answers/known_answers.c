/* Draw each row of the golden table, and compare the hashes:
 *
 *     known_answers hashes.json [all]
 *
 * with the instruction set in use, or with all that this machine has.
 *
 * The table has a line for each row: "NAME DTYPE": "SHA-256". A row that is not known here is a
 * failure, as a wrong one is.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netinit/netinit.h"
#include "sha256.h"

/* As tests/stream_cases.py and tests/golden/make_golden.py have them. */
static const ni_stream stream = {0xfedcba9876543210, (uint64_t)0 - 20000, 0x89abcdef};
enum { elements = 462851 };
static const double gain = 1.25;

static const char *const dtypes[NI_DTYPE_COUNT] = {
    "float32", "float64", "float16", "bfloat16", "float8_e4m3fn", "float8_e5m2", "uint32", "uint64",
};

#define TRUNCATED NI_TRUNCATED_NORMAL
static const struct {
    const char *name;
    ni_distribution distribution; /* kind, mean, std, low, high */
} cases[] = {
    {"bits", {NI_BITS, 0, 0, 0, 0}},
    {"constant", {NI_CONSTANT, 0.1, 0, 0, 0}},
    {"uniform", {NI_UNIFORM, 0, 0, -1, 2}},
    {"uniform_unit", {NI_UNIFORM, 0, 0, 0, 1}},
    {"normal", {NI_NORMAL, 0, 1, 0, 0}},
    {"normal_scaled", {NI_NORMAL, 0.5, 0.02, 0, 0}},
    {"wide", {TRUNCATED, 0, 0.02, -2, 2}},
    {"central", {TRUNCATED, 0, 1, -2, 2}},
    {"central_inner", {TRUNCATED, 0.25, 0.5, -0.25, 0.75}},
    {"general", {TRUNCATED, 0, 1, -1, 3}},
    {"general_mirrored", {TRUNCATED, 0, 1, -3, 1}},
    {"general_above", {TRUNCATED, 0, 1, 0.5, INFINITY}},
    {"general_below", {TRUNCATED, 0.5, 0.75, -INFINITY, 1.25}},
    {"general_side", {TRUNCATED, 0, 1, 1.5, 8}},
    {"tail", {TRUNCATED, 0, 1, 4, INFINITY}},
    {"tail_two_sided", {TRUNCATED, 0, 1, 8, 8.25}},
    {"tail_mirrored", {TRUNCATED, 0, 1, -INFINITY, -20}},
    {"far_tail", {TRUNCATED, 0, 1, 500, 500.01}},
    {"far_tail_mirrored", {TRUNCATED, 0, 1, -INFINITY, -700}},
    {"far_tail_at_zero", {TRUNCATED, -5e3, 50, 0, INFINITY}},
    {"far", {TRUNCATED, -1, 1e-20, 0, 1}},
    {"far_mirrored", {TRUNCATED, 1, 1e-20, 0, 0.7}},
    {"narrow", {TRUNCATED, 0, 1e13, -1e-5, 2e-5}},
    {"narrow_mirrored", {TRUNCATED, 0, 1e13, -2e-5, 1e-5}},
};

static int dtype_of(const char *name)
{
    int dtype = 0;
    while (dtype < NI_DTYPE_COUNT && strcmp(dtypes[dtype], name) != 0)
        dtype++;
    return dtype;
}

static ni_status draw_array(const char *name, int dtype, void *data)
{
    const int64_t count = elements, bytes = ni_element_bytes(dtype), step = 1;
    const ni_output out = {data, dtype, 1, &count, &bytes, &step, 0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(cases[i].name, name) == 0)
            return ni_fill(&stream, &cases[i].distribution, &out, NULL);
    return NI_BAD_KIND;
}

static ni_status draw_matrix(long rows, long cols, long zeros, int dtype, void *data)
{
    static const ni_distribution normal = {.kind = NI_NORMAL, .std = 1.0};
    const int64_t bytes = ni_element_bytes(dtype);
    const ni_matrices out = {.data = data, .dtype = dtype, .rows = rows, .cols = cols,
                             .part_rows = rows, .part_cols = cols, .row_stride = cols * bytes,
                             .col_stride = bytes, .count = 1};
    return zeros < 0 ? ni_orthogonal(&stream, &out, gain, NULL)
                     : ni_sparse(&stream, &normal, zeros, &out, NULL);
}

/* The hashes are those of little-endian elements. */
static void order_bytes(unsigned char *data, size_t count, int bytes)
{
    const unsigned short one = 1;
    if (*(const unsigned char *)&one == 1)
        return;
    for (size_t i = 0; i < count; i++)
        for (int k = 0; k < bytes / 2; k++) {
            unsigned char *at = data + i * bytes, kept = at[k];
            at[k] = at[bytes - 1 - k];
            at[bytes - 1 - k] = kept;
        }
}

/* Whether the row has its hash; says so where it has not. */
static int is_right(const char *row, const char *wanted, const char *isa, void *data)
{
    char name[64], dtype_name[32], found[65] = "";
    long rows, cols, zeros = -1;
    size_t count = elements;
    ni_status status;
    int dtype = NI_DTYPE_COUNT;
    if (sscanf(row, "orthogonal %ldx%ld %31s", &rows, &cols, dtype_name) == 3
        || sscanf(row, "sparse %ldx%ld %ld %31s", &rows, &cols, &zeros, dtype_name) == 4) {
        dtype = dtype_of(dtype_name);
        count = (size_t)(rows * cols);
        status = draw_matrix(rows, cols, zeros, dtype, data);
    } else if (sscanf(row, "%63s %31s", name, dtype_name) == 2) {
        dtype = dtype_of(dtype_name);
        status = draw_array(name, dtype, data);
    } else {
        status = NI_BAD_KIND;
    }
    if (status == NI_OK) {
        order_bytes(data, count, ni_element_bytes(dtype));
        sha256_text(data, count * (size_t)ni_element_bytes(dtype), found);
    }
    const int right = strcmp(found, wanted) == 0;
    if (!right)
        printf("%s, %s: %s %s\n", isa, row, ni_status_text(status), found);
    return right;
}

/* Check the table's rows; returns how many are wrong, or that none was found. */
static int check_table(FILE *table, const char *isa, void *data)
{
    char line[256], row[128], wanted[65];
    int rows = 0, wrong = 0;
    rewind(table);
    while (fgets(line, sizeof line, table))
        if (sscanf(line, " \"%127[^\"]\": \"%64[0-9a-f]\"", row, wanted) == 2) {
            rows++;
            wrong += !is_right(row, wanted, isa, data);
        }
    printf("netinit %s, %s: %d rows, %d wrong\n", ni_version(), isa, rows, wrong);
    return wrong + (rows == 0);
}

int main(int count, char **argument)
{
    int wrong = 0, supported;
    const char *isa, *active;
    FILE *table = count > 1 ? fopen(argument[1], "r") : NULL;
    void *data = malloc((size_t)elements * 8);
    if (!table || !data || ni_active_isa(&active) != NI_OK)
        return 2;
    if (count == 2)
        wrong = check_table(table, active, data);
    for (int i = 0; count > 2 && (isa = ni_isa(i, &supported)) != NULL; i++)
        if (supported && ni_use_isa(isa) == NI_OK)
            wrong += check_table(table, isa, data);
    free(data);
    fclose(table);
    return wrong != 0;
}
