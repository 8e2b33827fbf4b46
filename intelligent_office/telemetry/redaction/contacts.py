"""How a person is reached: email addresses and telephone numbers."""

import re
from collections.abc import Iterator
from functools import lru_cache

Span = tuple[int, int]

_AT = re.compile(r"@|%40")
_EAST = "\u0e00-\u0e7f\u2e80-\u9fff\uac00-\ud7af"
"""Scripts that set no space between an address and the words around it."""
_NAME = r"\w.+%&~^-"
_NAME_BEFORE = re.compile(rf"(?:(?![{_EAST}])[{_NAME}]|(?<=[A-Za-z])'(?=[A-Za-z])){{1,64}}")
_EASTERN_NAME_BEFORE = re.compile(rf"(?=[{_EAST}])[{_NAME}]{{1,64}}")
_QUOTED_BEFORE = re.compile(r'"[^"\n]{1,64}"')
_DOMAIN = re.compile(r"[\w-]{1,63}(?:\.[\w-]{1,63}){1,9}")
_TOP_LEVEL = re.compile(r"[a-z]{2,24}(?=$|[^\x00-\x7f])|xn--[a-z0-9-]{2,59}$", re.IGNORECASE)
_EASTERN_TOP_LEVEL = re.compile(r"[^\W\d_]{2,24}")
_FILES = {"png", "jpg", "jpeg", "gif", "svg", "webp", "ico", "css", "js", "html", "json", "so", "whl"}
"""`icon@2x.png` is a file."""
_USUAL = re.compile(r"\.(?:com|org|net|[a-z]{2})$")
_NOBODY = {"git", "hg", "svn", "self", "cls"}
"""Who stands before the `@` of a repository's address, or of a product of matrices."""
_IN_ADDRESS = re.compile(r"://[^\s/@]*:[^\s/]*$")

_RUN = re.compile(r"\d[\d ()./-]{6,}")
"""Digits with signs between them: no telephone number stands elsewhere."""
_BEFORE = 40
"""Characters before such a run that say what it is."""
_ABROAD = re.compile(r"(?<![\d+])(?:\+ ?|(?<!\w)00(?=[1-9]\d{0,2}[ ()./-]))\(?[1-9][\d ()./-]{6,24}(?<!\D)(?!\w)")
_AMERICAN = re.compile(
    r"(?<![\w.+/-])(?:1[-. ])?(?:\(\d{3}\) ?\d{3}[-. ]|\d{3}-\d{3}-|\d{3}\.\d{3}\.|(?<!\d )\d{3} \d{3} )\d{4}"
    r"(?![\w-]|[. ]\d)"
)
_GROUPED = re.compile(
    r"(?<![\w.+:/-])(?<!\d )(?:\(0\d{1,4}\)|0\d{1,4})(?:[ ./-]{1,3}\d{2,8}){1,5}(?![\w-]|[ ./:]\w?\d|\.\w)"
)
_DATE = re.compile(r"\d\d([./-])\d\d\1(?:19|20)\d\d")
_ISO_DATE = re.compile(r"\+\d{4}-\d\d-\d\d\b")
_SEPARATED = re.compile(r"\d[ ()/-]+\d")
_LAST_GROUP = re.compile(r"[ ()./-]+\d+$")
_ANNOUNCED = re.compile(
    r"(?:\b|_)(?:tele(?:ph|f)on[eo]?|phone|tel|mobile?|cell(?:phone)?|handy|fax|whatsapp)"
    r"(?:[ _-]?(?:number|nummer|no|nr|num))?[\"']?(?: is|\.)?\s?[.:=]?\s?[\"']?"
    r"(?P<number>\(?\d[\d ()./-]{5,20}\d)(?!\w)",
    re.IGNORECASE,
)
_REGIONS = ("US", "GB", "DE", "FR", "IT", "ES", "NL", "CH", "AT", "IN", "AU", "JP", "BR")
"""Where a number without its country's code is looked for: what is valid in none of them is not taken for one."""


def emails(text: str) -> Iterator[Span]:
    """Mailboxes, with tags, quotes, international domains, or `%40` for `@`."""
    for at in _AT.finditer(text):
        domain = _DOMAIN.match(text, at.end())
        if domain is None:
            continue
        start, end = _beginning(text, at.start()), _ending(domain)
        if start < at.start() and end and _is_mailbox(text, start, at, end):
            yield start, end


def phones(text: str) -> Iterator[Span]:
    """Numbers with their country's code, those written the way some countries do, and those announced as one."""
    for run in _RUN.finditer(text):
        # A pattern sees what stands before its first place, but nothing behind its last.
        place = max(0, run.start() - _BEFORE), run.end() + 3
        for found in _ABROAD.finditer(text, *place):
            yield from ((found.start() + start, found.start() + end) for start, end in _international(found[0]))
        for found in _AMERICAN.finditer(text, *place):
            if _valid(found[0], ("US",), strictly=not {"(", "-"} & {*found[0]}):
                yield found.span()
        for found in _GROUPED.finditer(text, *place):
            if not _DATE.match(found[0]) and len({*found[0]} - {*" ()./-"}) > 2 and _valid(found[0], _REGIONS[1:]):
                yield found.span()
        for found in _ANNOUNCED.finditer(text, *place):
            number = found["number"]
            while len(number) > 6:  # other numbers may follow
                if _valid(number, _REGIONS) or (sum(map(str.isdigit, number)) == 10 and number[0] not in "01"):
                    yield found.start("number"), found.start("number") + len(number)
                    break
                number = _LAST_GROUP.sub("", number) if _LAST_GROUP.search(number) else ""


def _beginning(text: str, at: int) -> int:
    """Where the name before an `@` starts; the `@` itself if there is none. It is read backwards, which is quick."""
    before = text[max(0, at - 66) : at][::-1]
    quoted = _QUOTED_BEFORE.match(before)
    named = quoted or _EASTERN_NAME_BEFORE.match(before) or _NAME_BEFORE.match(before)
    if named is None:
        return at
    name = named[0][::-1]
    return at - len(name if quoted else name.lstrip(".%&~^-"))


def _ending(domain: re.Match[str]) -> int:
    """Where a domain ends that has a possible top level; 0 if it has none."""
    host, _, top = domain[0].rstrip("-_").rpartition(".")
    known = _TOP_LEVEL.match(top) or _EASTERN_TOP_LEVEL.fullmatch(top)
    if known is None or known[0].lower() in _FILES or re.match(r"v?\d+\.\d", host):
        return 0
    return domain.start() + len(host) + 1 + len(known[0])


def _is_mailbox(text: str, start: int, at: re.Match[str], end: int) -> bool:
    name = text[start : at.start()].partition(".")[0].lower()
    if name in _NOBODY or text.startswith("self.", at.end()):
        return False
    if text[end : end + 1] in ("(", "[") and not _USUAL.search(text[at.end() : end]):
        return False  # a method of the second factor
    return _IN_ADDRESS.search(text, max(0, start - 200), start) is None  # a password: another finder's


@lru_cache(maxsize=1024)
def _international(window: str) -> tuple[Span, ...]:
    """Where the numbers stand in a text that begins like one."""
    from phonenumbers import Leniency, PhoneNumberMatcher

    if _ISO_DATE.match(window) or (window[1] == " " and not _SEPARATED.search(window)):
        return ()
    digits_at_least = 9 if window[1:].isdigit() else 8
    leniency = Leniency.VALID if window[0] == "0" or window[1] == " " else Leniency.POSSIBLE
    window = "+ " + window[2:] if window[0] == "0" else window
    return tuple(
        (0 if match.start <= 2 else match.start, match.end)
        for match in PhoneNumberMatcher(window, None, leniency=leniency)
        if sum(map(str.isdigit, match.raw_string)) >= digits_at_least
    )


@lru_cache(maxsize=1024)
def _valid(number: str, regions: tuple[str, ...], *, strictly: bool = True) -> bool:
    """Whether a number exists in one of the regions; without strictness, whether it has as many digits as theirs."""
    from phonenumbers import NumberParseException, is_possible_number, is_valid_number, parse

    if not 8 <= sum(map(str.isdigit, number)) <= 15:
        return False
    for region in regions:
        try:
            parsed = parse(number, region)
        except NumberParseException:
            continue
        if is_valid_number(parsed) if strictly else is_possible_number(parsed):
            return True
    return False
