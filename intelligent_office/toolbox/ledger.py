"""The ledger of tool calls: an effect, named by its key, happens once per task.

A call that may be repeated is written down at its end, and before it only in the audit trail. One that may not is
written down here before it starts as well: found again without an end, nobody knows whether it took effect, and it is
never repeated blindly.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any, Literal, cast

import structlog

from intelligent_office.contracts import Risk, Step, StepResult
from intelligent_office.database.audit import digest, excerpt
from intelligent_office.database.pool import Database
from intelligent_office.errors import Unavailable
from intelligent_office.seams import ToolScope
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox.artifacts import Kept
from intelligent_office.toolbox.plain import plain

OUTAGE_SECONDS = 60.0
"""How long the end of a call waits for a database that is away: longer than a server takes that is started anew."""
PAUSE_SECONDS = 0.5
REMEMBERED_TASKS = 256
"""Tasks whose finished calls a process keeps in mind."""
_LONGEST = 200
"""Characters of an input that the ledger shows; of a longer one it keeps the beginning and a digest."""

log = structlog.get_logger()


@dataclass(frozen=True)
class Entry:
    """A call as the ledger names it."""

    task_id: str
    key: str
    tenant: str
    subtask_id: str
    step_id: str
    tool: str
    inputs: dict[str, Any]
    """Resolved; long texts shortened."""
    audit: dict[str, Any]
    """What the audit trail says of it whatever becomes of it."""

    @classmethod
    def of(cls, step: Step, inputs: dict[str, Any], scope: ToolScope, *, risk: Risk, redaction: Redaction) -> "Entry":
        """The entry for a step with its inputs resolved."""
        known = plain(inputs)
        return cls(
            scope.task_id,
            step["idempotency_key"],
            scope.tenant,
            scope.subtask_id,
            step["step_id"],
            step["action"],
            _shortened(known),
            {"idempotency_key": step["idempotency_key"], "risk": risk, "arguments": excerpt(known, redaction)},
        )

    @property
    def row(self) -> dict[str, Any]:
        return {
            "task_id": self.task_id,
            "idempotency_key": self.key,
            "tenant": self.tenant,
            "subtask_id": self.subtask_id,
            "step_id": self.step_id,
            "tool": self.tool,
            "inputs": self.inputs,
        }

    @property
    def told(self) -> dict[str, Any]:
        """What the columns of the audit trail say of it."""
        return {
            "task_id": self.task_id,
            "tenant": self.tenant,
            "subtask_id": self.subtask_id,
            "step_id": self.step_id,
            "tool": self.tool,
            "who": "executor",
        }


@dataclass(frozen=True)
class Earlier:
    """What the ledger already holds under the key."""

    status: Literal["started", "succeeded", "failed"]
    same_call: bool
    """Whether it is the same tool with the same inputs."""
    result: StepResult | None
    started_at: datetime


class Ledger:
    """What was called, with what, and how it ended."""

    def __init__(self, database: Database, redaction: Redaction) -> None:
        self._database = database
        self._redaction = redaction
        self._finished: OrderedDict[str, set[str]] = OrderedDict()
        """Keys known to have succeeded, by task. A success never changes, so this can miss but not mislead."""

    async def finished(self, entry: Entry) -> StepResult | None:
        """The result, if this very call has succeeded before."""
        if entry.key not in await self.finished_keys(entry.task_id):
            return None
        row = await self._database.one("recorded_call", task_id=entry.task_id, idempotency_key=entry.key)
        earlier = _earlier(row, entry) if row else None
        return earlier.result if earlier and earlier.status == "succeeded" and earlier.same_call else None

    async def finished_keys(self, task_id: str) -> set[str]:
        """Under which keys calls of the task have succeeded."""
        keys = self._finished.get(task_id)
        if keys is None:
            rows = await self._database.all("finished_calls", task_id=task_id)
            keys = self._remember(task_id, {row["idempotency_key"] for row in rows})
        return keys

    async def earlier(self, entry: Entry) -> Earlier | None:
        """What is known of the call from before, if anything is."""
        row = await self._database.one("recorded_call", task_id=entry.task_id, idempotency_key=entry.key)
        return _earlier(row, entry) if row else None

    async def start(self, entry: Entry) -> Earlier | None:
        """Write down that the call is about to be made; if it was made before, say how that went instead."""
        row = await self._database.one("start_call", **entry.row, audit=entry.audit)
        assert row is not None, "the statement always answers"
        if row["started"]:
            return None
        if row["status"] is None:  # written by somebody else at this very moment
            row = await self._database.one("recorded_call", task_id=entry.task_id, idempotency_key=entry.key)
            assert row is not None, "an entry in conflict exists"
        return _earlier(row, entry)

    async def begin(self, entry: Entry) -> None:
        """Write in the audit trail that a call is about to be made, where the ledger needs only its end."""
        await self._database.run("add_audit_entry", **entry.told, kind="started", data=entry.audit, fact="")

    async def record(self, entry: Entry, result: StepResult, kept: Kept | None) -> None:
        """Write down how the call ended, in ledger and audit trail. A cancellation waits until that is done.

        While the database is away this is tried again: what is not written down would be done anew, or be in doubt.

        Raises:
            Unavailable: it was away for too long.
        """
        status = "started" if result["status"] == "in_doubt" else result["status"]
        facts = {
            **entry.audit,
            **{name: result[name] for name in ("started_at", "seconds", "attempts")},
            "result": digest([result["text"], result["output"], result["artifact"]]),
            **self._reason(result),
        }
        key_id, content = kept.sealed(self._database.keyring, entry.task_id) if kept else (None, None)
        write = partial(
            self._database.run,
            "record_call",
            **entry.row,
            status=status,
            result=result,
            seconds=result["seconds"],
            kind=_kind(result),
            audit=facts,
            artifact_id=kept.artifact["artifact_id"] if kept else None,
            media_type=kept.artifact["media_type"] if kept else None,
            content=content,
            key_id=key_id,
        )
        await _surely(write)
        if status == "succeeded" and entry.task_id in self._finished:
            self._finished[entry.task_id].add(entry.key)

    async def note(self, entry: Entry, result: StepResult) -> None:
        """Write in the audit trail what became of a call that was not made now; once, however often it is asked for."""
        reason = self._reason(result)
        await self._database.run(
            "add_audit_entry",
            **entry.told,
            kind=_kind(result),
            data={**entry.audit, "attempts": 0, **reason},
            fact=f"not made {digest([entry.key, entry.step_id, result['status'], reason])}",
        )

    async def release(self, task_id: str, key: str) -> None:
        """Forget a call that was started and never ended."""
        await self._database.run("release_call", task_id=task_id, idempotency_key=key)

    def _reason(self, result: StepResult) -> dict[str, Any]:
        return {"reason": excerpt(result["error"], self._redaction)} if result["error"] else {}

    def _remember(self, task_id: str, keys: set[str]) -> set[str]:
        self._finished[task_id] = keys
        while len(self._finished) > REMEMBERED_TASKS:
            self._finished.popitem(last=False)
        return keys


def _earlier(row: dict[str, Any], entry: Entry) -> Earlier:
    return Earlier(
        status=row["status"],
        same_call=row["tool"] == entry.tool and row["inputs"] == entry.inputs,
        result=cast("StepResult | None", row["result"]),
        started_at=row["started_at"],
    )


def _kind(result: StepResult) -> str:
    """What the audit trail calls the end of a call."""
    return "finished" if result["status"] == "succeeded" else result["status"]


def _shortened(value: Any) -> Any:
    """The value with long texts cut, each with a digest by which it can be told from others."""
    if isinstance(value, str) and len(value) > _LONGEST:
        digest = sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        return f"{value[:_LONGEST]}… ({len(value)} characters, sha256 {digest})"
    if isinstance(value, dict):
        return {name: _shortened(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_shortened(item) for item in value]
    return value


async def _surely(write: Callable[[], Coroutine[Any, Any, object]]) -> None:
    """Write as soon as the database is there. A cancellation waits for the attempt that is being made, and no other."""
    give_up = time.monotonic() + OUTAGE_SECONDS
    while True:
        attempt = asyncio.ensure_future(write())
        try:
            await asyncio.shield(attempt)
        except asyncio.CancelledError:
            with suppress(Unavailable):
                await attempt
            raise
        except Unavailable as error:
            if time.monotonic() > give_up:
                raise
            log.warning("ledger.waits", reason=str(error))
            await asyncio.sleep(PAUSE_SECONDS)
        else:
            return
