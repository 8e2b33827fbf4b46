"""Process 1 of a sandbox, where a program could hold it up."""

import os

import pytest

from intelligent_office.sandbox.inside import Watch


def test_process_1_does_not_wait_for_output_that_the_program_has_taken_back():
    """A program can open its own output for reading: who waits there for what is gone keeps no limit any more."""
    (out, out_end), (err, err_end) = os.pipe(), os.pipe()
    try:
        watch = Watch(os.getpid(), out, err, {"wall": 60, "output": 100})
        assert not os.get_blocking(out)
        with pytest.raises(BlockingIOError):
            watch.take(out)
        os.write(out_end, b"said")
        assert watch.take(out)
        assert watch.taken[out] == b"said"
    finally:
        for descriptor in (out, out_end, err, err_end):
            os.close(descriptor)
