"""What opens doors: API keys, tokens, private keys, and passwords."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from math import log2
from string import ascii_lowercase, ascii_uppercase

Span = tuple[int, int]

_EDGE = r"(?<![A-Za-z0-9_-])"
_SHAPES: Sequence[tuple[str, str]] = (
    ("sk-", r"sk-(?:(?:ant|proj|svcacct|or)-[\w-]{12,}|(?=(?:[\w-]{0,40}?\d){3})[\w-]{16,})"),
    ("gh", r"gh[pousr]_[A-Za-z0-9]{30,}"),
    ("github_pat_", r"github_pat_\w{22,}"),
    ("glpat-", r"glpat-[\w-]{18,}"),
    ("xox", r"xox[abeoprs]-[\w-]{10,}"),
    ("xapp-", r"xapp-[\w-]{10,}"),
    ("A", r"A(?:KIA|SIA)[A-Z0-9]{16}(?![A-Za-z0-9])"),
    ("AIza", r"AIza[\w-]{35}"),
    ("ya29.", r"ya29\.[\w-]{20,}"),
    ("hf_", r"hf_[A-Za-z0-9]{30,}"),
    ("gsk_", r"gsk_[A-Za-z0-9]{30,}"),
    ("k_", r"[srp]k_(?:live|test)_[A-Za-z0-9]{10,}"),
    ("whsec_", r"whsec_[A-Za-z0-9+/=]{20,}"),
    ("office_", r"office_[0-9a-f]{16}_[0-9a-f]{64}"),
    ("npm_", r"npm_[A-Za-z0-9]{36}"),
    ("pypi-", r"pypi-[\w-]{50,}"),
    ("lsv2_", r"lsv2_(?:pt|sk)_\w{30,}"),
    ("SG.", r"SG\.[\w-]{16,}\.[\w-]{16,}"),
    ("eyJ", r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"),
)
"""How the keys of well-known issuers look, each with a mark that is quick to look for."""
_SHAPED = [(mark, re.compile(_EDGE + shape)) for mark, shape in _SHAPES]
_PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----\s*(?:[A-Za-z-]{1,30}: [^\n]{0,200}\n\s*){0,5}"
    r"[A-Za-z0-9+/=\s]{40,20000}(?:-----END [A-Z ]{0,30}PRIVATE KEY(?: BLOCK)?-----)?"
)
_BEARER = re.compile(r"(?:bearer|basic|token)\s+(?P<value>[a-z0-9._~+/-]{16,}={0,2})")
_VALUE = (
    r"[\"']?(?:\s{0,3}(?::=|=>|[:=])\s{0,3}|\s{1,3}is:?\s{1,3})"
    r"(?:(?P<quote>[\"'`])(?P<quoted>[^\"'`\s]{4,512})(?P=quote)|(?P<bare>[^\s\"'`,;()\[\]{}<>|&]{6,512}))"
)
_KEY = re.compile(r"(?:key|token|secret)(?:[_ -]?id)?" + _VALUE)
_PASSWORD = re.compile(r"(?:pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort|contraseña|mot de passe)" + _VALUE)
_IN_ADDRESS = re.compile(r"://[^\s/:@\"'<>]{0,200}:(?P<value>[^\s/\"'<>]{1,200})@(?=[\w\[.-])")
_BLANK = re.compile(r"[{$%<*]|\.\.\.|…|x+$|\*+$|null$|none$|true$|false$", re.IGNORECASE)
"""How a value starts that stands for one: `{password}`, `$PASSWORD`, `***`."""
_NAME = re.compile(r"_*[A-Za-z]+\d{0,2}(?:[_.-]+(?:[A-Za-z]+\d{0,2}|\d{1,4}))*_*")
"""Words and small numbers: an identifier, or where it is found."""
_DIGIT, _LETTER, _SIGN = re.compile(r"\d"), re.compile(r"[A-Za-z]"), re.compile(r"[!@#$%^&*?~]")
_EXPRESSION = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+$|[./~]")
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_FAR = 3.0
"""Bits a character: above it, what is assigned is no word."""


def keys(text: str) -> Iterator[Span]:
    """API keys by their issuers' prefixes, web tokens, private keys, bearer tokens, what is assigned to a key."""
    for mark, shape in _SHAPED:
        if mark in text:
            yield from (found.span() for found in shape.finditer(text))
    if "PRIVATE KEY" in text:
        yield from (found.span() for found in _PRIVATE_KEY.finditer(text))
    small = _small(text)
    for found in _BEARER.finditer(small):
        start, end = found.span("value")
        if _is_random(text[start:end]):
            yield start, end
    for start, end, _ in _assigned(_KEY, text, small):
        if end - start >= 12 and _is_random(text[start:end]):
            yield start, end


def passwords(text: str) -> Iterator[Span]:
    """Passwords in addresses, and those assigned to a name that says so."""
    if "://" in text:
        for found in _IN_ADDRESS.finditer(text):
            if not _BLANK.match(found["value"]):
                yield found.span("value")
    for start, end, quoted in _assigned(_PASSWORD, text, _small(text)):
        if _is_password(text[start:end], quoted=quoted):
            yield start, end


def _small(text: str) -> str:
    """In small letters, as long as before: patterns that ignore case are several times slower."""
    return text.lower() if text.isascii() else text.translate(_SMALL)


def _assigned(names: re.Pattern[str], text: str, small: str) -> Iterator[tuple[int, int, bool]]:
    """Start and end of each value that is given to one of the names, and whether it stands in quotes."""
    for found in names.finditer(small):
        if found["quoted"]:
            yield *found.span("quoted"), True
        else:
            start, end = found.span("bare")
            if text[end : end + 1] != "(" and not small.startswith(("http:", "https:"), start):
                yield start, start + len(text[start:end].rstrip(".:!?\\")), False


def _is_password(value: str, *, quoted: bool) -> bool:
    """Letters and digits or signs. In the open, what reads like an expression or a path is none."""
    if len(value) < 4 or _BLANK.match(value):
        return False
    if quoted:
        return bool(_DIGIT.search(value) or (_SIGN.search(value) and _LETTER.search(value)))
    mixed = _LETTER.search(value) and (_DIGIT.search(value) or _SIGN.search(value))
    return bool(mixed) and len(value) >= 6 and not _EXPRESSION.match(value)


def _is_random(value: str) -> bool:
    """Whether a value has digits among letters, and as many different signs as a random one."""
    if _BLANK.match(value) or not (_DIGIT.search(value) and _LETTER.search(value)):
        return False
    return _bits(value) >= _FAR and not _NAME.fullmatch(value)


def _bits(value: str) -> float:
    """Shannon's entropy, in bits a character."""
    return -sum(times / len(value) * log2(times / len(value)) for times in Counter(value).values())
