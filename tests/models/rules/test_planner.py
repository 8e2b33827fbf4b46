"""Objectives of every kind, and those with several parts."""

import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.offline import answer
from tests.models.rules.words import cards, plan, steps

SPEECH = [
    ("say hello", "hello"),
    ("echo hello", "hello"),
    ('say "hello; then goodbye"', "hello; then goodbye"),
    ('print "hello"', "hello"),
    ("say hello and goodbye", "hello and goodbye"),
    ("repeat after me: one, then two", "one, then two"),
    ("please say hi", "hi"),
    ("say thank you", "thank you"),
    ("say it is nice here too", "it is nice here too"),
    ('say "hi", please', "hi"),
]

TEXTS = [
    ('count the words in "a b c"', "count the words", "a b c"),
    ('how many characters are in "abc"', "count the characters", "abc"),
    ('reverse "abc"', "reverse the text", "abc"),
    ('convert "abc" to upper case', "convert to upper case", "abc"),
    ('lowercase "ABC"', "convert to lower case", "ABC"),
]


@pytest.mark.parametrize(("wish", "text"), SPEECH)
def test_what_is_to_be_said_is_echoed(wish, text):
    assert plan(wish) == [("echo", {"text": text})]


@pytest.mark.parametrize(("wish", "instruction", "text"), TEXTS)
def test_a_small_job_on_a_text_goes_to_the_ai_tool(wish, instruction, text):
    assert plan(wish) == [("ai_tool", {"instruction": instruction, "text": text})]


def test_a_job_on_a_file_reads_it_first():
    reading, counting = steps("count the words in numbers.txt")
    assert (reading["action"], reading["inputs"]["path"]) == ("file_operations", "numbers.txt")
    assert counting["inputs"] == {"instruction": "count the words", "text": "${s1.output.content}"}
    assert counting["dependencies"] == ["s1"]


def test_an_objective_with_several_parts_becomes_steps_that_use_each_other():
    found = steps("what is 15 * 23, then multiply the result by 2 and write it to out.txt")
    assert [(step["step_id"], step["action"], step["dependencies"]) for step in found] == [
        ("s1", "math_calculator", []),
        ("s2", "calculator", ["s1"]),
        ("s3", "file_operations", ["s2"]),
    ]
    assert found[2]["inputs"]["content"] == "${s2}"


def test_independent_parts_become_independent_steps():
    assert [step["dependencies"] for step in steps("what is 2*3 and also say hi; what is 4*5")] == [[], [], []]


def test_the_chain_is_the_chain_even_when_something_else_came_between():
    found = steps("trace the calls from main to save in src, then say done, then write the chain to c.txt")
    assert found[2]["inputs"]["content"] == "${s1}"


def test_a_tool_that_is_not_allowed_is_named():
    with pytest.raises(NoRuleCovers, match="`todo_store`"):
        plan("list my todos", tools=cards("echo", "math_calculator"))


@pytest.mark.parametrize(
    "wish",
    [
        "say something nice",
        "say hello in French",
        "say my name",
        "book me a flight to Paris",
        "summarise the book",
        "translate hello to French",
        "list",
        "",
    ],
)
def test_what_no_rule_covers_says_how_to_connect_a_model(wish):
    with pytest.raises(NoRuleCovers, match="OPENAI_API_KEY"):
        plan(wish)


def test_the_part_that_is_not_understood_is_quoted():
    with pytest.raises(NoRuleCovers, match="Not understood: summarise the book"):
        plan("read a.txt, then summarise the book")


def test_objections_do_not_change_what_the_words_mean():
    values = {"objective": "say hi", "given": {}, "tools": cards()}
    objections = [{"attempt": 1, "role": "reviewer", "reason": "louder"}]
    assert answer("planner", values) == answer("planner", values | {"objections": objections})


def test_a_role_without_rules_says_so():
    with pytest.raises(NoRuleCovers, match="no rules for the butler"):
        answer("butler", {})


def test_without_a_model_a_risky_call_is_put_to_a_human():
    assert answer("gatekeeper", {})["decision"] == "ask"
