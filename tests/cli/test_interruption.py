"""Which signals are listened to while a task is worked on."""

import os
import signal

import pytest

from intelligent_office.cli.interruption import Interruption

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def _set_before():
    """What a command has set before it works on a task; and after the test all is as it was."""
    own = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.default_int_handler)
    yield
    for number in SIGNALS:
        signal.signal(number, own[number])


@pytest.fixture
def interruption():
    return Interruption(stop=lambda: None, leave=lambda: None)


def handlers():
    return [signal.getsignal(number) for number in SIGNALS]


async def test_a_run_that_nohup_has_started_outlives_its_terminal(interruption):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with interruption.heard():
        os.kill(os.getpid(), signal.SIGHUP)
        with interruption.suspended():
            os.kill(os.getpid(), signal.SIGHUP)
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


async def test_what_was_to_happen_at_a_signal_happens_again_when_nobody_listens(interruption):
    before = handlers()
    with interruption.heard():
        heard = handlers()
        with interruption.suspended():
            while_asked = handlers()
    assert [one for one, earlier in zip(heard, before, strict=True) if one is earlier] == []
    assert while_asked == [signal.default_int_handler, *before[1:]]
    assert handlers() == before
