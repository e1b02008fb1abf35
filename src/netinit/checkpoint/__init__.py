"""Checkpoints: safetensors files written by streaming, and checked by making them again."""

from netinit.checkpoint.check import check
from netinit.checkpoint.difference import Difference
from netinit.checkpoint.header import Header, Tensor, layout_tensors, read_header
from netinit.checkpoint.repair import Repair, repair
from netinit.checkpoint.source import plan_source, read_source
from netinit.checkpoint.stream import stream
from netinit.checkpoint.write import write
from netinit.checkpoint.writer import Writer

__all__ = [
    "Difference",
    "Header",
    "Repair",
    "Tensor",
    "Writer",
    "check",
    "layout_tensors",
    "plan_source",
    "read_header",
    "read_source",
    "repair",
    "stream",
    "write",
]
