"""From the bytes of a file to its summary."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from intelligent_office.analyzer.languages import PYTHON, language_of
from intelligent_office.analyzer.reading import Unreadable, read_text
from intelligent_office.analyzer.recovery import parse, parse_tolerantly, without_blocks
from intelligent_office.analyzer.summarizer import summarize
from intelligent_office.analyzer.summary import ModuleSummary

DEEPEST = 20_000
"""Frames for code that is nested deeper than Python's usual limit allows to walk."""
DEEPEST_OTHER = 50_000
"""The same for other languages, whose walk takes up to four frames a level; 5 000 levels are nothing to it."""
_TOO_DEEP = (RecursionError, MemoryError, ValueError)
"""What Python says of code that its parser, or the walk over what was parsed, cannot go down into."""


def digest(content: bytes) -> str:
    """The identity of a file's content."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def summarize_content(name: str, content: bytes) -> tuple[ModuleSummary, str]:
    """Sum up a file, with a remark where a part of it had to be left out."""
    text, remark = read_text(name, content)
    language = language_of(name)
    if language != PYTHON:
        return _summarize_other(language, name, text, remark)
    try:
        try:
            return _summarize_text(text, remark)
        except _TOO_DEEP:
            with _deep_recursion():
                return _summarize_deep(text, remark)
    except SyntaxError as error:
        raise Unreadable(f"{error.msg}, line {error.lineno}") from error
    except _TOO_DEEP as error:
        raise Unreadable(f"nested too deep or not text: {error!r}") from error


def _summarize_other(language: str, name: str, text: str, remark: str) -> tuple[ModuleSummary, str]:
    from intelligent_office.analyzer.languages.summarizing import summarize_source

    try:
        with _deep_recursion(DEEPEST_OTHER):
            summary, left_out = summarize_source(language, name, text)
    except RecursionError as error:
        raise Unreadable("nested too deep") from error
    return summary, "; ".join(filter(None, (remark, left_out)))


def _summarize_text(text: str, remark: str) -> tuple[ModuleSummary, str]:
    tree, left_out = parse_tolerantly(text)
    return summarize(tree), "; ".join(filter(None, (remark, left_out)))


def _summarize_deep(text: str, remark: str) -> tuple[ModuleSummary, str]:
    try:
        return _summarize_text(text, remark)
    except _TOO_DEEP:
        shallow, left_out = without_blocks(text, _is_too_deep)
    summary, found = _summarize_text(shallow, remark)
    return summary, "; ".join(filter(None, (f"left out line {left_out}: nested too deep", found)))


def _is_too_deep(block: str) -> bool:
    try:
        summarize(parse(block))
    except _TOO_DEEP:
        return True
    except SyntaxError:
        return False
    return False


@contextmanager
def _deep_recursion(deepest: int = DEEPEST) -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, deepest))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
