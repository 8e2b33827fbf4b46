"""What gives way when a prompt would be too long: whole items, those of least worth first; never a piece of one.

A template says of each thing how much it is worth beside what it shows:

    {{ item(30 + objection.attempt, "older attempt", tagged("objection", objection.reason)) }}
    {{ whole("objective", objective) }}

What is left out is said at its place: "(3 older attempts left out for want of room)". What is `whole` is never left
out. Should it not even fit alone, its beginning and its end are shown, with a note between them of what is missing.
"""

import re
from collections import Counter
from dataclasses import dataclass

from prompts.tags import tagged
from prompts.tokens import tokens

LAST_RESORT = 1000.0
"""Added to the worth of an item that has been made brief already."""
NOTE_TOKENS = 20
"""What it takes at most to say that something was left out."""
MOST_CHARACTERS_A_TOKEN = 6
"""Of a text that is far too long, no more than this is even counted."""

_MARK = re.compile("\x00(\\d+)\x00(\n*)")


@dataclass(frozen=True)
class Budget:
    """How long a prompt may be, in tokens."""

    total: int
    """All of it, the request included."""
    context: int
    """Of that, everything that can be left out."""


class Mark(str):
    """Stands in a filled template where something is shown; nothing that others wrote is taken for one."""

    __slots__ = ()


@dataclass
class _Item:
    worth: float
    named: str
    text: str
    brief: str


@dataclass
class _Whole:
    tag: str
    text: str
    attributes: dict[str, object]


class Room:
    """One prompt in the making."""

    def __init__(self) -> None:
        self._shown: list[_Item | _Whole] = []
        self.left_out: Counter[str] = Counter()
        """How many items do not stand in the filled prompt, by name."""
        self.cut: dict[str, int] = {}
        """Of what could not be shown whole, how many characters are missing, by tag."""

    def item(self, worth: float, named: str, text: str, brief: str = "") -> Mark:
        """Something that can be left out.

        Args:
            worth: The lowest goes first.
            named: What to call it when it is left out, in the singular.
            text: As it is shown.
            brief: A shorter form, shown before anything is left out that has one.
        """
        return self._mark(_Item(worth, named, text, brief))

    def whole(self, tag: str, text: object, **attributes: object) -> Mark:
        """Something that cannot be left out, between tags."""
        return self._mark(_Whole(tag, str(text), attributes))

    def fill(self, words: str, budget: Budget) -> str:
        """The prompt: everything in its place."""
        own = tokens(_MARK.sub("", words)) + NOTE_TOKENS
        wholes = self._wholes(budget.total - own - min(budget.context, budget.total // 4))
        kept = self._kept(min(budget.context, budget.total - own - sum(map(tokens, wholes.values()))))
        self.left_out.update(shown.named for place, shown in self._items() if not kept[place])
        told: set[str] = set()

        def show(mark: re.Match[str]) -> str:
            place = int(mark[1])
            shown = self._shown[place]
            if isinstance(shown, _Whole):
                return wholes[place] + mark[2]
            if kept[place]:
                return kept[place] + mark[2]
            if shown.named in told:
                return ""
            told.add(shown.named)
            count = self.left_out[shown.named]
            return f"({count} {shown.named}{'' if count == 1 else 's'} left out for want of room){mark[2]}"

        return _MARK.sub(show, words)

    def _mark(self, shown: _Item | _Whole) -> Mark:
        self._shown.append(shown)
        return Mark(f"\x00{len(self._shown) - 1}\x00")

    def _items(self) -> list[tuple[int, _Item]]:
        return [(place, shown) for place, shown in enumerate(self._shown) if isinstance(shown, _Item)]

    def _kept(self, room: int) -> dict[int, str]:
        """What is shown of each item: all, its brief form, or nothing."""
        items = self._items()
        kept = {place: item.text for place, item in items}
        if sum(1 + len(text.encode("utf-8", "surrogatepass")) for text in kept.values()) <= room:
            return kept  # no text has more tokens than bytes
        used = sum(1 + tokens(text) for text in kept.values())
        steps = [(item.worth, place, item.brief) for place, item in items]
        steps += [(item.worth + LAST_RESORT, place, "") for place, item in items if item.brief]
        told: set[str] = set()
        for _, place, less in sorted(steps):
            if used <= room:
                break
            named = self._items_named(place)
            if not less and named not in told:
                told.add(named)
                used += NOTE_TOKENS
            used -= tokens(kept[place]) - tokens(less)
            kept[place] = less
        return kept

    def _items_named(self, place: int) -> str:
        shown = self._shown[place]
        return shown.named if isinstance(shown, _Item) else ""

    def _wholes(self, room: int) -> dict[int, str]:
        """What may not be left out; if it is too much together, the longest is shown in part."""
        wholes = [(place, shown) for place, shown in enumerate(self._shown) if isinstance(shown, _Whole)]
        found: dict[int, str] = {}
        for left, (place, shown) in zip(
            range(len(wholes), 0, -1), sorted(wholes, key=lambda each: len(each[1].text)), strict=True
        ):
            share = room // left - tokens(tagged(shown.tag, "", **shown.attributes))
            text, missing = ends(shown.text, share)
            if missing:
                self.cut[shown.tag] = missing
            found[place] = tagged(shown.tag, text, **shown.attributes)
            room -= tokens(found[place])
        return found


def ends(text: str, room: int) -> tuple[str, int]:
    """The text, or if it is too long its beginning and its end, with a note of how much is missing between them.

    Returns:
        What to show, and how many characters are missing.
    """
    room = max(room - 2 * NOTE_TOKENS, 2 * NOTE_TOKENS)
    shown = min(len(text), room * MOST_CHARACTERS_A_TOKEN)
    while (taken := tokens(text[: shown - shown // 3]) + tokens(text[len(text) - shown // 3 :])) > room:
        shown = min(shown - 1, shown * room // taken)
    missing = len(text) - shown
    if not missing:
        return text, 0
    note = f"[{missing} characters are left out here: the whole is too long to be shown]"
    return f"{text[: shown - shown // 3]}\n{note}\n{text[len(text) - shown // 3 :]}", missing
