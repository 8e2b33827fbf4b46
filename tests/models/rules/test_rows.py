"""Every row of the grammar stands for an exact plan, and what newcomers are shown is understood."""

import re
from typing import Any

import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules import files, speech, texts, todos, translations, web
from intelligent_office.models.rules.grammar import Clause
from intelligent_office.models.rules.speech import EXAMPLES
from intelligent_office.models.rules.texts import JOBS, MOST_ENTRIES
from intelligent_office.toolbox.files.search import MOST_FILES
from tests.models.rules import test_chains, test_files, test_planner, test_todos, test_web
from tests.models.rules.words import finished, plan

CONTENT = "${t1.output.content}"
READ = ("file_operations", {"operation": "read", "path": "a.txt"})


def job(instruction, text):
    return [("ai_tool", {"instruction": instruction, "text": text})]


def job_on_file(instruction):
    reading = ("file_operations", {"operation": "read", "path": "a.txt", "whole": True})
    return [reading, ("ai_tool", {"instruction": instruction, "text": "${s1.output.content}"})]


LINES = [READ, ("math_calculator", {"expression": "${s1.output.total_lines} + 0"})]

ON_TEXTS = [
    ("count the words", job("count the words", CONTENT)),
    ("count the words in it", job("count the words", CONTENT)),
    ("count the words in a.txt", job_on_file("count the words")),
    ("how many words does a.txt have?", job_on_file("count the words")),
    ("how many lines are there?", job("count the lines", CONTENT)),
    ("count the lines of it", job("count the lines", CONTENT)),
    ("count its lines", job("count the lines", CONTENT)),
    ('count the lines in "a b"', job("count the lines", "a b")),
    ("count the lines in a.txt", LINES),
    ("how many lines does a.txt have?", LINES),
    ("count the letters", job("count the characters", CONTENT)),
    ("count the characters in it", job("count the characters", CONTENT)),
    ("how many characters are in a.txt", job_on_file("count the characters")),
    ("how many letters has a.txt?", job_on_file("count the characters")),
    ("reverse the lines", job("reverse the lines", CONTENT)),
    ("reverse the lines of it", job("reverse the lines", CONTENT)),
    ('reverse the lines of "a b"', job("reverse the lines", "a b")),
    ("reverse the lines of a.txt", job_on_file("reverse the lines")),
    ("reverse the text", job("reverse the text", CONTENT)),
    ("reverse it", job("reverse the text", CONTENT)),
    ("reverse the contents of a.txt", job_on_file("reverse the text")),
    ("sort the lines alphabetically", job("sort the lines", CONTENT)),
    ("sort it", job("sort the lines", CONTENT)),
    ('sort "a b"', job("sort the lines", "a b")),
    ("sort the lines in a.txt", job_on_file("sort the lines")),
    ("remove duplicate lines", job("remove duplicate lines", CONTENT)),
    ("remove duplicate lines from it", job("remove duplicate lines", CONTENT)),
    ('remove duplicate lines from "a b"', job("remove duplicate lines", "a b")),
    ("remove the duplicate lines of a.txt", job_on_file("remove duplicate lines")),
    ("number the lines", job("number the lines", CONTENT)),
    ("number the lines of it", job("number the lines", CONTENT)),
    ('number the lines of "a b"', job("number the lines", "a b")),
    ("number the lines in a.txt", job_on_file("number the lines")),
    ("convert it to upper case", job("convert to upper case", CONTENT)),
    ("uppercase it", job("convert to upper case", CONTENT)),
    ('uppercase "a b"', job("convert to upper case", "a b")),
    ("convert a.txt to upper case", job_on_file("convert to upper case")),
    ("make it lowercase", job("convert to lower case", CONTENT)),
    ('convert "A" to lower case', job("convert to lower case", "A")),
    ("convert a.txt to lower case", job_on_file("convert to lower case")),
    ("lowercase it", job("convert to lower case", CONTENT)),
    ("put it into title case", job("convert to title case", CONTENT)),
    ('turn "a b" to title case', job("convert to title case", "a b")),
    ("convert a.txt to title case", job_on_file("convert to title case")),
    ("title case it", job("convert to title case", CONTENT)),
    ('title-case "a b"', job("convert to title case", "a b")),
]

HELP = [("echo", {"text": f"Without a model, the office understands wishes such as these:\n{EXAMPLES}"})]

SAID = [
    ("help", HELP),
    ("what can you do?", HELP),
    ("what can I ask?", HELP),
    ("show me some examples", HELP),
    ("tell me the answer", [("echo", {"text": CONTENT})]),
    ("say it again", [("echo", {"text": CONTENT})]),
    ("echo back the result", [("echo", {"text": CONTENT})]),
    ("say good night to me", [("echo", {"text": "good night"})]),
]

CALLED = [
    ('echo(text="hi; then there")', [("echo", {"text": "hi; then there"})]),
    ("call calculator with operation=add, a=1, b=2.5", [("calculator", {"operation": "add", "a": 1, "b": 2.5})]),
    ('run math_calculator with expression="2+2"', [("math_calculator", {"expression": "2+2"})]),
    ("use the tool math_calculator: expression=2+2", [("math_calculator", {"expression": "2+2"})]),
    (
        "code_analyzer folder=./src start=main end=save",
        [("code_analyzer", {"folder": "./src", "start": "main", "end": "save"})],
    ),
    (
        "code_analyzer(folder=./src, function=main, depth=-3)",
        [("code_analyzer", {"folder": "./src", "function": "main", "depth": -3})],
    ),
    ('echo(text="${s1}")', [("echo", {"text": "$${s1}"})]),
    ('echo(text="7")', [("echo", {"text": "7"})]),
    ('echo(text=["a, b", "c"])', [("echo", {"text": ["a, b", "c"]})]),
    ("use echo with text=true", [("echo", {"text": True})]),
]

TABLES = {
    module.__name__.rsplit(".", 1)[-1]: module.read for module in (todos, texts, files, speech, translations, web)
}
ROWS = [(name, rule) for name, read in TABLES.items() for rule in read.rules]

TESTED: list[Any] = [
    *(row[0] for row in (*ON_TEXTS, *SAID)),
    *(row[0] for row in (*test_files.WISHES, *test_files.COUNTED, *test_files.ABOUT_AN_EARLIER_FILE)),
    *(row[0] for row in (*test_todos.WISHES, *test_todos.ABOUT_AN_EARLIER_RESULT)),
    *test_todos.COUNTED,
    *(row[0] for row in (*test_web.FETCHED, *test_web.SEARCHED)),
    test_web.HEADERS,
    *(row[0] for row in (*test_planner.SPEECH, *test_planner.TEXTS, *test_chains.CHAINS)),
    "show the last 5 lines of a.txt",  # refused with its reason
]
"""Wishes whose plans are tested word for word, here and in the tests of each table."""


@pytest.mark.parametrize(("wish", "calls"), [*ON_TEXTS, *SAID, *CALLED], ids=lambda value: str(value)[:60])
def test_a_wish_becomes_exactly_these_calls(wish, calls):
    assert plan(wish, t1=finished("read numbers.txt", "4", {"content": "4"})) == calls


@pytest.mark.parametrize(
    "wish",
    [
        "echo()",
        "calculator(1, 2)",
        "use a hammer with care",
        "call mum with love=much and care",
        "use the echo tool",
        "calculator operation is add",
        "x=1",
        "book(flight) to=Paris",
    ],
)
def test_what_only_looks_like_a_call_of_a_tool_is_not_understood(wish):
    with pytest.raises(NoRuleCovers, match="Not understood"):
        plan(wish)


def test_a_tool_that_there_is_not_is_named_in_the_refusal():
    with pytest.raises(NoRuleCovers, match="`hammer`"):
        plan("use hammer with nail=1")


@pytest.fixture(scope="module")
def clauses():
    found = []
    for wish in TESTED:
        clause = Clause(wish)
        found.append(clause.masked)
        while clause.drop_farewell():
            found.append(clause.masked)
    return found


@pytest.mark.parametrize(("table", "rule"), ROWS, ids=[f"{table}: {rule.notation[:50]}" for table, rule in ROWS])
def test_no_row_is_without_a_test(table, rule, clauses):
    assert any(rule.pattern.fullmatch(clause) for clause in clauses), rule.notation


@pytest.mark.parametrize("wish", EXAMPLES.splitlines())
def test_what_newcomers_are_shown_is_understood(wish):
    assert plan(wish)


def test_what_a_refusal_names_as_understood_is_understood():
    with pytest.raises(NoRuleCovers) as refusal:
        plan("book me a flight")
    wishes = [wish for wish in re.findall(r"`([^`]+)`", str(refusal.value)) if wish != "book me a flight"]
    assert len(wishes) >= 6
    for wish in wishes:
        assert plan(wish)


def test_a_list_that_may_go_on_is_counted_as_such():
    assert MOST_ENTRIES == MOST_FILES
    count = JOBS["count the entries of this JSON list"]
    assert [count("[]"), count('["a", "b"]\n'), count(str(list(range(MOST_ENTRIES))))] == ["0", "2", "1000 or more"]


@pytest.mark.parametrize("text", ["", "a, b", '{"a": 1}'])
def test_what_is_no_list_is_not_counted(text):
    with pytest.raises(NoRuleCovers):
        JOBS["count the entries of this JSON list"](text)
