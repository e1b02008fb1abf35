"""From seeds, names and fans to streams and distributions; _core.pyx includes this."""

from cpython.long cimport PyLong_AsLongLongAndOverflow
from cpython.unicode cimport PyUnicode_AsUTF8AndSize

#: The numbers of ni_mode and ni_spread, by the names that they have here.
cdef dict _MODES = {
    "fan_in": NI_FAN_IN, "fan_out": NI_FAN_OUT, "fan_avg": NI_FAN_AVG,
    "fan_geo_avg": NI_FAN_GEO_AVG,
}
cdef dict _SPREADS = {
    "normal": NI_SPREAD_NORMAL, "uniform": NI_SPREAD_UNIFORM,
    "truncated_normal": NI_SPREAD_TRUNCATED_NORMAL,
    "uncorrected_truncated_normal": NI_SPREAD_UNCORRECTED_TRUNCATED_NORMAL,
}

cdef dict _KIND_NAMES = {row[0]: kind for kind, row in _KINDS.items()}


cdef ni_stream _stream_of(seed, name) except *:
    """Return the stream, at draw 0, of an integer or text and a name."""
    cdef ni_stream stream
    cdef ni_status status
    cdef Py_ssize_t seed_bytes, name_bytes
    cdef const char *text
    cdef const char *name_text = PyUnicode_AsUTF8AndSize(name, &name_bytes)
    cdef int kind = NI_SEED_TEXT if isinstance(seed, str) else NI_SEED_INTEGER
    cdef int overflow = 0
    cdef long long small
    if kind == NI_SEED_INTEGER:
        small = PyLong_AsLongLongAndOverflow(seed, &overflow)
        if overflow:
            seed = str(seed)
    if kind == NI_SEED_INTEGER and not overflow:
        status = ni_stream_of(small, name_text, name_bytes, &stream)
    else:
        text = PyUnicode_AsUTF8AndSize(seed, &seed_bytes)
        status = ni_stream_of_seed(kind, text, seed_bytes, name_text, name_bytes, &stream)
    _check(status)
    return stream


def stream_of(seed, name):
    """Return the key and the offset of the stream of an integer or text and a name."""
    cdef ni_stream stream = _stream_of(seed, name)
    return stream.key, stream.offset


def fan(str mode, double fan_in, double fan_out):
    """Return the number that a variance is divided by; see ni_fan in netinit.h."""
    cdef double value = 0.0
    _check(ni_fan(_MODES[mode], fan_in, fan_out, &value))
    return value


def scaled_std(double scale, str mode, double fan_in, double fan_out):
    """Return sqrt(scale / fan), or 0 where the fan is 0; see ni_scaled_std in netinit.h."""
    cdef double std = 0.0
    _check(ni_scaled_std(scale, _MODES[mode], fan_in, fan_out, &std))
    return std


def spread(str name, double std):
    """Return the kind and the numbers of a distribution of mean 0: ni_spread_of in netinit.h."""
    cdef ni_distribution made
    _check(ni_spread_of(_SPREADS[name], std, &made))
    return _KIND_NAMES[made.kind], made.mean, made.std, made.low, made.high
