"""Schemas of strangers, and how little of our time they get."""

import pytest

from intelligent_office.toolbox import schema_checks
from intelligent_office.toolbox.schema_checks import BoundedSchema, Uncheckable

DOUBLING = {f"level{n}": {"allOf": [{"$ref": f"#/$defs/level{n + 1}"}] * 2} for n in range(40)} | {"level40": {}}
DRAFT_7 = "http://json-schema.org/draft-07/schema#"
ITSELF_TWICE = {"$ref": "#"}


def nested(depth: int) -> object:
    return {"x": nested(depth - 1)} if depth else {}


@pytest.mark.parametrize(
    ("schema", "data"),
    [
        ({"$defs": DOUBLING, "$ref": "#/$defs/level0"}, {}),
        ({"$defs": DOUBLING, "properties": {"x": {"$schema": DRAFT_7, "$ref": "#/$defs/level0"}}}, {"x": 1}),
        ({"$schema": DRAFT_7, "properties": {"x": {"allOf": [ITSELF_TWICE, ITSELF_TWICE]}}}, nested(40)),
        ({"uniqueItems": True}, [{"n": n} for n in range(5_000)]),
        ({"items": {"enum": list(range(2_000))}}, [-1] * 1_000),
        ({"anyOf": [{"minProperties": 10}] * 400}, {"x": "y" * 1_000_000}),
        ({"allOf": [{"$ref": "#"}]}, {}),
        ({"$ref": "#/$defs/nowhere"}, {}),
        ({"pattern": "(?=a)"}, "a"),
        ({"pattern": ".{1000}b"}, "a" * 10_000),
        ({"items": {"pattern": r"^\w+$"}}, ["a" * 1_000] * 1_000),
        ({"patternProperties": {".{1000}b": False}}, {"a" * 10_000: 1}),
        ({"patternProperties": {"(": True}, "additionalProperties": False}, {"a": 1}),
        ({"propertyNames": {"pattern": "(a{99}){99}"}}, {"a": 1}),
    ],
    ids=lambda part: str(part)[:40],
)
def test_what_would_take_for_ever_is_given_up(schema, data, monkeypatch):
    monkeypatch.setattr(schema_checks, "MOST_STEPS", 30_000)  # as fast a test as can be
    with pytest.raises(Uncheckable):
        list(BoundedSchema(schema).faults(data))


def test_the_work_that_has_no_bound_is_left_out():
    schema = {"$defs": DOUBLING, "if": False, "else": {"unevaluatedProperties": {"$ref": "#/$defs/level0"}}}
    assert list(BoundedSchema(schema).faults({"x": 1})) == []


def test_honest_data_are_checked_to_the_last_item():
    schema = {"type": "array", "uniqueItems": True, "items": {"type": "integer"}}
    assert list(BoundedSchema(schema).faults([*range(5_000)])) == []
    (fault,) = BoundedSchema(schema).faults([*range(5_000), 0.5])
    assert list(fault.absolute_path) == [5_000]
    addresses = {"items": {"pattern": r"^\w+@\w+\.\w+$"}}
    (fault,) = BoundedSchema(addresses).faults([*["somebody@somewhere.example"] * 3_000, "nobody"])
    assert list(fault.absolute_path) == [3_000]


def test_a_property_may_be_called_like_the_keyword_of_a_dialect():
    (fault,) = BoundedSchema({"properties": {"$schema": {"type": "integer"}}}).faults({"$schema": "x"})
    assert fault.validator == "type"


HARD = "^(a+)+$"


@pytest.mark.parametrize(
    ("schema", "data", "path"),
    [
        ({"pattern": HARD}, "a" * 50 + "!", "$"),
        ({"patternProperties": {HARD: {"type": "string"}}}, {"a" * 50 + "!": 1, "aa": 1}, "$.aa"),
        ({"propertyNames": {"pattern": HARD}}, {"a" * 50 + "!": 1}, "$"),
        ({"patternProperties": {HARD: True}, "additionalProperties": False}, {"a" * 50 + "!": 1, "aa": 1}, "$"),
        (
            {"properties": {"b": {}}, "patternProperties": {HARD: {}}, "additionalProperties": {"type": "string"}},
            {"b": 1, "aa": 1, "c": 1},
            "$.c",
        ),
    ],
)
def test_a_pattern_that_could_be_tried_for_ever_is_tried_once(schema, data, path):
    (fault,) = BoundedSchema(schema).faults(data)
    assert fault.json_path == path
    assert list(BoundedSchema(schema).faults("aa" if "pattern" in schema else {"aa": ""})) == []


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": "(?=a)"},
        {"properties": {"pattern": {"items": [{"pattern": "("}]}}},
        {"patternProperties": {"(a{999}){999}": True}},
        {"anyOf": [{"pattern": f"a{{{n}}}"} for n in range(500, 1_000)]},
    ],
)
def test_patterns_that_cannot_be_searched_for_are_told_before_there_are_data(schema):
    with pytest.raises(Uncheckable):
        BoundedSchema(schema).insist_on_patterns()


def test_what_only_looks_like_a_pattern_is_none():
    BoundedSchema({"const": {"pattern": "("}, "properties": {"pattern": {"enum": ["("]}}}).insist_on_patterns()
