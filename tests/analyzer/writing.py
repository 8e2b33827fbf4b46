"""Write small programs to disk and read their call graph."""

import re
from pathlib import Path
from textwrap import dedent

from intelligent_office.analyzer import Program, analyze

_MARK = re.compile(r"^# file: (\S+)\n", re.MULTILINE)


def write(folder: Path, text: str) -> Path:
    """One file, `main.py`, or several that each begin with `# file: NAME`."""
    parts = _MARK.split(dedent(text))
    named = list(zip(parts[1::2], parts[2::2], strict=True)) or [("main.py", parts[0])]
    for name, source in named:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(source)
    return folder


def analyzed(folder: Path, text: str) -> Program:
    """The program a text describes."""
    return analyze(write(folder, text))


def calls_of(program: Program) -> set[str]:
    """Every call between functions of the program, as `caller -> callee`."""
    return {f"{call.caller} -> {call.callee}" for call in program.calls if not call.external}


def listed(text: str) -> set[str]:
    """The calls a text lists, one a line."""
    return {line.strip() for line in text.splitlines() if line.strip()}
