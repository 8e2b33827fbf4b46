"""The line of every value, in whatever way a TOML document may write it."""

import re
import tomllib
from itertools import count

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from intelligent_office.toml.lines import lines_of

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


KEYS = st.sampled_from(["a", "b-c", '"d e"', "'f.g'", '"h\\"#"', "i . j", '"[k]"'])
BLANKS = st.sampled_from(["", " ", "\t", "  # it's a [comment] = {"])


@st.composite
def values(draw, depth=2):
    """A value as somebody may write it, with a mark `@` for every number in it."""
    kind = draw(st.sampled_from(["number", "text", "texts", "array", "table"] if depth else ["number", "text"]))
    if kind == "array":
        gap = draw(st.sampled_from([" ", "\n", "\n  # [ in between ]\n"]))
        items = draw(st.lists(values(depth=depth - 1), max_size=3))
        return "[" + gap + f",{gap}".join(items) + gap + "]"
    if kind == "table":
        names = draw(st.lists(KEYS, max_size=3, unique=True))
        return "{ " + ", ".join(f"{name} = {draw(values(depth=0))}" for name in names) + " }"
    return {"number": "@", "text": '"x \\" # ]"', "texts": "'''\none ' two\n'''"}[kind]


@st.composite
def documents(draw):
    """A document in which every number is unlike any other, and tells where it stands."""
    written = []
    for number in range(draw(st.integers(1, 4))):
        written.append(
            draw(st.sampled_from([f"[t{number}]", f'[t{number}."u v"]', f"[[t{number % 2}s]]", "# nothing"]))
        )
        for name in draw(st.lists(KEYS, max_size=3, unique=True)):
            written.append(f"{draw(st.sampled_from(['', '  ']))}{name} = {draw(values())}{draw(BLANKS)}")
        written.append(draw(BLANKS))
    numbers = count(1000)
    end = draw(st.sampled_from(["\n", "\r\n"]))
    return re.sub("@", lambda _: str(next(numbers)), "\n".join(written)).replace("\n", end)


@settings(max_examples=300, deadline=None)
@given(documents())
def test_however_a_document_is_written_each_number_stands_on_its_line(text):
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError:  # the same key twice
        assume(False)
    lines = lines_of(text)
    for place, value in leaves(document):
        assert place in lines
        if isinstance(value, int):
            assert str(value) in text.splitlines()[lines[place] - 1], place


def leaves(value, place=()):
    """Every number and text of a document, with the way to it."""
    entries = list(value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ())
    for key, item in entries:
        yield from leaves(item, (*place, key))
    if not isinstance(value, dict | list):
        yield place, value
