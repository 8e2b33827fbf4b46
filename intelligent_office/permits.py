"""A human's yes that holds for more than one call: what it permits, until when, and taking it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from uuid_utils import uuid7

from intelligent_office.contracts import ActionRequest, Decision, Permit
from intelligent_office.database.pool import Database, Statements
from intelligent_office.errors import InvalidRequest, Missing
from intelligent_office.records import Record

PERMIT_MINUTES = 60.0
"""How long a yes to more than one call holds that says nothing of it."""
LONGEST_PERMIT_MINUTES = 7 * 24 * 60.0
"""In one task."""
LONGEST_TENANT_DAYS = 366
"""For a whole tenant."""
_SHORTEST_NAME = 4


@dataclass(frozen=True, kw_only=True)
class TenantPermit(Record):
    """A yes to a tool for all tasks of a tenant."""

    permit_id: str
    tenant: str
    tool: str
    inputs: dict[str, Any]
    """Of the call that it was given for."""
    same_inputs: bool
    """Whether it holds for calls with those inputs only."""
    bounds: dict[str, Any]
    """What was narrowed."""
    task_id: str
    """The task that asked."""
    approval_id: str
    granted_by: str
    granted_at: datetime
    until: datetime
    revoked_at: datetime | None
    revoked_by: str | None
    in_force: bool


class Permits:
    """What a tenant's people have allowed for all of its tasks."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def list(self, tenant: str, *, every: bool = False) -> Sequence[TenantPermit]:
        """Those in force, newest first; with `every`, those that were revoked or have expired as well."""
        rows = await self._database.all("list_permits", tenant=tenant, every=every)
        return [TenantPermit.from_row(row) for row in rows]

    async def revoke(self, permit_id: str, tenant: str, *, by: str) -> TenantPermit:
        """Take a permit back: from the next call on it allows nothing. Revoking it again changes nothing.

        Raises:
            Missing: the tenant has no such permit.
        """
        row = await self._database.one("revoke_permit", permit_id=permit_id, tenant=tenant, by=by)
        if row is None:
            raise Missing(kind="permit", name=permit_id)
        return TenantPermit.from_row(row)

    async def find(self, text: str, tenant: str) -> TenantPermit:
        """The permit that somebody means: a whole id, its beginning or its end.

        Raises:
            InvalidRequest: too short, or several permits fit.
            Missing: none fits.
        """
        if len(text) < _SHORTEST_NAME:
            raise InvalidRequest(reason=f"Give at least {_SHORTEST_NAME} characters of a permit's id")
        every = await self.list(tenant, every=True)
        fitting = [one for one in every if one.permit_id.startswith(text) or one.permit_id.endswith(text)]
        if not fitting:
            raise Missing(kind="permit", name=text)
        if len(fitting) > 1:
            raise InvalidRequest(reason=f"`{text}` fits several permits: {', '.join(one.permit_id for one in fitting)}")
        return fitting[0]


async def permits_for(database: Database, task_id: str, tenant: str) -> list[Permit]:
    """What humans have allowed for more than one call of this task, and still do; its own first, the newest first."""
    rows = await database.all("permits_for_task", task_id=task_id, tenant=tenant, minutes=PERMIT_MINUTES)
    return [{**row, "until": row["until"].isoformat(timespec="seconds")} for row in rows]  # type: ignore[typeddict-item]


async def in_force(database: Database, permit_id: str, tenant: str) -> bool:
    """Whether a tenant's permit still holds, at this moment."""
    return await database.one("permit_in_force", permit_id=permit_id, tenant=tenant) is not None


async def permit(
    statements: Statements,
    action: ActionRequest,
    decision: Decision,
    *,
    task_id: str,
    tenant: str,
    approval_id: str,
    by: str,
) -> str:
    """Keep a yes for the whole tenant, in the transaction of the answer that gives it; its id."""
    permit_id = str(uuid7())
    await statements.run(
        "add_permit",
        permit_id=permit_id,
        tenant=tenant,
        tool=action["name"],
        inputs=action["args"],
        same_inputs=decision.get("same", False),
        bounds=decision.get("bounds", {}),
        task_id=task_id,
        approval_id=approval_id,
        granted_by=by,
        until=end_of(decision["until"]) if "until" in decision else None,
        minutes=decision.get("minutes"),
    )
    return permit_id


def end_of(text: str) -> datetime:
    """The moment that is meant by an ISO 8601 date or time; a day counts to its end, and UTC where no zone is named.

    Raises:
        ValueError: it is none.
    """
    try:
        moment = datetime.combine(date.fromisoformat(text) + timedelta(days=1), time())
    except ValueError:
        moment = datetime.fromisoformat(text)
    except OverflowError:
        raise ValueError(text) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def term_fault(decision: dict[str, Any]) -> str:
    """What is wrong with how long a yes for the whole tenant is to hold; empty if nothing is."""
    if ("until" in decision) == ("minutes" in decision):
        return "must have either `until` or `minutes` with the scope tenant"
    longest = LONGEST_TENANT_DAYS * 24 * 60.0
    if "minutes" in decision:
        return minutes_fault(decision["minutes"], longest)
    try:
        left = end_of(decision["until"]) - datetime.now(UTC)
    except (ValueError, TypeError, OverflowError):
        return "must have an `until` such as 2027-01-31 or 2027-01-31T12:00:00Z"
    if not timedelta() < left <= timedelta(minutes=longest, days=1):
        return f"must have an `until` in the future, and in {LONGEST_TENANT_DAYS} days at most"
    return ""


def minutes_fault(minutes: Any, longest: float = LONGEST_PERMIT_MINUTES) -> str:
    """What is wrong with a number of minutes; empty if nothing is."""
    if isinstance(minutes, bool) or not isinstance(minutes, int | float) or not 0 < minutes <= longest:
        return f"must have minutes between 0 and {longest:g}"
    return ""
