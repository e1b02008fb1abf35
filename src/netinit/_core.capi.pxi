"""What `cimport netinit` takes; _core.pyx includes this."""

from cpython.pycapsule cimport PyCapsule_New


cdef _capsule(void *function, const char *signature):
    return PyCapsule_New(function, signature, NULL)


def capi():
    """Return the functions of __init__.pxd for `cimport netinit`, each with its type as a name."""
    return {
        "ni_stream_of": _capsule(<void *>ni_stream_of, "ni_status (int64_t, char const *, size_t, "
                                 "ni_stream *)"),
        "ni_stream_of_seed": _capsule(<void *>ni_stream_of_seed, "ni_status (int, char const *, "
                                      "size_t, char const *, size_t, ni_stream *)"),
        "ni_variance_scaling": _capsule(<void *>ni_variance_scaling, "ni_status (double, int, int, "
                                        "double, double, double, ni_distribution *)"),
        "ni_fill_many": _capsule(<void *>ni_fill_many, "ni_status (ni_filling const *, int64_t, "
                                 "int64_t *, ni_run const *)"),
        "ni_status_argument": _capsule(<void *>ni_status_argument, "char const *(ni_status)"),
        "ni_fill": _capsule(<void *>ni_fill, "ni_status (ni_stream const *, "
                            "ni_distribution const *, ni_output const *, ni_run const *)"),
        "ni_check_output": _capsule(<void *>ni_check_output, "ni_status (ni_output const *)"),
        "ni_element_bytes": _capsule(<void *>ni_element_bytes, "int (int)"),
        "ni_orthogonal": _capsule(<void *>ni_orthogonal, "ni_status (ni_stream const *, "
                                  "ni_matrices const *, double, ni_run const *)"),
        "ni_sparse": _capsule(<void *>ni_sparse, "ni_status (ni_stream const *, "
                              "ni_distribution const *, int64_t, ni_matrices const *, "
                              "ni_run const *)"),
        "ni_qr": _capsule(<void *>ni_qr, "ni_status (ni_matrices const *, ni_matrices const *, "
                          "ni_matrices const *, ni_run const *)"),
        "ni_status_text": _capsule(<void *>ni_status_text, "char const *(ni_status)"),
        "ni_thread_count": _capsule(<void *>ni_thread_count, "ni_status (int, int *)"),
    }
