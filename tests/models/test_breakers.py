"""Circuits against a model of them, on a clock that is moved by hand."""

import threading
from contextlib import suppress

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule
from structlog.testing import capture_logs

from intelligent_office.models.breakers import Breakers, CircuitOpen, Passage
from tests.models.asking import HandClock

FAILURES, SECONDS = 3, 30.0


class Circuits(RuleBasedStateMachine):
    """Any order of calls that begin, end well, end badly or are broken off, while time passes."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = HandClock()
        self.breakers = Breakers(failures=FAILURES, seconds=SECONDS, now=self.clock.now)
        self.open_until: float | None = None
        self.in_a_row = 0
        self.current: set[Passage] = set()
        """The calls whose end still counts: those begun since the circuit last opened or was last probed."""
        self.probe: Passage | None = None

    passages = Bundle("passages")

    @rule(target=passages)
    def enter(self):
        may_enter = self.open_until is None or (self.probe is None and self.clock.now() >= self.open_until)
        if not may_enter:
            with pytest.raises(CircuitOpen):
                self.breakers.enter("x")
            return None
        passage = self.breakers.enter("x")
        if self.open_until is not None:
            self.current.clear()
            self.probe = passage
        self.current.add(passage)
        return passage

    @rule(passage=consumes(passages))
    def end_well(self, passage):
        if passage is not None:
            passage.succeeded()
            if self._counts(passage):
                self.open_until, self.probe, self.in_a_row = None, None, 0

    @rule(passage=consumes(passages))
    def end_badly(self, passage):
        if passage is not None:
            passage.failed()
            if self._counts(passage):
                self.in_a_row += 1
                if self.open_until is not None or self.in_a_row >= FAILURES:
                    self.open_until, self.probe = self.clock.now() + SECONDS, None
                    self.current.clear()

    @rule(passage=consumes(passages))
    def break_off(self, passage):
        if passage is not None:
            passage.abandoned()
            if self._counts(passage) and passage is self.probe:
                self.probe = None

    @rule(seconds=st.sampled_from([0.1, 1.0, 29.0, 30.0, 100.0]))
    def wait(self, seconds):
        self.clock.pass_by(seconds)

    @precondition(lambda self: self.open_until is not None and self.probe is None)
    @rule()
    def wait_for_the_cool_down(self):
        assert self.open_until is not None
        self.clock.pass_by(max(0.0, self.open_until - self.clock.now()))

    @invariant()
    def it_stands_as_it_should(self):
        found = self.breakers.states().get("x")
        if found is None:
            return
        if self.open_until is None:
            assert (found.state, found.failures) == ("closed", self.in_a_row)
        elif self.probe is not None or self.clock.now() >= self.open_until:
            assert found.state == "half-open"
        else:
            assert found.state == "open"
            assert found.seconds == pytest.approx(self.open_until - self.clock.now())

    def _counts(self, passage: Passage) -> bool:
        counts = passage in self.current
        self.current.discard(passage)
        return counts


Circuits.TestCase.settings = hypothesis_settings(max_examples=150, stateful_step_count=40, deadline=None)
TestCircuits = Circuits.TestCase


def opened() -> tuple[Breakers, HandClock]:
    clock = HandClock()
    breakers = Breakers(failures=FAILURES, seconds=SECONDS, now=clock.now)
    for _ in range(FAILURES):
        breakers.enter("x").failed()
    return breakers, clock


def test_an_open_circuit_says_when_it_is_tried_again():
    breakers, clock = opened()
    clock.pass_by(9)
    with pytest.raises(CircuitOpen, match="open after 3 failures"):
        breakers.enter("x")
    assert breakers.troubles() == {"x": "circuit open after 3 failures, tried again in 21 s"}
    breakers.enter("y").succeeded()


def test_of_many_callers_at_once_one_is_the_probe():
    breakers, clock = opened()
    clock.pass_by(SECONDS)
    entered: list[Passage] = []
    gate = threading.Barrier(32)

    def come() -> None:
        gate.wait()
        with suppress(CircuitOpen):
            entered.append(breakers.enter("x"))

    threads = [threading.Thread(target=come) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 1


def test_what_began_before_it_opened_does_not_close_it():
    clock = HandClock()
    breakers = Breakers(failures=1, seconds=SECONDS, now=clock.now)
    late, first = breakers.enter("x"), breakers.enter("x")
    first.failed()
    late.succeeded()
    assert breakers.states()["x"].state == "open"


def test_opening_and_closing_are_logged_once_each():
    with capture_logs() as logs:
        breakers, clock = opened()
        clock.pass_by(SECONDS)
        breakers.enter("x").succeeded()
    assert [line["event"] for line in logs] == ["breaker.opened", "breaker.closed"]
    assert logs[0]["key"] == "x"


def test_a_rest_ends_by_itself_and_lets_everybody_through():
    clock = HandClock()
    breakers = Breakers(failures=FAILURES, seconds=SECONDS, now=clock.now)
    breakers.rest("x", 20)
    breakers.rest("x", 5)
    clock.pass_by(8)
    assert (breakers.rests("x"), breakers.rests("y")) == (12, 0)
    assert breakers.states()["x"].state == "closed"
    assert breakers.troubles() == {"x": "it wants to be left alone for another 12 s"}
    clock.pass_by(12)
    assert breakers.rests("x") == 0
    assert breakers.troubles() == {}
