"""From the bytes of a file to its summary."""

import hashlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from intelligent_office.analyzer.reading import Unreadable, read_text
from intelligent_office.analyzer.recovery import parse_tolerantly
from intelligent_office.analyzer.summarizer import summarize
from intelligent_office.analyzer.summary import ModuleSummary

DEEPEST = 20_000
"""Frames for code that is nested deeper than Python's usual limit allows to walk."""


def digest(content: bytes) -> str:
    """The identity of a file's content."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def summarize_content(name: str, content: bytes) -> tuple[ModuleSummary, str]:
    """Sum up a file, with a remark where a part of it had to be left out."""
    text, remark = read_text(name, content)
    try:
        return _summarize_text(text, remark)
    except RecursionError:
        with _deep_recursion():
            return _summarize_deep(text, remark)
    except SyntaxError as error:
        raise Unreadable(f"{error.msg}, line {error.lineno}") from error
    except (ValueError, MemoryError) as error:
        raise Unreadable(f"nested too deep or not text: {error!r}") from error


def _summarize_text(text: str, remark: str) -> tuple[ModuleSummary, str]:
    tree, left_out = parse_tolerantly(text)
    return summarize(tree), "; ".join(filter(None, (remark, left_out)))


def _summarize_deep(text: str, remark: str) -> tuple[ModuleSummary, str]:
    try:
        return _summarize_text(text, remark)
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise Unreadable(f"nested too deep: {type(error).__name__}") from error


@contextmanager
def _deep_recursion() -> Iterator[None]:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, DEEPEST))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
