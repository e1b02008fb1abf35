"""Folders of shards as Hugging Face lays them out, small, for tests."""

import json

import netinit
from netinit import checkpoint
from netinit.checkpoint.shards import INDEX_NAME
from netinit.parameters.parameter import Parameter
from netinit.plans.plan import build_plan

__all__ = ["SHARDS", "change_index", "damage", "make_folder", "shard"]

#: The tensors of each shard.
SHARDS = [
    [
        Parameter("embed.weight", (300, 64), "bfloat16"),
        Parameter("norm.weight", (64,), role="bias"),
    ],
    [Parameter(f"h.{i}.weight", (64, 64), "bfloat16") for i in range(4)],
    [Parameter("head.weight", (300, 64)), Parameter("head.bias", (300,), role="bias")],
]


def shard(number):
    """Return the name of a shard's file, counted from 0."""
    return f"model-{number + 1:05}-of-{len(SHARDS):05}.safetensors"


def make_folder(folder, method="Kaiming"):
    """Write the shards and their index into a folder."""
    folder.mkdir(exist_ok=True)
    weight_map, total = {}, 0
    for number, parameters in enumerate(SHARDS):
        plan = build_plan(parameters, netinit.All, method, 7)
        checkpoint.write(folder / shard(number), plan)
        weight_map |= {parameter.name: shard(number) for parameter in parameters}
        total += sum(parameter.nbytes for parameter in parameters)
    index = {"metadata": {"total_size": total}, "weight_map": weight_map}
    (folder / INDEX_NAME).write_text(f"{json.dumps(index, indent=2, sort_keys=True)}\n")
    return folder


def change_index(folder, change):
    """Write the index anew, changed."""
    index = json.loads((folder / INDEX_NAME).read_text())
    change(index)
    (folder / INDEX_NAME).write_text(json.dumps(index))


def damage(path, name, element):
    """Flip a bit of one element of a tensor."""
    header = checkpoint.read_header(path)
    tensor = next(tensor for tensor in header.tensors if tensor.name == name)
    size = 2 if tensor.code == "BF16" else 4
    content = bytearray(path.read_bytes())
    content[header.data_start + tensor.begin + element * size + size - 1] ^= 0x20
    path.write_bytes(content)
