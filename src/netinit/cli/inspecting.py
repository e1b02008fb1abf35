"""The commands ``netinit inspect histogram``, ``spectrum`` and ``propagate``."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from netinit.checkpoint.source import kind_of_source
from netinit.cli.commands import _file, _method, _options, _plan, _seed, _source_options, main
from netinit.cli.inputs import inputs_of_model, inputs_of_net
from netinit.cli.values import Lazy, drawn_values, holds_values, values_of_files
from netinit.initializers.base import Initializer
from netinit.inspect.arrays import arrays_of
from netinit.inspect.figures import picture_formats
from netinit.inspect.histograms import histograms_of
from netinit.inspect.propagation import propagate as propagated
from netinit.inspect.result import Result
from netinit.inspect.spectra import spectrum as spectra_of
from netinit.verification.source import OneFile

__all__ = ["inspect"]


@main.group(no_args_is_help=False)
def inspect() -> None:
    """Show what initial values look like, in words, numbers and pictures.

    SOURCE is what `init` takes. Where it is safetensors files their own values are shown, else
    those that `init` would write.
    """


def _picture(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path | None:
    """Return where a picture is saved, if it can be drawn."""
    if value is None:
        return None
    formats = picture_formats()
    if value.suffix.removeprefix(".") not in formats:
        message = f"{value} must end in one of .{', .'.join(formats)}"
        raise click.BadParameter(message, ctx, param)
    if not value.absolute().parent.is_dir():
        raise click.BadParameter(f"{value.parent} is no folder", ctx, param)
    return value


def _result_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what all of them take alike."""
    decorators = [
        click.option("-o", "--output", type=click.Path(path_type=Path), callback=_picture,
                     metavar="OUT", help="Save a picture: OUT.png, OUT.svg, OUT.pdf, ..."),
        click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON."),
    ]  # fmt: skip
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def _say(found: Result, output: Path | None, as_json: bool) -> None:
    if output is not None:
        found.save(output)
    click.echo(json.dumps(_plain(found.to_dict()), indent=1) if as_json else str(found))


def _plain(value: Any) -> Any:
    """Return numbers and texts as JSON has them: those that are not finite are None."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _values(
    files: OneFile, source: Path, **options: Any
) -> tuple[Lazy, dict[str, Initializer | None]]:
    """Return the arrays of a source, and what is planned for them."""
    if not holds_values(source):
        plan = _plan(source, **options)
        return drawn_values(plan), {a.name: a.initializer for a in plan}
    if options["dtype"] is not None:
        raise click.UsageError(f"--dtype is for values that are drawn, and {source} has its own")
    values, recipe = values_of_files(source, options["select"], files)
    if options["method"] is None and not options["options"]:
        return values, dict(recipe)
    return values, {a.name: a.initializer for a in _plan(source, **options)}


@inspect.command()
@_source_options
@click.option("--bins", type=click.IntRange(min=1), default=60, show_default=True, metavar="N",
              help="How many bars a histogram has.")  # fmt: skip
@_result_options
def histogram(bins: int, output: Path | None, as_json: bool, **source: Any) -> None:
    """Show the values of each parameter beside the density they are planned from.

    That is the recipe's of files that netinit wrote; of others --method's, where it is given.
    Without --select parameters of two axes or more are shown.
    """
    with OneFile() as files:
        values, planned = _values(files, **source)
        shown = arrays_of(values, "*" if source["select"] else None)
        found = histograms_of(shown, planned, bins)
    if not found.layers:
        raise ValueError(f"{source['source']}: it has no parameter of two axes or more")
    _say(found, output, as_json)


@inspect.command()
@_source_options
@_result_options
def spectrum(output: Path | None, as_json: bool, **source: Any) -> None:
    """Show the singular values of each weight, beside those of random matrices."""
    with OneFile() as files:
        values, _ = _values(files, **source)
        found = spectra_of(values)
    _say(found, output, as_json)


@inspect.command()
@click.argument("source", type=click.Path(path_type=Path), callback=_file)
@click.option("--method", "methods", multiple=True, metavar="WHAT",
              show_default="Kaiming; Native where SOURCE is a configuration",
              help="As of `init`; may be repeated: they are set side by side.")  # fmt: skip
@click.option("--option", "options", callback=_options, multiple=True, metavar="NAME=VALUE",
              help="The method's own, where there is one method.")  # fmt: skip
@click.option("--import", "modules", multiple=True, metavar="MODULE",
              help="A Python module that registers methods of your own.")  # fmt: skip
@click.option("--seed", callback=_seed, default="1234", show_default=True, metavar="SEED",
              help="Of the values and of the inputs.")  # fmt: skip
@click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True, metavar="N",
              help="How many examples are sent through the net.")  # fmt: skip
@click.option("--length", type=click.IntRange(min=1), default=16, show_default=True, metavar="N",
              help="How long a sequence is.")  # fmt: skip
@click.option("--layers", multiple=True, metavar="PATTERN",
              help="Only the layers whose names match (*, ?, [...]); may be repeated.")  # fmt: skip
@_result_options
def propagate(
    source: Path,
    methods: Sequence[str],
    options: Sequence[tuple[str, Any]],
    modules: Sequence[str],
    seed: int | str,
    batch: int,
    length: int,
    layers: Sequence[str],
    output: Path | None,
    as_json: bool,
) -> None:
    """Show what becomes of the signal and the gradient from layer to layer of a net.

    SOURCE is a net in JSON whose input's shape is known, or the config.json of a model of
    transformers that takes tokens. Normal numbers, or random tokens, are sent through it.
    """
    if options and len(methods) > 1:
        raise click.UsageError("--option is for one --method, not for several")
    kind = kind_of_source(source)
    if kind == "net":
        from netinit.nets import load

        net: Any = load(source)
        inputs: Any = inputs_of_net(net, batch, length, seed)
    elif kind == "configuration":
        from netinit.torch.configured import build_configured

        net = build_configured(source).eval()
        inputs = inputs_of_model(net, batch, length, seed)
    else:
        raise ValueError(
            f"{source}: it has no layers, so nothing can be sent through them; give a netinit net "
            "in JSON or a config.json"
        )
    texts = methods or ("Native" if kind == "configuration" else "Kaiming",)
    found = propagated(
        net,
        inputs,
        methods={text: _method(text, options, modules) for text in texts},
        layers=list(layers) or None,
        seed=seed,
    )
    _say(found, output, as_json)
