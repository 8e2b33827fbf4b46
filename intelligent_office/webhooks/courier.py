"""The courier: makes one try at a delivery, writes down how it went, and says when to try again.

The row is the truth, the job only says that it is time. A worker killed in the middle leaves a try without an end, and
another one makes the next with the same id: at least once, and the receiver knows a repetition by its `webhook-id`.
"""

import time
from dataclasses import dataclass
from typing import Any

import structlog

from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.errors import AnswerLost, RequestRefused, Unreachable
from intelligent_office.outbound.exchange import Limits, Outbound, Reply
from intelligent_office.settings import Settings
from intelligent_office.webhooks.addresses import guard_of
from intelligent_office.webhooks.schedule import delay_after, wish_of
from intelligent_office.webhooks.secrets import headers, secrets_of

log = structlog.get_logger()

LIMITS = Limits(seconds=15.0, connect_seconds=5.0, body_bytes=4_096, redirects=0)
LEASE_SECONDS = 2 * LIMITS.seconds
"""A try that has not ended after so long never will."""
_SHOWN = 500
"""Characters of an answer that are kept."""
_KEPT_TRIES = 50
KEPT_DAYS = 30
"""How long a delivery is kept that is over."""
FAILING_DAYS = 5
"""After so many days of nothing but failures an address is told nothing more; longer than one delivery is tried for."""
_PAUSE_DAYS = 2
"""If nobody tries for so long, which is longer than the longest pause of a schedule, those days begin anew."""
_SWEPT_AT_ONCE = 500


@dataclass(frozen=True)
class _Answer:
    """What came of a try."""

    status: int | None = None
    error: str = ""
    text: str = ""
    retry_after: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def gone(self) -> bool:
        """Whether the address wants to be told nothing more."""
        return self.status == 410

    @property
    def end(self) -> str:
        """What becomes of the delivery, if there is no other try."""
        return "delivered" if self.accepted else "stopped" if self.gone else "failed"


class Courier:
    """Brings deliveries to where they belong."""

    def __init__(self, database: Database, settings: Settings, outbound: Outbound | None = None) -> None:
        self._database = database
        self._outbound = outbound or Outbound(guard_of(settings), LIMITS)

    async def deliver(self, delivery_id: str, *, once: bool = False) -> float | None:
        """Make a try, if it is time for one.

        Args:
            delivery_id: the delivery.
            once: there is no other try if this one fails.

        Returns:
            in how many seconds to come back; None if there is nothing more to do.
        """
        row = await self._database.one("begin_delivery", delivery_id=delivery_id, lease_seconds=LEASE_SECONDS)
        if row is None:
            left = await self._database.one("seconds_to_next_try", delivery_id=delivery_id)
            return float(left["seconds"]) if left else None
        started = time.monotonic()
        answer = await self._asked(row)
        seconds = None
        if not (answer.accepted or answer.gone or once):
            seconds = delay_after(row["tries"] - row["tries_until"], wish_of(answer.retry_after, row["now"]))
        await self._write_down(row, answer, seconds, time.monotonic() - started, counts=not once)
        return seconds

    async def sweep(self) -> None:
        """Throw away deliveries that were over long ago."""
        while await self._database.run("sweep_deliveries", days=KEPT_DAYS, limit=_SWEPT_AT_ONCE) == _SWEPT_AT_ONCE:
            pass
        await self._database.run("sweep_failing_webhooks", pause_days=_PAUSE_DAYS)

    async def _asked(self, row: Row) -> _Answer:
        secrets = await secrets_of(self._database, row["tenant"])
        signed = headers(secrets, row["delivery_id"], row["now"], row["payload"])
        try:
            reply = await self._outbound.exchange(
                "POST",
                row["url"],
                headers={"content-type": "application/json", **signed},
                body=row["payload"].encode(),
            )
        except (RequestRefused, Unreachable, AnswerLost) as failure:
            return _Answer(error=str(failure))
        return _Answer(reply.status, _fault(reply), _shown(reply.body), reply.headers.get("retry-after", ""))

    async def _write_down(self, row: Row, answer: _Answer, seconds: float | None, took: float, *, counts: bool) -> None:
        status = answer.end if seconds is None else "pending"
        entry: dict[str, Any] = {
            "status_code": answer.status,
            "error": answer.error,
            "answer": answer.text,
            "seconds": round(took, 3),
        }
        async with self._database.transaction() as statements:
            ours = await statements.one(
                "end_delivery_try",
                delivery_id=row["delivery_id"],
                tries=row["tries"],
                status=status,
                seconds=seconds,
                entry=entry,
                most=_KEPT_TRIES,
            )
            address = {"tenant": row["tenant"], "url": row["url"]}
            reason = await _reason_to_stop(statements, address, answer, counts=counts) if ours else ""
            if reason:
                await statements.run("stop_webhook", **address, reason=reason)
                log.warning("webhook.stopped", delivery_id=row["delivery_id"], tenant=row["tenant"], reason=reason)
        log.info("webhook.tried", delivery_id=row["delivery_id"], kind=row["event"], status=status, code=answer.status)


async def _reason_to_stop(statements: Statements, address: Row, answer: _Answer, *, counts: bool) -> str:
    """Why an address is told nothing more, if it is not.

    Args:
        statements: of the transaction in which the try is written down.
        address: tenant and URL.
        answer: what came of the try.
        counts: whether a failure says something; that of a test does not.
    """
    if answer.accepted:
        await statements.run("forget_failing_webhook", **address)
    if answer.gone:
        return "it answered 410 (gone)"
    if answer.accepted or not counts:
        return ""
    failing = await statements.one("note_failing_webhook", **address, pause_days=_PAUSE_DAYS)
    if failing is None or failing["days"] < FAILING_DAYS:
        return ""
    return f"nothing but failures for {FAILING_DAYS} days, at last: {answer.error}"


def _fault(reply: Reply) -> str:
    """What was wrong with an answer; empty if it is as it should be."""
    if 200 <= reply.status < 300:
        return ""
    return reply.remark if 300 <= reply.status < 400 else f"It answered {reply.status}."


def _shown(body: bytes) -> str:
    return body.decode(errors="replace")[:_SHOWN]
