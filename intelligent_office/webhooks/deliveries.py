"""What the doors call: look at deliveries, make one again, try an address, and the secret that signs them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from intelligent_office.database.pool import Database
from intelligent_office.errors import Missing, WebhookStopped
from intelligent_office.records import Record
from intelligent_office.settings import Settings
from intelligent_office.webhooks.addresses import admitted
from intelligent_office.webhooks.courier import Courier
from intelligent_office.webhooks.secrets import rotate, secrets_of

DeliveryStatus = Literal["pending", "delivered", "failed", "stopped"]
RedeliveredStatus = Literal["failed", "stopped", "delivered"]
_MOST_STOPS = 500


@dataclass(frozen=True, kw_only=True)
class Delivery(Record):
    """Something that is told to an address."""

    delivery_id: str
    """The `webhook-id` of every try."""
    tenant: str
    task_id: str | None
    """None for a test."""
    url: str
    event: str
    payload: str
    """The body, as JSON."""
    status: DeliveryStatus
    """`failed`: nobody tries any more. `stopped`: the address is told nothing."""
    tries: int
    next_try_at: datetime | None
    created_at: datetime
    log: list[dict[str, Any]]
    """The latest tries, oldest first: `at`, `status_code`, `error`, the beginning of the `answer`, and the `seconds`
    it took."""


@dataclass(frozen=True, kw_only=True)
class Stop(Record):
    """An address that is told nothing more."""

    url: str
    at: datetime
    reason: str


class Deliveries:
    """The deliveries of all tenants; a tenant is shown its own and nobody else's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._courier = Courier(database, settings)

    async def list(
        self,
        tenant: str,
        *,
        task_id: str | None = None,
        status: DeliveryStatus | None = None,
        limit: int = 50,
        before: str | None = None,
    ) -> Sequence[Delivery]:
        """A tenant's deliveries, newest first.

        Args:
            tenant: whose.
            task_id: only those about this task.
            status: only those of this status.
            limit: at most so many.
            before: only those older than this one: the last of the page before.

        Raises:
            Missing: the tenant has no delivery `before`.
        """
        if before:
            await self.get(before, tenant)
        rows = await self._database.all(
            "list_deliveries", tenant=tenant, task_id=task_id, status=status, limit=limit, before=before
        )
        return [Delivery.from_row(row) for row in rows]

    async def get(self, delivery_id: str, tenant: str) -> Delivery:
        """One delivery.

        Raises:
            Missing: the tenant has no such delivery.
        """
        row = await self._database.one("read_delivery", delivery_id=delivery_id, tenant=tenant)
        if row is None:
            raise Missing(kind="delivery", name=delivery_id)
        return Delivery.from_row(row)

    async def redeliver(self, delivery_id: str, tenant: str) -> Delivery:
        """Have it made again by a worker, whatever became of it; the same id, the same body.

        Raises:
            Missing: the tenant has no such delivery.
            WebhookStopped: its address is told nothing more.
        """
        row = await self._database.one("redeliver", delivery_id=delivery_id, tenant=tenant)
        if row is None:
            raise WebhookStopped(url=(await self.get(delivery_id, tenant)).url)
        return Delivery.from_row(row)

    async def redeliver_many(
        self,
        tenant: str,
        *,
        status: RedeliveredStatus = "failed",
        url: str | None = None,
        since: datetime | None = None,
        limit: int = 100,
    ) -> Sequence[Delivery]:
        """Have many made again, the oldest first, after a receiver was mended; those to stopped addresses are left.

        Args:
            tenant: whose.
            status: only those of this status.
            url: only those to this address.
            since: only those that came into being then or later.
            limit: at most so many.
        """
        rows = await self._database.all(
            "redeliver_many", tenant=tenant, status=status, url=url, since=since, limit=limit
        )
        return [Delivery.from_row(row) for row in rows]

    async def test(self, url: str, tenant: str) -> Delivery:
        """Tell an address something now, once; what came of it.

        Raises:
            InvalidRequest: it is no address that webhooks may have.
        """
        url = admitted(url, self._settings)
        delivery_id = f"msg_{uuid.uuid4().hex}"
        await self._database.run(
            "add_test_delivery",
            delivery_id=delivery_id,
            tenant=tenant,
            url=url,
            data={"note": "A test. Nothing has happened."},
        )
        await self._courier.deliver(delivery_id, once=True)
        return await self.get(delivery_id, tenant)

    async def hasten(self, task_id: str, tenant: str) -> None:
        """Make the tries about a task that are due now, instead of leaving them to a worker."""
        for delivery in await self.list(tenant, task_id=task_id, status="pending"):
            await self._courier.deliver(delivery.delivery_id)

    async def stops(self, tenant: str) -> Sequence[Stop]:
        """The addresses that are told nothing more, the latest first."""
        rows = await self._database.all("list_webhook_stops", tenant=tenant, limit=_MOST_STOPS)
        return [Stop.from_row(row) for row in rows]

    async def enable(self, url: str, tenant: str) -> None:
        """Tell an address again what happens from now on.

        Raises:
            Missing: it was not stopped.
        """
        if not await self._database.run("enable_webhook", tenant=tenant, url=url):
            raise Missing(kind="stopped webhook", name=url)

    async def secret(self, tenant: str) -> str:
        """What signs for the tenant; made when it is first asked for."""
        return (await secrets_of(self._database, tenant))[0]

    async def rotate_secret(self, tenant: str) -> str:
        """A new one; for a day, the one before signs as well."""
        return (await rotate(self._database, tenant))[0]
