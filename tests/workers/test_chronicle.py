"""The chronicle over a claim that fails: what its timer ran into must not be lost."""

import asyncio
from typing import cast

import pytest

from intelligent_office.errors import LostClaim
from intelligent_office.workers import chronicle as module
from intelligent_office.workers.chronicle import CancelRequested, Chronicle, Pace
from intelligent_office.workers.claims import Claim, EventDraft

NEWS = {"kind": "role.started", "role": "planner", "subtask": ""}


class _Claim:
    """Writes nothing down, and ends each time as it was told to."""

    def __init__(self, *ends: bool | Exception) -> None:
        self.begun = asyncio.Event()
        self.may_end = asyncio.Event()
        self.told: list[EventDraft] = []
        self._ends = [*ends]

    async def record(self, events, *, step, progress) -> bool:
        self.begun.set()
        await self.may_end.wait()
        self.told += events
        end = self._ends.pop(0)
        if isinstance(end, Exception):
            raise end
        return end


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    monkeypatch.setattr(module, "COMPANY_SECONDS", 0.0)


@pytest.mark.parametrize("close", ["close", "untold"])
@pytest.mark.parametrize(
    ("end", "heard"), [(LostClaim(task_id="t"), LostClaim), (True, CancelRequested)], ids=["lost", "cancelled"]
)
@pytest.mark.parametrize("ended_before", [True, False])
async def test_what_the_timer_ran_into_is_heard_at_the_end_of_the_run(close, end, heard, ended_before):
    claim = _Claim(end)
    chronicle = Chronicle(cast("Claim", claim))
    await chronicle.write(NEWS)
    await claim.begun.wait()
    if ended_before:
        claim.may_end.set()
        while not claim.told:
            await asyncio.sleep(0)
    closing = asyncio.create_task(getattr(chronicle, close)())
    await asyncio.sleep(0)
    claim.may_end.set()
    with pytest.raises(heard):
        await closing


async def test_nothing_is_told_twice_by_the_timer_and_by_who_closes():
    claim = _Claim(False, False)
    chronicle = Chronicle(cast("Claim", claim))
    await chronicle.write(NEWS)
    await claim.begun.wait()
    await chronicle.write({**NEWS, "role": "validator"})
    claim.may_end.set()
    await chronicle.close()
    assert [event.role for event in claim.told] == ["planner", "validator"]


@pytest.mark.parametrize(
    ("writing", "company"), [(0.001, 0.05), (0.02, 0.2), (60.0, 0.5)], ids=["quick", "slow", "hardly at all"]
)
def test_events_wait_the_longer_for_company_the_longer_they_take_to_be_written(monkeypatch, writing, company):
    monkeypatch.setattr(module, "COMPANY_SECONDS", 0.05)
    pace = Pace()
    pace.learn(writing)
    assert pace.company_seconds == pytest.approx(company)


async def test_what_a_run_writes_sets_the_pace_of_its_worker(monkeypatch):
    pace, learnt = Pace(), list[float]()
    monkeypatch.setattr(pace, "learn", learnt.append)
    claim = _Claim(False)
    claim.may_end.set()
    await Chronicle(cast("Claim", claim), pace).write({**NEWS, "kind": "role.finished", "role": "broker", "update": {}})
    assert len(learnt) == 1
