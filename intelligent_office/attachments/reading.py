"""The text of an attachment, as far as it has one."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from intelligent_office.attachments import pdf
from intelligent_office.attachments.kinds import PDF, is_text, text_of
from intelligent_office.contracts import Attachment
from intelligent_office.errors import ToolError

PDF_PAGES = 500
PDF_CHARACTERS = 2_000_000
PDF_SECONDS = 30.0
"""From beginning to end, the start of the process included."""


async def text_in(attachment: Attachment, content: bytes) -> str:
    """All words of a text, or those of a PDF.

    Raises:
        ToolError: it has none, or they cannot be got at.
    """
    name, kind = attachment["name"], attachment["media_type"]
    if is_text(kind):
        return text_of(content, name)
    if kind != PDF:
        raise ToolError(reason=f"`{name}` is an image: `ai_tool` can look at it, named in its `attachments`.")
    found = await _extracted(name, content)
    if "fault" in found:
        raise ToolError(reason=f"`{name}` cannot be read: {found['fault']}.")
    if not found["text"]:
        raise ToolError(reason=f"`{name}` holds no text; its pages may be pictures.")
    if found["read"] < found["pages"]:
        return f"{found['text']}\n\n[the first {found['read']} of {found['pages']} pages]"
    return str(found["text"])


async def _extracted(name: str, content: bytes) -> dict[str, Any]:
    """What the process that reads PDF says; it is killed when nobody waits for it any more."""
    reader = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        str(Path(pdf.__file__)),
        str(PDF_PAGES),
        str(PDF_CHARACTERS),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        cwd="/",
        env={},
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(PDF_SECONDS):
            said, _ = await reader.communicate(content)
    except TimeoutError:
        raise ToolError(reason=f"`{name}` cannot be read within {PDF_SECONDS:g} seconds.") from None
    finally:
        if reader.returncode is None:
            reader.kill()
            await reader.wait()
    if reader.returncode:
        raise ToolError(reason=f"`{name}` cannot be read: it takes more time or memory than one file may.")
    found: dict[str, Any] = json.loads(said)
    return found
