"""How many tokens a text takes, guessed without any model's tokenizer (theirs are downloads of some megabytes).

The guess errs on the side of too many. Published counts it was held against are in `tests/prompts/test_tokens.py`.
"""

import re

_ASCII = re.compile(r"[A-Za-z]{1,5}|[0-9]| (?=[0-9])|[^\sA-Za-z0-9]|\s{2,}|[\t\n\r]")
"""What is about one token: five letters, a digit (many vocabularies have no longer numbers), a sign, an indent."""
_WIDE = re.compile(r"[\u0800-\uffff]")
_ASTRAL = re.compile(r"[\U00010000-\U0010ffff]")


def tokens(text: str) -> int:
    """About how many tokens a model reads in the text, rather too many.

    A character outside ASCII is one; of the scripts that UTF-8 writes in three bytes (Chinese, Japanese, Thai …) one
    and a half; an emoji, of which vocabularies know few, three.
    """
    count = len(_ASCII.findall(text))
    if not text.isascii():
        count += (len(_WIDE.findall(text)) + 1) // 2 + 2 * len(_ASTRAL.findall(text))
    return count
