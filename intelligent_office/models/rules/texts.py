"""Small jobs on a text, which the offline model can do itself as `ai_tool`."""

import json
import re
from collections.abc import Callable

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal

COUNT_ENTRIES = "count the entries of this JSON list"
MOST_ENTRIES = 1_000
"""A tool lists no more; there may be others."""


def _entries(text: str) -> str:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, list):
        raise NoRuleCovers(reason="Only the entries of a JSON list can be counted without a model.")
    return str(len(found)) if len(found) < MOST_ENTRIES else f"{len(found)} or more"


JOBS: dict[str, Callable[[str], str]] = {
    COUNT_ENTRIES: _entries,
    "count the words": lambda text: str(len(text.split())),
    "count the lines": lambda text: str(len(text.splitlines())),
    "count the characters": lambda text: str(len(text)),
    "convert to upper case": str.upper,
    "convert to lower case": str.lower,
    "convert to title case": str.title,
    "reverse the text": lambda text: text[::-1],
    "reverse the lines": lambda text: "\n".join(reversed(text.splitlines())),
    "sort the lines": lambda text: "\n".join(sorted(text.splitlines())),
    "remove duplicate lines": lambda text: "\n".join(dict.fromkeys(text.splitlines())),
    "number the lines": lambda text: "\n".join(f"{number} {line}" for number, line in enumerate(text.splitlines(), 1)),
}
"""Instructions, and what carries them out."""

_COUNT = "(?:count(?: up)?|number of|how many)(?: the| all| number of)*"
_CHANGE = "(?:convert|change|turn|make|put|set)?(?: it| this| the text)?(?: all)?(?: ?in)?(?: ?to)? ?"
_SPELLINGS: tuple[tuple[str, str], ...] = (
    (re.escape(COUNT_ENTRIES.lower()), COUNT_ENTRIES),
    (rf"{_COUNT} words?(?: are there| are)?", "count the words"),
    (rf"{_COUNT} lines?(?: are there| are)?", "count the lines"),
    (rf"{_COUNT} (?:characters?|letters?)(?: are there| are)?", "count the characters"),
    (rf"{_CHANGE}(?:upper ?-?case|capitals|all caps|capitali[sz]e)", "convert to upper case"),
    (rf"{_CHANGE}lower ?-?case", "convert to lower case"),
    (rf"{_CHANGE}title ?-?case", "convert to title case"),
    (r"reverse(?: the order of)?(?: the| all)* lines", "reverse the lines"),
    (r"reverse(?: the text| the words?| the letters| it| this)?", "reverse the text"),
    (r"sort(?: the| all)*(?: lines| it)?(?: alphabetically)?", "sort the lines"),
    (r"(?:remove|delete|drop)(?: the| all| any)* (?:duplicates?(?: lines)?|repeated lines)", "remove duplicate lines"),
    (r"deduplicate(?: the)?(?: lines)?", "remove duplicate lines"),
    (r"(?:number|enumerate)(?: the| all)* lines", "number the lines"),
)


def job(instruction: str) -> str | None:
    """The job that an instruction asks for, by its name in `JOBS`."""
    words = " ".join(instruction.lower().split()).strip(" .!?:")[:200]
    words = re.sub(
        r"^(?:please|now) | (?:please|of (?:the|this) text|in (?:the|this) text|of it|in it|there)$", "", words
    )
    return next((name for spelling, name in _SPELLINGS if re.fullmatch(spelling, words)), None)


def _work(instruction: str, text: str) -> Call:
    return Call("ai_tool", {"instruction": instruction, "text": text})


def _on_words(instruction: str) -> Callable[[Slots, Situation], list[Call]]:
    return lambda slots, _situation: [_work(instruction, literal(slots.value("quoted")))]


def _on_result(instruction: str) -> Callable[[Slots, Situation], list[Call]]:
    return lambda slots, situation: [_work(instruction, situation.text(slots.value("it")))]


def _on_what_came_before(instruction: str) -> Callable[[Slots, Situation], list[Call]]:
    return lambda _slots, situation: [_work(instruction, situation.text())]


def _on_file(instruction: str) -> Callable[[Slots, Situation], list[Call]]:
    def plan(slots: Slots, situation: Situation) -> list[Call]:
        reading = Call("file_operations", {"operation": "read", "path": literal(slots.value("file"))})
        if instruction == "count the lines":  # of all pages, and as a number that a later step can use
            lines = f"${{{situation.step()}.output.total_lines}}"
            return [reading, Call("math_calculator", {"expression": f"{lines} + 0"})]
        reading.inputs["whole"] = True
        return [reading, _work(instruction, f"${{{situation.step()}.output.content}}")]

    return plan


_HOW_MANY = "(count|how many|what is the number of)( the| all| its| number of)*"
_VERBS = {
    "count the words": f"{_HOW_MANY} words( are)?( there)?",
    "count the lines": f"{_HOW_MANY} lines( are)?( there)?",
    "count the characters": f"{_HOW_MANY} (characters|letters)( are)?( there)?",
    "reverse the lines": "reverse( the| all)*( order of)?( the)? lines",
    "reverse the text": "reverse( the)?( text| word| words| string| letters)?",
    "sort the lines": "sort( the| all)*( lines)?",
    "remove duplicate lines": "(remove|delete|drop)( the| all)* duplicate lines",
    "number the lines": "number( the| all)* lines",
}
_COUNTED = {"count the words": "words", "count the lines": "lines", "count the characters": "(characters|letters)"}
_CASES = {
    "convert to upper case": "upper ?-?case|capitals",
    "convert to lower case": "lower ?-?case",
    "convert to title case": "title ?-?case",
}
_OF = "( of| in| from)?( the)?( text| word| string| sentence| phrase| file| contents? of)?"

read = table(
    *((f"{verb}( alphabetically)?", _on_what_came_before(name)) for name, verb in _VERBS.items()),
    *(
        (f"{verb}{_OF} <{slot}>( alphabetically)?", meaning(name))
        for name, verb in _VERBS.items()
        for slot, meaning in (("it", _on_result), ("quoted", _on_words), ("file", _on_file))
    ),
    *(
        (
            f"(how many|what number of) {noun} (does|do|has|have|is|are)( the)?( file)? <file>( have| hold| contain)?",
            _on_file(name),
        )
        for name, noun in _COUNTED.items()
    ),
    *(
        (f"(convert|change|turn|make|put){_OF} <{slot}>( all)?( in)?( ?to)? ({case})", meaning(name))
        for name, case in _CASES.items()
        for slot, meaning in (("it", _on_result), ("quoted", _on_words), ("file", _on_file))
    ),
    *(
        (f"({case}){_OF} <{slot}>", meaning(name))
        for name, case in _CASES.items()
        for slot, meaning in (("it", _on_result), ("quoted", _on_words))
    ),
)
