"""The notation of the tables: phrases with slots, and what a match means.

    "(delete|remove)( the)? todo <numbers>"

`<name>` or `<name:kind>` is a slot; the kinds are in `KINDS`. All else is a regular expression, in upper or lower case,
whose plain parentheses capture nothing. A slot never looks inside a quotation.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from intelligent_office.models.rules.connectives import joins_parts
from intelligent_office.models.rules.phrase import QUOTED, Phrase
from intelligent_office.models.rules.situation import Call, Situation

LONGEST_CLAUSE = 1000
"""Characters, quotations not counted; a bound for the time that a match can take."""

_REFERENT = (
    r"(?:it|them|both|this|that|these|those"
    r"|(?:the|that|this|its|those|these|both|all|all the)(?: (?:last|previous|final|whole|complete|two|three))?"
    r" (?:results?|answers?|outputs?|outcome|chains?|sum|product|quotient|difference|total|value|number|contents?"
    r"|text|page|response|lines?|matches|findings|numbers|values|call (?:chains?|sequence|path)|sequence|path"
    r"|list of files)"
    r"|what (?:you|it) (?:found|printed|said|returned))(?! (?:of|between)\b)"
)
NAMED_FILE = r"(?:Makefile|Dockerfile|README|LICENSE|CHANGELOG|NOTICE|Procfile|Justfile)"
_PATH = rf"(?:{QUOTED}|\.{{1,2}}(?=$|[\s,;])|[^\s,;{QUOTED[1:-1]}]*[^\s,;.?!:{QUOTED[1:-1]}])"
_FILE = rf"(?:{QUOTED}|(?!\w+://)[^\s,;*{QUOTED[1:-1]}]*[./][^\s,;*{QUOTED[1:-1]}]*[^\s,;.?!:*/{QUOTED[1:-1]}]|{NAMED_FILE})"
_TODO_NUMBER = r"(?:(?:number|no\.|item|todo|to-do|#) ?)?#?\d{1,9}"

NUMBER_WORDS = {
    **{
        word: number
        for number, word in enumerate(
            ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"], 1
        )
    },
    "eleven": 11,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "thirty": 30,
    "fifty": 50,
    "hundred": 100,
}

KINDS = {
    "quoted": QUOTED,
    "quotations": rf"{QUOTED}(?:(?:,? and |, ?|,? or | ){QUOTED})*",
    "words": r"\S.*?",
    "word": rf"(?:{QUOTED}|[^\s,;]+)",
    "errand": rf"(?:{QUOTED}|\S(?:(?! and )[^,;:{QUOTED[1:-1]}])*?)",
    "path": _PATH,
    "file": _FILE,
    "files": rf"{_FILE}(?:(?:,? and |, ?){_FILE})*",
    "url": rf"(?:{QUOTED}|(?:https?://|www\.)[^\s<>{QUOTED[1:-1]}]*[^\s<>,;.?!:{QUOTED[1:-1]}])",
    "glob": r"[^\s,;]*[*?][^\s,;]*",
    "term": rf"(?!{NAMED_FILE}\b)(?:{QUOTED}|(?-i:[A-Z][A-Z0-9]{{2,}})|\w*[a-z0-9]_\w+|(?-i:[a-z]+[A-Z]\w*))",
    "integer": rf"(?:\d{{1,9}}|{'|'.join(NUMBER_WORDS)})",
    "numbers": rf"{_TODO_NUMBER}(?:(?:,? and |, ?| & ){_TODO_NUMBER})*",
    "it": _REFERENT,
}
"""Kinds of slots, as regular expressions over a text whose quotations are single characters.

A `term` is a quotation, or a word that only a program would hold: `TODO`, `load_settings`, `loadSettings`. An `errand`
is one: no enumeration, and so no second wish.
"""

_COURTESY = re.compile(
    r"(?:please|pls|plz|kindly|hey|hi|so|ok|okay|now|and|also|next|finally|lastly|then|just|go ahead and|let's"
    r"|(?:hello|hi|hey|good (?:morning|afternoon|evening))(?: there| office)?(?=[,:!.] )|let me(?= see| read)"
    r"|first(?:ly)?(?: of all)?(?=,| (?!\d|lines?))"
    r"|(?:could|can|would|will) (?:you|u)|i(?: would|'d)? (?:want|need|like)(?: you)? to|i want|help me(?: to)?"
    r"|[-*•](?= [a-z])"
    r"|(?:please )?do (?:the following|these|this)(?: steps| tasks| things)?(?: in (?:this |that )?order)?:)[,:!.]? ",
    re.IGNORECASE,
)
_FAREWELL = re.compile(
    r"(?<=\S)(?:, (?:please|thanks|thank you)|[.!] (?:thanks|thank you)(?: a lot| very much| in advance)?)$",
    re.IGNORECASE,
)
_CONTRACTED = re.compile(r"\bwhats\b", re.IGNORECASE)
_LOOSE_FAREWELL = re.compile(
    r"(?<=\S),? (?:please|thanks|thank you|for me|too|as well|again|once more|right now|now)$", re.IGNORECASE
)
_END = re.compile(rf"(?:(?<=[\w)\]%*{QUOTED[1:-1]}])\.|[?!,;:])$")


class Clause:
    """One wish in plain words, without courtesies and without the sign at its end."""

    def __init__(self, text: str, *, strict: bool = False) -> None:
        self.phrase = Phrase(text)
        self.strict = strict
        """Whether rows that take any words are left out."""
        collapsed = _CONTRACTED.sub("what's", " ".join(self.phrase.masked.split()))
        self.masked = _without_courtesies(collapsed) if len(collapsed) <= LONGEST_CLAUSE else ""
        self.ends_with = collapsed[-1:]

    def drop_farewell(self) -> bool:
        """Take off a last word like "again" or "too", which may be one of the wish's own; whether there was one."""
        shorter = _LOOSE_FAREWELL.sub("", self.masked)
        changed = shorter != self.masked
        self.masked = shorter
        return changed


def _without_courtesies(masked: str) -> str:
    while True:
        shorter = _FAREWELL.sub("", _END.sub("", masked.strip()))
        shorter = _COURTESY.sub("", shorter, count=1) if _COURTESY.match(shorter) else shorter
        if shorter == masked:
            return masked
        masked = shorter


@dataclass(frozen=True)
class Slots:
    """What a match put into the slots."""

    phrase: Phrase
    found: dict[str, str | None]

    def __contains__(self, name: str) -> bool:
        return self.found.get(name) is not None

    def value(self, name: str, default: str = "") -> str:
        """The inside of a quotation, or the user's words."""
        fragment = self.found.get(name)
        return default if fragment is None else self.phrase.value(fragment.strip())

    def integer(self, name: str) -> int:
        digits = self.value(name)
        return NUMBER_WORDS.get(digits.lower()) or int(digits)

    def integers(self, name: str) -> list[int]:
        return [int(digits) for digits in re.findall(r"\d+", self.value(name))]

    def quotations(self, name: str) -> list[str]:
        """The insides of several quotations."""
        return [self.phrase.value(sign) for sign in re.findall(QUOTED, self.found.get(name) or "")]

    def pieces(self, name: str) -> list[str]:
        """The values of an enumeration: `a, b and c`."""
        fragments = re.split(r",? and |, ?", self.found.get(name) or "")
        return [self.phrase.value(fragment.strip()) for fragment in fragments if fragment.strip()]

    def is_quoted(self, name: str) -> bool:
        return re.fullmatch(QUOTED, (self.found.get(name) or "").strip()) is not None


Meaning = Callable[[Slots, Situation], list[Call]]
"""No calls mean that the row does not fit after all."""

Reader = Callable[[Clause, Situation], list[Call] | None]


@dataclass(frozen=True)
class Rule:
    notation: str
    pattern: re.Pattern[str]
    meaning: Meaning
    free: frozenset[str]
    """The slots that take any words, and so must not swallow another wish."""

    def read(self, clause: Clause, situation: Situation) -> list[Call] | None:
        """The calls, if the phrase fits."""
        found = self.pattern.fullmatch(clause.masked)
        if not found or any(_takes_too_much(found[name] or "", clause.strict) for name in self.free):
            return None
        return self.meaning(Slots(clause.phrase, found.groupdict()), situation)


class Table:
    """A reader made of rows. The first row that fits counts."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.rules = rules

    def __call__(self, clause: Clause, situation: Situation) -> list[Call] | None:
        for rule in self.rules:
            calls = rule.read(clause, situation)
            if calls:
                return calls
        return None


def table(*rows: tuple[str | Iterable[str], Meaning]) -> Table:
    """Rows: one or several phrases, and what they mean."""
    return Table(
        [
            _rule(notation, meaning)
            for notations, meaning in rows
            for notation in ([notations] if isinstance(notations, str) else notations)
        ]
    )


def _takes_too_much(words: str, strict: bool) -> bool:
    """Whether a slot for any words holds another wish, or might."""
    return not re.fullmatch(QUOTED, words) and (strict or joins_parts(words))


_SLOT = re.compile(r"(?<!\?P)<(\w+)(?::(\w+))?>")


def pattern(notation: str, kinds: Mapping[str, str] = KINDS) -> re.Pattern[str]:
    """The regular expression of one line of a table."""
    pieces = _SLOT.split(notation)
    expression = _groups(pieces[0])
    for name, kind, text in zip(pieces[1::3], pieces[2::3], pieces[3::3], strict=True):
        expression += f"(?P<{name}>{kinds[kind or name]})" + _groups(text)
    return re.compile(expression, re.IGNORECASE)


def _rule(notation: str, meaning: Meaning) -> Rule:
    free = {name for name, kind in _SLOT.findall(notation) if (kind or name) == "words"}
    return Rule(notation, pattern(notation), meaning, frozenset(free))


def _groups(text: str) -> str:
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", text)
