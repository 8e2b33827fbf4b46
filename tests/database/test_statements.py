import pytest

from intelligent_office.database.statements import parse, statement


def test_a_statement_ends_where_the_next_heading_begins():
    assert parse("-- A remark.\n\n-- name: first\n-- why\nSELECT 1;\n\n-- name: second\nSELECT\n  2\n") == {
        "first": "-- why\nSELECT 1",
        "second": "SELECT\n  2",
    }


def test_a_name_used_twice_is_refused():
    with pytest.raises(ValueError, match="twice"):
        parse("-- name: same\nSELECT 1\n-- name: same\nSELECT 2")


def test_an_unknown_name_is_a_mistake():
    with pytest.raises(KeyError):
        statement("no_such_statement")
