"""What a person sees who waits."""

import io
import re
import threading

from intelligent_office.cli.waiting import progress
from tests.cli.conftest import SECONDS


class Screen(io.StringIO):
    """A terminal, and what was written to it; `shows(text)` waits for some words."""

    def __init__(self) -> None:
        super().__init__()
        self._changed = threading.Condition()

    def isatty(self) -> bool:
        return True

    def write(self, text: str) -> int:
        with self._changed:
            written = super().write(text)
            self._changed.notify_all()
            return written

    def shows(self, text: str) -> bool:
        with self._changed:
            return self._changed.wait_for(
                lambda: text in re.sub(r"\x1b[\[][0-9;?]*[A-Za-z]", "", self.getvalue()), SECONDS
            )


def test_both_the_reading_and_what_follows_are_named(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    screen = Screen()
    with progress(screen, patience=0) as told:
        assert told is not None
        assert screen.shows("listing files")
        told(1, 200)
        assert screen.shows("reading 200 files")
        told(200, 200)
        assert screen.shows("following the calls in 200 files")


def test_who_need_not_wait_sees_nothing():
    screen = Screen()
    with progress(screen, patience=SECONDS) as told:
        assert told is not None
        told(1, 2)
    assert screen.getvalue() == ""


def test_nothing_is_drawn_where_nobody_looks():
    with progress(io.StringIO(), patience=0) as told:
        assert told is None
