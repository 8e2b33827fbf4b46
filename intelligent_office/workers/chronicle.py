"""The chronicle: turns what the graph streams into numbered events, the current step, and progress.

Events wait a moment for company, so that quick roles share a statement; when a plan is about to be carried out, and
when it has been, they are written at once. So a worker that dies loses the last blink of its story at most, and no
effect of it; and one that has lost its lease learns so at the beginning of its next plan and stops. The graph does not
wait for that: it is the ledger that keeps two workers from the same effect.
"""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Any

from langgraph.types import StateSnapshot

from intelligent_office.contracts import Outcome
from intelligent_office.workers.claims import Claim, EventDraft

BARRIERS = ("broker", "executor")
"""The roles after which nothing waits for company: a plan is about to be carried out, or has been."""
COMPANY_SECONDS = 0.05
"""How long an event may wait to be written together with what follows, where the database is quick."""
LONGEST_COMPANY_SECONDS = 0.5
COMPANY_PER_WRITING = 10
"""How much longer an event may wait than the last ones took to be written."""

BEFORE_DESKS = {"receptionist": 0.02, "analyst": 0.05}
AT_DESK = {"planner": 0.2, "validator": 0.3, "broker": 0.4, "executor": 0.8, "reviewer": 0.9}
"""How far a subtask has come when a role is done with it; 1.0 only when it is closed."""
DESKS_START, DESKS_END = 0.05, 0.95


class CancelRequested(Exception):
    """Somebody wants the task to stop."""


class Pace:
    """How long events wait for company in one worker: the longer, the longer they take to be written.

    Else a busy office would write more often for each of its tasks, which then take longer, and so be busier.
    """

    def __init__(self) -> None:
        self._writing_seconds = 0.0

    @property
    def company_seconds(self) -> float:
        return max(COMPANY_SECONDS, min(COMPANY_PER_WRITING * self._writing_seconds, LONGEST_COMPANY_SECONDS))

    def learn(self, seconds: float) -> None:
        """Heed how long some events took to be written."""
        self._writing_seconds = seconds


class Chronicle:
    """Writes one run of one task down."""

    def __init__(self, claim: Claim, pace: Pace | None = None) -> None:
        """Begin.

        Args:
            claim: what the run holds of the task.
            pace: the worker's, for all of its runs.
        """
        self.outcome: Outcome | None = None
        self._claim = claim
        self._pace = pace or Pace()
        self._waiting: list[EventDraft] = []
        self._writing = asyncio.Lock()
        self._timer: asyncio.Task[None] | None = None
        self._due = 0.0
        """When the oldest waiting event has waited long enough, by the event loop's clock."""
        self._step = ""
        self._shares: dict[str, float] = {}
        """How far each subtask has come, 0 to 1."""
        self._old_news: frozenset[tuple[str, str]] = frozenset()
        """Subtask and step of what an earlier worker has done and told of the plan that is carried out."""

    def resume(self, snapshot: StateSnapshot, told: Iterable[tuple[str, str]] = ()) -> None:
        """Learn from the last checkpoint how far each subtask had come, and which of its steps have been told."""
        self._old_news = frozenset(told)
        for name, part in snapshot.values.get("subtasks", {}).items():
            self._shares[name] = 0.0 if part["status"] == "open" else 1.0

    async def write(self, news: dict[str, Any]) -> None:
        """Take in what a role tells: its `kind`, `role`, `subtask`, and facts.

        Raises:
            CancelRequested: somebody wants the task to stop.
            LostClaim: the task is another worker's by now.
        """
        kind, role, subtask = news["kind"], news["role"], news["subtask"]
        self._step = role
        if (subtask, news.get("step_id")) in self._old_news:
            return
        facts = {name: value for name, value in news.items() if name not in ("kind", "role", "subtask")}
        if kind == "role.finished":
            facts = news["update"]
            if role == BARRIERS[0]:  # another plan is to be carried out
                self._old_news = frozenset(step for step in self._old_news if step[0] != subtask)
            self._advance(subtask, role, facts)
        if not self._waiting:
            self._due = asyncio.get_running_loop().time() + self._pace.company_seconds
        self._waiting.append(EventDraft(kind, role, subtask, facts))
        if kind == "role.finished" and role in BARRIERS:
            await self._write_all()
        elif self._timer is None:
            self._timer = asyncio.create_task(self._write_soon())
        elif self._timer.done():
            self._timer.result()  # what it ran into must be heard
            self._timer = asyncio.create_task(self._write_soon())

    async def untold(self) -> Sequence[EventDraft]:
        """What still waits: for the statement that ends the task, which this leaves to the caller.

        Raises:
            CancelRequested, LostClaim: as `write` does.
        """
        await self._hold_still()
        async with self._writing:
            events, self._waiting = self._waiting, []
        return events

    async def close(self) -> None:
        """Write what is left.

        Raises:
            CancelRequested, LostClaim: as `write` does.
        """
        await self._hold_still()
        await self._write_all()

    async def _hold_still(self) -> None:
        """Let the timer write nothing more; what it ran into is heard."""
        if self._timer:
            async with self._writing:  # it is not stopped in the middle of a statement
                self._timer.cancel()
            await asyncio.wait((self._timer,))
            if not self._timer.cancelled():
                self._timer.result()

    async def _write_soon(self) -> None:
        while self._waiting:  # more may come while these are being written
            await asyncio.sleep(self._due - asyncio.get_running_loop().time())
            if asyncio.get_running_loop().time() >= self._due:  # else they were written, and others wait now
                await self._write_all()

    async def _write_all(self) -> None:
        async with self._writing:
            events, self._waiting = self._waiting, []
            if not events:
                return
            clock = asyncio.get_running_loop().time
            began = clock()
            cancelled = await self._claim.record(events, step=self._step, progress=self._progress())
            self._pace.learn(clock() - began)
            if cancelled:
                raise CancelRequested

    def _advance(self, subtask: str, role: str, update: dict[str, Any]) -> None:
        self.outcome = update.get("outcome", self.outcome)
        for name, part in update.get("subtasks", {}).items():
            self._shares[name] = 0.0 if part["status"] == "open" else 1.0
        if subtask and self._shares.get(subtask, 0.0) < 1.0:
            self._shares[subtask] = max(self._shares.get(subtask, 0.0), AT_DESK.get(role, 0.0))

    def _progress(self) -> float:
        if self.outcome:
            return DESKS_END
        if not self._shares:
            return BEFORE_DESKS.get(self._step, 0.0)
        return DESKS_START + (DESKS_END - DESKS_START) * sum(self._shares.values()) / len(self._shares)
