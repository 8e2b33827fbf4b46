"""From the bytes of a file to its summary."""

import ast
import hashlib
import warnings

from intelligent_office.analyzer.decoding import decode
from intelligent_office.analyzer.summarizer import summarize
from intelligent_office.analyzer.summary import ModuleSummary


class Unreadable(Exception):
    """A file that cannot be taken in; the message says why."""


def digest(content: bytes) -> str:
    """The identity of a file's content."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def summarize_content(content: bytes) -> tuple[ModuleSummary, str]:
    """Sum up a file, with a remark where a part of it had to be left out."""
    text, remark = decode(content)
    try:
        tree = parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"{type(error).__name__}: {error}") from error
    return summarize(tree), remark


def parse(text: str) -> ast.Module:
    """Parse without the compiler's warnings about the code of others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)
