"""Write small programs of any language to disk, and read their call graph with its certainties."""

import re
from pathlib import Path
from textwrap import dedent

from intelligent_office.analyzer import Program, analyze

_MARK = re.compile(r"^=== (\S+)\n", re.MULTILINE)


def program(folder: Path, text: str, file: str = "") -> Program:
    """The program that a text describes: one file, or several that each begin with `=== NAME`."""
    parts = _MARK.split(dedent(text).lstrip("\n"))
    named = list(zip(parts[1::2], parts[2::2], strict=True)) or [(file, parts[0])]
    for name, source in named:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return analyze(folder)


def calls(found: Program) -> set[str]:
    """Every call between functions of the program, as `caller -> callee certainty`."""
    return {f"{call.caller} -> {call.callee} {call.certainty}" for call in found.calls if not call.external}


def outside(found: Program) -> set[str]:
    """Every call that leaves the program, as `caller -> callee`."""
    return {f"{call.caller} -> {call.callee}" for call in found.calls if call.external}


def listed(text: str) -> set[str]:
    """The calls a text lists, one a line."""
    return {" ".join(line.split()) for line in text.splitlines() if line.strip()}
