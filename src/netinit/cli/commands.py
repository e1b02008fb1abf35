"""The commands ``netinit init``, ``plan``, ``check``, ``repair``; they need the extra `cli`.

A mistake of the user's is one line on stderr, ``Error: ...``, and a status: 2 where the command
was given wrongly, 1 where it failed, 130 where it was interrupted.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from netinit import __version__, checkpoint
from netinit.arrays.dtypes import SHORT_NAMES, dtype_named
from netinit.base.words import Automatic
from netinit.checkpoint.shards import shard_size
from netinit.cli.sizes import totals
from netinit.methods import METHODS, as_method
from netinit.plans.plan import Plan

__all__ = ["run"]


_INTEGER = re.compile(r"[+-]?[0-9]+")

_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def run(arguments: Sequence[str]) -> int:
    """Run the command line on `arguments` and return the exit status; nothing is raised."""
    previous = _end_cleanly()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", UserWarning)
            warnings.showwarning = _show_warning
            status = main.main(list(arguments), prog_name="netinit", standalone_mode=False)
            sys.stdout.flush()
        return status or 0
    except BrokenPipeError:
        # The reader of our output has gone (`netinit plan ... | head`): nobody is left to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        return _say_error("interrupted", 130)
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "netinit"
        message = error.format_message()
        end = "" if message.endswith((".", "?")) else "."
        return _say_error(f"{message}{end} Try '{command} --help'.", error.exit_code)
    except MemoryError as error:
        return _say_error(f"not enough memory: {error}", 1)
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        return _say_error(f"{where}{error.strerror or error}", 1)
    except (ImportError, ValueError) as error:
        return _say_error(str(error), 1)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _say_error(message: str, status: int) -> int:
    click.echo(f"Error: {' '.join(message.split())}", err=True)
    return status


def _show_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"Warning: {message}", err=True)


def _end_cleanly() -> dict[int, Any]:
    """Have signals that end a process end it as an error does; return what handled them.

    Those that somebody handles or ignores, as nohup does, stay so.
    """
    names = ("SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGXCPU")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    unhandled = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    return {number: signal.signal(number, _terminate) for number in unhandled}


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    """End as by an exception, so that no temporary file is left."""
    raise click.exceptions.Exit(128 + number)


def _seed(ctx: click.Context, param: click.Parameter, value: str) -> int | str:
    """Return a seed: an integer where it looks like one, else text that is no number."""
    if _INTEGER.fullmatch(value):
        return int(value)
    if _NUMBER.fullmatch(value):
        message = f"a seed is an integer or a text, and {value} is another number"
        raise click.BadParameter(message, ctx, param)
    return value


def _file(ctx: click.Context, param: click.Parameter, value: Path) -> Path:
    """Return a path, unless it is no file that can be read at any place and again."""
    if str(value) == "-" or value.is_fifo() or value.is_char_device():
        raise click.BadParameter(
            f"{value} cannot be read twice, as is needed; give a file", ctx, param
        )
    return value


def _dtype(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return a dtype's whole name."""
    try:
        return None if value is None else dtype_named(value)
    except ValueError as error:
        raise click.BadParameter(str(error), ctx, param) from None


def _size(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Return the most bytes of a file."""
    if value is None:
        return None
    try:
        return shard_size(int(value) if _INTEGER.fullmatch(value) else value)
    except ValueError as error:
        message = str(error).replace("max_shard_size", param.opts[0])
        raise click.BadParameter(message, ctx, param) from None


def _options(
    ctx: click.Context, param: click.Parameter, values: Sequence[str]
) -> list[tuple[str, Any]]:
    """Return the method's options, given as NAME=VALUE each."""
    options = []
    for value in values:
        key, equals, text = value.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{value!r} is not of the form NAME=VALUE", ctx, param)
        options.append((key, _option_value(text)))
    return options


def _option_value(text: str) -> Any:
    """Return an option's value: a number or JSON where it looks like one, else text."""
    if _INTEGER.fullmatch(text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    if text.startswith(("{", "[")):
        try:
            return json.loads(text)
        except ValueError as error:
            raise click.BadParameter(f"{text!r} is not valid JSON: {error}") from None
    return text


def _method(text: str | None, options: Sequence[tuple[str, Any]], modules: Sequence[str]) -> Any:
    """Return the method by its text and options; a mistake in them is a mistake of usage."""
    sys.path.insert(0, os.getcwd())  # where `python -m` would look too
    try:
        for module in modules:
            importlib.import_module(module)
        if text is None and not options:
            return Automatic
        what = _option_value("Kaiming" if text is None else text)
        if not options:
            return as_method(what)
        if not isinstance(what, str):
            raise TypeError(f"--option is for a method or initializer by its name, not {text}")
        return as_method((what, *options))
    except (ImportError, TypeError, ValueError) as error:
        raise click.UsageError(str(error)) from None
    finally:
        sys.path.remove(os.getcwd())


def _source_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add what `init` and `plan` take alike."""
    names = sorted({cls.__name__ for cls in METHODS.values()})
    decorators = [
        click.argument("source", type=click.Path(path_type=Path), callback=_file),
        click.option("--method", metavar="WHAT",
                     show_default="Kaiming; Native where SOURCE is a configuration",
                     help=f"One of {', '.join(names)}; or what fills every weight: an "
                          "initializer's name, a standard deviation, a recipe in JSON; or rules "
                          "in JSON, as '{\"bias\": 0, \"*\": \"xavier_uniform\"}'."),
        click.option("--option", "options", callback=_options, multiple=True,
                     metavar="NAME=VALUE", help="The method's own, as distribution=uniform."),
        click.option("--import", "modules", multiple=True, metavar="MODULE",
                     help="A Python module that registers methods of your own."),
        click.option("--seed", callback=_seed, default="1234", show_default=True, metavar="SEED",
                     help="An integer or any text."),
        click.option("--dtype", callback=_dtype, metavar="DTYPE",
                     help=f"Instead of each tensor's own: {', '.join(SHORT_NAMES)}, or its whole "
                          "name."),
        click.option("--select", multiple=True, metavar="PATTERN",
                     help="Only the parameters whose names match (*, ?, [...]); may be repeated."),
    ]  # fmt: skip
    for decorator in reversed(decorators):
        command = decorator(command)
    return command


def _plan(
    source: Path,
    method: str | None,
    options: Sequence[tuple[str, Any]],
    modules: Sequence[str],
    seed: int | str,
    dtype: str | None,
    select: Sequence[str],
) -> Plan:
    chosen = _method(method, options, modules)
    return checkpoint.plan_source(source, select=select, method=chosen, seed=seed, dtype=dtype)


def _config(source: Path) -> str | None:
    """Return the config of the model that a source is or is in, where it has one."""
    path = source / "config.json" if source.is_dir() else source
    return path.read_text("utf-8") if path.name == "config.json" and path.is_file() else None


_THREADS = click.option(
    "--threads",
    type=click.IntRange(min=1),
    metavar="N",
    help="How many threads draw. Default: as many as the processors allow.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, no_args_is_help=False)
@click.version_option(__version__, prog_name="netinit")
def main() -> None:
    """Initialize neural networks: the same seed gives the same weights, everywhere.

    SOURCE is what the weights are for: a config.json of transformers, a .safetensors file (of
    which only the header is read), a folder of either, an index of such files, an ONNX model, or
    a netinit net in JSON.

    With --cflags, --libs or --cmakedir in place of a command: how to build on the C library.
    """


@main.command()
@_source_options
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(path_type=Path),
    metavar="OUT",
    help="The .safetensors file to write; with --max-shard-size the folder.",
)
@click.option(
    "--max-shard-size",
    callback=_size,
    metavar="SIZE",
    help="Write a folder of files of at most so many bytes each, as 5GB, with an index.",
)
@click.option(
    "--resume", is_flag=True, help="Keep the files that are there and hold what would be written."
)
@click.option(
    "--rank",
    type=click.IntRange(min=0),
    default=0,
    metavar="R",
    help="Which of --world-size processes this is; each writes a share of the files.",
)
@click.option("--world-size", type=click.IntRange(min=1), default=1, metavar="W",
              help="How many processes write the folder.")  # fmt: skip
@_THREADS
def init(
    output: Path,
    max_shard_size: int | None,
    resume: bool,
    rank: int,
    world_size: int,
    threads: int | None,
    **source: Any,
) -> None:
    """Write initialized weights for SOURCE into a .safetensors file, or a folder of them.

    Each file appears whole or not at all, and keeps in its metadata the recipe that
    `netinit check` makes it again from.
    """
    if rank >= world_size:
        raise click.UsageError(f"--rank must be less than --world-size {world_size}, not {rank}")
    if world_size > 1 and max_shard_size is None:
        raise click.UsageError("--world-size is for a folder of files: give --max-shard-size too")
    plan = _plan(**source)
    config = None if max_shard_size is None else _config(source["source"])
    start = time.perf_counter()
    with _progress("writing") as progress:
        size = checkpoint.write(
            output, plan, max_shard_size=max_shard_size, config=config, resume=resume,
            rank=rank, world_size=world_size, threads=threads, progress=progress,
        )  # fmt: skip
    speed = _speed(size, time.perf_counter() - start)
    if world_size > 1:
        click.echo(f"{output}: rank {rank} of {world_size}, {speed}")
        return
    sizes = [assignment.parameter.size for assignment in plan if assignment.parameter.persistent]
    click.echo(f"{output}: {sum(sizes):,} parameters in {_tensors(len(sizes))}, {speed}")


@main.command()
@_source_options
def plan(**source: Any) -> None:
    """Print what `init` would do, a line a parameter; nothing is written."""
    click.echo(str(_plan(**source)))


_PATH = click.argument("path", metavar="FILE", type=click.Path(path_type=Path), callback=_file)


@main.command()
@_PATH
@_THREADS
def check(path: Path, threads: int | None) -> None:
    """Make every tensor of FILE, or of a folder of them, again from its recipe, and compare."""
    start = time.perf_counter()
    with _progress("checking") as progress:
        differences = checkpoint.check(path, threads=threads, progress=progress)
    for difference in differences:
        click.echo(str(difference))
    tensors, size, files = totals(path)
    count = _tensors(tensors) + (f" in {files:,} files" if files > 1 else "")
    if differences:
        message = f"{path}: {len(differences):,} of {count} differ from the recipe"
        raise click.exceptions.Exit(_say_error(message, 1))
    click.echo(f"{path}: {count} equal to the recipe, {_speed(size, time.perf_counter() - start)}")


@main.command()
@_PATH
@_THREADS
def repair(path: Path, threads: int | None) -> None:
    """Write FILE, or those of a folder, anew where `check` finds a difference.

    Each appears whole or not at all; what its own recipe does not tell is left as it is.
    """
    with _progress("repairing") as progress:
        repairs = checkpoint.repair(path, threads=threads, progress=progress)
    for repaired in repairs:
        click.echo(str(repaired))
    left = sum(not repaired.done for repaired in repairs)
    if left:
        message = f"{path}: {left:,} of {len(repairs):,} files that differ could not be repaired"
        raise click.exceptions.Exit(_say_error(message, 1))
    if not repairs:
        click.echo(f"{path}: equal to the recipe; nothing was written")


def _tensors(count: int) -> str:
    return f"{count:,} tensor{'' if count == 1 else 's'}"


def _speed(size: int, seconds: float) -> str:
    return f"{size:,} bytes, {seconds:.2f} s ({size / seconds / 1e9:.2f} GB/s)"


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show a bar on stderr while the block runs, on a terminal only."""
    bar = Progress(
        TextColumn(what),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
        # Not the console's own answer, which environment variables can override.
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
