"""`code_analyzer`: how one function of a folder of source code comes to call another."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from intelligent_office.analyzer import (
    AnalyzerError,
    FolderMissing,
    Function,
    NotAFolder,
    Program,
    analyze,
    chains_json,
    chains_text,
    default_cache_folder,
    neighbours_text,
)
from intelligent_office.analyzer.json_forms import neighbour_json, skipped_json
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files.confinement import Place, locate, told
from intelligent_office.toolbox.policy import Inputs, ToolPolicy

Answer = tuple[str, dict[str, Any]]

_SHOWN = 15
"""Candidates that a message names."""
_SKIPPED_SHOWN = 5
_SKIPPED_KEPT = 200


def code_analyzer() -> BaseTool:
    """Make the tool; where it works is said at each call."""

    @tool("code_analyzer", parse_docstring=True, response_format="content_and_artifact")
    async def trace(
        folder: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        start: str = "",
        end: str = "",
        limit: Annotated[int, Field(ge=1, le=100)] = 1,
        function: str = "",
        direction: Literal["callers", "callees"] = "callees",
        depth: Annotated[int, Field(ge=1, le=20)] = 1,
    ) -> Answer:
        """Find the chain of calls from one function to another in source code, or a function's callers or callees.

        A function is named as `name`, `Class.method`, `package.module.function` or `path/file.py:function`.

        Args:
            folder: The folder with the source code (or one source file), relative to the working folder.
            scope: For whom and where.
            start: For a chain: the function it starts with.
            end: For a chain: the function it leads to.
            limit: For a chain: how many of the shortest chains to find.
            function: For callers and callees: the function asked about.
            direction: For callers and callees: which of the two.
            depth: For callers and callees: how many calls away they may be.
        """

        def work(stop: threading.Event) -> Answer:
            place = locate(folder, scope)
            program = _program(place, stop)
            if function:
                return _neighbours(program, place, function, direction, depth)
            return _chains(program, place, start, end, limit)

        return await _off_the_loop(work)

    return trace


def _demands(inputs: Inputs) -> list[str]:
    if inputs.get("function"):
        both = [name for name in ("start", "end") if inputs.get(name)]
        return [f"`code_analyzer` takes either `function` or `start` and `end`; leave out {both[0]}."] if both else []
    missing = [name for name in ("start", "end") if not str(inputs.get(name, "")).strip()]
    return [f"`code_analyzer` needs `{name}` (or `function`, for callers and callees)." for name in missing]


def _refuse(inputs: Inputs, scope: ToolScope) -> None:
    if "folder" in inputs:
        locate(inputs["folder"], scope)


POLICY = ToolPolicy(
    risk="safe",
    idempotent=True,
    seconds=600,
    network="none",
    files="read",
    reaches=lambda inputs: {"reads": [inputs["folder"]]},
    cost=0.0,
    demands=_demands,
    refuses=_refuse,
    examples=[
        {"folder": "src", "start": "main", "end": "save"},
        {"folder": ".", "function": "Session.send", "direction": "callers", "depth": 2},
    ],
)


class _Stopped(Exception):
    """Nobody waits for the analysis any more."""


async def _off_the_loop(work: Callable[[threading.Event], Answer]) -> Answer:
    """Do the work in a thread, and stop it when the call is cancelled."""
    stop = threading.Event()
    try:
        return await asyncio.to_thread(work, stop)
    finally:
        stop.set()


def _program(place: Place, stop: threading.Event) -> Program:
    def go_on(_done: int, _total: int) -> None:
        if stop.is_set():
            raise _Stopped

    try:
        program = analyze(place.path, progress=go_on, cache=default_cache_folder())
    except FolderMissing:
        with told(place):
            raise FileNotFoundError from None
        raise
    except NotAFolder:
        raise ToolError(
            reason=f"`{place.shown}` is neither a folder nor a file with source code that it reads."
        ) from None
    except AnalyzerError as failure:
        raise ToolError(reason=str(failure)) from None
    if not program.functions:
        raise ToolError(
            reason=" ".join([f"There is no source code that it reads in `{place.shown}`.", *_remarks(program)])
        )
    return program


def _chains(program: Program, place: Place, start: str, end: str, limit: int) -> Answer:
    found = program.chains(start, end, limit=limit)
    if found.status == "ambiguous":
        raise ToolError(reason=" ".join(_which(name, functions) for name, functions in found.candidates.items()))
    if found.status != "success":
        raise ToolError(reason="\n".join([chains_text(found), *_remarks(program)]))
    text = "\n\n".join([chains_text(found), *_remarks(program)])
    return text, {"folder": place.shown, **chains_json(found, program.skipped[:_SKIPPED_KEPT])}


def _neighbours(
    program: Program, place: Place, name: str, direction: Literal["callers", "callees"], depth: int
) -> Answer:
    function = _the_one(program, name)
    found = program.callers(name, depth) if direction == "callers" else program.callees(name, depth)
    relation = "is called by" if direction == "callers" else "calls"
    told_of = f"{function.name} ({_where(function)}) {relation}"
    lines = [f"{told_of}:", neighbours_text(found)] if found else [f"{told_of} no function of this source."]
    return "\n".join([*lines, *_remarks(program)]), {
        "status": "success",
        "folder": place.shown,
        "function": function.name,
        "direction": direction,
        "functions": [neighbour_json(neighbour) for neighbour in found],
        "skipped": skipped_json(program.skipped[:_SKIPPED_KEPT]),
    }


def _the_one(program: Program, name: str) -> Function:
    found = program.find(name)
    if not found:
        raise ToolError(reason=program.unknown(name))
    if len({(function.name, function.file) for function in found}) > 1:
        raise ToolError(reason=_which(name, found))
    return found[0]


def _which(name: str, candidates: Sequence[Function]) -> str:
    named = ", ".join(f"{function.name} ({_where(function)})" for function in candidates[:_SHOWN])
    rest = len(candidates) - _SHOWN
    return f"`{name}` may be any of {named}{f' and {rest} more' if rest > 0 else ''}. Say which one."


def _where(function: Function) -> str:
    return f"{function.file}:{function.line}"


def _remarks(program: Program) -> list[str]:
    """What was not analysed, in one line; nothing if all was."""
    if not program.skipped:
        return []
    named = ", ".join(f"{one.file} ({one.reason})" for one in program.skipped[:_SKIPPED_SHOWN])
    rest = len(program.skipped) - _SKIPPED_SHOWN
    return [f"(Not or not wholly analysed: {named}{f' and {rest} more' if rest > 0 else ''}.)"]
