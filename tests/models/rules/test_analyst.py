"""Requests cut into subtasks."""

import re
from graphlib import TopologicalSorter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelligent_office.errors import NoRuleCovers
from tests.models.rules.test_chains import FLAGSHIP
from tests.models.rules.words import subtasks

ONE_PART = [
    FLAGSHIP,
    "what is 15 * 23?",
    'write "first do this, then that" to a.txt',
    "write to notes.txt: first do this; then that and also more",
    "Analyze the Python files in ./then/src and find how main reaches save",
    "add milk, bread and butter to my todo list",
    "Look at ./src. The start function is main. The end function is save. Create the call chain.",
    "If the file is empty then say so",
    "show the first 20 lines of a.txt",
    "Write a poem about spring and autumn",
]

SEVERAL_PARTS = [
    (
        "what is 15 * 23, then add the result to my todo list",
        [("what is 15 * 23", []), ("add the result to my todo list", ["t1"])],
    ),
    ("say hi, and then say bye", [("say hi", []), ("say bye", ["t1"])]),
    ("say hi. After that, say bye", [("say hi", []), ("say bye", ["t1"])]),
    (
        "First read a.txt, then what is 2+2; finally list my todos",
        [("read a.txt", []), ("what is 2+2", ["t1"]), ("list my todos", ["t2"])],
    ),
    ("what is 2*3 and also what is 4*5", [("what is 2*3", []), ("what is 4*5", [])]),
    ("what is 2*3; meanwhile say hello", [("what is 2*3", []), ("say hello", [])]),
    ("what is 2*3; what is 4*5", [("what is 2*3", []), ("what is 4*5", [])]),
    ("compute 6*7 and write it to a.txt", [("compute 6*7", []), ("write it to a.txt", ["t1"])]),
    (
        "compute 6*7 and also compute 8*9; then write both to a.txt",
        [("compute 6*7", []), ("compute 8*9", []), ("write both to a.txt", ["t1", "t2"])],
    ),
    ("1. read a.txt 2. what is 3*4", [("read a.txt", []), ("what is 3*4", ["t1"])]),
    (
        "Please do the following:\n- say hi\n- what is 2*3",
        [("Please do the following: say hi", []), ("what is 2*3", [])],
    ),
    (
        "trace the calls from main to save in ./src then write it to chain.txt",
        [("trace the calls from main to save in ./src", []), ("write it to chain.txt", ["t1"])],
    ),
    (
        "what is 6*7, then add the result to my todo list, then multiply the result by 2",
        [("what is 6*7", []), ("add the result to my todo list", ["t1"]), ("multiply the result by 2", ["t1", "t2"])],
    ),
    (
        "list my todos, complete todo 2 and delete todo 3",
        [("list my todos", []), ("complete todo 2", ["t1"]), ("delete todo 3", ["t2"])],
    ),
    (
        "Summarise the report, then send it to Bob",
        [("Summarise the report", []), ("send it to Bob", ["t1"])],
    ),
]

CONNECTIVES = frozenset(
    re.findall(
        r"\S+",
        """first firstly of all to begin start with as a step then after that afterwards afterward which thereafter
        subsequently following once when is s done finished you are re it next finally lastly at last in the end
        meanwhile same time parallel separately independently addition additionally besides and also but well""",
    )
)


@pytest.mark.parametrize("request_", ONE_PART)
def test_a_request_with_one_purpose_stays_whole(request_):
    assert subtasks(request_) == [(request_, [])]


@pytest.mark.parametrize(("request_", "parts"), SEVERAL_PARTS, ids=[text for text, _ in SEVERAL_PARTS])
def test_a_request_is_cut_where_it_names_another_thing_to_do(request_, parts):
    assert subtasks(request_) == parts


def test_more_than_twenty_parts_are_refused():
    with pytest.raises(NoRuleCovers, match="25 parts"):
        subtasks("; ".join(f"say {number}" for number in range(25)))


@pytest.mark.parametrize("request_", ["", "  ", "\n"])
def test_nothing_to_do_is_refused(request_):
    with pytest.raises(NoRuleCovers, match="empty"):
        subtasks(request_)


PIECES = re.findall(
    r"\S+",
    """then and also ; , . meanwhile finally first say hello read a.txt it the result 2+2 what is write "x y" to b.txt
    1. 2. - list my todos main calls ' " ` files in ./src""",
)
WORDS = st.lists(st.sampled_from(PIECES) | st.text(max_size=8), max_size=30).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(WORDS)
def test_no_word_of_a_request_is_lost_and_no_part_waits_for_itself(request_):
    try:
        parts = subtasks(request_)
    except NoRuleCovers:
        return

    asked = re.findall(r"\w+", request_.lower())
    kept = re.findall(r"\w+", " ".join(objective for objective, _ in parts).lower())
    remaining = iter(asked)
    assert all(word in remaining for word in kept), "the words come in their order, and none is made up"
    lost = list(asked)
    for word in kept:
        lost.remove(word)
    assert all(word in CONNECTIVES or word.isdigit() for word in lost)

    graph = {f"t{place}": dependencies for place, (_, dependencies) in enumerate(parts, 1)}
    order = list(TopologicalSorter(graph).static_order())
    assert set(order) == set(graph)
