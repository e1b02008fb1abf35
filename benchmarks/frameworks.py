"""netinit's drop-ins for Paddle, MLX, MindSpore and Keras beside the frameworks' own initializers.

``python -m benchmarks.frameworks paddle`` (or another, each in a process of its own): a matrix of
float32, normal and by Kaiming's rule, in turn; Keras on the backend that ``KERAS_BACKEND`` names.
Paddle, MLX and Keras make new memory at each call; MindSpore fills an array that is there.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.measure import Contestant, race

Run = Callable[[], object]


def _paddle(side: int) -> Iterator[tuple[str, str, Run]]:
    import paddle

    from netinit.paddle import initializer

    tensor = paddle.zeros([side, side])
    for who, module in (("Paddle", paddle.nn.initializer), ("netinit", initializer)):
        for work, rule in (("normal", module.Normal()), ("kaiming", module.KaimingNormal())):
            yield f"Paddle {paddle.__version__}: {work}", who, lambda rule=rule: rule(tensor)


def _mlx(side: int) -> Iterator[tuple[str, str, Run]]:
    import mlx.core as mx
    from mlx.nn import init as theirs

    from netinit.mlx import init

    like = mx.zeros((side, side))
    for who, module in (("MLX", theirs), ("netinit", init)):
        for work, rule in (("normal", module.normal()), ("kaiming", module.he_normal())):
            yield f"MLX {mx.__version__}: {work}", who, lambda rule=rule: mx.eval(rule(like))


def _mindspore(side: int) -> Iterator[tuple[str, str, Run]]:
    import mindspore
    from mindspore.common import initializer as theirs

    from netinit.mindspore import initializer

    out, version = np.zeros((side, side), "f4"), mindspore.__version__
    for who, module in (("MindSpore", theirs), ("netinit", initializer)):
        for work, rule in (("normal", module.Normal()), ("kaiming", module.HeNormal())):
            yield f"MindSpore {version}: {work}", who, lambda rule=rule: rule(out)


def _keras(side: int) -> Iterator[tuple[str, str, Run]]:
    import keras

    from netinit.keras import initializers

    version = f"{keras.__version__} on {keras.backend.backend()}"
    for who, module in (("Keras", keras.initializers), ("netinit", initializers)):
        for work, rule in (("normal", module.RandomNormal(seed=1)), ("kaiming", module.HeNormal())):
            yield f"Keras {version}: {work}", who, lambda rule=rule: np.asarray(rule((side, side)))


_FRAMEWORKS = {"paddle": _paddle, "mlx": _mlx, "mindspore": _mindspore, "keras": _keras}


def _line(timings: list[Any], work: str) -> str:
    """Return a line of Markdown: the framework's and netinit's median times and their ratio."""
    own = next(t for t in timings if t.work == work and t.who == "netinit").median
    other = next(t for t in timings if t.work == work and t.who != "netinit").median
    return f"| {work} | {1e3 * other:.1f} | {1e3 * own:.1f} | {other / own:.1f} |"


def main() -> None:
    """Print the lines of a table in Markdown: own, ms; netinit, ms; times as fast."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.frameworks")
    parser.add_argument("framework", choices=_FRAMEWORKS)
    parser.add_argument("--side", type=int, default=4096)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    size = options.side**2
    contestants = [
        Contestant(who, work, run, size, 4 * size)
        for work, who, run in _FRAMEWORKS[options.framework](options.side)
    ]
    timings = race(contestants, options.rounds, options.framework)
    for work in dict.fromkeys(contestant.work for contestant in contestants):
        print(_line(timings, work))


if __name__ == "__main__":
    main()
