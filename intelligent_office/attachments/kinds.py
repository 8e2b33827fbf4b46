"""What an attachment may be: text, JSON, PDF, or an image; what it says of itself has to be true."""

import codecs
import re
from collections.abc import Callable

from intelligent_office.errors import InvalidRequest

PDF = "application/pdf"
IMAGES = ("image/png", "image/jpeg", "image/gif", "image/webp")
"""What models that can see understand."""
PLAIN = "text/plain"
KINDS = "text (text/* or application/json, in UTF-8), PDF, or an image (PNG, JPEG, GIF, WebP)"

_PDF_HEAD = 1024
"""Readers of PDF look for its mark in so many bytes."""
_FORM = re.compile(r"[a-z0-9][a-z0-9.+-]*/[a-z0-9][a-z0-9.+-]*")

_MARKS: dict[str, Callable[[bytes], bool]] = {
    "image/png": lambda content: content.startswith(b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": lambda content: content.startswith(b"\xff\xd8\xff"),
    "image/gif": lambda content: content.startswith((b"GIF87a", b"GIF89a")),
    "image/webp": lambda content: content.startswith(b"RIFF") and content[8:12] == b"WEBP",
    PDF: lambda content: b"%PDF-" in content[:_PDF_HEAD],
}


def kind_of(said: str | None, content: bytes, name: str) -> str:
    """The media type of an attachment, without parameters.

    Args:
        said: What it is said to be, as in `Content-Type`; None or `application/octet-stream` where nobody knows.
        content: The whole of it.
        name: What to call it in an error.

    Raises:
        InvalidRequest: it is nothing that can be attached, or not what it is said to be.
    """
    if not content:
        raise InvalidRequest(reason=f"The attachment `{name}` is empty")
    kind = (said or "").partition(";")[0].strip().lower()
    found = next((marked for marked, fits in _MARKS.items() if fits(content)), None)
    if kind in ("", "application/octet-stream"):
        kind = found or PLAIN
    if kind == "image/jpg":
        kind = "image/jpeg"
    if kind in _MARKS:
        if not _MARKS[kind](content):
            told = f"`{found}`" if found else "none of the kinds that can be attached"
            raise InvalidRequest(
                reason=f"The attachment `{name}` is said to be `{kind}`, but by its first bytes is {told}"
            )
        return kind
    if not _FORM.fullmatch(kind) or not is_text(kind):
        raise InvalidRequest(reason=f"The attachment `{name}` is `{kind:.80}`; it must be {KINDS}")
    text_of(content, name)
    return kind


def is_text(kind: str) -> bool:
    """Whether a media type is that of a text."""
    return (
        kind.startswith("text/")
        or kind == "application/json"
        or (kind.startswith("application/") and kind.endswith("+json"))
    )


def text_of(content: bytes, name: str) -> str:
    """A text as it was handed in.

    Raises:
        InvalidRequest: it is no text.
    """
    try:
        text = content.removeprefix(codecs.BOM_UTF8).decode()
    except UnicodeDecodeError as error:
        raise InvalidRequest(reason=f"The attachment `{name}` is not UTF-8 at byte {error.start}") from None
    if "\0" in text:
        raise InvalidRequest(reason=f"The attachment `{name}` is no text: it holds a NUL character")
    return text
