"""Wishes to say something."""

from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal


def _say(slots: Slots, _situation: Situation) -> list[Call]:
    return [Call("echo", {"text": literal(slots.value("words"))})]


def _say_result(slots: Slots, situation: Situation) -> list[Call]:
    return [Call("echo", {"text": situation.text(slots.value("it"))})]


_HOW = "( back| again| to me| aloud| out loud)*"

read = table(
    (
        (
            f"(say|echo|repeat|print|(tell|show|give) me|show|return|report|what (is|was|are|were)|what's) <it>{_HOW}",
            "(echo|print|report|show)( me)? back <it>",
        ),
        _say_result,
    ),
    (
        (
            f"(say|echo|repeat|print|utter)( back)?( the)?( words?| text| message| phrase)?:? <words:quoted>{_HOW}",
            "repeat( after me)?(:)? <words>",
            "(say|echo|utter)( exactly)?(:)? <words>( back to me| to me| out loud)",
            "(say|echo|utter)( exactly)?(:)? <words>",
        ),
        _say,
    ),
)
