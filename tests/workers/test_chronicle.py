"""The chronicle over a claim that fails: what its timer ran into must not be lost."""

import asyncio
from typing import cast

import pytest

from intelligent_office.errors import LostClaim
from intelligent_office.workers import chronicle as module
from intelligent_office.workers.chronicle import CancelRequested, Chronicle
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
