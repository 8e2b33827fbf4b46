"""`code_analyzer`: how one function of a folder of source code comes to call another."""

import asyncio
import threading
from collections.abc import Callable, Iterable
from typing import Annotated, Any, Literal, TypeVar

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from intelligent_office.analyzer import (
    AnalyzerError,
    Chain,
    Chains,
    FolderMissing,
    Function,
    Neighbour,
    NotAFolder,
    Program,
    analyze,
)
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files.confinement import Place, locate, told
from intelligent_office.toolbox.policy import Inputs, ToolPolicy

Answer = tuple[str, dict[str, Any]]
T = TypeVar("T")

_SHOWN = 15
"""Candidates and neighbours that a message names."""
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
        """Find the chain of calls from one function to another in Python source, or a function's callers or callees.

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
        place = locate(folder, scope)
        if function:
            return await _off_the_loop(
                lambda stop: _neighbours(_program(place, stop), place, function, direction, depth)
            )
        return await _off_the_loop(lambda stop: _chains(_program(place, stop), place, start, end, limit))

    return trace


def _demands(inputs: Inputs) -> list[str]:
    if inputs.get("function"):
        both = [name for name in ("start", "end") if inputs.get(name)]
        return [f"`code_analyzer` takes either `function` or `start` and `end`; leave out {both[0]}."] if both else []
    missing = [name for name in ("start", "end") if not str(inputs.get(name, "")).strip()]
    return [f"`code_analyzer` needs `{name}` (or `function`, for callers and callees)." for name in missing]


POLICY = ToolPolicy(risk="safe", idempotent=True, seconds=600, demands=_demands)


class _Stopped(Exception):
    """Nobody waits for the analysis any more."""


async def _off_the_loop(work: Callable[[threading.Event], T]) -> T:
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
        program = analyze(place.path, progress=go_on)
    except FolderMissing:
        with told(place):
            raise FileNotFoundError from None
        raise
    except NotAFolder:
        raise ToolError(reason=f"`{place.shown}` is neither a folder nor a file with Python source.") from None
    except AnalyzerError as failure:
        raise ToolError(reason=str(failure)) from None
    if not program.functions:
        raise ToolError(reason=" ".join([f"There is no Python source in `{place.shown}`.", *_skipped(program)]))
    return program


def _chains(program: Program, place: Place, start: str, end: str, limit: int) -> Answer:
    found = program.chains(start, end, limit=limit)
    if found.status != "success":
        raise ToolError(reason="\n".join([*_why_none(found), *_skipped(program)]))
    first = found.chains[0]
    text = "\n\n".join(_chain_text(chain) for chain in found.chains)
    return "\n\n".join([text, *_skipped(program)]), {
        "status": found.status,
        "folder": place.shown,
        "path": [function.name for function in first.functions],
        "hops": _hops(first),
        "chains": [
            {"path": [function.name for function in chain.functions], "hops": _hops(chain)} for chain in found.chains
        ],
        "skipped": _skipped_data(program),
    }


def _chain_text(chain: Chain) -> str:
    if not chain.hops:
        return f"{chain.start.name} ({_where(chain.start)}) is start and end at once: there is nothing to call."
    count = f"{len(chain.hops)} call{'s' if len(chain.hops) > 1 else ''}"
    lines = [f"{chain.start.name} leads to {chain.end.name} in {count} ({chain.certainty}):"]
    for number, hop in enumerate(chain.hops, start=1):
        lines.append(
            f"{number}. {hop.caller.name} ({_where(hop.caller)}) calls {hop.callee.name} ({_where(hop.callee)})\n"
            f"   at {hop.file}:{hop.line}: {hop.text.strip()} [{hop.certainty}]"
        )
    return "\n".join(lines)


def _why_none(found: Chains) -> Iterable[str]:
    """Why there is no chain, as far as the analysis knows."""
    if found.status != "ambiguous":
        yield found.message
    for name, functions in found.candidates.items():
        yield f"`{name}` may be any of {_listed(functions)}. Say which one."
    gap = found.explanation
    if gap and gap.reached:
        yield f"From {found.start} these are reached: {_listed(gap.reached, gap.reached_total)}."
    elif gap:
        yield f"{found.start} calls no function of this source."
    if gap and gap.callers_of_end:
        yield f"To {found.end} lead {_listed(gap.callers_of_end, gap.callers_total)}."
    elif gap:
        yield f"Nothing in this source calls {found.end}."


def _neighbours(
    program: Program, place: Place, name: str, direction: Literal["callers", "callees"], depth: int
) -> Answer:
    function = _the_one(program, name)
    found = program.callers(name, depth) if direction == "callers" else program.callees(name, depth)
    relation = "is called by" if direction == "callers" else "calls"
    lines = [f"{function.name} ({_where(function)}) {relation}:", *(_neighbour_text(one, depth) for one in found)]
    if not found:
        lines = [f"{function.name} ({_where(function)}) {relation} no function of this source."]
    return "\n".join([*lines, *_skipped(program)]), {
        "status": "success",
        "folder": place.shown,
        "function": function.name,
        "direction": direction,
        "functions": [
            {"name": one.function.name, "file": one.function.file, "line": one.function.line, "depth": one.depth}
            | {"call": {"file": one.hop.file, "line": one.hop.line, "certainty": one.hop.certainty}}
            for one in found
        ],
        "skipped": _skipped_data(program),
    }


def _the_one(program: Program, name: str) -> Function:
    found = program.find(name)
    if not found:
        near = program.suggestions(name)
        hint = f" Did you mean {', '.join(near[:_SHOWN])}?" if near else ""
        raise ToolError(reason=f"There is no function called {name}.{hint}")
    if len({(function.name, function.file) for function in found}) > 1:
        raise ToolError(reason=f"`{name}` may be any of {_listed(found)}. Say which one.")
    return found[0]


def _neighbour_text(one: Neighbour, depth: int) -> str:
    away = f" ({one.depth} calls away)" if depth > 1 and one.depth > 1 else ""
    return (
        f"- {one.function.name} ({_where(one.function)}), at {one.hop.file}:{one.hop.line} [{one.hop.certainty}]{away}"
    )


def _hops(chain: Chain) -> list[dict[str, Any]]:
    return [
        {
            "caller": hop.caller.name,
            "callee": hop.callee.name,
            "file": hop.file,
            "line": hop.line,
            "text": hop.text.strip(),
            "certainty": hop.certainty,
            "defined": {"file": hop.callee.file, "line": hop.callee.line},
        }
        for hop in chain.hops
    ]


def _skipped(program: Program) -> list[str]:
    """What was not analysed, in one line; nothing if all was."""
    if not program.skipped:
        return []
    named = ", ".join(f"{one.file} ({one.reason})" for one in program.skipped[:_SKIPPED_SHOWN])
    rest = len(program.skipped) - _SKIPPED_SHOWN
    return [f"(Not or not wholly analysed: {named}{f' and {rest} more' if rest > 0 else ''}.)"]


def _skipped_data(program: Program) -> list[dict[str, str]]:
    return [{"file": one.file, "reason": one.reason} for one in program.skipped[:_SKIPPED_KEPT]]


def _listed(functions: Iterable[Function], total: int | None = None) -> str:
    known = list(functions)
    rest = (total or len(known)) - min(len(known), _SHOWN)
    named = ", ".join(f"{function.name} ({_where(function)})" for function in known[:_SHOWN])
    return f"{named} and {rest} more" if rest > 0 else named


def _where(function: Function) -> str:
    return f"{function.file}:{function.line}"
