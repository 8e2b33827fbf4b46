"""Wishes about the todo list."""

import re

from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal
from intelligent_office.models.rules.texts import COUNT_ENTRIES

_TODO = "(to-?do|to do|task)"
_LISTS = f"({_TODO} ?(list|lists|s| items)|list of ({_TODO}s|things to do))"
_LIST = f"(my|the|our|a)( personal)? {_LISTS}"
_NAMED = "(called|named|for|to|that says|saying)"
_TO_LIST = f"(to|on|onto|in|into) {_LIST}"
_ON_LIST = f"( do i have| are there| have i( got)?)?( (on|in) {_LIST})?"
_ITEM = "(the |my |our )?(to-?dos?|to do|tasks?|items?)( |: ?)(items? )?(numbers? |no\\. |#)?"
_FROM_LIST = f"( (from|on|off|in|of) {_LIST})?"

_SPEAKS_OF_THE_LIST = re.compile(
    r"^(?:(?:my|the|our|a) )?(?:to-?do |task )?lists?\b|\b(?:to|on) (?:my|the|our) (?:\w+ )?list\b", re.IGNORECASE
)
_NO_ONE_TODO = re.compile(
    r"(?:everything|all|every|each|any|lists?|one|first|last|next|second|both|them|these|those|my|words)\b",
    re.IGNORECASE,
)
"""Words that name no single todo."""


def _additions(texts: list[str]) -> list[Call]:
    """One after the other, so that they are numbered as they were named."""
    calls = [Call("todo_store", {"operation": "add", "text": literal(text)}, follows=True) for text in texts]
    return [Call(call.action, call.inputs, follows=place > 0) for place, call in enumerate(calls)]


def _add_quoted(slots: Slots, _situation: Situation) -> list[Call]:
    return _additions(slots.quotations("quotations"))


def _add_words(slots: Slots, _situation: Situation) -> list[Call]:
    """A comma makes it an enumeration; "buy milk and bread" without one is a single errand."""
    text = slots.value("words")
    if not slots.is_quoted("words") and _SPEAKS_OF_THE_LIST.search(text):
        return []
    enumerated = not slots.is_quoted("words") and re.search(r", ", text)
    return _additions(slots.pieces("words") if enumerated else [text])


def _add_result(slots: Slots, situation: Situation) -> list[Call]:
    return [Call("todo_store", {"operation": "add", "text": situation.text(slots.value("it"))})]


def _list(_slots: Slots, _situation: Situation) -> list[Call]:
    return [Call("todo_store", {"operation": "list"})]


def _by_number(operation: str, slots: Slots) -> list[Call]:
    numbers = slots.integers("numbers")
    return [
        Call("todo_store", {"operation": operation, "number": number}, follows=place > 0)
        for place, number in enumerate(numbers)
    ]


def _complete(slots: Slots, _situation: Situation) -> list[Call]:
    return _by_number("complete", slots)


def _delete(slots: Slots, _situation: Situation) -> list[Call]:
    return _by_number("delete", slots)


def _complete_it(slots: Slots, situation: Situation) -> list[Call]:
    return [Call("todo_store", {"operation": "complete", "number": situation.key("number", slots.value("it"))})]


def _delete_it(slots: Slots, situation: Situation) -> list[Call]:
    return [Call("todo_store", {"operation": "delete", "number": situation.key("number", slots.value("it"))})]


def _by_text(operation: str, slots: Slots) -> list[Call]:
    text = slots.value("words")
    if not slots.is_quoted("words") and _NO_ONE_TODO.match(text):
        return []
    return [Call("todo_store", {"operation": operation, "text": literal(text)})]


def _complete_named(slots: Slots, _situation: Situation) -> list[Call]:
    return _by_text("complete", slots)


def _delete_named(slots: Slots, _situation: Situation) -> list[Call]:
    return _by_text("delete", slots)


def _count(_slots: Slots, situation: Situation) -> list[Call]:
    """The line break keeps the list a text: JSON."""
    listing = Call("todo_store", {"operation": "list"})
    return [listing, Call("ai_tool", {"instruction": COUNT_ENTRIES, "text": f"${{{situation.step()}.output.todos}}\n"})]


_COMPLETE = "(complete|finish|check off|tick off|check|tick|close|resolve)"
_DELETE = "(delete|remove|drop|erase|cancel|cross off|get rid of)"
_DONE = " (as )?(done|complete|completed|finished|closed)"

read = table(
    (
        (
            f"(add|put|write|append|save) <it> {_TO_LIST}",
            f"(add|save) <it> (as|to) (a |my )?{_TODO}s?( list)?",
            f"(add|create|make) a( new)? {_TODO} (with|for|from|out of) <it>",
        ),
        _add_result,
    ),
    (
        (
            f"(add|put|write|append|save)( the( (items?|tasks?|todos?))?)? <quotations> {_TO_LIST}",
            f"(add|put) {_TO_LIST}:? <quotations>",
            f"(add|create|make|new)( an?| the| these| new)* {_TODO}s?( items?)?( {_NAMED})?:? <quotations>",
            f"(add|put) <quotations> as( a| new)* {_TODO}s?",
        ),
        _add_quoted,
    ),
    (
        (
            f"(add|put|write|append|save) <words> {_TO_LIST}",
            f"(add|put) {_TO_LIST}:? <words>",
            f"(add|create|make|new)( an?)?( new)? {_TODO}( item)?( {_NAMED}:? |: ?)<words>",
            f"add {_TODO} <words>",
            f"(add|put) <words> (to|in|on|into)( my| the)? {_TODO}s?",
            "todo: ?<words>",
            "remind me( later| again)? to <words>",
            "(don't|do not) let me forget to <words>",
        ),
        _add_words,
    ),
    (
        (
            f"(list|show|display|print|read|view|see|get|give)( me| all| of| the| my| our| open| current)* {_LISTS}",
            f"(what|which)( is| are|'s| do i have)( left)?( there)? (on|in) {_LIST}( right now)?",
            f"(what|which)( is| are|'s)( all)?( my| the| our) {_LISTS}",
            "what( else| all)* do i (have|need) to do",
            "what (must|should) i do",
            "(my |all my |the )?(to-?dos|to-?do list|to do list)",
        ),
        _list,
    ),
    (
        (
            f"{_COMPLETE} {_ITEM}<numbers>{_FROM_LIST}",
            f"mark( off)? {_ITEM}<numbers>{_FROM_LIST}{_DONE}",
            f"mark( off)? {_ITEM}<numbers>",
            f"mark( off)? <numbers>{_DONE}",
            f"{_ITEM}<numbers> (is |are )?(done|complete|completed|finished)",
            f"(i am|i'm|i have|i've|i) (done|finished|completed|did)( with)? {_ITEM}<numbers>",
        ),
        _complete,
    ),
    (f"{_DELETE} {_ITEM}<numbers>{_FROM_LIST}", _delete),
    ((f"{_COMPLETE} (it|that (to-?do|task)|the new (to-?do|task)|<it>)", f"mark <it>{_DONE}"), _complete_it),
    (f"{_DELETE} (it|that (to-?do|task)|the new (to-?do|task)|<it>){_FROM_LIST}", _delete_it),
    (
        (
            f"{_COMPLETE} (the |my )?{_TODO}( item)?:? <words:errand>{_FROM_LIST}",
            f"{_COMPLETE} <words:errand> (from|on|off|in|of) {_LIST}",
            f"{_COMPLETE} <words:quoted>",
            f"mark (the |my )?({_TODO} )?<words:errand>{_FROM_LIST} as{_DONE}",
            f"mark (the |my )?({_TODO} )?<words:quoted>{_FROM_LIST}{_DONE}",
            f"(the |my )?{_TODO} <words:quoted> (is|are) (done|complete|completed|finished)",
        ),
        _complete_named,
    ),
    (
        (
            f"{_DELETE} (the |my )?{_TODO}( item)?:? <words:quoted>{_FROM_LIST}",
            f"{_DELETE} (the |my )?{_TODO} (called|named|that says) <words:errand>",
            f"{_DELETE} <words:errand> (from|on|off|in|of) {_LIST}",
        ),
        _delete_named,
    ),
    (
        (
            f"(how many|count( all| the| my| of)*) {_TODO}s?( items)?{_ON_LIST}",
            f"how many (items|things|entries) (are|do i have)( there)? (on|in) {_LIST}",
        ),
        _count,
    ),
)
