"""What a request means: its parts, how they depend on each other, and the calls that each part stands for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules import (
    arithmetic,
    chains,
    files,
    named_tools,
    speech,
    texts,
    todos,
    translations,
    web,
)
from intelligent_office.models.rules.connectives import Part, Relation, refers_back, strong_parts, weak_cuts
from intelligent_office.models.rules.grammar import LONGEST_CLAUSE, Clause, Reader
from intelligent_office.models.rules.phrase import Phrase
from intelligent_office.models.rules.situation import PLURAL, Call, Earlier, Situation, key_meant, outcome_of

READERS: tuple[Reader, ...] = (
    named_tools.read,
    todos.read,
    texts.read,
    chains.read,
    translations.read,
    web.read,
    files.read,
    arithmetic.read,
    speech.read,
)
"""In the order they are tried: the more particular first."""

MOST_WISHES = 20
MOST_WEAK_CUTS = 12

STORES = ("todo_store", "file_operations")
READING = {"list", "read", "search"}

_ANYTHING = Situation((Earlier("t0", frozenset({"value", "content", "number"}), "${t0.path}"),))
"""Any "it" means something here: for asking what words could mean at all."""

_FIRST_OF_ONE = re.compile(r"^\s*\(?1[.)]\s+(?=[^\W\d])")
"""A number before the only item of a list."""

_USES = re.compile(r"\$\{t0(?:\.output)?\.?(\w*)\}")


@dataclass(frozen=True)
class Wish:
    """A part of a request."""

    words: str
    after: tuple[int, ...]
    """The places of the wishes that must be done first."""


def read(words: str, situation: Situation, *, strict: bool = False) -> list[Call]:
    """The calls that one wish stands for.

    Raises:
        NoRuleCovers: no table holds such a wish.
    """
    clause = Clause(_FIRST_OF_ONE.sub("", words), strict=strict)
    while True:
        for reader in READERS:
            calls = reader(clause, situation)
            if calls:
                return calls
        if not clause.drop_farewell():
            break
    raise NoRuleCovers(reason=f"Not understood: {words:.300}")


@lru_cache(maxsize=128)
def possible(words: str, *, strict: bool = False) -> tuple[Call, ...]:
    """What a wish could mean, whatever "it" is; nothing if no table holds it."""
    try:
        return tuple(read(words, _ANYTHING, strict=strict))
    except NoRuleCovers:
        return ()


def outcome(words: str, name: str) -> Earlier:
    """What can be known beforehand of a wish's result."""
    calls = possible(words)
    if not calls:
        return Earlier(name, frozenset())
    last = outcome_of(calls[-1], name)
    return replace(last, many=len(calls) > 1 and all(call.action == calls[0].action for call in calls))


def wishes(request: str) -> list[Wish]:
    """The parts of a request, in its order, each with the parts it must wait for.

    Raises:
        NoRuleCovers: there are too many.
    """
    if not request.strip():
        raise NoRuleCovers(reason="The request is empty.")
    phrase = Phrase(request)
    strong = strong_parts(phrase.masked)
    if len(strong) <= 1 or possible(request, strict=True):
        strong = [Part(phrase.masked, "beside")]
    _count(strong)
    parts = [
        (phrase.words(piece), part.relation if place == 0 else "beside")
        for part in strong
        for place, piece in enumerate(_cut_weakly(phrase, part.text))
    ]
    _count(parts)
    return _in_order(parts)


def _count(parts: Sequence[object]) -> None:
    if len(parts) > MOST_WISHES:
        raise NoRuleCovers(reason=f"The request has {len(parts)} parts; {MOST_WISHES} is the most.")


def _cut_weakly(phrase: Phrase, masked: str) -> list[str]:
    """The fewest pieces, more than one, that all make sense alone; the whole if there are none such."""
    cuts = list(islice(weak_cuts(masked), MOST_WEAK_CUTS + 1)) if len(masked) <= LONGEST_CLAUSE else []
    if not 0 < len(cuts) <= MOST_WEAK_CUTS or possible(phrase.words(masked), strict=True):
        return [masked]
    starts = [0] + [end for _, end in cuts]
    ends = [start for start, _ in cuts] + [len(masked)]
    best: list[list[str] | None] = [[]] + [None] * len(ends)
    for last, end in enumerate(ends):
        for first, start in enumerate(starts[: last + 1]):
            before, piece = best[first], masked[start:end]
            if before is None or (first == 0 and last == len(cuts)) or not possible(phrase.words(piece)):
                continue
            found = best[last + 1]
            if found is None or len(before) + 1 < len(found):
                best[last + 1] = [*before, piece]
    return best[-1] or [masked]


def _in_order(parts: Sequence[tuple[str, Relation]]) -> list[Wish]:
    """Put what belongs side by side into one stage; "then" opens the next stage."""
    ordered: list[Wish] = []
    stage: list[int] = []
    before: tuple[int, ...] = ()
    for place, (words, relation) in enumerate(parts):
        if relation == "then" and place:
            before, stage = _last(stage, ordered), []
        sources = _sources(words, place, stage, ordered)
        after = sources | (set(before) - _ancestors(sources, ordered))
        stage.append(place)
        ordered.append(Wish(words, tuple(sorted(after))))
    return ordered


def _last(stage: list[int], ordered: list[Wish]) -> tuple[int, ...]:
    """Those of a stage that nothing else of it waits for."""
    awaited = {place for member in stage for place in ordered[member].after}
    return tuple(place for place in stage if place not in awaited)


def _ancestors(places: set[int], ordered: list[Wish]) -> set[int]:
    found: set[int] = set()
    unseen = list(places)
    while unseen:
        new = set(ordered[unseen.pop()].after) - found
        found |= new
        unseen += new
    return found


def _sources(words: str, place: int, stage: list[int], ordered: list[Wish]) -> set[int]:
    """The earlier wishes that this one builds on: it speaks of their results, or changes what they read or write."""
    conflicts = [earlier for earlier in stage if _conflict(possible(ordered[earlier].words), possible(words))]
    return _meant(words, place, stage, [wish.words for wish in ordered]) | set(conflicts[-1:])


def _conflict(earlier: Sequence[Call], later: Sequence[Call]) -> bool:
    """Whether the order of the two shows: both use the todo list or the files, and one of them changes it."""
    return any(
        one.action == other.action and not {one.inputs.get("operation"), other.inputs.get("operation")} <= READING
        for one in earlier
        for other in later
        if one.action in STORES
    )


def _meant(words: str, place: int, stage: list[int], earlier: list[str]) -> set[int]:
    """The earlier wishes whose results this one speaks of."""
    uses = {use for call in possible(words) for use in _USES.findall(str(call.inputs))}
    if not place or not (uses or (not possible(words) and refers_back(Phrase(words).masked))):
        return set()
    if stage and re.search(rf"\b(?:{'|'.join(PLURAL)})\b", words, re.IGNORECASE):
        return set(stage)
    wanted = (uses & {"value", "number"}) or {
        key for noun in re.findall(r"\bthe (\w+)", words) if (key := key_meant(noun))
    }
    for candidate in range(place - 1, -1, -1):
        if wanted & outcome(earlier[candidate], "").keys:
            return {candidate}
    return {place - 1}
