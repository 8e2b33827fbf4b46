"""What was spent, on whom and on what; and what a tenant may spend."""

import math
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest, QuotaUsedUp
from intelligent_office.records import Record

By = Literal["tenant", "day", "model", "role", "task"]
WAYS: tuple[By, ...] = get_args(By)
MOST_LINES = 1000
MOST_USD = 1_000_000_000.0
"""A larger budget of a tenant is a slip of the hand."""


@dataclass(frozen=True, kw_only=True)
class Line(Record):
    """What the calls of one group took."""

    key: str
    """The tenant, the day (UTC), `provider:model`, the role, or the task's id; empty for calls outside any task."""
    calls: int
    """Those that were made: an answer from the cache is none."""
    failed: int
    """Calls that brought no answer."""
    lost: int
    """Calls among them that died with their process; charged at the most that they may have cost."""
    cached: int
    """Answers from the cache."""
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    """Tokens among those read that the provider had in its cache."""
    cost_usd: Decimal
    guessed_usd: Decimal
    """The part of the cost that nobody knows: of lost calls, and of models without a published price."""
    seconds: float | None
    """How long a call took, on average; None if none came to an end."""
    approved_tasks: int
    """Completed tasks among those that the calls were made for."""

    @property
    def failed_share(self) -> float | None:
        """Failed calls of all calls."""
        return self.failed / self.calls if self.calls else None

    @property
    def usd_per_approved_task(self) -> Decimal | None:
        """What a completed task costs, with what the others have cost."""
        return self.cost_usd / self.approved_tasks if self.approved_tasks else None

    def figures(self) -> dict[str, Any]:
        """The fields, and what follows from them."""
        more = {"failed_share": self.failed_share, "usd_per_approved_task": self.usd_per_approved_task}
        return {**asdict(self), **more}

    def as_json(self) -> dict[str, Any]:
        """The figures; amounts as plain numbers."""
        return {name: float(value) if isinstance(value, Decimal) else value for name, value in self.figures().items()}


@dataclass(frozen=True, kw_only=True)
class Report:
    """Lines, the dearest first (days in their order), and what they and the ones left out add up to."""

    by: By
    lines: list[Line]
    total: Line
    left_out: int
    """Lines that were too many."""


@dataclass(frozen=True, kw_only=True)
class TenantBudget(Record):
    """Where a tenant stands this month."""

    tenant: str
    monthly_usd: Decimal | None
    """None means no limit."""
    own: bool
    """Whether it is the tenant's own, not the one of the settings."""
    spent_usd: Decimal
    held_usd: Decimal
    """For calls under way."""

    def as_json(self) -> dict[str, Any]:
        """The fields; amounts as plain numbers."""
        return {name: float(value) if isinstance(value, Decimal) else value for name, value in asdict(self).items()}


class Spending:
    """Reads the ledger of model calls."""

    def __init__(self, database: Database, monthly_usd: float | None = None) -> None:
        """Use this database.

        Args:
            database: Where the ledger is.
            monthly_usd: The budget of every tenant that has none of its own.
        """
        self._database = database
        self._monthly_usd = monthly_usd

    async def report(
        self,
        by: By,
        *,
        tenant: str | None = None,
        task_id: str | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
        limit: int = MOST_LINES,
    ) -> Report:
        """What was spent from `since` on and before `until`, by this or that; calls under way are not told of.

        Raises:
            InvalidRequest: the time ends before it begins.
        """
        since, until = in_utc(since), in_utc(until)
        if since and until and since >= until:
            reason = f"From {since.isoformat()} until before {until.isoformat()} there is no time: swap them"
            raise InvalidRequest(reason=reason)
        rows = await self._database.all(
            "report_usage", by=by, tenant=tenant, task_id=task_id, since=since, until=until, limit=limit + 1
        )
        total, *groups = rows
        lines = [Line.from_row(row) for row in groups]
        return Report(by=by, lines=lines, total=Line.from_row(total), left_out=max(0, total["groups"] - len(lines)))

    async def budget(self, tenant: str) -> TenantBudget:
        """Where a tenant stands."""
        row = await self._database.one("read_budget", tenant=tenant, monthly_usd=self._usual)
        return TenantBudget.from_row(row or {})

    async def insist_on_money(self, tenant: str) -> None:
        """Refuse a tenant whose budget of the month is used up; one of nothing leaves what costs nothing.

        Raises:
            QuotaUsedUp: until the next month begins.
        """
        budget = await self.budget(tenant)
        if not budget.monthly_usd or budget.spent_usd + budget.held_usd < budget.monthly_usd:
            return
        now = datetime.now(UTC)
        until = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
        raise QuotaUsedUp(
            reason=f"The budget of the tenant {tenant} for this month, ${budget.monthly_usd:.2f}, is used up: it lacks "
            f"money for models until {until.isoformat()}, or until its budget is raised. Tasks with "
            "`max_cost_usd` 0 are accepted",
            quota="budget per month",
            limit=float(budget.monthly_usd),
            until=until.isoformat(),
            seconds=math.ceil((until - now).total_seconds()),
        )

    async def set_budget(self, tenant: str, monthly_usd: float | None) -> TenantBudget:
        """Give a tenant a budget of its own from now on, or with None the one of the settings.

        Raises:
            InvalidRequest: it is no amount of money.
        """
        if monthly_usd is not None and not 0 <= monthly_usd <= MOST_USD:
            raise InvalidRequest(reason=f"A budget is an amount from 0 to {MOST_USD:.0f} USD, and not {monthly_usd}")
        exact = None if monthly_usd is None else Decimal(str(monthly_usd))
        await self._database.run("set_budget", tenant=tenant, monthly_usd=exact)
        return await self.budget(tenant)

    @property
    def _usual(self) -> Decimal | None:
        return None if self._monthly_usd is None else Decimal(str(self._monthly_usd))


def in_utc(moment: datetime | None) -> datetime | None:
    """A moment; one without a time zone is meant in UTC."""
    return moment.replace(tzinfo=UTC) if moment and moment.tzinfo is None else moment
