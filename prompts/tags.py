"""The tags between which a prompt shows what others wrote. Nothing between them can open or close one."""

import re
from functools import cache
from pathlib import Path

_NAMED = re.compile(r"""\b(?:tagged|whole)\("(\w+)"|^</?(\w+)>$""", re.MULTILINE)
_UNSEEN = r"[\s\u00ad\u200b-\u200f\u2060-\u2064\ufeff]*"
"""What may stand inside a tag without being noticed."""


def tagged(tag: str, text: object, **attributes: object) -> str:
    """The text between `<tag>` and `</tag>`; every tag of a prompt inside it is broken with a backslash."""
    opening = "".join(f' {name}="{_attribute(value)}"' for name, value in attributes.items())
    return f"<{tag}{opening}>\n{inert(text)}\n</{tag}>"


def inert(text: object) -> str:
    """The text, with every tag in it broken."""
    return _tags().sub(lambda found: f"{found[0]}\\", str(text))


def _attribute(value: object) -> str:
    return re.sub(r'[<>"\s]+', " ", str(value))


@cache
def _tags() -> re.Pattern[str]:
    sources = "\n".join(file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.md"))
    names = sorted({name or plain for name, plain in _NAMED.findall(sources)})
    return re.compile(rf"[<＜](?={_UNSEEN}[/／]?{_UNSEEN}(?:{'|'.join(names)})\b)", re.IGNORECASE)
