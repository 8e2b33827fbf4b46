"""Wishes about the todo list."""

import pytest

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.texts import COUNT_ENTRIES
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
    ('add to my todo list: "a" and "b"', add("a", "b")),
    ('put "a" and "b" as new todos', add("a", "b")),
    ("add to my todo list: milk", add("milk")),
    ("add task buy milk", add("buy milk")),
    ("add milk to todo", add("milk")),
    ('put "call mom" in my todo', add("call mom")),
    ('Hi! Please add "buy milk" to my todo list. Thanks!', add("buy milk")),
    ("todo 1 done", [{"operation": "complete", "number": 1}]),
    ("don't let me forget to buy milk", add("buy milk")),
    ("what must I do?", LIST),
    ("my todos", LIST),
    ("mark item 2", [{"operation": "complete", "number": 2}]),
    ("mark 2 as done", [{"operation": "complete", "number": 2}]),
    ("todo 2 is done", [{"operation": "complete", "number": 2}]),
    ("mark buy milk as done", [{"operation": "complete", "text": "buy milk"}]),
    ('mark "buy milk, and bread" done', [{"operation": "complete", "text": "buy milk, and bread"}]),
    ('complete the todo "buy milk"', [{"operation": "complete", "text": "buy milk"}]),
    ("finish the task buy milk", [{"operation": "complete", "text": "buy milk"}]),
    ("check buy milk off my todo list", [{"operation": "complete", "text": "buy milk"}]),
    ('complete "buy milk"', [{"operation": "complete", "text": "buy milk"}]),
    ('my todo "buy milk" is done', [{"operation": "complete", "text": "buy milk"}]),
    ('delete the todo "buy milk"', [{"operation": "delete", "text": "buy milk"}]),
    ("delete the task called buy milk", [{"operation": "delete", "text": "buy milk"}]),
    ("remove milk from my todos", [{"operation": "delete", "text": "milk"}]),
]

COUNTED = ["how many todos do I have?", "count my tasks", "how many items are on my todo list?"]

ABOUT_AN_EARLIER_RESULT = [
    ("add the result to my todo list", {"operation": "add", "text": "${t1}"}),
    ("save it as a todo", {"operation": "add", "text": "${t1}"}),
    ("make a todo from it", {"operation": "add", "text": "${t1}"}),
    ("complete it", {"operation": "complete", "number": "${t1.output.number}"}),
    ("mark it as done", {"operation": "complete", "number": "${t1.output.number}"}),
    ("delete it from my todo list", {"operation": "delete", "number": "${t1.output.number}"}),
]

NOT_UNDERSTOOD = [
    "add a todo to my list",
    "add a task for Bob to my list: call mum",
    "add todo list",
    "mark everything as done",
    "mark all todos as done",
    "finish the todo list",
    "list my todos sorted by date",
    "delete my todo",
    "I bought milk",
    "I have to buy milk",
    "add milk to the list",
    "put milk on the list",
    "complete 2",
    "complete the first todo",
    "complete buy milk",
    "mark my words",
    "mark twain is done",
    "mark milk and bread as done",
    "delete all todos",
    "clear my todo list",
    "what do I need to do today",
    "how many todos are left",
    "how many todos does Bob have",
    "what should I do with my life",
]


@pytest.mark.parametrize(("wish", "inputs"), WISHES, ids=[wish for wish, _ in WISHES])
def test_a_wish_about_todos_becomes_calls_of_the_store(wish, inputs):
    assert plan(wish) == [("todo_store", each) for each in inputs]


def test_several_todos_are_added_in_the_order_they_were_named():
    named = steps('add "a", "b" and "c" to my todo list')
    assert [step["dependencies"] for step in named] == [[], ["s1"], ["s2"]]


@pytest.mark.parametrize(("wish", "inputs"), ABOUT_AN_EARLIER_RESULT)
def test_it_is_the_todo_that_was_added_or_what_was_found(wish, inputs):
    given = finished('add "x" to my todo list', "Added todo 9: x", {"number": 9, "text": "x"})
    assert plan(wish, t1=given) == [("todo_store", inputs)]


@pytest.mark.parametrize("wish", COUNTED)
def test_todos_are_counted_in_the_list_of_them(wish):
    assert plan(wish) == [
        ("todo_store", {"operation": "list"}),
        ("ai_tool", {"instruction": COUNT_ENTRIES, "text": "${s1.output.todos}\n"}),
    ]


@pytest.mark.parametrize("wish", NOT_UNDERSTOOD)
def test_what_only_sounds_like_a_wish_about_todos_is_not_understood(wish):
    with pytest.raises(NoRuleCovers, match="Not understood"):
        plan(wish)
