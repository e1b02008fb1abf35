"""The command ``netinit verify``."""

from __future__ import annotations

import json
from pathlib import Path

import click
from rich.console import Console

from netinit.cli.commands import _PATH, _THREADS, _file, _plan, _progress, _seed, main
from netinit.verification.report import Verification
from netinit.verification.verify import verify as verify_file

__all__ = ["verify"]


@main.command()
@_PATH
@click.option(
    "--source",
    type=click.Path(path_type=Path),
    callback=lambda ctx, param, value: value and _file(ctx, param, value),
    metavar="SOURCE",
    help="What the weights are for, as `init` takes it: FILE is compared with its plan.",
)
@click.option("--method", metavar="WHAT", help="That of the plan, as `init` takes it.")
@click.option("--seed", callback=_seed, default="1234", show_default=True, metavar="SEED",
              help="That of the plan.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="Print all of it as JSON.")
@_THREADS
def verify(
    path: Path,
    source: Path | None,
    method: str | None,
    seed: int | str,
    as_json: bool,
    threads: int | None,
) -> None:
    """Say what is wrong with the weights in FILE, or in a folder; status 1 where anything is.

    They are compared with the plan of --source, or with the recipe that FILE has in its metadata;
    without either it is told what no net begins with.
    """
    if method is not None and source is None:
        raise click.UsageError("--method is for the plan of --source: give that too")
    plan = None if source is None else _plan(source, method, (), (), seed, None, ())
    with _progress("verifying") as progress:
        found = verify_file(path, plan, threads=threads, progress=progress)
    _show(found, as_json)
    if not found.ok:
        raise click.exceptions.Exit(1)


def _show(found: Verification, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(found.to_dict(), indent=1))
        return
    console = Console()
    if console.is_terminal:
        console.print(found)
    else:
        click.echo(str(found))
