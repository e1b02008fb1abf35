"""Layers that say of themselves what vLLM's say, and load whole tensors by vLLM's rules.

A stand-in for the package: classes of its names, with the attributes by which its own weight
loaders cut a whole tensor, and `cut`, which does that.
"""

from __future__ import annotations

from types import SimpleNamespace

import torch
from torch import nn


def parameter(*shape, dtype=torch.float32, **attributes):
    made = nn.Parameter(torch.empty(shape, dtype=dtype), requires_grad=False)
    for name, value in attributes.items():
        setattr(made, name, value)
    return made


class LinearBase(nn.Module):
    def __init__(self, rank, size):
        super().__init__()
        self.tp_rank, self.tp_size = rank, size


class ReplicatedLinear(LinearBase):
    def __init__(self, rank, size, inputs, outputs):
        super().__init__(rank, size)
        self.weight = parameter(outputs, inputs, output_dim=0, input_dim=1)

    def cut(self, key, whole):
        return whole


class ColumnParallelLinear(LinearBase):
    """One map or several merged ones; `kind` says how the weight is kept."""

    def __init__(self, rank, size, inputs, outputs, kind="plain"):
        super().__init__(rank, size)
        local = sum(outputs) // size
        if len(outputs) > 1:
            self.output_sizes = list(outputs)
        if kind == "plain":
            self.weight = parameter(local, inputs, output_dim=0, input_dim=1)
            self.bias = parameter(local, output_dim=0)
        elif kind == "gptq":
            self.qweight = parameter(
                inputs // 8, local, dtype=torch.int32, output_dim=1, input_dim=0, packed_dim=0
            )
            self.scales = parameter(inputs // 32, local, output_dim=1, input_dim=0)
            self.g_idx = parameter(inputs, dtype=torch.int32, input_dim=0)
        elif kind == "awq":
            self.qweight = parameter(
                inputs, local // 8, dtype=torch.int32, output_dim=1, input_dim=0, packed_dim=1
            )
            self.scales = parameter(inputs // 32, local, output_dim=1, input_dim=0)
        elif kind == "fp8":
            self.weight = parameter(
                local, inputs, dtype=torch.float8_e4m3fn, output_dim=0, input_dim=1
            )
            self.weight_scale = parameter(len(outputs))

    def groups(self):
        """Return each map's part of the outputs, its rank and the processes it is cut among."""
        sizes = getattr(self, "output_sizes", [1])
        return [(size, self.tp_rank, self.tp_size) for size in sizes]

    def cut(self, key, whole):
        axis = getattr(getattr(self, key), "output_dim", None)
        if axis is None:
            return whole
        groups, cuts, at = self.groups(), [], 0
        unit = whole.shape[axis] / sum(size for size, _, _ in groups)
        for size, rank, ranks in groups:
            count = round(size * unit)
            cuts.append(whole.narrow(axis, at + rank * (count // ranks), count // ranks))
            at += count
        return torch.cat(cuts, axis)


class MergedColumnParallelLinear(ColumnParallelLinear):
    pass


class QKVParallelLinear(ColumnParallelLinear):
    def __init__(self, rank, size, inputs, width, heads, kv_heads, kind="plain"):
        own = max(1, kv_heads // size)
        self_sizes = [heads * width, own * width * size, own * width * size]
        super().__init__(rank, size, inputs, self_sizes, kind)
        self.num_kv_heads, self.num_kv_head_replicas = own, max(1, size // kv_heads)

    def groups(self):
        q, k, v = self.output_sizes
        copies = self.num_kv_head_replicas
        few = (self.tp_rank // copies, self.tp_size // copies)
        return [(q, self.tp_rank, self.tp_size), (k // copies, *few), (v // copies, *few)]


class RowParallelLinear(LinearBase):
    def __init__(self, rank, size, inputs, outputs):
        super().__init__(rank, size)
        self.weight = parameter(outputs, inputs // size, output_dim=0, input_dim=1)
        self.bias = parameter(outputs)

    def cut(self, key, whole):
        if key == "bias":
            return whole
        count = whole.shape[1] // self.tp_size
        return whole.narrow(1, self.tp_rank * count, count)


class VocabParallelEmbedding(nn.Module):
    def __init__(self, rank, size, tokens, width, added=0):
        super().__init__()
        self.tp_size, self.org_vocab_size = size, tokens
        self.org_vocab_size_padded = -(-tokens // 64) * 64
        self.num_embeddings_padded = -(-(self.org_vocab_size_padded + added) // 64) * 64
        own = self.org_vocab_size_padded // size
        more = (self.num_embeddings_padded - self.org_vocab_size_padded) // size
        self.shard_indices = SimpleNamespace(
            padded_org_vocab_start_index=rank * own,
            padded_org_vocab_end_index=(rank + 1) * own,
            padded_added_vocab_start_index=tokens + rank * more,
            padded_added_vocab_end_index=tokens + (rank + 1) * more,
            num_elements_padded=own + more,
        )
        self.weight = parameter(own + more, width, output_dim=0, input_dim=1)
        self.rank, self.own, self.more = rank, own, more

    def cut(self, key, whole):
        first = whole[self.rank * self.own :][: self.own]
        added = whole[self.org_vocab_size_padded + self.rank * self.more :][: self.more]
        return torch.cat([first, added])


class ParallelLMHead(VocabParallelEmbedding):
    pass


class FusedMoE(nn.Module):
    def __init__(self, rank, size, experts, width, inner, mine=None, kind="plain"):
        super().__init__()
        self.tp_rank, self.tp_size = rank, size
        self.mine = list(range(experts)) if mine is None else mine
        if mine is not None:
            here = [mine.index(number) if number in mine else -1 for number in range(experts)]
            self.expert_map = torch.tensor(here)
        count = len(self.mine)
        if kind == "plain":
            self.w13_weight = parameter(count, 2 * inner // size, width)
            self.w2_weight = parameter(count, width, inner // size)
            self.w2_bias = parameter(count, width)
        else:
            codes = {"dtype": torch.int32, "is_transposed": True}
            self.w13_qweight = parameter(count, width // 8, 2 * inner // size, **codes)
            self.w2_qweight = parameter(count, inner // size // 8, width, **codes)

    def cut(self, key, whole):
        whole = whole[self.mine]
        if key == "w2_bias":
            return whole
        transposed = key.endswith("qweight")
        if key.startswith("w2"):
            return whole.chunk(self.tp_size, 1 if transposed else 2)[self.tp_rank]
        axis = 2 if transposed else 1
        halves = [half.chunk(self.tp_size, axis)[self.tp_rank] for half in whole.chunk(2, axis)]
        return torch.cat(halves, axis)
