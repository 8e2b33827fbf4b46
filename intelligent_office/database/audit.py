"""The audit trail of a task: a chain of entries, each sealed with the hash of the one before it.

An entry's hash is the SHA-256 of its canonical JSON, which holds the hash of the entry before it; the first one holds
that of the task's id. The database makes the chain (`migrations/0007_audit_chain.sql`); here it is checked, by a second
hand, so that neither a changed row nor a changed trigger passes.
"""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from hashlib import sha256
from typing import Any, Self

from intelligent_office.contracts import Step
from intelligent_office.database.pool import Database, Row
from intelligent_office.records import Record
from intelligent_office.telemetry.redaction.names import given, kind_of
from intelligent_office.telemetry.redaction.veil import Redaction

PRUNED = "pruned"
"""The kind of the entry that stays of a trail which was kept long enough."""
LONGEST = 200
"""Characters of a text that the trail shows; of a longer one it has the beginning and a digest."""
LARGEST = 4_000
"""Characters of all arguments of a call as JSON, beyond which they are shown like one long text."""
_SEARCHED = 4_000
"""Characters of a long text that are searched for private values: whatever shows in its beginning ends in them."""


@dataclass(frozen=True, kw_only=True)
class AuditEntry(Record):
    """Something that was asked, decided or done about a call of a tool."""

    task_id: str
    number: int
    """Counts from 1, without gaps."""
    at: datetime
    tenant: str
    kind: str
    subtask_id: str | None
    """Whose step it is; None for what is about no step, and for what was written before entries named it."""
    step_id: str
    tool: str
    who: str
    """`user:NAME` at a terminal, `key:LABEL (ID)` over HTTP, `human` where nobody said who; `policy`, `gatekeeper`,
    `time-out`, and `executor` for what was done. In older entries names stand alone."""
    fact: str
    """What is told once, however often a node runs; empty for a call, which the ledger keeps from being repeated."""
    data: dict[str, Any]
    """Arguments and texts without private values, risk, decision, reason, the result's digest: whatever is known."""
    previous: str
    """The hash of the entry before; the first one's is that of the task's id."""
    hash: str

    def as_json(self) -> dict[str, Any]:
        """The fields that are hashed, and the hash."""
        return {name: value for name, value in super().as_json().items() if value is not None}


@dataclass(frozen=True)
class AuditTrail:
    """A task's entries, and whether they are what was once written."""

    entries: Sequence[AuditEntry]
    head: str
    """The last hash. Whoever notes it elsewhere can tell a chain that was forged as a whole."""
    flaws: Sequence[str]
    """What does not fit, as sentences."""

    @property
    def intact(self) -> bool:
        return not self.flaws

    @classmethod
    def of(cls, task_id: str, rows: Sequence[Row]) -> Self:
        """Check the rows of `read_audit`."""
        written, head = rows[0]["entries"], rows[0]["head"] or _digest(task_id)
        found = [row for row in rows if row["number"] is not None]
        entries = [AuditEntry.from_row({**row, "data": json.loads(row["data"])}) for row in found]
        return cls(entries, head, [*_broken_links(task_id, found), *_missing_end(task_id, found, written, head)])


async def outlives(database: Database, task_id: str, tenant: str) -> bool:
    """Whether the trail of a task of the tenant is still here, and the task is not."""
    return await database.one("trail_of_forgotten_task", task_id=task_id, tenant=tenant) is not None


async def read_trail(database: Database, task_id: str) -> AuditTrail:
    """The audit trail of a task, checked; whose task it is must be known already."""
    rows = await database.all("read_audit", task_id=task_id)
    return await asyncio.to_thread(AuditTrail.of, task_id, rows)  # a long one takes a second, and others wait


def excerpt(value: Any, redaction: Redaction) -> Any:
    """Plain data as the trail shows it: nothing private, and nothing long."""
    shown = _shown(value, redaction)
    whole = json.dumps(shown, ensure_ascii=False)
    return shown if len(whole) <= LARGEST else _shortened(whole, redaction)


def digest(value: Any) -> str:
    """SHA-256 of plain data, in hexadecimal."""
    return _digest(json.dumps(value, sort_keys=True, ensure_ascii=False))


def call_digest(step: Step) -> str:
    """What tells a call, as it was planned, from every other: by the tool and its inputs, references unresolved."""
    return digest([step["action"], step["inputs"]])


def _shown(value: Any, redaction: Redaction, name: str = "") -> Any:
    kind = kind_of(name)
    if kind in redaction.kinds and value not in (None, "", True, False):
        return f"<{str(kind).upper()}>"
    if isinstance(value, str):
        return _shortened(value, redaction, name)
    if isinstance(value, dict):
        return {redaction.blanked(key): _shown(item, redaction, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item, redaction, name) for item in value]
    return value


def _shortened(text: str, redaction: Redaction, name: str = "") -> str:
    shown = _hidden(text[:_SEARCHED], redaction, name)
    if len(text) <= LONGEST:
        return shown
    return f"{shown[:LONGEST]}… ({len(text)} characters, sha256 {_digest(text)})"


def _hidden(text: str, redaction: Redaction, name: str) -> str:
    """Without what is private by its looks, or by the name that it is given to: in an argument or inside the text."""
    prefix = f"{name}="
    hidden = redaction.blanked(prefix + text)
    hidden = hidden.removeprefix(prefix) if hidden.startswith(prefix) else redaction.blanked(text)
    for start, end, kind in reversed([*given(hidden)]):
        if kind in redaction.kinds and not hidden.startswith("<", start):
            hidden = f"{hidden[:start]}<{kind.upper()}>{hidden[end:]}"
    return hidden


def _broken_links(task_id: str, rows: Iterable[Row]) -> Iterable[str]:
    number, previous = 0, _digest(task_id)
    for row in rows:
        if number == 0 and _stands_for_pruned(row):
            number, previous = row["number"] - 1, row["previous"]
        if row["number"] != number + 1:
            yield f"after entry {number} comes entry {row['number']}: what was between them is missing"
        elif row["previous"] != previous:
            yield f"entry {row['number']} does not follow on entry {number} as it is now"
        if row["hash"] != _digest(canonical(row)):
            yield f"entry {row['number']} is not what was written"
        number, previous = row["number"], row["hash"]


def _stands_for_pruned(row: Row) -> bool:
    """Whether the row says that all entries before it were pruned, as they may be once the task was forgotten."""
    data = json.loads(row["data"])
    return row["kind"] == PRUNED and isinstance(data, dict) and data.get("entries") == row["number"] - 1


def _missing_end(task_id: str, rows: Sequence[Row], written: int, head: str) -> Iterable[str]:
    last = rows[-1] if rows else {"number": 0, "hash": _digest(task_id)}
    if last["number"] != written:
        yield f"{written} entries were written, and the last one here is entry {last['number']}"
    elif last["hash"] != head:
        yield f"entry {last['number']} is not the one that was written last"


def canonical(row: Row) -> str:
    """The JSON that is hashed: as PostgreSQL writes a jsonb, with keys in order of length and then bytes.

    Args:
        row: of `read_audit`, whose `data` is text.
    """
    names = ["task_id", "number", "tenant", "kind", "step_id", "tool", "who", "fact", "previous"]
    if row["subtask_id"] is not None:
        names.append("subtask_id")
    at = f"{row['at'].astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    return _jsonb(
        {**{name: row[name] for name in names}, "at": at, "data": json.loads(row["data"], parse_float=Decimal)}
    )


def _jsonb(value: Any) -> str:
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{_jsonb(name)}: {_jsonb(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_jsonb, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
