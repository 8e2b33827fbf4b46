"""Text of strangers, such as names of files and lines of source, fit to be shown: one line, and no power over it."""

import re

_ILLEGIBLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")
"""What ends a line, commands a terminal, turns the direction of writing, or cannot be written down in UTF-8 or XML."""


def legible(text: str) -> str:
    """The text with a replacement character for everything that cannot be shown as it is."""
    return _ILLEGIBLE.sub("\N{REPLACEMENT CHARACTER}", text.replace("\t", " "))
