"""The front of netinit.fill; _core.pyx includes this."""

from cpython.buffer cimport PyBUF_SIMPLE
from cpython.ref cimport PyObject

#: How many streams are kept.
cdef int _MOST_STREAMS = 1024
#: In the place of an argument that was not given.
cdef object _MISSING = object()


cdef class _Origin:
    """The stream of a seed and a name."""

    cdef ni_stream stream


cdef class _Quick:
    """What the front knows: see `quick_fill`."""

    cdef object array
    cdef list dtypes
    cdef dict known, noted, streams
    cdef frozenset own
    cdef int64_t small

    cdef int take(self, out, what, seed, name, draw, ni_filling *plain, Py_buffer *view,
                  int64_t *geometry) except -1:
        """Make a filling of plain arguments and hold the array's buffer; 0 where they are not.

        No code in Python runs, so neither does a handler of signals, and what is found amiss
        can be left to the thorough function to say.
        """
        if not (type(out) is self.array and (type(seed) is int or type(seed) is str)
                and type(name) is str and type(draw) is int):
            return 0
        dtype = out.dtype
        for at, stored, code in self.dtypes:
            if at is dtype:
                plain.out.dtype = code
                break
        else:
            return 0
        if not self.distribution(out, what, name, stored, &plain.distribution):
            return 0
        try:
            plain.stream = self.origin(seed, name).stream
            plain.stream.draw = draw
            PyObject_GetBuffer(out, view, PyBUF_WRITABLE | PyBUF_SIMPLE)
        except Exception:
            return 0
        geometry[0], geometry[1], geometry[2] = view.len // view.itemsize, view.itemsize, 1
        plain.out.data, plain.out.ndim, plain.out.first = view.buf, 1, 0
        plain.out.shape, plain.out.byte_strides = &geometry[0], &geometry[1]
        plain.out.index_strides = &geometry[2]
        if geometry[0] > self.small and not name:
            if self.noted.get(<uintptr_t><PyObject *>out) is not seed:
                PyBuffer_Release(view)
                return 0
        return 1

    cdef int distribution(self, out, what, name, dtype, ni_distribution *drawn) except -1:
        """Say what is drawn; 0 where that takes more than a look."""
        kind = type(what)
        if kind is str:
            what = self.known.get((what, name, out.shape, dtype))
            kind = type(what)
        if kind is float:
            drawn.std = what
            if not 0.0 <= drawn.std <= 1.7976931348623157e308:
                return 0
            drawn.kind = NI_NORMAL if drawn.std else NI_CONSTANT
            drawn.mean = drawn.low = drawn.high = 0.0
            return 1
        if kind in self.own:
            drawn[0] = _distribution(what.core)
            return 1
        return 0

    cdef _Origin origin(self, seed, name):
        cdef _Origin made = self.streams.get((seed, name))
        if made is None:
            made = _Origin()
            made.stream = _stream_of(seed, name)
            if len(self.streams) >= _MOST_STREAMS:
                self.streams.clear()
            self.streams[seed, name] = made
        return made


def quick_fill(array, dict dtypes, own, dict known, dict noted, int64_t small):
    """Return a decorator that puts a front before netinit.fill, for plain arguments alone.

    All others are left to the function that is decorated, errors included.

    Parameters
    ----------
    array : type
        Of the arrays that are plain, where they are writable and contiguous in C order.
    dtypes : dict
        The name of each of their dtypes.
    own : iterable of type
        The distributions that have a `core`.
    known : dict
        Those that texts mean, by (text, name, shape, dtype's name); the thorough function adds to
        them.
    noted : dict
        The seeds that arrays have been noted with, by their `id`.
    small : int
        Up to so many elements an array without a name is not noted.
    """
    from functools import update_wrapper

    cdef _Quick quick = _Quick()
    quick.array, quick.known, quick.noted, quick.small = array, known, noted, small
    quick.own, quick.streams = frozenset(own), {}
    quick.dtypes = [(dtype, name, _DTYPES[name]) for dtype, name in dtypes.items()]

    def before(thorough):
        def fill(out=_MISSING, what=_MISSING, *rest, seed=1234, name="", draw=0, shape=None,
                 start=None, threads=None):
            cdef ni_filling plain
            cdef Py_buffer view
            cdef int64_t geometry[3]
            cdef ni_status status
            if (shape is None and start is None and threads is None and not rest
                    and quick.take(out, what, seed, name, draw, &plain, &view, geometry)):
                try:
                    status = _run_fill(&plain.stream, &plain.distribution, &plain.out,
                                       geometry[0], None)
                finally:
                    PyBuffer_Release(&view)
                if status == NI_OK:
                    return out
            if rest:  # one argument too many
                return thorough(out, what, *rest)
            if out is _MISSING or what is _MISSING:  # or too few
                both = {"out": out, "what": what}
                return thorough(**{key: value for key, value in both.items()
                                   if value is not _MISSING})
            return thorough(out, what, seed=seed, name=name, draw=draw, shape=shape, start=start,
                            threads=threads)

        return update_wrapper(fill, thorough)

    return before
