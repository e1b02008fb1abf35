# cython: language_level=3
"""Fill the parameters that a file lists, as gpt2.txt does, without the interpreter's lock:

    cython gpt2.pyx
    cc -O2 -shared -fPIC gpt2.c -o gpt2.so $(python3-config --includes) \
        $(pkg-config --cflags --libs netinit)
    python3 -c 'import gpt2; gpt2.write(2019, "../gpt2.txt", 1)' | sha256sum
"""

from libc.stdint cimport int64_t

import os

import cython


cdef extern from "netinit/netinit.h" nogil:
    ctypedef int ni_status
    enum:
        NI_OK
        NI_FLOAT32
        NI_NORMAL
    ctypedef struct ni_stream:
        pass
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
        pass
    ni_status ni_stream_of(int64_t seed, const char *name, size_t name_bytes, ni_stream *stream)
    ni_status ni_fill(const ni_stream *stream, const ni_distribution *distribution,
                      const ni_output *out, const ni_run *run)
    const char *ni_status_text(ni_status status)


def fill(float[::1] data, int64_t seed, str name, double mean, double std):
    """Fill memory from the stream of a seed and a name."""
    cdef bytes text = name.encode()
    cdef const char *start = text
    cdef size_t length = len(text)
    cdef ni_stream stream
    cdef ni_status status
    cdef ni_distribution normal = ni_distribution(NI_NORMAL, mean, std, 0, 0)
    cdef int64_t count = data.shape[0], stride = sizeof(float), step = 1
    cdef ni_output out = ni_output(<void *>&data[0], NI_FLOAT32, 1, &count, &stride, &step, 0)
    with nogil:
        status = ni_stream_of(seed, start, length, &stream)
        if status == NI_OK:
            status = ni_fill(&stream, &normal, &out, NULL)
    if status != NI_OK:
        raise ValueError(f"{name}: {ni_status_text(status).decode()}")


def write(seed, path, file):
    """Write the bytes of the parameters that a file lists, one after another."""
    with open(path) as lines, os.fdopen(os.dup(file), "wb") as to:
        for line in lines:
            name, count, mean, std = line.split()
            data = cython.view.array((int(count),), itemsize=sizeof(float), format="f")
            fill(data, seed, name, float(mean), float(std))
            to.write(data)
