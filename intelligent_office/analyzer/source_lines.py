"""The text of a line of source, read when it is asked for."""

import ast
from collections import OrderedDict
from pathlib import Path
from textwrap import dedent

from intelligent_office.analyzer.reading import Unreadable, read_source, read_text
from intelligent_office.analyzer.recovery import parse

_KEPT_FILES = 64
_LONGEST = 160


class SourceLines:
    """Lines of the files below a folder; a few files are kept in memory."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: OrderedDict[str, list[str]] = OrderedDict()

    def text(self, file: str, line: int) -> str:
        """A line without its indentation; empty if it cannot be had."""
        lines = self.of(file)
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def of(self, file: str) -> list[str]:
        """All lines of a file; none if it cannot be read."""
        lines = self._files.get(file)
        if lines is None:
            lines = self._files[file] = self._read(file)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        return lines

    def decorates(self, file: str, line: int, definition: int) -> bool:
        """Whether a line belongs to the decorators of what is defined in another line further down."""
        above = self.of(file)[: definition - 1]
        for start in range(line, 0, -1):
            if above[start - 1].lstrip().startswith("@"):
                return _is_decorated(above[start - 1 :])
        return False

    def _read(self, file: str) -> list[str]:
        try:
            return read_text(file, read_source(str(self._root / file), self._root))[0].splitlines()
        except (OSError, Unreadable):
            return []


def _is_decorated(decorators: list[str]) -> bool:
    """Whether lines are decorators, the whole of them and nothing else."""
    try:
        (statement,) = parse(dedent("\n".join([*decorators, _margin(decorators[0]) + "class _: pass"]))).body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return isinstance(statement, ast.ClassDef)


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
