"""What the models were used for: one record a call, answered or not, and the money held while a call is under way."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import structlog

from intelligent_office.database.pool import Database, Row
from intelligent_office.errors import Unavailable
from intelligent_office.models.failures import Outcome
from intelligent_office.models.prices import PriceSource
from intelligent_office.models.quotes import Quote, usd
from intelligent_office.telemetry.scope import Scope, current_scope

T = TypeVar("T")
log = structlog.get_logger()

FIRST_LOOK_SECONDS, NEXT_LOOK_SECONDS = 0.05, 0.5
"""How soon, and how often later, a call that waits for money held by others looks whether it is back."""
GRACE_SECONDS = 30.0
"""Beyond its time limit, a call that was not heard of has died with its process."""


@dataclass(frozen=True, kw_only=True)
class ModelCall:
    """One request to one model."""

    role: str
    provider: str
    model: str
    input_tokens: int = 0
    """Those read from the provider's cache included."""
    output_tokens: int = 0
    cached_tokens: int = 0
    cost_usd: Decimal = Decimal(0)
    price_source: PriceSource | None = None
    """Where the cost comes from; None if nothing had a price."""
    seconds: float
    attempt: int
    """Counts the calls of this candidate for one question, from 1."""
    outcome: Outcome
    error: str | None = None


@dataclass(frozen=True)
class Reservation:
    """Money held for a call under way."""

    usage_id: int
    tokens: int
    """How long the answer may be for it."""


class Unaffordable(Exception):
    """A budget has no room for a call, and nothing that is held will make room."""


class UsageLog(Protocol):
    """Where the records go."""

    async def reserve(self, quote: Quote, seconds: float) -> Reservation | None:
        """Hold the money for a call that may take so long; None if it costs nothing.

        Money held by other calls is waited for, as long as a call may take.

        Raises:
            Unaffordable: the task's budget or the tenant's has no room for it.
            Unavailable: nobody can tell.
        """
        ...

    async def record(self, call: ModelCall, reservation: Reservation | None = None) -> None:
        """Keep the record, for the task and the tenant of the current scope; what was held is free again."""
        ...


class DatabaseUsage:
    """Keeps a row a call, and counts every cent of a tenant in one place."""

    def __init__(self, database: Database, monthly_usd: float | None = None) -> None:
        """Use this database.

        Args:
            database: Where the rows are.
            monthly_usd: The budget of every tenant that has none of its own; None means no limit.
        """
        self._database = database
        self._monthly_usd = monthly_usd

    async def reserve(self, quote: Quote, seconds: float) -> Reservation | None:
        if quote.most_usd == 0:
            return None
        clock, pause = asyncio.get_running_loop().time, FIRST_LOOK_SECONDS
        deadline = clock() + seconds
        while True:
            row = await self._attempt(quote, seconds)
            if row["usage_id"] is not None:
                return Reservation(row["usage_id"], quote.tokens_for(row["granted_usd"]))
            refusal = _Refusal(row, quote, current_scope())
            if not refusal.passes or clock() >= deadline:
                raise Unaffordable(str(refusal))
            await asyncio.sleep(pause)
            pause = min(2 * pause, NEXT_LOOK_SECONDS)

    async def left(self) -> dict[str, Decimal]:
        """What is not spent of each budget that the current scope has; what is held may come back."""
        budgets, scope = self._budgets(), current_scope()
        row = await self._database.one("money_spent", task_id=scope.task_id, **budgets)
        assert row is not None, "an aggregate has a row"
        limits = {
            "the task's budget": (budgets["task_usd"], row["task_spent_usd"]),
            f"the budget of the tenant {scope.tenant} for this month": (row["monthly_usd"], row["tenant_spent_usd"]),
        }
        return {whose: limit - spent for whose, (limit, spent) in limits.items() if limit is not None}

    async def record(self, call: ModelCall, reservation: Reservation | None = None) -> None:
        await _to_the_end(self._settle(call, reservation.usage_id) if reservation else self._add(call))

    async def _attempt(self, quote: Quote, seconds: float) -> Row:
        """Ask for the money. Whoever is cancelled meanwhile gives it back."""
        asking = asyncio.ensure_future(
            self._database.one(
                "reserve_usage",
                **self._budgets(),
                task_id=current_scope().task_id or None,
                role=quote.role,
                provider=quote.provider,
                model=quote.model,
                attempt=quote.attempt,
                price_source=quote.source,
                enough_usd=quote.enough_usd,
                most_usd=quote.most_usd,
                seconds=seconds + GRACE_SECONDS,
            )
        )
        try:
            row = await asyncio.shield(asking)
        except asyncio.CancelledError:
            with suppress(Unavailable):
                row = await asking
                if row and row["usage_id"] is not None:
                    await self._database.run("forget_usage", usage_id=row["usage_id"], tenant=current_scope().tenant)
            raise
        assert row is not None, "the function always answers"
        return row

    async def _add(self, call: ModelCall) -> None:
        scope = current_scope()
        await self._database.run("record_usage", task_id=scope.task_id or None, tenant=scope.tenant, **asdict(call))

    async def _settle(self, call: ModelCall, usage_id: int) -> None:
        known = ("cost_usd", "input_tokens", "output_tokens", "cached_tokens", "seconds", "outcome", "error")
        told = await self._database.all(
            "settle_usage", **self._budgets(), usage_id=usage_id, **{name: getattr(call, name) for name in known}
        )
        for warning in told:
            log.warning("budget.warned", **{name: _plain(value) for name, value in warning.items()})

    def _budgets(self) -> dict[str, Any]:
        """Both budgets as the statements take them; `str` keeps 0.1 what it was written as."""
        scope = current_scope()
        return {
            "tenant": scope.tenant,
            "task_usd": None if scope.max_cost_usd is None else Decimal(str(scope.max_cost_usd)),
            "monthly_usd": None if self._monthly_usd is None else Decimal(str(self._monthly_usd)),
        }


class _Refusal:
    """Why there is no room for a call, what would help, and whether there may be room when other calls have ended."""

    def __init__(self, row: Row, quote: Quote, scope: Scope) -> None:
        self._quote = quote
        tenant = f"The budget of the tenant {scope.tenant} for this month"
        more_for_tenant = f"`office budget {scope.tenant} --monthly USD` allows more"
        more_for_task = f"`office resume {scope.task_id} --budget USD` goes on with a larger one"
        budgets = [
            ("The task's budget", scope.max_cost_usd, row["task_spent_usd"], row["task_held_usd"], more_for_task),
            (tenant, row["tenant_usd"], row["tenant_spent_usd"], row["tenant_held_usd"], more_for_tenant),
        ]
        limited = [(name, Decimal(str(limit)), *rest) for name, limit, *rest in budgets if limit is not None]
        tightest = min(limited, key=lambda one: one[1] - one[2] - one[3])
        self._name, self._limit, self._spent, self._held, self._remedy = tightest
        self.passes = all(spent + quote.enough_usd <= limit for _, limit, spent, *_ in limited)

    def __str__(self) -> str:
        held = f", {usd(self._held)} held for calls under way" if self._held else ""
        needed = f"{usd(self._quote.enough_usd)} needed for {self._quote.provider}:{self._quote.model}"
        return (
            f"{self._name} of {usd(self._limit)} is used up: {usd(self._spent)} spent{held}, {needed}. "
            f"What is finished is kept, and {self._remedy}."
        )


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


async def _to_the_end(work: Coroutine[Any, Any, T]) -> T:
    """Finish what was begun, also for somebody who is cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise
