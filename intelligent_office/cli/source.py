"""The commands that answer from source code alone, without database or model: `trace` and `graph`."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE, FAILED, USAGE
from intelligent_office.cli.invocation import OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json

if TYPE_CHECKING:
    from intelligent_office.analyzer import Program

CODES = {"success": DONE, "not_found": FAILED}
"""Exit codes by status; whatever else it is, the names or the folder have to be mended."""


@click.command(cls=OfficeCommand)
@click.argument("folder")
@click.argument("start")
@click.argument("end")
@click.option("--limit", type=click.IntRange(1, 100), default=1, show_default=True, help="At most so many chains.")
@click.option("--mermaid", is_flag=True, help="Print the chains as a Mermaid diagram.")
@json_option
def trace(folder: str, start: str, end: str, *, limit: int, mermaid: bool, as_json: bool) -> int:
    """Show how START comes to call END, with file and line of every hop.

    FOLDER holds the source; names are short or qualified, or `path/file.py:function`, or `file.py:123`.
    Exit code: 0 a chain was found, 1 there is none, 2 the folder or a name has to be mended.
    """
    from intelligent_office.analyzer import AnalyzerError, rendering, trace_json

    try:
        program = _analyzed(folder)
    except AnalyzerError as error:
        return _unreadable(str(error), as_json=as_json)
    if as_json:
        told = trace_json(program, start, end, limit=limit)
        print_json(told)
        return CODES.get(told["status"], USAGE)
    chains = program.chains(start, end, limit=limit)
    text = rendering.mermaid(chains) if mermaid else rendering.text(chains, program.skipped)
    good = chains.status in CODES
    click.echo(text if good else f"office: {chains.message}", err=not good)
    return CODES.get(chains.status, USAGE)


@click.command(cls=OfficeCommand)
@click.argument("folder")
@json_option
def graph(folder: str, *, as_json: bool) -> int:
    """Print who calls whom in the whole FOLDER."""
    from intelligent_office.analyzer import AnalyzerError, graph_json

    try:
        told = graph_json(_analyzed(folder))
    except AnalyzerError as error:
        return _unreadable(str(error), as_json=as_json)
    if as_json:
        print_json(told)
        return DONE
    for edge in told["edges"]:
        click.echo(f"{edge['caller']} -> {edge['callee']}  {edge['file']}:{edge['line']}  {edge['certainty']}")
    for skipped in told["skipped"]:
        click.echo(f"office: skipped {skipped['file']}: {skipped['reason']}", err=True)
    return DONE


def _unreadable(reason: str, *, as_json: bool) -> int:
    if as_json:
        print_json({"status": "error", "path": [], "hops": [], "skipped": [], "message": reason})
    else:
        click.echo(f"office: {reason}", err=True)
    return USAGE


def _analyzed(folder: str) -> "Program":
    from intelligent_office.analyzer import analyze

    with _progress() as progress:
        return analyze(folder, progress=progress)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None] | None]:
    """A bar on standard error, for a person who waits for a large folder."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        reading: Any = bar.add_task("reading", total=None)
        yield lambda done, total: bar.update(reading, completed=done, total=total)
