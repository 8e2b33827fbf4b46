"""Wishes about the todo list."""

import pytest

from intelligent_office.errors import NoRuleCovers
from tests.models.rules.words import finished, plan, steps


def add(*texts: str) -> list[dict[str, object]]:
    return [{"operation": "add", "text": text} for text in texts]


LIST = [{"operation": "list"}]

WISHES = [
    ('add "buy milk" to my todo list', add("buy milk")),
    ('Add "buy milk", "call Bob" and "then rest" to my todo list', add("buy milk", "call Bob", "then rest")),
    ("add ‘buy milk’ and “call Bob” to the to-do list", add("buy milk", "call Bob")),
    ("put buy milk on my todo list", add("buy milk")),
    ("add buy milk and bread to my todo list", add("buy milk and bread")),
    ("add milk, bread and butter to my to-do list", add("milk", "bread", "butter")),
    ("add a todo: write the report", add("write the report")),
    ("create a todo to call mum", add("call mum")),
    ('new todo "water the plants"', add("water the plants")),
    ('add a task called "ship it"', add("ship it")),
    ('please put "a; b" on our task list, thanks', add("a; b")),
    ("todo: fix the roof", add("fix the roof")),
    ("remind me to call mum", add("call mum")),
    ('add "${s1} is no reference" to my todos', add("$${s1} is no reference")),
    ('Put "call mom" on my list of todos', add("call mom")),
    ("list my todos", LIST),
    ("list my todos again please", LIST),
    ("show my todo list", LIST),
    ("Show me all my todos!", LIST),
    ("what's on my todo list?", LIST),
    ("What are my todos?", LIST),
    ("what is left on my to-do list", LIST),
    ("what do I have to do?", LIST),
    ("complete todo 2", [{"operation": "complete", "number": 2}]),
    ("finish todos 1 and 3", [{"operation": "complete", "number": 1}, {"operation": "complete", "number": 3}]),
    ("mark todo 2 as done", [{"operation": "complete", "number": 2}]),
    ("mark item 4 on my todo list as completed", [{"operation": "complete", "number": 4}]),
    ("I finished todo 2", [{"operation": "complete", "number": 2}]),
    ("check off todo #7", [{"operation": "complete", "number": 7}]),
    ("delete todo 3", [{"operation": "delete", "number": 3}]),
    ("remove item 3 from my todo list", [{"operation": "delete", "number": 3}]),
    ("delete todos 1, 2 and 5", [{"operation": "delete", "number": number} for number in (1, 2, 5)]),
]


@pytest.mark.parametrize(("wish", "inputs"), WISHES, ids=[wish for wish, _ in WISHES])
def test_a_wish_about_todos_becomes_calls_of_the_store(wish, inputs):
    assert plan(wish) == [("todo_store", each) for each in inputs]


def test_several_todos_are_added_in_the_order_they_were_named():
    named = steps('add "a", "b" and "c" to my todo list')
    assert [step["dependencies"] for step in named] == [[], ["s1"], ["s2"]]


def test_a_result_becomes_a_todo():
    given = finished("what is 15 * 23", "345", {"value": 345})
    assert plan("add the result to my todo list", t1=given) == [("todo_store", {"operation": "add", "text": "${t1}"})]


def test_a_new_todo_is_completed_by_the_number_it_was_given():
    given = finished('add "x" to my todo list', "Added todo 9: x", {"number": 9, "text": "x"})
    assert plan("complete it", t1=given) == [("todo_store", {"operation": "complete", "number": "${t1.output.number}"})]


def test_a_todo_named_by_its_text_is_asked_for_by_number():
    with pytest.raises(NoRuleCovers, match="by its number"):
        plan('complete the todo "buy milk"')
