/* Fills the parameters that standard input lists, as gpt2.txt does, and writes their bytes, one
 * after another:
 *
 *     cc -O2 gpt2.c -o gpt2 $(pkg-config --cflags --libs netinit)
 *     ./gpt2 2019 < ../gpt2.txt | sha256sum
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <netinit/netinit.h>

static ni_status fill(int64_t seed, const char *name, const ni_distribution *distribution,
                      float *data, int64_t count)
{
    const int64_t stride = sizeof *data, step = 1;
    const ni_output out = {data, NI_FLOAT32, 1, &count, &stride, &step, 0};
    ni_stream stream;
    const ni_status status = ni_stream_of(seed, name, strlen(name), &stream);
    return status == NI_OK ? ni_fill(&stream, distribution, &out, NULL) : status;
}

int main(int argc, char **argv)
{
    const int64_t seed = argc > 1 ? strtoll(argv[1], NULL, 10) : 0;
    ni_distribution normal = {.kind = NI_NORMAL};
    char name[256];
    int64_t count;
    while (scanf("%255s %" SCNd64 " %lf %lf", name, &count, &normal.mean, &normal.std) == 4) {
        float *data = malloc((size_t)count * sizeof *data);
        const ni_status status = data ? fill(seed, name, &normal, data, count) : NI_NO_MEMORY;
        if (status != NI_OK) {
            fprintf(stderr, "%s: %s\n", name, ni_status_text(status));
            return 1;
        }
        fwrite(data, sizeof *data, (size_t)count, stdout);
        free(data);
    }
    return fflush(stdout) != 0;
}
