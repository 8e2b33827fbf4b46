"""The commands that answer from source code alone, without database or model: `trace` and `graph`."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE, FAILED, USAGE
from intelligent_office.cli.invocation import OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say
from intelligent_office.cli.waiting import progress
from intelligent_office.errors import InvalidRequest

if TYPE_CHECKING:
    from intelligent_office.analyzer import Chains, Program, Skipped

CODES = {"success": DONE, "not_found": FAILED}
"""Exit codes by status; whatever else it is, the names or the folder have to be mended."""


@click.command(cls=OfficeCommand)
@click.argument("folder")
@click.argument("start")
@click.argument("end")
@click.option("--limit", type=click.IntRange(1, 100), default=1, show_default=True, help="At most so many chains.")
@click.option("--all-pairs", is_flag=True, help="Take every function that an ambiguous name may mean.")
@click.option("--mermaid", "form", flag_value="mermaid", help="Print the chains as a Mermaid diagram.")
@click.option("--svg", "form", flag_value="svg", help="Print the chains as an SVG picture.")
@click.option("--json", "form", flag_value="json", help="Print JSON, and nothing else, on standard output.")
@click.option("--png", type=click.Path(dir_okay=False), help="Draw the chains into this file as well.")
def trace(folder: str, start: str, end: str, *, limit: int, all_pairs: bool, form: str | None, png: str | None) -> int:
    """Show how START comes to call END, hop by hop.

    FOLDER holds the source; names are short or qualified, or `path/file.py:function`, or `file.py:123`.
    Exit code: 0 a chain was found, 1 there is none, 2 the folder or a name has to be mended.
    """
    from intelligent_office.analyzer import AnalyzerError, chains_json, legible

    try:
        program = _analyzed(folder)
    except AnalyzerError as error:
        if form == "json":
            nothing: dict[str, list[str]] = {"path": [], "hops": [], "skipped": []}
            print_json({"status": "error", "start": start, "end": end, **nothing, "message": str(error)})
            return USAGE
        raise InvalidRequest(reason=error) from None
    answer = program.chains(start, end, limit=limit, all_pairs=all_pairs)
    if png is not None and answer.chains:
        _draw_into(Path(png), answer)
    if form == "json":
        print_json(chains_json(answer, program.skipped))
    elif answer.status in CODES:
        _show(answer, form)
        _name_skipped(program.skipped)
    else:
        raise InvalidRequest(reason=legible(answer.message))
    return CODES.get(answer.status, USAGE)


@click.command(cls=OfficeCommand)
@click.argument("folder")
@json_option
def graph(folder: str, *, as_json: bool) -> int:
    """Print who calls whom in the whole FOLDER."""
    from intelligent_office.analyzer import AnalyzerError, graph_json, legible

    try:
        program = _analyzed(folder)
    except AnalyzerError as error:
        raise InvalidRequest(reason=error) from None
    if as_json:
        print_json(graph_json(program))
        return DONE
    for call in program.calls:
        say(legible(f"{call.caller} -> {call.callee}  {call.file}:{call.line}  {call.certainty}"))
    _name_skipped(program.skipped)
    return DONE


def _show(answer: "Chains", form: str | None) -> None:
    """Print the answer; why there is none is no diagram, and told beside."""
    from intelligent_office.analyzer import chains_mermaid, chains_svg, chains_text

    if form is None or not answer.chains:
        say(chains_text(answer), err=form is not None)
    else:
        say((chains_mermaid if form == "mermaid" else chains_svg)(answer.chains).rstrip())


def _draw_into(file: Path, answer: "Chains") -> None:
    from intelligent_office.analyzer import NoFont, chains_png

    try:
        file.write_bytes(chains_png(answer.chains))
    except NoFont as error:
        raise InvalidRequest(reason=error) from None
    except OSError as error:
        raise InvalidRequest(reason=f"{file} cannot be written: {error.strerror}") from None


def _name_skipped(skipped: "Iterable[Skipped]") -> None:
    from intelligent_office.analyzer import legible

    for item in skipped:
        say(legible(f"office: skipped {item.file}: {item.reason}"), err=True)


def _analyzed(folder: str) -> "Program":
    from intelligent_office.analyzer import analyze, default_cache_folder

    with progress(sys.stderr) as told:
        return analyze(folder, progress=told, cache=default_cache_folder())
