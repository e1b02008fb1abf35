/* Writes elements of a stream to standard output, little-endian:
 *
 *     driver ISA DTYPE KIND MEAN STD LOW HIGH KEY OFFSET DRAW FIRST COUNT
 *
 * DTYPE and KIND are the numbers of ni_dtype and ni_kind. ISA "list" names what can run here. With
 * KIND -1 it is an orthogonal matrix of LOW x HIGH, of gain MEAN; with KIND -2 a sparse one of
 * normals with MEAN zeros in each column.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <fcntl.h>
#include <io.h>
#endif

#include "netinit/netinit.h"

static int list(void)
{
    int supported;
    for (int i = 0; ni_isa(i, &supported); i++)
        if (supported)
            puts(ni_isa(i, &supported));
    return 0;
}

static ni_status matrix(const ni_stream *stream, const ni_distribution *numbers,
                        const ni_output *out)
{
    static const ni_distribution normal = {.kind = NI_NORMAL, .std = 1.0};
    const int64_t rows = (int64_t)numbers->low, cols = (int64_t)numbers->high;
    const ni_matrices whole = {.data = out->data, .dtype = out->dtype, .rows = rows,
                               .cols = cols, .part_rows = rows, .part_cols = cols,
                               .row_stride = cols * out->byte_strides[0],
                               .col_stride = out->byte_strides[0], .count = 1};
    if (numbers->kind == -2)
        return ni_sparse(stream, &normal, (int64_t)numbers->mean, &whole, NULL);
    return ni_orthogonal(stream, &whole, numbers->mean, NULL);
}

int main(int count, char **argument)
{
    static const int bytes[NI_DTYPE_COUNT] = {4, 8, 2, 2, 1, 1, 4, 8};
    const unsigned short one = 1;
#ifdef _WIN32
    _setmode(_fileno(stdout), _O_BINARY);
#endif
    const int big_endian = *(const char *)&one == 0;
    if (count == 2 && strcmp(argument[1], "list") == 0)
        return list();
    if (count != 13 || ni_use_isa(argument[1]) != NI_OK)
        return 2;
    const int dtype = atoi(argument[2]), size = bytes[dtype];
    const ni_distribution distribution = {atoi(argument[3]), strtod(argument[4], NULL),
                                          strtod(argument[5], NULL), strtod(argument[6], NULL),
                                          strtod(argument[7], NULL)};
    const ni_stream stream = {strtoull(argument[8], NULL, 10), strtoull(argument[9], NULL, 10),
                              (uint32_t)strtoul(argument[10], NULL, 10)};
    const int64_t length = strtoll(argument[12], NULL, 10), stride = size, step = 1;
    char *elements = malloc((size_t)(length * size));
    const ni_output out = {elements, dtype, 1, &length, &stride, &step,
                           strtoll(argument[11], NULL, 10)};
    ni_status status = NI_NO_MEMORY;
    if (elements && distribution.kind < 0)
        status = matrix(&stream, &distribution, &out);
    else if (elements)
        status = ni_fill(&stream, &distribution, &out, NULL);
    if (status != NI_OK) {
        fprintf(stderr, "%s\n", ni_status_text(status));
        return 1;
    }
    for (int64_t i = 0; i < length; i++)
        for (int k = 0; k < size; k++)
            putchar(elements[i * size + (big_endian ? size - 1 - k : k)]);
    free(elements);
    return fflush(stdout) != 0;
}
