"""The last value of a program is shown as Python shows it, and no further than there is room."""

import datetime
from decimal import Decimal
from pathlib import PurePosixPath

import pytest

from intelligent_office.sandbox.shown import shown


@pytest.mark.parametrize(
    "value",
    [
        None,
        ...,
        "it's",
        b"\xff",
        [1, 2.5, [3j, []], True],
        (1,),
        (1, (2, ())),
        {"a": {1: [2]}, (1, 2): None},
        {1},
        set(),
        frozenset({1}),
        frozenset(),
        {},
        [datetime.date(2020, 1, 2), datetime.timedelta(1), Decimal("1.5"), PurePosixPath("/a")],
    ],
    ids=repr,
)
def test_a_value_is_shown_as_python_shows_it(value):
    assert shown(value, 1000) == repr(value)


def test_what_holds_itself_is_shown_once():
    circle: list[object] = [1]
    circle.append({"in": circle})
    assert shown(circle, 1000) == repr(circle) == "[1, {'in': [...]}]"


def test_an_object_of_a_class_is_named_and_not_asked():
    class Odd:
        def __repr__(self) -> str:
            raise AssertionError

    assert shown([Odd()], 1000) == "[<Odd>]"


def test_no_more_is_made_than_there_is_room_for():
    """All of it has 10 to the power of 40 numbers."""
    value: list[object] = [0] * 100
    for _ in range(19):
        value = [value] * 100
    text = shown(value, 1000)
    assert 1000 < len(text) < 1100
    assert text.startswith("[" * 20 + "0, 0, 0")


def test_what_python_does_not_show_is_refused_as_python_does():
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(RecursionError):
        shown(deep, 1_000_000)
    with pytest.raises(ValueError, match="Exceeds the limit"):
        shown([1 << 20_000], 1000)
