"""The words that join the parts of a request, and what they say about order."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Relation = Literal["then", "beside"]
"""`then`: after everything before it. `beside`: on its own, unless it speaks of an earlier result."""

_PAUSE = r"(?:\s?[,;.!?]\s?|\s)"
_COMMA = r"(?:\s?[,:]\s?|\s)"
_THEN = (
    r"(?:then|after that|afterwards?|after which|thereafter|subsequently|following that"
    r"|(?:once|when) (?:that(?: is|'s)?|you are|you're|it is) (?:done|finished))"
)
_LATER = r"(?:next|finally|lastly|at last|last of all|as a last step|in the end)"
_BESIDE = r"(?:meanwhile|at the same time|in parallel|separately|independently|in addition|additionally|besides)"

# Each alternative starts with a pause and ends before the next word, so that `./then/x` and `next_step` join nothing.
_STRONG = re.compile(
    "|".join(
        (
            rf"(?P<then>{_PAUSE}(?:and |but )?{_THEN}{_COMMA}(?:also |finally,? )?)",
            rf"(?P<later>(?:\s?[,;.!?]\s?(?:and )?|\sand |\n){_LATER}{_COMMA})",
            rf"(?P<beside>{_PAUSE}(?:and )?{_BESIDE}{_COMMA}|{_PAUSE}and also |\s?[,;.!?]\salso,? |\s?;\s(?:and )?)",
        )
    ),
    re.IGNORECASE,
)
_WEAK = re.compile(r"\s?,\s(?:and )?|\sand\s|\s?[.!?]\s(?:and )?|\n|\sas well as\s", re.IGNORECASE)
_FIRST = re.compile(
    rf"(?:first(?:ly)?(?: of all)?|to (?:begin|start) with|as a first step){_COMMA}"
    r"(?!\d|lines?\b|todo|item|few\b|function|of\b)",
    re.IGNORECASE,
)
_CONDITION = re.compile(r"(?:if|when|whenever|unless)\b", re.IGNORECASE)
_MARKER = re.compile(r"(?:^|(?<=\s))(?:\(?(\d{1,2})[.)]|([-*•]))\s+(?=\S)")
_BEFORE = r"(?: (?:to|into|in|by|with|from|as|and|on|onto|times|plus|minus)\b|\s?(?:$|[.,;!?)]))"
_REFERS_BACK = re.compile(
    rf"\b(?:it|its|them|both|(?:that|this|these|those)(?={_BEFORE})"
    r"|(?:the|that|this|those|these)(?: (?:last|previous|final|whole))? (?:results?|answers?|outputs?|outcome|chains?"
    r"|sum|product|difference|quotient|total|matches|findings|call (?:chain|sequence|path)|sequence)"
    rf"|(?:the|that|this) (?:file|text|contents?|value|number|lines?)(?={_BEFORE}))\b(?!['’]s)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Part:
    """A part of a masked text."""

    text: str
    relation: Relation


def joins_parts(masked: str) -> bool:
    """Whether a connective that always separates two wishes is in the text."""
    return _STRONG.search(masked) is not None


def refers_back(masked: str) -> bool:
    """Whether the text speaks of a result that must have come before."""
    return _REFERS_BACK.search(masked) is not None


def strong_parts(masked: str) -> list[Part]:
    """The text, its whitespace collapsed, cut at "then", "and also", ";" and at the numbers of a list."""
    parts: list[Part] = []
    for item in _items(masked):
        parts += _cut(item)
    return [part for part in parts if part.text]


def weak_cuts(masked: str) -> Iterator[tuple[int, int]]:
    """Where the text may be cut, if each side makes sense alone: at "and", commas and ends of sentences."""
    return (found.span() for found in _WEAK.finditer(masked))


def _items(masked: str) -> list[Part]:
    """The items of a numbered list, one after the other, or of a bulleted one, side by side; else the whole."""
    markers = [found for found in _MARKER.finditer(masked) if found[1]]
    numbered = [int(found[1]) for found in markers] == list(range(1, len(markers) + 1))
    if not (len(markers) > 1 and numbered and _may_precede_a_list(masked[: markers[0].start()])):
        markers = [found for found in _MARKER.finditer(masked) if found[2] and _begins_line(masked, found.start())]
        if len(markers) < 2 or not _may_precede_a_list(masked[: markers[0].start()]):
            return [Part(masked, "beside")]
    relation: Relation = "then" if markers[0][1] else "beside"
    ends = [marker.start() for marker in markers[1:]] + [len(masked)]
    items = [Part(masked[marker.end() : end].strip(), relation) for marker, end in zip(markers, ends, strict=True)]
    introduction = masked[: markers[0].start()].strip()
    items[0] = Part(f"{introduction} {items[0].text}".strip(), relation)
    return items


def _may_precede_a_list(text: str) -> bool:
    return not text.strip() or text.rstrip().endswith(":")


def _begins_line(masked: str, position: int) -> bool:
    return position == 0 or masked[position - 1] == "\n"


def _cut(item: Part) -> list[Part]:
    parts: list[Part] = []
    text, start, relation = item.text, 0, item.relation
    cuts = [found for found in _STRONG.finditer(text) if found.end() < len(text)]
    first = _FIRST.match(text)
    if first and cuts:
        start = first.end()
    for found in cuts:
        if found.start() < start or _CONDITION.match(text, start):
            continue
        parts.append(Part(text[start : found.start()].strip(), relation))
        start, relation = found.end(), "beside" if found["beside"] else "then"
    parts.append(Part(text[start:].strip(), relation))
    return parts
