"""Wishes to say something."""

import re

from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal

_NOT_SAID_AS_IT_IS = re.compile(
    r"(?:something|anything|my name|your name|why|how)\b"
    r"|.*\b(?:in|into) (?:english|french|german|spanish|italian|latin|chinese|japanese|russian|(?:other|your) words)$",
    re.IGNORECASE,
)


def _say(slots: Slots, _situation: Situation) -> list[Call]:
    if not slots.is_quoted("words") and _NOT_SAID_AS_IT_IS.match(slots.value("words")):
        return []
    return [Call("echo", {"text": literal(slots.value("words"))})]


def _say_result(slots: Slots, situation: Situation) -> list[Call]:
    return [Call("echo", {"text": situation.text(slots.value("it"))})]


EXAMPLES = """\
Analyze the files in ./src and create a call sequence where the start function is main and the end function is save
how does main reach save in ./src
who calls parse in src
what does main call, up to depth 3, in src
what is 20% of 350
multiply 2.5 by 4
add "buy milk" to my todo list
mark buy milk as done
list my todos
read notes.txt
list all Python files in ./src
how many files are in src
search for "def main" in src
write "hello" to a.txt
count the words in a.txt
convert "abc" to upper case
fetch https://example.com
search the web for PostgreSQL release notes
calculator(operation=divide, a=10, b=4)
trace the calls from main to save in src, then write the chain to chain.txt"""
"""What newcomers are shown; each is understood."""


def _help(_slots: Slots, _situation: Situation) -> list[Call]:
    return [Call("echo", {"text": f"Without a model, the office understands wishes such as these:\n{EXAMPLES}"})]


_HOW = "( back| again| to me| aloud| out loud)*"

read = table(
    (
        (
            "help( me)?",
            "what (can|do) you (do|understand|know)( for me)?( without a model)?",
            "what can i (ask|say|do)( here| you)?",
            "(show|give)( me)?( some| a few)? examples?",
        ),
        _help,
    ),
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
