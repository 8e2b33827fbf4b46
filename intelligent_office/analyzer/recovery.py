"""Parse what can be parsed: a broken line costs that line, a broken block costs that block, not the file."""

import ast
import re
import warnings
from collections.abc import Callable

ATTEMPTS = 40
"""Broken places looked for in one file, before whole blocks are given up instead of lines."""

_LEGACY = (
    (re.compile(r"^(\s*)print\s*>>\s*[\w.]+\s*,\s*(.*\S)\s*$"), r"\1print(\2)"),
    (re.compile(r"^(\s*)print\s*>>\s*[\w.]+\s*$"), r"\1print()"),
    (re.compile(r"^((?:.*:)?\s*)print\s+(?![=(,.])(.*?\S)\s*,?\s*$"), r"\1print(\2)"),
    (re.compile(r"^(\s*)print\s*$"), r"\1print()"),
    (re.compile(r"^(\s*except\s+[^:,]+(?:\([^)]*\))?)\s*,\s*(\w+)\s*:"), r"\1 as \2:"),
    (re.compile(r"^(\s*raise\s+[\w.]+)\s*,\s*(.+)$"), r"\1(\2)"),
    (re.compile(r"^(\s*)exec\s+(.+?)(?:\s+in\s+(.+))?$"), r"\1exec(\2)"),
    (re.compile(r"`([^`]+)`"), r"repr(\1)"),
    (re.compile(r"<>"), "!="),
    (re.compile(r"\b0([0-7]+)\b(?![.xXbBoO])"), r"0o\1"),
    (re.compile(r"\b(\d+)[lL]\b"), r"\1"),
    (re.compile(r"\b[uU][rR](?=[\"'])"), "r"),
)


def parse(text: str) -> ast.Module:
    """Parse without the compiler's warnings about the code of others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def parse_expression(text: str, line: int) -> ast.expr | None:
    """The expression a string on some line holds; None if it holds something else."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            body = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, MemoryError, RecursionError):
            return None
    for inner in ast.walk(body):
        if isinstance(inner, ast.expr):
            inner.lineno = inner.end_lineno = line
    return body


def parse_tolerantly(text: str) -> tuple[ast.Module, str]:
    """Parse, with a remark that says what had to be left out; raises SyntaxError if nothing is left."""
    try:
        return parse(text), ""
    except SyntaxError as error:
        first = error
    lines = text.expandtabs(8).splitlines()
    lines, is_legacy = _modernized(lines)
    left_out: set[int] = set()
    failed_at = -1
    for attempt in range(3 * ATTEMPTS):
        try:
            tree = parse("\n".join(lines) + "\n")
        except SyntaxError as error:
            place = min(max((error.lineno or 1) - 1, 0), len(lines) - 1)
            stubborn = place <= failed_at or attempt >= ATTEMPTS or not lines[place].strip()
            left_out.update(_blank_block(lines, place) if stubborn else _blank_line(lines, place))
            failed_at = max(failed_at, place)
        else:
            if not tree.body:
                raise first
            return tree, _remark(first, left_out, is_legacy=is_legacy)
    raise first


def _modernized(lines: list[str]) -> tuple[list[str], bool]:
    """Statements of Python 2 in today's words, if the file shows any that only Python 2 has."""
    changed = list(lines)
    for pattern, replacement in _LEGACY[:6]:
        changed = [pattern.sub(replacement, line) for line in changed]
    if changed == lines:
        return lines, False
    for pattern, replacement in _LEGACY[6:]:
        changed = [line if line.lstrip().startswith("#") else pattern.sub(replacement, line) for line in changed]
    return changed, True


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())


def _blank_line(lines: list[str], place: int) -> list[int]:
    lines[place] = " " * _indentation(lines[place]) + "pass"
    return [place + 1]


def _blank_block(lines: list[str], place: int) -> list[int]:
    """Blank everything from the last line at the left margin before the place up to the next one behind it."""
    start = place
    while start > 0 and not _starts_block(lines[start]):
        start -= 1
    end = max(place, start) + 1
    while end < len(lines) and not _starts_block(lines[end]):
        end += 1
    blanked = [number + 1 for number in range(start, end) if lines[number].strip()]
    lines[start:end] = [""] * (end - start)
    return blanked


def _starts_block(line: str) -> bool:
    return (
        bool(line)
        and not line[0].isspace()
        and line[0] not in ")]}#\"'"
        and not line.startswith(("else", "elif", "except"))
    )


def without_blocks(text: str, is_unfit: Callable[[str], bool]) -> tuple[str, str]:
    """The text with every unfit block at the left margin blanked, and the numbers of the lines that this cost."""
    lines = text.splitlines()
    starts = [number for number, line in enumerate(lines) if _starts_block(line)]
    left_out: set[int] = set()
    for start, end in zip(starts, [*starts[1:], len(lines)], strict=True):
        if is_unfit("\n".join(lines[start:end])):
            left_out.update(range(start + 1, end + 1))
            lines[start:end] = [""] * (end - start)
    return "\n".join(lines) + "\n", _numbers(left_out)


def _numbers(lines: set[int]) -> str:
    shown = ", ".join(str(line) for line in sorted(lines)[:8])
    return f"{shown}{', …' if len(lines) > 8 else ''}"


def _remark(error: SyntaxError, left_out: set[int], *, is_legacy: bool) -> str:
    if not left_out:
        return "read as Python 2"
    era = "read as Python 2, " if is_legacy else ""
    return f"{era}left out line {_numbers(left_out)}: {error.msg}"
