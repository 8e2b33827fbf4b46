import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intelligent_office.database.storable import adapted, storable


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("a\0b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("pair 😀", "pair 😀"),
        ({"k\0": ["\0", {"x": "\udfff"}]}, {"k\ufffd": ["\ufffd", {"x": "\ufffd"}]}),
        (("a", "b\0"), ["a", "b\ufffd"]),
        (float("nan"), None),
        (float("-inf"), None),
        (1.5, 1.5),
        (True, True),
        (None, None),
    ],
)
def test_what_postgres_refuses_is_replaced_and_the_rest_is_kept(value, stored):
    assert storable(value) == stored


texts = st.text(alphabet=st.characters(codec=None))
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats() | texts,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(texts, children, max_size=4),
    max_leaves=10,
)


@settings(deadline=None)
@given(plain)
def test_any_plain_data_becomes_json_in_which_nothing_is_left_to_replace(value):
    text = json.dumps(storable(value), allow_nan=False, ensure_ascii=False)
    assert storable(json.loads(text.encode())) == json.loads(text)


@settings(deadline=None)
@given(plain)
def test_json_for_the_database_is_that_of_the_storable_value(value):
    parameter = adapted([value, r"a\u0000"])
    assert json.loads(parameter.dumps(parameter.obj)) == json.loads(json.dumps(storable(parameter.obj)))


async def test_plain_data_comes_back_from_the_database_as_it_was_stored(database):
    value = {
        "text": "a\0b\ud800 😀",
        "escaped": r"\u0000 \\u0000",
        "numbers": [1, 2.5, float("nan"), 2**60],
        "nested": {"": [None, True, {}]},
    }
    async with database.pool.connection() as connection:
        cursor = await connection.execute("SELECT %s AS value", [adapted(value)])
        assert (await cursor.fetchone())["value"] == storable(value)
