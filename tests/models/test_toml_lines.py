"""The line of every value, in whatever way a TOML document may write it."""

import tomllib

from intelligent_office.models.toml_lines import lines_of

DOCUMENT = '''\
# a comment with [brackets] and "quotes"
title = "a # b"
[roles] # who
planner = "large"
"odd name" . 'inner' = 1.5
text = """
two
lines = "no key"
"""
when = 1979-05-27 07:32:00
[tiers]
large = [
    "a:b", # first ]
    { model = "c,d", nested = { deep = [1, 2] } },

    ["x",
     "y"],
]
empty = []
none = {}

[[parts]]
name = 'one'
[[parts]]
name = \'\'\'
two\'\'\'
last = true
'''


def places(value, place=()):
    """Every way into a document."""
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in entries:
        yield (*place, key)
        yield from places(item, (*place, key))


def test_every_value_has_its_line():
    lines = lines_of(DOCUMENT)
    assert lines[("title",)] == 2
    assert lines[("roles",)] == 3
    assert lines[("roles", "odd name", "inner")] == 5
    assert lines[("roles", "when")] == 10
    assert lines[("tiers", "large", 0)] == 13
    assert lines[("tiers", "large", 1, "nested", "deep", 1)] == 14
    assert lines[("tiers", "large", 2, 1)] == 17
    assert lines[("parts", 1, "name")] == 25
    assert lines[("parts", 1, "last")] == 27


def test_no_value_is_forgotten():
    missing = set(places(tomllib.loads(DOCUMENT))) - lines_of(DOCUMENT).keys()
    assert missing == {("parts",), ("roles", "odd name")}, "tables that no line is for"
