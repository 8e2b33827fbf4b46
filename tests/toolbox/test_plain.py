"""Whatever a tool hands back becomes data that every store can hold."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import ormsgpack
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from intelligent_office.toolbox.plain import plain, text_of


@dataclass
class Point:
    x: int


class Shape(BaseModel):
    name: str
    born: date


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True),
        (2**64 - 1, 2**64 - 1),
        (2**64, "18446744073709551616"),
        (-(2**63) - 1, "-9223372036854775809"),
        (float("inf"), "inf"),
        ((1, 2), [1, 2]),
        ({3, 1, 2}, [1, 2, 3]),
        (b"caf\xc3\xa9\xff", "café\ufffd"),
        (Point(1), {"x": 1}),
        (Shape(name="a\0", born=date(2026, 1, 2)), {"name": "a\ufffd", "born": "2026-01-02"}),
        (Decimal("1.5"), "1.5"),
        ({1: {None: 2}}, {"1": {"None": 2}}),
        ("😀\ud83d", "😀\ufffd"),
    ],
)
def test_a_value_becomes_plain(value, expected):
    assert plain(value) == expected


def test_an_integer_too_long_to_spell_out_becomes_hexadecimal():
    assert plain([10**5_000]) == [hex(10**5_000)]


def test_what_contains_itself_comes_to_an_end():
    endless: list[Any] = []
    endless.append(endless)

    assert len(json.dumps(plain(endless))) < 1_000


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.integers(), inner) | st.tuples(inner),
    max_leaves=20,
)


@settings(deadline=None)
@given(anything)
def test_plain_data_can_be_kept_by_json_and_by_checkpoints(value):
    found = plain(value)

    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert ormsgpack.unpackb(ormsgpack.packb(found)) == found
    assert "\0" not in text_of(found)
    assert plain(found) == found
