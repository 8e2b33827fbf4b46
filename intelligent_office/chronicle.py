"""The chronicle: turns what the graph streams into numbered events, the current step, and progress.

An update of a node is sent to the database before its checkpoint is, and the graph waits for it one superstep later
at most, and always before anything is carried out: so a worker that dies leaves no gap, and one that lost its lease has
no effect. What a node says while it works is only news, and waits a moment for company.
"""

import asyncio
from typing import Any

from langgraph.types import Interrupt, StateSnapshot

from intelligent_office.claims import Claim, EventDraft
from intelligent_office.contracts import Outcome

BEFORE_EFFECTS = "broker"
"""The role after which things are carried out."""
NEWS_SECONDS = 0.2
"""How long news may wait to be written together with what follows."""

BEFORE_DESKS = {"receptionist": 0.02, "analyst": 0.05}
AT_DESK = {"planner": 0.2, "validator": 0.3, "broker": 0.4, "executor": 0.8, "reviewer": 0.9}
"""How far a subtask has come when a role is done with it; 1.0 only when it is closed."""
DESKS_START, DESKS_END = 0.05, 0.95


class CancelRequested(Exception):
    """Somebody wants the task to stop."""


class Chronicle:
    """Writes one run of one task down."""

    def __init__(self, claim: Claim) -> None:
        self.questions: list[Interrupt] = []
        """What the run waits for."""
        self.outcome: Outcome | None = None
        self._claim = claim
        self._news: list[EventDraft] = []
        self._sending = asyncio.Lock()
        self._sent: asyncio.Task[None] | None = None
        """The last write; the next one waits for it, so that events keep their order."""
        self._timer: asyncio.Task[None] | None = None
        self._step = ""
        self._shares: dict[str, float] = {}
        """How far each subtask has come, 0 to 1."""

    def resume(self, snapshot: StateSnapshot) -> None:
        """Learn from the last checkpoint how far each subtask had come."""
        for name, part in snapshot.values.get("subtasks", {}).items():
            self._shares[name] = 0.0 if part["status"] == "open" else 1.0

    async def write(self, mode: str, chunk: dict[str, Any]) -> None:
        """Take in one chunk of `astream(stream_mode=["updates", "custom"], subgraphs=True)`.

        Raises:
            CancelRequested: somebody wants the task to stop.
            LostClaim: the task is another worker's by now.
        """
        if mode == "updates":
            known = {question.id for question in self.questions}
            self.questions += [one for one in chunk.get("__interrupt__", ()) if one.id not in known]
            return
        kind, role, subtask = chunk["kind"], chunk["role"], chunk["subtask"]
        self._step = role
        if kind == "role.finished":
            update = chunk["update"]
            self._advance(subtask, role, update)
            started = ("role.started", role, subtask)
            self._news = [news for news in self._news if (news.kind, news.role, news.subtask) != started]
            await self._send(EventDraft(kind, role, subtask, update))
            if role == BEFORE_EFFECTS:
                await self._settle()
            return
        told = {name: value for name, value in chunk.items() if name not in ("kind", "role", "subtask")}
        self._news.append(EventDraft(kind, role, subtask, told))
        if self._timer is None or self._timer.done():
            self._timer = asyncio.create_task(self._send_soon())

    async def close(self) -> None:
        """Write what is left, if the task is still ours.

        Raises:
            CancelRequested, LostClaim: as `write` does.
        """
        if self._timer:
            self._timer.cancel()
            await asyncio.gather(self._timer, return_exceptions=True)
        await self._send()
        await self._settle()

    async def _send_soon(self) -> None:
        await asyncio.sleep(NEWS_SECONDS)
        await self._send()

    async def _send(self, *events: EventDraft) -> None:
        """Start to write the news and these events, once what was sent before is written."""
        async with self._sending:
            drafts, self._news = [*self._news, *events], []
            await self._settle()
            if drafts:
                self._sent = asyncio.create_task(self._record(drafts))
                await asyncio.sleep(0)  # it is under way before the graph goes on

    async def _settle(self) -> None:
        """Wait until everything sent is written, and hear what came of it."""
        if self._sent:
            await self._sent

    async def _record(self, drafts: list[EventDraft]) -> None:
        if await self._claim.record(drafts, step=self._step, progress=self._progress()):
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
