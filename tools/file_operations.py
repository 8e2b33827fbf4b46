"""`file_operations`: files of the working folder."""

import asyncio
import json
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool
from pydantic import Field

from intelligent_office.bounds import Bounds
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files.confinement import Place, is_folder, locate, opened_file, told
from intelligent_office.toolbox.files.search import MOST_FILES, MOST_MATCHES, entries, matching, search
from intelligent_office.toolbox.files.text import HEAD, PAGE_BYTES, PAGE_LINES, Page, encoding_of, read_page
from intelligent_office.toolbox.files.writing import append, write
from intelligent_office.toolbox.policy import Inputs, ToolPolicy

Answer = tuple[str, dict[str, Any]]
Operation = Literal["read", "write", "append", "list", "search"]
Positive = Annotated[int, Field(ge=1)]

_HARMLESS = {"read", "list", "search"}


def file_operations() -> BaseTool:
    """Make the tool; where it works is said at each call."""

    @tool("file_operations", parse_docstring=True, response_format="content_and_artifact")
    async def operate(
        operation: Operation,
        path: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        content: str = "",
        pattern: str = "",
        query: str = "",
        first_line: Positive = 1,
        lines: Positive = PAGE_LINES,
        whole: bool = False,
        skip: Annotated[int, Field(ge=0, le=100_000)] = 0,
    ) -> Answer:
        """Read, write, append to, list or search files of the working folder.

        Args:
            operation: What to do.
            scope: For whom and where.
            path: A file or folder, relative to the working folder; `.` is the folder itself.
            content: For `write` and `append`: the text, exactly as it is to be stored.
            pattern: For `list` and `search`: only files whose names fit, such as `*.py` (in all folders below) or
                `docs/**/*.md`. Without it, `list` shows what is directly in the folder.
            query: For `search`: the text to find in lines. Without capitals it matches capitals too.
            first_line: For `read`: the line to start with.
            lines: For `read`: how many lines at most.
            whole: For `read`: fail, instead of giving a part, if the file is longer than one call reads.
            skip: For `list` and `search`: how many results to leave out, to go on where an earlier call stopped.
        """
        return await asyncio.to_thread(
            _carry_out, operation, path, scope, content, pattern, query, first_line, lines, whole, skip
        )

    return operate


def _demands(inputs: Inputs) -> list[str]:
    operation = inputs["operation"]
    if operation in {"write", "append"} and "content" not in inputs:
        return [f"`file_operations` needs `content` to {operation}."]
    if operation == "search" and not inputs.get("query"):
        return ["`file_operations` needs `query` to search: the text to find."]
    return []


def _refuse(inputs: Inputs, scope: ToolScope) -> None:
    if {"operation", "path"} <= inputs.keys():
        locate(inputs["path"], scope, writing=inputs["operation"] not in _HARMLESS)


def _reaches(inputs: Inputs) -> Bounds:
    path = inputs["path"]
    if inputs["operation"] in _HARMLESS:
        return {"files": "read", "reads": [path]}
    return {"files": "write", "reads": [], "writes": [path]}


POLICY = ToolPolicy(
    risk="guarded",
    risk_of=lambda inputs: "safe" if inputs.get("operation") in _HARMLESS else "guarded",
    idempotent=lambda inputs: inputs.get("operation") in {*_HARMLESS, "write"},
    seconds=60,
    network="none",
    files="write",
    reaches=_reaches,
    cost=0.0,
    demands=_demands,
    refuses=_refuse,
    examples=[
        {"operation": "read", "path": "notes.txt", "first_line": 2001},
        {"operation": "write", "path": "answer.txt", "content": "${s1}"},
        {"operation": "search", "path": ".", "pattern": "*.py", "query": "def main"},
    ],
)


def _carry_out(
    operation: Operation,
    path: str,
    scope: ToolScope,
    content: str,
    pattern: str,
    query: str,
    first_line: int,
    lines: int,
    whole: bool,
    skip: int,
) -> Answer:
    place = locate(path, scope, writing=operation not in _HARMLESS)
    with told(place):
        if operation == "read":
            return _read(place, first_line, lines, whole)
        if operation == "list":
            return _list(place, pattern, skip)
        if operation == "search":
            return _search(place, query, pattern or "**", skip)
        return _store(place, content, adding=operation == "append")


def _read(place: Place, first_line: int, lines: int, whole: bool) -> Answer:
    with opened_file(place) as file:
        page = read_page(file, first_line, lines, shown=place.shown)
    if whole and not page.complete:
        raise ToolError(
            reason=f"`{place.shown}` is too long to be read in one piece. {' '.join(_remarks(page))}".strip()
        )
    found = {
        "content": page.content,
        "first_line": page.first_line,
        "lines": page.lines,
        "total_lines": page.total_lines,
    }
    return "\n".join([page.content or f"`{place.shown}` is empty.", *_remarks(page)]), found


def _remarks(page: Page) -> list[str]:
    """What a reader should know of a page that is not simply the whole file."""
    remarks = []
    if page.encoding == "latin-1":
        remarks.append("(It is not UTF-8: it was read as Latin-1.)")
    if page.cut:
        remarks.append(f"(Line {page.first_line} is longer than {PAGE_BYTES} bytes; only its beginning is shown.)")
    elif not page.complete and page.content:
        last = page.first_line + page.lines - 1
        total = "more than can be counted" if page.total_lines is None else page.total_lines
        more = "" if last == page.total_lines else f"; go on with first_line={last + 1}"
        remarks.append(f"(Lines {page.first_line} to {last} of {total}{more}.)")
    return remarks


def _list(place: Place, pattern: str, skip: int) -> Answer:
    listing = matching(place, pattern, skip) if pattern else entries(place, skip)
    nothing = f"No file below `{place.shown}` fits `{pattern}`." if pattern else f"`{place.shown}` is empty."
    lines = [_one_line(file) for file in listing.files] or [f"There are not more than {skip}." if skip else nothing]
    if listing.more:
        shown = skip + MOST_FILES
        lines = [*lines, f"(There are more than {shown}; go on with skip={shown}, or look in a folder further in.)"]
    return "\n".join([*lines, *_passed_over(listing.passed_over)]), {"files": listing.files}


def _search(place: Place, query: str, pattern: str, skip: int) -> Answer:
    is_file = not is_folder(place)
    if is_file:
        with opened_file(place):
            pass  # what cannot be opened is told as it is
    findings = search(place, query, pattern, is_file=is_file, skip=skip)
    if is_file and findings.unsearched:
        raise ToolError(reason=f"`{place.shown}` cannot be searched: it is binary or too large.")
    lines = [f"{_one_line(match.file)}:{match.line}: {match.text}" for match in findings.matches]
    if not lines:
        other = "other " if skip else ""
        lines = [f"No {other}line of `{place.shown}` holds `{query}` ({_counted(findings.searched, 'file')} searched)."]
    if findings.more:
        full = len(findings.matches) == MOST_MATCHES
        onward = f"go on with skip={skip + MOST_MATCHES}" if full else "search in a folder further in"
        lines.append(f"(The search stopped after {_counted(skip + len(findings.matches), 'line')}; {onward}.)")
    if findings.unsearched:
        named = ", ".join(map(_one_line, findings.unsearched[:5])) + (" …" if len(findings.unsearched) > 5 else "")
        lines.append(f"(Not searched, as binary, too large or not readable: {named}.)")
    matches = [{"file": match.file, "line": match.line, "text": match.text} for match in findings.matches]
    return "\n".join([*lines, *_passed_over(findings.passed_over)]), {"matches": matches}


def _store(place: Place, content: str, *, adding: bool) -> Answer:
    encoding = _encoding(place) if adding else "utf-8"
    try:
        encoded = content.encode(encoding)
    except UnicodeEncodeError as fault:
        letter = content[fault.start]
        if letter.isprintable():
            raise ToolError(reason=f"`{place.shown}` is Latin-1, which has no `{letter}`; write it anew.") from None
        raise ToolError(
            reason="The content holds half a character (a lone surrogate), which cannot be stored."
        ) from None
    (append if adding else write)(place, encoded)
    done = f"Added {_counted(len(encoded), 'byte')} to" if adding else f"Wrote {_counted(len(encoded), 'byte')} to"
    return f"{done} `{place.shown}`.", {"path": place.shown, "bytes": len(encoded)}


def _encoding(place: Place) -> str:
    """What a file is written in, so that what is added to it can be read with the rest."""
    try:
        with opened_file(place) as file:
            return encoding_of(file.read(HEAD))
    except OSError:  # not there yet, or not for us to read
        return "utf-8"


def _one_line(name: str) -> str:
    """A file's name as it is, unless it could be taken for more than one: then as in JSON."""
    return name if name.isprintable() else json.dumps(name)


def _passed_over(folders: set[str]) -> list[str]:
    if not folders:
        return []
    named = ", ".join(f"`{_one_line(folder)}`" for folder in sorted(folders)[:5]) + (" …" if len(folders) > 5 else "")
    return [f"(Not looked into: {named}.)"]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
