"""Building whole models: ``python -m benchmarks.whole_models [NAME ...]``, one line a model.

Stock: the library's constructor. Accelerated: the same within `netinit.torch.accelerate`. Native:
on the meta device, then ``netinit.initialize(model, method="Native")``. Constant: the same memory,
new and on huge pages, filled with one number. In turn, medians, after each has run once, and each
time right after twice as much memory was touched. Peaks are the most memory that one build takes,
in a process of its own, which has built a small net of the library before. With ``--parts`` also
what no build can do without, apart: the library's constructor, on the meta device; clearing the
memory, which the system does at one byte written to each page, on all threads; and normals in it
once it is there. A core does one after the other.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import multiprocessing
import statistics
import time
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import nn

import netinit
from benchmarks.cores import wait_for_cores
from netinit.arrays.memory import advise_huge_pages
from netinit.initializers.elementwise import fill_many, filling
from netinit.streams.stream import Stream
from netinit.torch import accelerate

_HUGE = 2 << 20

#: Seconds in which a virtual machine has given back to its host what was freed before.
_SETTLED = 3.0

WAYS = ("stock", "accelerated", "native", "constant")


def _transformers(name: str, dtype: torch.dtype = torch.float32, **options: Any) -> Any:
    import transformers

    transformers.logging.set_verbosity_error()
    config = getattr(transformers, f"{name[0]}Config")(**options)
    return getattr(transformers, name[1])._from_config(config, dtype=dtype)


def _llama(dtype: torch.dtype) -> Any:
    """Return a model of the configuration of Llama 3.2 1B."""
    return _transformers(
        ("Llama", "LlamaForCausalLM"), dtype, hidden_size=2048, intermediate_size=8192,
        num_hidden_layers=16, num_attention_heads=32, num_key_value_heads=8, vocab_size=128256,
        tie_word_embeddings=True,
    )  # fmt: skip


def _mixtral(**options: Any) -> Any:
    sizes = {
        "hidden_size": 512, "intermediate_size": 1024, "num_hidden_layers": 6,
        "num_attention_heads": 8, "num_key_value_heads": 4, "vocab_size": 32000,
    }  # fmt: skip
    return _transformers(("Mixtral", "MixtralForCausalLM"), **{**sizes, **options})


def _modules(width: int, count: int = 10_000) -> nn.Module:
    return nn.ModuleList([nn.Linear(width, width) for _ in range(count)])


MODELS: dict[str, Callable[[], Any]] = {
    "Llama 1B float32": lambda: _llama(torch.float32),
    "Llama 1B bfloat16": lambda: _llama(torch.bfloat16),
    "GPT-2": lambda: _transformers(("GPT2", "GPT2LMHeadModel")),
    "BERT": lambda: _transformers(("Bert", "BertForMaskedLM")),
    "T5": lambda: _transformers(("T5", "T5ForConditionalGeneration"), tie_word_embeddings=True),
    "ViT": lambda: _transformers(("ViT", "ViTForImageClassification")),
    "Whisper": lambda: _transformers(
        ("Whisper", "WhisperForConditionalGeneration"),
        d_model=512,
        encoder_attention_heads=8,
        decoder_attention_heads=8,
    ),
    "Mixtral-like": _mixtral,
    "Mamba": lambda: _transformers(("Mamba", "MambaForCausalLM")),
    "10,000 x Linear(8, 8)": partial(_modules, 8),
    "10,000 x Linear(64, 64)": partial(_modules, 64),
}


def _built(make: Callable[[], Any], way: str) -> object:
    if way == "stock":
        return make()
    if way == "accelerated":
        with accelerate(seed=1):
            return make()
    with torch.device("meta"):
        model = make()
    if way == "constant":
        return [_constant(p) for p in model.parameters()]
    if hasattr(model, "tie_weights"):
        model.tie_weights()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return netinit.initialize(model, method="Native", seed=1)


def _constant(parameter: torch.Tensor) -> torch.Tensor:
    made = _empty(parameter)
    netinit.fill(made, netinit.Constant(0.5))
    return made


def _empty(parameter: torch.Tensor) -> torch.Tensor:
    made = torch.empty(parameter.shape, dtype=parameter.dtype)
    advise_huge_pages(made.data_ptr(), made.nbytes)
    return made


def _parts(make: Callable[[], Any]) -> tuple[float, float, float]:
    """Return the seconds in which a model is built, its memory cleared, and filled with normals."""
    _touch(make)
    begin = time.perf_counter()
    with torch.device("meta"):
        model = make()
    built = time.perf_counter() - begin
    made = [_empty(p) for p in model.parameters()]
    pages = [t.data_ptr() + at for t in made for at in range(0, t.nbytes, _HUGE)]
    core = netinit.Normal(0, 0.02).core
    dtypes = [str(t.dtype).removeprefix("torch.") for t in made]
    fills = [
        filling((t.data_ptr(), t.nbytes), dtype, Stream(1, "w"), core)
        for t, dtype in zip(made, dtypes, strict=True)
    ]
    begin = time.perf_counter()
    with ThreadPoolExecutor(torch.get_num_threads()) as pool:
        list(pool.map(_clear, pages, chunksize=64))
    cleared = time.perf_counter()
    fill_many(fills)
    return built, cleared - begin, time.perf_counter() - cleared


def _clear(page: int) -> None:
    ctypes.memset(page, 0, 1)  # without the interpreter's lock


def _seconds(make: Callable[[], Any], way: str) -> float:
    _touch(make)
    begin = time.perf_counter()
    built = _built(make, way)
    seconds = time.perf_counter() - begin
    del built
    return seconds


def _touch(make: Callable[[], Any]) -> None:
    """Have the system make large pages of twice a model's memory, and have all at hand.

    After memory in small pages that takes seconds. A virtual machine that gives free memory back
    to its host gets it again page by page, in a time that depends on the host.
    """
    gc.collect()
    time.sleep(_SETTLED)
    wait_for_cores(torch.get_num_threads())
    touched = [_built(make, "constant") for _ in range(2)]
    del touched


def _peak(name: str, way: str) -> int:
    """Return the kilobytes that a process of its own needs for a build, beyond what it had."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_grown, (name, way))


def _grown(name: str, way: str) -> int:
    make = MODELS[name]
    small = partial(_mixtral, hidden_size=64, intermediate_size=64, vocab_size=100)
    for each in (partial(_modules, 8, 10), small):  # what libraries load at first use
        _built(each, way)
    if "Linear" not in name:  # whose modules are nearly all of its memory
        with torch.device("meta"):
            make()
    before = _most_resident()
    kept = _built(make, way)
    after = _most_resident()
    del kept
    return after - before


def _most_resident() -> int:
    """Return the kilobytes that this process has had in memory at most."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(MODELS)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peaks", action="store_true", help="measure memory too")
    parser.add_argument("--parts", action="store_true", help="time clearing and drawing apart")
    given = parser.parse_args()
    print("| model | stock, s | accelerated | native | of a constant fill | peak, stock = 1 |")
    print("|---|---|---|---|---|---|")
    for name in given.names or MODELS:
        for way in WAYS:
            _seconds(MODELS[name], way)
        rounds, parts = [], []
        for _ in range(given.rounds):
            rounds.append({way: _seconds(MODELS[name], way) for way in WAYS})
            parts += [_parts(MODELS[name])] if given.parts else []
        took = {way: statistics.median(r[way] for r in rounds) for way in WAYS}
        stock, quick, native = took["stock"], took["accelerated"], took["native"]
        fills = f"{quick / took['constant']:.2f}, {native / took['constant']:.2f}"
        peaks = [_peak(name, way) for way in WAYS[:3]] if given.peaks else []
        peak = ", ".join(f"{p / max(peaks[0], 1):.2f}" for p in peaks[1:])
        cells = f"{stock:.3f} | {stock / quick:.1f} x | {stock / native:.1f} x | {fills} | {peak}"
        print(f"| {name} | {cells} |", flush=True)
        if parts:
            columns = ("accelerated", "native", "constant")
            each = [[*(r[way] for way in columns), *p] for r, p in zip(rounds, parts, strict=True)]
            for what, of in (("medians", statistics.median), ("least", min)):
                texts = zip(
                    (*columns, "built", "cleared", "drawn"), zip(*each, strict=True), strict=True
                )
                print(f"{what}: {', '.join(f'{text} {of(t):.3f} s' for text, t in texts)}")


if __name__ == "__main__":
    main()
