"""The bill of each call: opened with the money held that it may cost, closed with what it did cost."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from intelligent_office.errors import Unavailable
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.failures import Outcome, scrubbed
from intelligent_office.models.prices import Price, Tokens, price_of
from intelligent_office.models.quotes import Quote, tokens_in
from intelligent_office.models.usage import ModelCall, Reservation, UsageLog
from intelligent_office.settings import Settings
from intelligent_office.telemetry.meter import count_cost

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage

log = structlog.get_logger()

IMAGE_TOKENS = 1600
"""What a large image is reckoned at before a provider has counted it; OpenAI counts up to 1,445 for GPT-4o."""


@dataclass(frozen=True)
class Bill:
    """One call under way."""

    role: str
    candidate: Candidate
    attempt: int
    price: Price
    input_tokens: int
    """As counted here, and rather too many."""
    reservation: Reservation | None
    started: float = field(default_factory=time.perf_counter)

    @property
    def most_tokens(self) -> int | None:
        """How long the answer may be; None where that makes no difference to the cost."""
        return self.reservation.tokens if self.reservation else None

    def tokens(self, reply: "AIMessage | None") -> Tokens:
        """What the provider counted; where it did not say, what is counted here."""
        if reply is None:
            return Tokens()
        counted = reply.usage_metadata
        if counted is None:
            return Tokens(self.input_tokens, tokens_in(reply.text)) if self.reservation else Tokens()
        cached = counted.get("input_token_details", {}).get("cache_read", 0) or 0
        return Tokens(counted["input_tokens"], counted["output_tokens"], cached)


class Bills:
    """Every call that a process makes goes through here, or nobody knows what it cost."""

    def __init__(self, settings: Settings, usage: UsageLog, secrets: Sequence[str]) -> None:
        """Make the place where bills are opened and closed.

        Args:
            settings: Prices of what has none, and the longest answer.
            usage: Where calls are recorded, and money is held.
            secrets: What must not be written down.
        """
        self._settings = settings
        self._usage = usage
        self._secrets = secrets
        self._prices: dict[Candidate, Price] = {}
        """Looking one up takes as long as half of everything else."""

    async def open(
        self, role: str, candidate: Candidate, attempt: int, *texts: str, images: int = 0, answered: bool = True
    ) -> Bill:
        """Hold what a call may cost.

        Args:
            role: Who asks.
            candidate: Whom.
            attempt: Counts the calls for one question, from 1.
            texts: All words that are sent.
            images: How many images are.
            answered: Whether tokens come back: not from an encoder.

        Raises:
            Unaffordable: a budget has no room for it.
            Unavailable: nobody can tell.
        """
        if candidate not in self._prices:
            self._prices[candidate] = await asyncio.to_thread(price_of, candidate, self._settings)
        price = self._prices[candidate]
        longest = candidate.max_output_tokens or self._settings.model_output_tokens
        quote = Quote(
            role=role,
            provider=candidate.provider,
            model=candidate.model,
            attempt=attempt,
            price=price,
            input_tokens=tokens_in(*texts) + images * IMAGE_TOKENS,
            most_tokens=longest if answered else 0,
        )
        reservation = await self._usage.reserve(quote, candidate.seconds)
        return Bill(role, candidate, attempt, price, quote.input_tokens, reservation)

    async def close(self, bill: Bill, outcome: Outcome, tokens: Tokens = Tokens(), error: str | None = None) -> None:  # noqa: B008  it is frozen
        """Write down how the call ended; what was held beyond its cost is free again. A cancellation waits for that.

        Args:
            bill: The call's.
            outcome: How it ended.
            tokens: What it took; nothing if there was no answer, which is what providers take for that.
            error: Why there was no answer.
        """
        seconds = time.perf_counter() - bill.started
        candidate, cost = bill.candidate, bill.price.cost(tokens)
        call = ModelCall(
            role=bill.role,
            provider=candidate.provider,
            model=candidate.model,
            input_tokens=tokens.input,
            output_tokens=tokens.output,
            cached_tokens=tokens.cached,
            cost_usd=cost,
            price_source=bill.price.source,
            seconds=seconds,
            attempt=bill.attempt,
            outcome=outcome,
            error=scrubbed(error, self._secrets) if error else None,
        )
        count_cost(cost)
        log.info(
            "model.called",
            candidate=str(candidate),
            role=bill.role,
            outcome=outcome,
            seconds=seconds,
            cost_usd=float(cost),
            error=call.error,
        )
        await self._record(call, bill.reservation)

    async def waive(self, role: str, provider: str, model: str, seconds: float) -> None:
        """Write down that an answer was known, and cost nothing.

        Args:
            role: Who asked.
            provider: Who has answered, when that was.
            model: Likewise.
            seconds: How long it took to find.
        """
        log.info("model.spared", candidate=f"{provider}:{model}", role=role, seconds=seconds)
        call = ModelCall(role=role, provider=provider, model=model, seconds=seconds, attempt=1, outcome="cached")
        await self._record(call)

    async def _record(self, call: ModelCall, reservation: Reservation | None = None) -> None:
        try:
            await self._usage.record(call, reservation)
        except Unavailable as failure:
            log.warning("usage.lost", candidate=f"{call.provider}:{call.model}", role=call.role, reason=str(failure))
