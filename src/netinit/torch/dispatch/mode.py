"""The base of netinit's dispatch modes."""

from __future__ import annotations

from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["Mode"]


class Mode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within a ``with`` block, sees every operator of torch before it runs."""

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from loading its compiler, two seconds, only to leave this class out of it."""
        return False
