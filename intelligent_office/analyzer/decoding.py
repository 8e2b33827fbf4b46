"""Turn the bytes of a source file into text, whatever their encoding."""

import codecs
import re

_DECLARATION = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes) -> tuple[str, str]:
    """Return the text, and a remark where something had to be bent to get it."""
    encoding = _encoding(content)
    remark = ""
    try:
        text = content.decode(encoding)
    except (UnicodeDecodeError, LookupError):
        text = content.decode("latin-1")
        remark = f"not valid {encoding}, read as latin-1"
    if "\x00" in text:
        text = text.replace("\x00", "")
        remark = "NUL bytes left out"
    return text, remark


def _encoding(content: bytes) -> str:
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return encoding
    for line in content.split(b"\n", 2)[:2]:
        if declared := _DECLARATION.match(line):
            return declared[1].decode("ascii", "replace")
    return "utf-8"
