"""Write gpt2.txt: what each parameter of examples/gpt2.json is filled with, for other languages.

A line is a name, a count of elements, a mean and a standard deviation (0: all elements are the
mean), by the scheme GPT2. Run from anywhere: python make_list.py
"""

from math import prod
from pathlib import Path

import netinit
from netinit.nets import from_json

HERE = Path(__file__).parent


def lines() -> list[str]:
    """Return the lines of the list."""
    net = from_json(HERE.with_name("gpt2.json").read_text(encoding="utf-8"))
    made = []
    for row in netinit.plan(net, method=("GPT2", {"layers": 12}), seed=0):
        rule = row.initializer
        numbers = (rule.mean, rule.std) if isinstance(rule, netinit.Normal) else (rule.value, 0.0)
        made.append(f"{row.parameter.name} {prod(row.parameter.shape)} {numbers[0]} {numbers[1]}\n")
    return made


if __name__ == "__main__":
    (HERE / "gpt2.txt").write_text("".join(lines()), encoding="utf-8")
