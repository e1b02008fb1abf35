"""Linear algebra on the core's block kernels: the QR factorization."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from netinit import _core

__all__ = ["QRResult", "qr"]


class QRResult(NamedTuple):
    """What `qr` returns, by position or by name."""

    Q: np.ndarray
    R: np.ndarray


def _floating(a: Any) -> np.ndarray:
    """Return `a` as an array of float32 or float64 in the machine's byte order."""
    array = np.asarray(a)
    if array.dtype.kind in "biu":
        array = array.astype(np.float64)
    if array.dtype.kind != "f" or array.dtype.itemsize not in (4, 8):
        raise TypeError(f"a must be of dtype float32, float64 or integer, not {array.dtype}")
    if array.ndim < 2:
        raise ValueError(f"a must have at least 2 dimensions, not the shape {array.shape}")
    return np.require(array, array.dtype.newbyteorder("="), ["ALIGNED"])


def qr(a: Any, *, threads: int | None = None) -> QRResult:
    """Factor matrices into orthonormal columns and an upper triangle, the same bits everywhere.

    Parameters
    ----------
    a : array_like, shape (..., m, n)
        One or more matrices of float32 or float64; integers and bools become float64.
    threads : int, optional
        At most this many threads; the result does not depend on it, nor on the machine.

    Returns
    -------
    QRResult
        ``Q`` of shape (..., m, k) and ``R`` of shape (..., k, n), k the smaller of m and n (the
        reduced mode of ``numpy.linalg.qr``), of the dtype of `a`. The diagonal of R is not
        negative; where `a` has full rank this makes the factorization unique.

    Raises
    ------
    TypeError
        If `a` is complex, float16 or not numeric.
    ValueError
        If `a` has fewer than two dimensions.
    MemoryError
        If there is no room for the workspace, about the size of one matrix and a panel of 64
        of its columns.

    Notes
    -----
    A = Q R by Householder reflectors in blocks of 64, I - V T V^T (Schreiber and Van Loan, SIAM
    J. Sci. Stat. Comput. 10, 1989) with T^-1 = striu(V^T V) + diag(V^T V) / 2 (Puglisi, ibid.
    13, 1992). NaN and infinities in a matrix spoil its own factors only.

    Examples
    --------
    >>> import numpy as np
    >>> from netinit.linalg import qr
    >>> q, r = qr([[3.0, 1.0], [4.0, 2.0]])
    >>> q.round(3)
    array([[ 0.6, -0.8],
           [ 0.8,  0.6]])
    >>> r.round(3)
    array([[5. , 2.2],
           [0. , 0.4]])
    """
    array = _floating(a)
    *stack, m, n = array.shape
    k = min(m, n)
    q = np.empty((*stack, m, k), array.dtype)
    r = np.empty((*stack, k, n), array.dtype)
    for index in np.ndindex(*stack):
        one = array[index][None], q[index][None], r[index][None]
        _core.qr(*one, array.dtype.name, threads=threads)
    return QRResult(q, r)
