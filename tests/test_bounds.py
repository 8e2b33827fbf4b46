"""The sandbox policy of a call: what is more than what, what a person may set, and how it is said."""

import pytest

from intelligent_office.bounds import Bounds, excess, faults, forbids, narrowed, told, within

MOST: Bounds = {"network": "none", "files": "write", "seconds": 300, "megabytes": 4096, "processes": 32}
ASKED: Bounds = {**MOST, "seconds": 60, "reads": ["a.csv", "docs"], "writes": ["out.txt"]}


@pytest.mark.parametrize(
    ("path", "allowed", "inside"),
    [
        ("a.txt", ["a.txt"], True),
        ("./a.txt", ["a.txt"], True),
        ("docs/a.txt", ["docs"], True),
        ("docs/../a.txt", ["docs"], False),
        ("docs2/a.txt", ["docs"], False),
        ("a.txt", ["."], True),
        ("/etc/passwd", ["."], False),
        ("/etc/passwd", ["/etc"], False),
        ("/etc/passwd", ["/etc/passwd"], True),
        ("a.txt", [], False),
        ("", ["a.txt"], False),
    ],
)
def test_a_path_is_allowed_by_name_or_by_its_folder(path, allowed, inside):
    assert within(path, allowed) is inside


@pytest.mark.parametrize(
    ("asked", "granted", "words"),
    [
        ({"network": "internet"}, {"network": "none"}, "the network"),
        ({"files": "write"}, {"files": "read"}, "it would write files"),
        ({"reads": ["b.csv"]}, {"reads": ["a.csv"]}, "read `b.csv`"),
        ({"writes": ["out.txt"]}, {"writes": []}, "write `out.txt`"),
        ({"seconds": 61}, {"seconds": 60}, "61 s, and 60 s are granted"),
        ({"megabytes": 513}, {"megabytes": 512}, "MB of memory"),
    ],
)
def test_a_call_that_asks_for_more_is_told_what_is_too_much(asked, granted, words):
    [said] = excess(asked, granted)
    assert words in said


def test_what_is_granted_is_not_too_much_nor_what_no_bound_is_set_for():
    assert excess(ASKED, ASKED) == []
    assert excess(ASKED, {}) == []
    assert excess({}, {"network": "none", "files": "none", "seconds": 1}) == []


@pytest.mark.parametrize(
    "wish",
    [
        {},
        {"seconds": 1},
        {"seconds": 300, "megabytes": 64.5},
        {"network": "none"},
        {"files": "none"},
        {"reads": []},
        {"reads": ["docs/one.md"]},
        {"writes": ["out.txt"]},
    ],
)
def test_bounds_may_be_set_within_what_the_tool_knows(wish):
    assert faults(wish, ASKED, MOST) == []


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        (["seconds"], "an object"),
        ({"sekonds": 1}, "there are no bounds sekonds"),
        ({"seconds": 301}, "300 at most"),
        ({"seconds": 0}, "above 0"),
        ({"seconds": True}, "a number"),
        ({"seconds": "60"}, "a number"),
        ({"seconds": float("nan")}, "a number"),
        ({"processes": 0.5}, "1 at least"),
        ({"output_bytes": 10}, "means nothing"),
        ({"network": "internet"}, "must be none"),
        ({"network": ["none"]}, "must be none"),
        ({"files": "all"}, "one of none, read, write"),
        ({"files": []}, "one of none"),
        ({"reads": "a.csv"}, "a list of paths"),
        ({"reads": [1]}, "a list of paths"),
        ({"reads": ["b.csv"]}, "b.csv is more"),
        ({"writes": ["docs/../../out"]}, "is more"),
    ],
)
def test_bounds_that_are_none_or_too_wide_are_refused(wish, reason):
    [fault] = faults(wish, ASKED, MOST)
    assert reason in fault


def test_who_may_not_write_has_no_files_to_write():
    assert "writes" not in narrowed(ASKED, {"files": "read"})
    assert not {"reads", "writes"} & narrowed(ASKED, {"files": "none"}).keys()
    assert forbids(narrowed(ASKED, {"files": "none"}), "a.csv", writing=False)
    assert narrowed(ASKED, {"seconds": 5}) == {**ASKED, "seconds": 5}


def test_a_file_is_out_of_bounds_by_its_name_or_by_what_is_done_with_it():
    assert not forbids(None, "anything", writing=True)
    assert not forbids({"files": "write", "writes": ["out.txt"]}, "out.txt", writing=True)
    assert forbids({"files": "write", "writes": ["out.txt"]}, "other.txt", writing=True)
    assert forbids({"files": "read"}, "out.txt", writing=True)
    assert forbids({"files": "none"}, "a.csv", writing=False)


def test_bounds_are_said_in_a_line():
    assert told({"network": "none", "files": "write", "writes": ["out.txt"], "seconds": 60}) == (
        "no network; writes out.txt; 60 s"
    )
    assert told({"network": "service it", "files": "none"}) == "service it; no files"
    assert told({}) == ""
