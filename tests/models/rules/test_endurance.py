"""No text breaks the rules, and none keeps them busy."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.offline import answer
from intelligent_office.models.rules.phrase import Phrase
from tests.models.rules.words import cards

LONGEST = 100_000
PATIENCE_SECONDS = 100.0
"""Of the processor: many times what any machine takes; a pattern that backtracks needs minutes."""

REPEATED = [
    *(
        " ",
        "\n",
        "a",
        "a ",
        '"',
        " '",
        " 'a",
        "“",
        "`",
        "x then ",
        "write to ",
        "write a to b/c ",
        "(",
        "1+",
        "1 ",
        "- a\n",
        "%",
    ),
    *(",", ". ", "/", "\U000f0000", "and also ", "1. 2. ", "if a then ", "write x/", "the the ", "from a to b ", "∑"),
    *("add a, ", "\ue000", "say a; "),
]

BOUNDED = [
    *("from ", "main calls ", "a.b.c.", "in the folder ", "list all the ", "find files in ", "0.", "search for / "),
    *("read a.b, ", "who calls x", "x reaches y ", "sum of 1, ", "square root of ", "it ", "is a number ", "todo "),
    *("1,000,", "20% of ", "mark a ", "how many files are in ", "find TODO in the python files ", "a=b ", "a_b a=b "),
    *("analysiere die dateien in a und ", "in the java files in ", "a.b#c::d", "where A is called from "),
]
"""Repeated to just below the longest clause that is read at all."""


def ask(text: str) -> None:
    for role, values in (
        ("analyst", {"request": text, "tools": cards(), "attachments": []}),
        ("planner", {"objective": text, "given": {}, "tools": cards()}),
        ("ai_tool", {"instruction": text, "text": text}),
    ):
        try:
            answer(role, values)
        except NoRuleCovers:
            continue


@pytest.mark.parametrize("piece", REPEATED)
def test_a_monotonous_text_of_100_kb_is_answered_soon(piece):
    started = time.thread_time()
    ask((piece * LONGEST)[:LONGEST])
    assert time.thread_time() - started < PATIENCE_SECONDS


@pytest.mark.parametrize("piece", BOUNDED)
def test_the_longest_clause_is_answered_soon(piece):
    started = time.thread_time()
    ask((piece * 1000)[:995])
    assert time.thread_time() - started < PATIENCE_SECONDS


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=400))
def test_no_text_is_answered_with_anything_but_a_plan_or_a_refusal(text):
    ask(text)


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab \n\"'`“”«»‘’:.\U000f0000\U0010fffd", max_size=60))
def test_a_text_can_be_had_back_from_its_mask(text):
    phrase = Phrase(text)
    assert phrase.words(phrase.masked).split() == text.split()
