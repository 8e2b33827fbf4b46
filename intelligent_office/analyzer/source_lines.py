"""The text of a line of source, read when it is asked for."""

from collections import OrderedDict
from pathlib import Path

from intelligent_office.analyzer.reading import Unreadable, read_source, read_text

_KEPT_FILES = 64
_LONGEST = 160


class SourceLines:
    """Lines of the files below a folder; a few files are kept in memory."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._files: OrderedDict[str, list[str]] = OrderedDict()

    def text(self, file: str, line: int) -> str:
        """A line without its indentation; empty if it cannot be had."""
        lines = self._files.get(file)
        if lines is None:
            lines = self._files[file] = self._read(file)
            if len(self._files) > _KEPT_FILES:
                self._files.popitem(last=False)
        text = lines[line - 1].strip() if 0 < line <= len(lines) else ""
        return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

    def _read(self, file: str) -> list[str]:
        try:
            return read_text(file, read_source(str(self._root / file), self._root))[0].splitlines()
        except (OSError, Unreadable):
            return []
