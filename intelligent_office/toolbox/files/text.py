"""Bytes as text: a page of a file of any size, and the encoding that fits."""

import codecs
import io
import os
from dataclasses import dataclass
from typing import BinaryIO

from intelligent_office.errors import ToolError

PAGE_LINES = 2_000
PAGE_BYTES = 200_000
SCAN_BYTES = 256 * 1024 * 1024
"""How far into a file lines are counted."""
WIDE_BYTES = 32 * 1024 * 1024
"""The largest file that is read in an encoding of two or four bytes a character."""
_CHUNK = 1024 * 1024
HEAD = 8_192
"""How much of a file tells what kind it is."""
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: it begins with the same two bytes
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Page:
    """Some lines of a file."""

    content: str
    first_line: int
    lines: int
    total_lines: int | None
    """None if the file is too large to count."""
    encoding: str
    cut: bool
    """Whether the last line is longer than a page and goes on."""

    @property
    def complete(self) -> bool:
        return not self.cut and self.first_line == 1 and self.lines == self.total_lines


def decoded(content: bytes) -> str | None:
    """The text of a whole file; None if it is no text."""
    wide = _wide_encoding(content)
    if wide:
        return content.decode(wide, "replace")
    narrow = _decoded(content.removeprefix(codecs.BOM_UTF8))
    return narrow[0] if narrow else None


def encoding_of(beginning: bytes) -> str:
    """In which encoding a file that begins so goes on; UTF-8 unless it shows another one."""
    wide = _wide_encoding(beginning)
    if wide:
        return wide + ("-le" if beginning.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF32_LE)) else "-be")
    narrow = _decoded(beginning, complete=False)
    return narrow[1] if narrow else "utf-8"


def read_page(file: BinaryIO, first_line: int, lines: int, *, shown: str) -> Page:
    """Some lines of an open file, however large it is.

    Raises:
        ToolError: it is not text, or it has no such line.
    """
    head = file.read(HEAD)
    wide = _wide_encoding(head)
    if wide:
        file = _as_utf8(file, wide, shown)
    elif b"\0" in head:
        size = os.fstat(file.fileno()).st_size
        raise ToolError(reason=f"`{shown}` is not text but a binary file of {size} bytes; it cannot be read as lines.")
    start, total = _find_line(file, first_line)
    if start is None:
        raise ToolError(reason=_no_such_line(shown, first_line, total))
    file.seek(start)
    piece = file.read(PAGE_BYTES)
    taken, cut = _whole_lines(piece, lines, more=bool(file.read(1)))
    found = _decoded(taken.removeprefix(codecs.BOM_UTF8) if start == 0 else taken, complete=not cut)
    if found is None:
        raise ToolError(reason=f"`{shown}` is not text: line {first_line} and the next ones hold binary data.")
    count = taken.count(b"\n") + (bool(taken) and not taken.endswith(b"\n"))
    return Page(found[0], first_line, count, total, wide or found[1], cut)


def _wide_encoding(head: bytes) -> str | None:
    return next((encoding for mark, encoding in _WIDE if head.startswith(mark)), None)


def _as_utf8(file: BinaryIO, encoding: str, shown: str) -> BinaryIO:
    """The file in an encoding in which the end of a line is one byte."""
    file.seek(0)
    content = file.read(WIDE_BYTES + 1)
    if len(content) > WIDE_BYTES:
        raise ToolError(reason=f"`{shown}` is too large to be read as {encoding.upper()}.")
    return io.BytesIO(content.decode(encoding, "replace").encode())


def _decoded(content: bytes, *, complete: bool = True) -> tuple[str, str] | None:
    """The text and its encoding; `complete` is False if the last character may be cut in two."""
    if b"\0" in content:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8")().decode(content, complete), "utf-8"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "latin-1"


def _find_line(file: BinaryIO, wanted: int) -> tuple[int | None, int | None]:
    """Where the line starts, None if it does not; and how many lines there are, None if they are too many to count."""
    file.seek(0)
    start = 0 if wanted == 1 else None
    ends, scanned, last = 0, 0, b"\n"
    while chunk := file.read(_CHUNK):
        found = chunk.count(b"\n")
        if start is None and ends + found >= wanted - 1:
            start = scanned + _end_of_line(chunk, wanted - 1 - ends)
        ends, scanned, last = ends + found, scanned + len(chunk), chunk[-1:]
        if scanned >= SCAN_BYTES:
            return start, None
    total = ends + (last != b"\n")
    return (start if wanted <= max(total, 1) else None), total


def _end_of_line(chunk: bytes, count: int) -> int:
    """The position after the line that is the `count`-th to end in the chunk."""
    position = 0
    for _ in range(count):
        position = chunk.index(b"\n", position) + 1
    return position


def _whole_lines(piece: bytes, lines: int, *, more: bool) -> tuple[bytes, bool]:
    """At most so many whole lines of the piece; a part of one, if not even one is whole."""
    found = io.BytesIO(piece).readlines()
    if more and len(found) <= lines and not piece.endswith(b"\n"):
        return (piece, True) if len(found) == 1 else (b"".join(found[:-1]), False)
    return b"".join(found[:lines]), False


def _no_such_line(shown: str, wanted: int, total: int | None) -> str:
    if total is None:
        return (
            f"Line {wanted} of `{shown}` lies beyond the first {SCAN_BYTES // 2**20} MB; lines are counted no further."
        )
    return f"`{shown}` has {total} {'line' if total == 1 else 'lines'}; there is no line {wanted}."
