"""What no sandbox is asked to do: it is refused where it is written down, before anything is started."""

import math

import pytest

from intelligent_office.sandbox.runs import Job, Limits


@pytest.mark.parametrize("odd", [0, -1, math.inf, math.nan, 1e300, True, "5", None])
@pytest.mark.parametrize("name", ["wall_seconds", "cpu_seconds", "disk_bytes", "memory_bytes", "processes"])
def test_a_limit_that_limits_nothing_or_allows_nothing_is_refused_by_name(name, odd):
    with pytest.raises(ValueError, match=f"the limit `{name}` must be a .*number above 0"):
        Limits(**{name: odd})


def test_only_time_is_counted_in_fractions():
    assert Limits(wall_seconds=0.25).wall_seconds == 0.25
    with pytest.raises(ValueError, match="`memory_bytes` must be a whole number"):
        Limits(memory_bytes=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize("path", ["", "../x", "/x", "a/../../x", "a//b", "a/", ".", "./x", "a\0b", "é" * 200, "\ud800"])
def test_a_file_that_has_no_place_in_the_folder_is_refused(path):
    with pytest.raises(ValueError, match=r"path|surrogates"):
        Job(code="", files={path: b""})


def test_a_file_cannot_be_the_folder_of_another():
    with pytest.raises(ValueError, match="'a/b' cannot be a file and the folder of 'a/b/c'"):
        Job(code="", files={"a/b/c": b"", "a/b": b""})
    assert Job(code="", files={"a/b": b"", "a/bc": b"", "ab": b""}).files


@pytest.mark.parametrize("path", ["a\0b", "x" * 300, "x/" * 3_000])
def test_what_is_wanted_must_have_a_path(path):
    with pytest.raises(ValueError, match="is no path"):
        Job(code="", wanted=[path])
