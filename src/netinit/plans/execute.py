"""Carrying out a plan."""

from __future__ import annotations

from collections.abc import Sequence

from netinit.api.fill import check_numbers, fill_array
from netinit.base.spelling import listing
from netinit.errors import UnresolvedShapeError
from netinit.parameters.adapter import Adapter
from netinit.plans.plan import Plan
from netinit.plans.row import Row


def _check(plan: Plan) -> None:
    """Raise for whatever would fail later, before any memory is taken."""
    unresolved = [row.name for row in plan.rows if row.initializer is None]
    if unresolved:
        raise UnresolvedShapeError(
            f"the shapes of {listing(unresolved)} are not known yet; give the net its input's "
            "shape (input=... of a netinit net, a dry run of a torch Lazy module)"
        )
    for row in plan.rows:
        assert row.initializer is not None
        try:
            check_numbers(row.initializer, row.parameter.dtype)
        except (TypeError, ValueError) as error:
            kind = TypeError if isinstance(error, TypeError) else ValueError
            raise kind(f"parameter {row.name!r}: {error}") from None


def _execute(rows: Sequence[Row], adapter: Adapter, threads: int | None) -> None:
    """Fill the rows' parameters through the adapter, which owns their memory."""
    parameters = [row.parameter for row in rows]
    adapter.open(parameters)
    for row in rows:
        assert row.initializer is not None
        out = adapter.array(row.parameter)
        fill_array(out, row.parameter.dtype, row.initializer, row.stream, threads=threads)
        if row.parameter.zero_row is not None:
            out[row.parameter.zero_row] = 0
    adapter.close(parameters)
