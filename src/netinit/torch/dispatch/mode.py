"""The base of netinit's dispatch modes."""

from __future__ import annotations

from types import CodeType
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

__all__ = ["Mode"]


class Mode(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Within a ``with`` block, sees every operator of torch before it runs."""

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()  # type: ignore[no-untyped-call]
        dispatch: Any = cls.__torch_dispatch__
        _keep_from_compiler(dispatch.__code__)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Keep torch from loading its compiler, two seconds, only to leave this class out of it."""
        return False


def _keep_from_compiler(code: CodeType) -> None:
    """Have torch's compiler leave out a function and all that it calls, as far as it can be told.

    Otherwise it translates a mode's own code where a compiled function runs within its block.
    """
    frames: Any = torch._C._dynamo.eval_frame
    tell = getattr(frames, "set_code_exec_strategy", None)
    if tell is not None:
        skip = frames._FrameAction.SKIP
        tell(code, frames._FrameExecStrategy(skip, skip))
