"""The text of a PDF, read in a process of its own: `python -I pdf.py PAGES CHARACTERS < file`, answered in JSON.

A file that somebody made to do harm can only use up what this process may use: it has no environment, no files beside
those it was given, a limit of memory and of time.
"""

import io
import json
import resource
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pypdf import PdfReader

MEMORY_BYTES = 1024 * 2**20
CPU_SECONDS = 20


def main() -> None:
    """Read standard input and answer with `text`, `pages`, `read`; or with `fault`."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    pages, characters = int(sys.argv[1]), int(sys.argv[2])
    content = sys.stdin.buffer.read()
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    import logging

    import pypdf

    logging.disable(logging.CRITICAL)
    try:
        answer = read(pypdf.PdfReader(io.BytesIO(content)), pages, characters)
    except pypdf.errors.DependencyError:
        answer = {"fault": "it is encrypted in a way that cannot be read"}
    except (MemoryError, RecursionError):
        answer = {"fault": "it needs more memory than one file may have"}
    except Exception as error:  # noqa: BLE001  # what a broken file can do to its reader has no end
        answer = {"fault": f"it is broken ({type(error).__name__})"}
    sys.stdout.buffer.write(json.dumps(answer).encode())


def read(reader: "PdfReader", pages: int, characters: int) -> dict[str, object]:
    """The text of the first pages, each after a line with its number."""
    if reader.is_encrypted and not reader.decrypt(""):
        return {"fault": "it is protected with a password"}
    total, parts, size, done = len(reader.pages), [], 0, 0
    for number, page in enumerate(reader.pages, 1):
        if number > pages or size >= characters:
            break
        text = (page.extract_text() or "").strip().encode("utf-8", "replace").decode().replace("\0", "")
        parts.append(f"[page {number}]\n{text[: characters - size]}")
        size += len(text)
        done = number
    return {"text": "\n\n".join(parts) if size else "", "pages": total, "read": done}


if __name__ == "__main__":
    main()
