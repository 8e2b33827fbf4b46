"""The text of a source file, as it is analysed and as it is shown."""

import json

from intelligent_office.analyzer.decoding import decode

LARGEST = 16 * 1024 * 1024
"""Bytes; a larger file is generated data rather than a program, and costs more memory than it tells."""


class Unreadable(Exception):
    """A file that cannot be taken in; the message says why."""


def read_text(name: str, content: bytes) -> tuple[str, str]:
    """The text and a remark about how it was got; a notebook's text is that of its code cells."""
    if len(content) > LARGEST:
        raise Unreadable(f"larger than {LARGEST // 2**20} MB")
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
