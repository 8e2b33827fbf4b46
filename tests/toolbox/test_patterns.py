"""Patterns of strangers, and how they are searched for."""

import pytest

from intelligent_office.toolbox.patterns import Unsearchable, found, weight


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        (r"^\d{4}-\d{2}$", "2026-11", True),
        (r"^\d{4}-\d{2}$", "2026-1", False),
        ("b", "abc", True),
        (r"a\/b", "a/b", True),
        ("", "", True),
        ("^.$", "\ud800", True),
        ("(a+)+$", "a" * 50 + "!", False),
        (r"^(\w+\s?)*$", "word " * 20 + "!", False),
        ("(a|aa)+$", "a" * 60 + "!", False),
    ],
)
def test_a_pattern_is_found_anywhere_in_a_text_however_many_ways_there_are_to_look(pattern, text, fits):
    assert found(pattern, text) is fits


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?=a)b", "look-around"),
        (r"(a)\1", "backreferences"),
        ("(", "unclosed group"),
        ("(a{1000}){1000}", "size limit"),
        ("a" * 1_001, "more than 1000 characters"),
        ("(?x)#[\n.{1000}#]", "spaces"),
    ],
)
def test_a_pattern_without_bounds_is_refused_with_the_reason(pattern, reason):
    with pytest.raises(Unsearchable, match=reason):
        found(pattern, "x")


@pytest.mark.parametrize(
    ("pattern", "parts"),
    [
        ("abc", 3),
        ("a{5}b{2,7}", 12),
        ("(ab{3}){10}", 40),
        ("((a{3}){3}){3}", 27),
        (r"[\]{9}]\{{4}", 5),
        ("a{0}", 1),
        (")){3}", 1),
        ("", 1),
        (r"\w{3}", 60),
    ],
)
def test_what_a_pattern_counts_weighs_as_if_it_were_written_out(pattern, parts):
    assert weight(pattern) == parts
