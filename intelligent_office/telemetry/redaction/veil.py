"""Hides private values behind placeholders such as `<EMAIL_kqzmwt>`, and puts them back.

A placeholder is the kind of the value and a keyed hash of it, so the same value has the same one in every question of a
task, without a table anywhere: a model can relate them, and a provider's cache of prompts hits. The key is made anew by
each process, so nobody who sees a placeholder can try values until one fits. The letters are consonants: no finder
takes them for a number, and no word is among them.
"""

import re
import secrets
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from typing import Any, TypeVar, cast

from intelligent_office.telemetry.redaction.finding import KINDS, Kind, find
from intelligent_office.telemetry.scope import current_scope

T = TypeVar("T")

LETTERS = "bcdfghjkmnpqrstvwxz"
LENGTH = 6
SHORTEST_SECRET = 8
"""A shorter one is found in any text."""

_OF_URLS = str.maketrans("+/", "-_")
_KEY = secrets.token_bytes(32)
_CONFIDED: set[str] = set()
_WORDS = "|".join(KINDS)
_LIKE = re.compile(
    rf"(?:<|&lt;)(?P<kind>{_WORDS})\\?_(?P<letters>[{LETTERS}]{{{LENGTH}}})(?:>|&gt;)"
    rf"|(?<![A-Za-z0-9_])(?P<bare>{_WORDS})\\?_(?P<bare_letters>[{LETTERS}]{{{LENGTH}}})(?![A-Za-z0-9_])",
    re.IGNORECASE | re.ASCII,
)
"""A placeholder, also in other case, with its underscore escaped, or without its brackets: models are not exact."""
_TAIL = re.compile(f"_[{LETTERS}{LETTERS.upper()}]{{{LENGTH}}}")
"""Quick to look for, and rare where there is no placeholder."""
_NUMBERED = re.compile(rf"<(?P<kind>{_WORDS.upper()})_(?P<place>\d+)>", re.ASCII)
"""A placeholder outside any conversation."""


def confide(value: str) -> None:
    """Hide a secret that no setting holds, from now on, in all that this process tells."""
    if len(value) >= SHORTEST_SECRET:
        _CONFIDED.add(value)


class Redaction:
    """What this process keeps to itself."""

    def __init__(self, choice: str = "on", secrets: Sequence[str] = ()) -> None:
        """Decide what is hidden.

        Args:
            choice: `on`, `off`, or kinds with commas between them: what OFFICE_REDACTION says.
            secrets: Values of the settings; they are hidden whatever the choice.
        """
        self.kinds = kinds_of(choice)
        self._own = frozenset(value for value in secrets if len(value) >= SHORTEST_SECRET)

    @property
    def _secrets(self) -> tuple[str, ...]:
        """The longest first: one may begin another."""
        known = {spelling for secret in self._own | _CONFIDED for spelling in _spellings(secret)}
        return tuple(sorted(known, key=len, reverse=True))

    def veil(self) -> "Veil":
        """A new veil, for one question of the current task."""
        return Veil(self.kinds, self._secrets)

    def hidden(self, value: T) -> T:
        """A text, or all data, without what is private: for traces and logs, where nothing comes back from.

        What is neither text nor a collection is written out if that would show something private.
        """
        veil = self.veil()

        def written(other: object) -> object:
            said = str(other)
            hidden = veil.hide(said)
            return other if hidden == said else hidden

        return cast("T", _mapped(veil.hide(value), str, written))

    def blanked(self, text: str) -> str:
        """The text with the bare kind in place of what is private: the same for everybody and at all times.

        For embeddings, which are compared with those of other tasks and processes.
        """
        pieces: list[str] = []
        done = 0
        for finding in find(text, self.kinds, self._secrets):
            pieces += (text[done : finding.start], f"<{finding.kind.upper()}>")
            done = finding.end
        return "".join([*pieces, text[done:]])


class Veil:
    """Hides what is said in one conversation, and knows what each placeholder in it stands for."""

    def __init__(self, kinds: Sequence[Kind] = KINDS, secrets: Sequence[str] = ()) -> None:
        self._kinds = tuple(kinds)
        self._secrets = tuple(secrets)
        scope = current_scope()
        self._whose = f"{scope.tenant}\0{scope.task_id}\0"
        self._placeholders: dict[str, str] = {}
        """By value."""
        self._values: dict[str, str] = {}
        """By the placeholder's core, in small letters."""
        self._written: set[str] = set()
        """Cores that somebody else wrote into a text: they stand for nothing, and are given to no value."""

    def __len__(self) -> int:
        """How many values are hidden."""
        return len(self._values)

    def hide(self, value: T) -> T:
        """A text, or the texts inside plain data, keys included, with placeholders for what is private.

        What is hidden already stays as it is, so that a text may pass more than once.
        """
        for text in _texts(value):
            if _TAIL.search(text):
                self._written |= {_core(found) for found in _LIKE.finditer(text)} - self._values.keys()
        return cast("T", _mapped(value, self._hide))

    def restore(self, value: T) -> T:
        """The same with the values in place of their placeholders; one that was never given stays."""
        return cast("T", _mapped(value, self._restore))

    def numbered(self, value: T) -> T | None:
        """What is hidden here, with placeholders such as `<EMAIL_0>`, which are alike in every task and process.

        The same words about the same number of private values become the same data, whatever the values are; and no
        value can be found out from it. None if it holds such a number of its own.
        """
        if any(_NUMBERED.search(text) for text in _texts(value)):
            return None
        places = {core: place for place, core in enumerate(self._values)}

        def renamed(found: re.Match[str]) -> str:
            core = _core(found)
            return f"<{core.partition('_')[0].upper()}_{places[core]}>" if core in places else found[0]

        return cast("T", _mapped(value, lambda text: _LIKE.sub(renamed, text) if _TAIL.search(text) else text))

    def renamed(self, value: T) -> T | None:
        """Numbered data with the placeholders of this conversation; None if it speaks of a value that is not in it."""
        cores = list(self._values)
        for text in _texts(value):
            for found in _NUMBERED.finditer(text):
                place = int(found["place"])
                if place >= len(cores) or not cores[place].startswith(f"{found['kind'].lower()}_"):
                    return None

        def own(found: re.Match[str]) -> str:
            return f"<{found['kind']}_{cores[int(found['place'])].partition('_')[2]}>"

        return cast("T", _mapped(value, lambda text: _NUMBERED.sub(own, text)))

    def _hide(self, text: str) -> str:
        pieces: list[str] = []
        done = 0
        for finding in find(text, self._kinds, self._secrets):
            said = text[finding.start : finding.end]
            value = self._restore(said)
            if value != said and _LIKE.fullmatch(said):
                continue  # it is hidden already
            pieces += (text[done : finding.start], self._placeholder(value, finding.kind))
            done = finding.end
        return "".join([*pieces, text[done:]]) if pieces else text

    def _restore(self, text: str) -> str:
        if not self._values or not _TAIL.search(text):
            return text
        return _LIKE.sub(lambda found: self._values.get(_core(found), found[0]), text)

    def _placeholder(self, value: str, kind: Kind) -> str:
        if value not in self._placeholders:
            core = next(core for core in self._cores(value, kind) if core not in self._written | self._values.keys())
            self._values[core] = value
            word, letters = core.split("_")
            self._placeholders[value] = f"<{word.upper()}_{letters}>"
        return self._placeholders[value]

    def _cores(self, value: str, kind: Kind) -> Iterator[str]:
        """The names for a value, the usual one first; each of the others is taken when those before it are."""
        for turn in range(1_000_000):
            said = f"{self._whose}{turn}\0{value}".encode("utf-8", "surrogatepass")
            number = int.from_bytes(blake2b(said, key=_KEY, digest_size=8).digest())
            letters = ""
            for _ in range(LENGTH):
                number, place = divmod(number, len(LETTERS))
                letters += LETTERS[place]
            yield f"{kind}_{letters}"


@cache
def _spellings(secret: str) -> frozenset[str]:
    """The secret, and what shows of it in base64 at whatever place: a header, a file, what a program prints."""
    spelled, octets = {secret}, secret.encode("utf-8", "surrogatepass")
    for before in range(3):  # other bytes in the same group of three
        whole = b64encode(bytes(before) + octets).decode().rstrip("=")
        shown = whole[(0, 2, 3)[before] : len(whole) - bool((before + len(octets)) % 3)]
        spelled |= {shown, shown.translate(_OF_URLS)}
    return frozenset(spelled)


def kinds_of(choice: str) -> tuple[Kind, ...]:
    """The kinds that the setting names: all for `on`, none for `off`."""
    names = choice.split(",")
    return tuple(kind for kind in KINDS if kind in names or choice == "on")


def _core(found: re.Match[str]) -> str:
    kind, letters = found["kind"] or found["bare"], found["letters"] or found["bare_letters"]
    return f"{kind}_{letters}".lower()


def _texts(value: Any) -> Iterator[str]:
    """Every text inside plain data."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _texts(key)
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


def _mapped(value: Any, change: Callable[[str], str], other: Callable[[Any], Any] = lambda value: value) -> Any:
    """The same plain data, each text in it changed, and everything else that is no collection as `other` says."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {_mapped(key, change, other): _mapped(item, change, other) for key, item in value.items()}
    if isinstance(value, list):
        return [_mapped(item, change, other) for item in value]
    if isinstance(value, tuple):
        return tuple(_mapped(item, change, other) for item in value)
    return other(value)
