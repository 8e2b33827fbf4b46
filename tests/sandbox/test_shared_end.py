"""What is left to the shell dies with the office; what was taken from it again lives on."""

import gc
import subprocess
import sys

import pytest

from intelligent_office.sandbox.shared_end import SharedEnd


@pytest.fixture
def waiting():
    """Three processes that wait for ever."""
    made = [subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) for _ in range(3)]
    yield made
    for process in made:
        process.kill()
        process.communicate()


def test_what_is_held_at_the_end_is_killed_and_what_was_released_is_not(waiting):
    first, second, third = waiting
    end = SharedEnd()
    with end.over(first.pid):
        with end.over(second.pid), end.over(third.pid):
            shell = end._shell
        assert end._shell is shell, "one shell is enough"
        end.close()
        assert first.wait() == -9
    assert [second.poll(), third.poll()] == [None, None]


def test_a_shell_that_was_killed_is_replaced_and_told_of_all(waiting):
    first, second, third = waiting
    end = SharedEnd()
    with end.over(first.pid):
        shell = end._shell
        assert shell
        shell.kill()
        shell.wait()
        with end.over(second.pid):
            end.close()
            assert [first.wait(), second.wait(), third.poll()] == [-9, -9, None]


def test_what_nobody_could_watch_over_is_not_held(waiting, monkeypatch):
    """Its number may be another's by the time that the shell ends."""
    refused, held, _ = waiting
    end = SharedEnd()
    with monkeypatch.context() as patched:
        patched.setattr("intelligent_office.sandbox.shared_end._started", _no_descriptor_left)
        with pytest.raises(OSError, match="too many"), end.over(refused.pid):
            pass
    with end.over(held.pid):
        end.close()
        assert held.wait() == -9
    assert refused.poll() is None


def _no_descriptor_left():
    raise OSError("too many open files")


def test_a_shell_that_nobody_closes_goes_with_its_owner(waiting):
    end = SharedEnd()
    with end.over(waiting[0].pid):
        shell = end._shell
    assert shell
    del end
    gc.collect()
    assert shell.poll() == 0
    assert waiting[0].poll() is None


def test_a_closed_one_starts_anew(waiting):
    end = SharedEnd()
    with end.over(waiting[0].pid):
        pass
    end.close()
    with end.over(waiting[1].pid):
        end.close()
        assert waiting[1].wait() == -9
