"""Workers that die all the time, and a database that is started anew in between: a short run of `bench.chaos`."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import chaos
from bench.chaos import Verdict


@pytest.fixture
def home() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="office-chaos-"))
    folder.chmod(0o755)  # the embedded server of root runs as a user of its own
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time for a machine that stands still now and then; and however often a task is struck, it is not to blame."""
    monkeypatch.setattr(chaos, "STUCK_SECONDS", 300.0)
    monkeypatch.setitem(chaos.ENVIRONMENT, "OFFICE_CRASHES", "1000")
    monkeypatch.setitem(chaos.ENVIRONMENT, "OFFICE_GRACE_SECONDS", "600")


async def ordeal(home: Path, number: signal.Signals) -> Verdict:
    return await chaos.run(home, tasks=12, workers=3, number=number, seed=1, steps=4, longest=0.2, lease=60.0)


async def test_nothing_is_lost_stuck_or_done_twice_while_workers_are_killed(home: Path):
    verdict = await ordeal(home, signal.SIGKILL)
    assert verdict.blows
    assert (verdict.lost, verdict.stuck, verdict.twice, verdict.gaps) == (0, 0, 0, 0), verdict.faults


async def test_no_step_at_all_is_repeated_while_workers_are_told_to_stop(home: Path):
    verdict = await ordeal(home, signal.SIGTERM)
    assert verdict.blows
    assert (verdict.lost, verdict.stuck, verdict.repeated, verdict.gaps) == (0, 0, 0, 0), verdict.faults
