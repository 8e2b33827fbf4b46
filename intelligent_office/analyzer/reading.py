"""The text of a source file, as it is analysed and as it is shown."""

import json
import os
import stat
from pathlib import Path

from intelligent_office.analyzer.decoding import decode

LARGEST = 16 * 1024 * 1024
"""Bytes; a larger file is generated data rather than a program, and costs more memory than it tells."""
OUTSIDE = "link that leads out of the folder"
_TOO_LARGE = f"larger than {LARGEST // 2**20} MB"


class Unreadable(Exception):
    """A file that cannot be taken in; the message says why."""


def read_source(path: str, root: Path) -> bytes:
    """The bytes of a file as it is now, which need not be what it was when the folder was listed.

    Raises:
        OSError: it cannot be read.
        Unreadable: it is too large, no regular file any more, or a link out of the folder by now.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))  # a pipe without a writer is not waited for
    with os.fdopen(descriptor, "rb", buffering=0) as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("not a regular file")
        real = _real_path(descriptor, path)
        if real != path and not Path(real).is_relative_to(root):
            raise Unreadable(OUTSIDE)
        if status.st_size > LARGEST:
            raise Unreadable(_TOO_LARGE)
        return file.read()


def _real_path(descriptor: int, path: str) -> str:
    """Where an open file really is, from the system if that tells: nobody can change the answer meanwhile."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")  # noqa: PTH115 - once for each of many thousand files
    except OSError:
        return os.path.realpath(path)


def read_text(name: str, content: bytes) -> tuple[str, str]:
    """The text and a remark about how it was got; a notebook's text is that of its code cells."""
    if len(content) > LARGEST:
        raise Unreadable(_TOO_LARGE)
    if name.endswith(".ipynb"):
        return _notebook(content), ""
    return decode(content)


def _notebook(content: bytes) -> str:
    try:
        cells = json.loads(content)["cells"]
        sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Unreadable(f"not a notebook: {error!r}") from error
    lines = [line for source in sources for line in source.splitlines()]
    return "\n".join("pass" if line.startswith(("%", "!")) else line for line in lines) + "\n"
