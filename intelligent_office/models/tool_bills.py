"""What calls of tools cost: booked on the same budgets, and in the same ledger, as calls of models."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from decimal import Decimal

import structlog

from intelligent_office.errors import BudgetExceeded, Unavailable
from intelligent_office.models.prices import Price
from intelligent_office.models.quotes import Quote, usd
from intelligent_office.models.usage import DatabaseUsage, ModelCall, Unaffordable
from intelligent_office.seams import ToolBill

ROLE, PROVIDER = "executor", "tool"
"""How the ledger tells them from calls of models; the model's name is the tool's."""

log = structlog.get_logger()


class ToolBills:
    """Holds the declared cost of a call before it is made."""

    def __init__(self, usage: DatabaseUsage) -> None:
        self._usage = usage

    @asynccontextmanager
    async def billed(self, tool: str, cost_usd: float, seconds: float) -> AsyncIterator[ToolBill]:
        """A call that costs so much, if it is made; what the bill says at the end is booked.

        Args:
            tool: its name.
            cost_usd: what its policy declares.
            seconds: how long it may take.

        Raises:
            BudgetExceeded: the task's budget or the tenant's has no room for it.
            Unavailable: nobody can tell.
        """
        exact = Decimal(str(cost_usd))
        price = Price("override", lambda _: exact)
        quote = Quote(role=ROLE, provider=PROVIDER, model=tool, attempt=1, price=price, input_tokens=0, most_tokens=0)
        try:
            reservation = await self._usage.reserve(quote, seconds)
        except Unaffordable as refusal:
            raise BudgetExceeded(reason=str(refusal)) from None
        bill, began = ToolBill(), time.perf_counter()
        try:
            yield bill
        finally:
            call = ModelCall(
                role=ROLE,
                provider=PROVIDER,
                model=tool,
                cost_usd=exact if bill.due else Decimal(0),
                price_source=price.source,
                seconds=time.perf_counter() - began,
                attempt=1,
                outcome="answered" if bill.due else "failed",
            )
            try:
                await self._usage.record(call, reservation)
            except Unavailable as failure:  # what is held counts as spent before long
                log.warning("usage.lost", candidate=f"{PROVIDER}:{tool}", role=ROLE, reason=str(failure))

    async def shortfall(self, prices: Mapping[str, float]) -> str:
        """Why there is no money for calls at these prices, by what they are called; empty if there is enough.

        Raises:
            Unavailable: nobody can tell.
        """
        needed = sum((Decimal(str(price)) for price in prices.values()), Decimal(0))
        short = [(left, whose) for whose, left in (await self._usage.left()).items() if left < needed]
        if not short:
            return ""
        left, whose = min(short)
        calls = ", ".join(f"{name} {usd(Decimal(str(price)))}" for name, price in prices.items())
        return (
            f"The calls of the plan cost {usd(needed)} ({calls}), and {usd(max(left, Decimal(0)))} of {whose} is left."
        )
