"""`python_exec`: a Python program, run in the sandbox."""

import asyncio
import re
import signal
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from math import ceil
from pathlib import PurePosixPath
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from intelligent_office.bounds import Bounds
from intelligent_office.cards import ToolAbsence
from intelligent_office.errors import ToolError
from intelligent_office.sandbox.choice import Choice, choose
from intelligent_office.sandbox.runs import MEGABYTE, Ended, Job, Limits, Sandbox
from intelligent_office.seams import ToolScope
from intelligent_office.settings import Settings
from intelligent_office.telemetry.meter import count_resources
from intelligent_office.toolbox.files.confinement import Place, locate, opened_file, told
from intelligent_office.toolbox.files.writing import write
from intelligent_office.toolbox.policy import Inputs, Tool, ToolPolicy

Answer = tuple[str, dict[str, Any]]

USUAL_SECONDS, LONGEST_SECONDS = 60, 300
USUAL_MEGABYTES, MOST_MEGABYTES = 512, 4096
_GIVEN_BYTES = 32 * MEGABYTE
_MOST_FILES = 100
_SHOWN = 2_000
"""Characters of output that an error quotes, from its end."""
_STOPPED = {
    "time": "was stopped after {limits.wall_seconds:g} seconds; give it more `seconds`, or less to do",
    "cpu": "was stopped after {limits.cpu_seconds} seconds of processor time; give it more `seconds`, or less to do",
    "memory": "was stopped because it used more than {limits.memory_bytes} bytes of memory, or than this sandbox has; "
    "give it more `megabytes`, or less to do",
    "processes": "was stopped because it had more than {limits.processes} processes and threads",
    "files": "was stopped because it made more than {limits.inodes} files and folders",
    "output": "was stopped because it printed more than {limits.output_bytes} bytes; have it write a file instead",
}
_HINTS = {
    "ModuleNotFoundError|ImportError": "There is {sandbox.language}.",
    "FileNotFoundError": "A program sees no files but those that `files` names, by the same relative paths.",
    "EOFError": "Nobody answers `input()`; write what it would ask for into the program.",
    "name resolution|Address family not supported": "A program has no network.",
}
"""What a planner can do about a failure whose last line says so."""
_NOT_THE_PROGRAM = re.compile(r"\s*(```|python3?\s*\n)")


def python_exec(sandbox: Sandbox) -> BaseTool:
    """Make the tool for one sandbox."""

    @tool("python_exec", parse_docstring=True, response_format="content_and_artifact")
    async def execute(
        code: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        files: Annotated[list[str], Field(max_length=_MOST_FILES)] = [],  # noqa: B006  # pydantic copies it
        outputs: Annotated[list[str], Field(max_length=_MOST_FILES)] = [],  # noqa: B006
        seconds: Annotated[int, Field(ge=1, le=LONGEST_SECONDS)] = USUAL_SECONDS,
        megabytes: Annotated[int, Field(ge=64, le=MOST_MEGABYTES)] = USUAL_MEGABYTES,
    ) -> Answer:
        """Run a Python program in a sandbox, without network, and return what it printed.

        Args:
            code: The whole program. Nothing carries over to the next call. What a last line on its own stands for is
                printed, too.
            scope: For whom and where.
            files: Files of the working folder that the program may read, by the same relative paths.
            outputs: Files that the program writes and that are to be kept in the working folder, by relative paths.
            seconds: How long it may take.
            megabytes: How much memory it may use.
        """
        asked: Bounds = {"seconds": seconds, "cpu_seconds": seconds, "megabytes": megabytes}
        limits = _limits({**asked, **(scope.bounds or {})})
        given, places = await asyncio.to_thread(_prepared, files, outputs, scope)
        ended = await sandbox.run(Job(code=code, files=given, wanted=list(places), limits=limits))
        count_resources(sandbox=sandbox.name, **asdict(ended.usage))
        _refuse_failure(ended, limits, sandbox)
        await asyncio.to_thread(_keep, ended.files, places)
        return _told(ended)

    execute.description = f"{execute.description} {sandbox.language}."
    return execute


class Sandboxed:
    """`python_exec`, once it is known which sandbox this machine has: to find out takes some hundredths of a second."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._choice: Choice | None = None
        self._looking = asyncio.Lock()

    async def refresh(self) -> bool:
        """Look once; what is installed later is found by the next process."""
        async with self._looking:
            if self._choice is not None:
                return False
            wanted, image = self._settings.sandbox, self._settings.sandbox_image
            self._choice = await asyncio.to_thread(choose, wanted, image, self._settings.sandbox_ready)
            return True

    def tools(self) -> list[Tool]:
        """The tool, if there is a sandbox."""
        sandbox = self._choice.sandbox if self._choice else None
        return [Tool(definition=python_exec(sandbox), policy=POLICY)] if sandbox else []

    def absences(self) -> list[ToolAbsence]:
        """Why it is not there."""
        if self._choice is None or self._choice.sandbox is not None:
            return []
        reason = f"it needs a sandbox, and there is none: {self._choice.reason}"
        return [{"name": "python_exec", "source": "built-in", "reason": reason}]

    async def close(self) -> None:
        """Let go of what the sandbox keeps ready."""
        if self._choice and self._choice.sandbox:
            await self._choice.sandbox.close()


def _demands(inputs: Inputs) -> list[str]:
    if not inputs["code"].strip():
        return ["`python_exec` needs `code`: the program."]
    if _NOT_THE_PROGRAM.match(inputs["code"]):
        return ["`code` must be the program alone, without the marks of Markdown or the word `python` before it."]
    return []


def _refuse(inputs: Inputs, scope: ToolScope) -> None:
    """Whether a path leads out; its files may yet be written by an earlier step."""
    for path in inputs.get("files", []):
        locate(path, scope)
    for path in inputs.get("outputs", []):
        locate(_inside(path), scope, writing=True)


def _reaches(inputs: Inputs) -> Bounds:
    """Its files, from the folder and back to it; without any, the program sees nothing of the folder."""
    reads, writes = inputs.get("files") or [], inputs.get("outputs") or []
    return {"files": "write" if writes else "read" if reads else "none", "reads": reads, "writes": writes}


POLICY = ToolPolicy(
    risk="guarded",
    idempotent=True,
    seconds=330,
    network="none",
    files="write",
    sandbox=True,
    reaches=_reaches,
    asked_by={
        "reads": "files",
        "writes": "outputs",
        "seconds": "seconds",
        "cpu_seconds": "seconds",
        "megabytes": "megabytes",
    },
    limits={
        "seconds": LONGEST_SECONDS,
        "cpu_seconds": LONGEST_SECONDS,
        "megabytes": MOST_MEGABYTES,
        "processes": Limits.processes,
        "output_bytes": Limits.output_bytes,
    },
    usual={"seconds": USUAL_SECONDS, "cpu_seconds": USUAL_SECONDS, "megabytes": USUAL_MEGABYTES},
    cost=0.0,
    demands=_demands,
    refuses=_refuse,
    examples=[
        {"code": "print(sum(range(10)))"},
        {"code": "print(len(open('log.txt').readlines()))", "files": ["log.txt"], "seconds": 10},
    ],
)
"""It harms nothing, but it may write the files it is asked for. Run again, it writes the same ones."""


def _limits(bounds: Bounds) -> Limits:
    """What the grant allows, whatever the inputs say."""
    return Limits(
        wall_seconds=bounds["seconds"],
        cpu_seconds=ceil(bounds["cpu_seconds"]),
        memory_bytes=int(bounds["megabytes"] * MEGABYTE),
        processes=int(bounds.get("processes", Limits.processes)),
        output_bytes=int(bounds.get("output_bytes", Limits.output_bytes)),
    )


def _prepared(
    files: Sequence[str], outputs: Sequence[str], scope: ToolScope
) -> tuple[dict[str, bytes], dict[str, Place]]:
    """The contents of what goes in, and the places of what comes out."""
    given: dict[str, bytes] = {}
    named: dict[str, Place] = {}
    room = _GIVEN_BYTES
    for path in files:
        place = locate(path, scope)
        with told(place), opened_file(place) as file:
            content = file.read(room + 1)
        room -= len(content)
        if room < 0:
            raise ToolError(reason=f"The files have more than {_GIVEN_BYTES} bytes together; give it fewer.")
        name = _inside(path, place)
        if named.setdefault(name, place).path != place.path:
            raise ToolError(
                reason=f"`{place.shown}` and another file would both be `{name}` there; give it one of them."
            )
        given[name] = content
    return given, {_inside(path): locate(path, scope, writing=True) for path in outputs}


def _inside(path: str, place: Place | None = None) -> str:
    """The relative path that a program knows a file by."""
    pure = PurePosixPath(path)
    if not pure.is_absolute() and ".." not in pure.parts and pure.parts:
        return str(pure)
    if place:
        return "/".join(place.parts)
    raise ToolError(reason=f"`{path[:200]}` is no path below the working folder; name outputs by relative paths.")


def _refuse_failure(ended: Ended, limits: Limits, sandbox: Sandbox) -> None:
    """Nothing is kept of a program that has failed, or that did not write what it was to write."""
    reasons: list[str] = []
    if ended.stopped:
        reasons = [f"The program {_STOPPED[ended.stopped].format(limits=limits)}."]
    elif ended.exit_code:
        failure = _failure(ended)
        hints = (hint.format(sandbox=sandbox) for signs, hint in _HINTS.items() if re.search(signs, failure))
        reasons = [f"The program {failure}.", *hints]
    elif ended.withheld:
        lacking = ", ".join(f"`{path}` {why}" for path, why in ended.withheld.items())
        reasons = [f"The program ended well, but of its outputs {lacking}. Paths are relative to its working folder."]
    if reasons:
        for name, stream in (("Standard error", ended.stderr), ("It had printed", ended.stdout)):
            if text := _text(stream).strip():
                reasons.append(f"{name}:\n{text if len(text) <= _SHOWN else f'… {text[-_SHOWN:]}'}")
        raise ToolError(reason="\n".join(reasons))


def _failure(ended: Ended) -> str:
    if ended.exit_code < 0:
        number = -ended.exit_code
        known = {one.value: one.name for one in signal.Signals}
        return f"was ended by signal {number} ({known.get(number, 'unknown')})"
    last = next((line for line in reversed(_text(ended.stderr).splitlines()) if line.strip()), "")
    return f"failed: {last[:500]}" if last else f"ended with exit code {ended.exit_code}"


def _keep(files: Mapping[str, bytes], places: Mapping[str, Place]) -> None:
    for path, content in files.items():
        with told(places[path]):
            write(places[path], content)


def _told(ended: Ended) -> Answer:
    stdout, stderr = _text(ended.stdout), _text(ended.stderr)
    lines = [stdout.rstrip("\n")] if stdout.strip() else []
    lines += [f"(Standard error: {stderr.strip()})"] if stderr.strip() else []
    lines += [f"(Wrote `{path}`, {len(content)} bytes.)" for path, content in ended.files.items()]
    return "\n".join(lines) or "(The program printed nothing.)", {
        "stdout": stdout,
        "stderr": stderr,
        "files": [{"path": path, "bytes": len(content)} for path, content in ended.files.items()],
        "seconds": ended.usage.wall_seconds,
    }


def _text(stream: bytes) -> str:
    return stream.decode("utf-8", "replace")
