"""An office that has something to tell, and receivers that answer as a test wants."""

import asyncio
from typing import Any

from standardwebhooks import Webhook

from intelligent_office.database.pool import Database
from intelligent_office.records import Task
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.webhooks.courier import Courier
from intelligent_office.webhooks.deliveries import Deliveries, Delivery
from intelligent_office.workers.chores import chores
from intelligent_office.workers.claims import Claim, Claims
from intelligent_office.workers.jobs import Jobs
from tests.outbound.servers import Answer, Pieces, Request
from tests.records import OUTCOME

QUESTION = {
    "interrupt_id": "i1",
    "request": {
        "action_requests": [{"name": "press", "args": {"secret": "s"}, "description": ""}],
        "review_configs": [{"action_name": "press", "allowed_decisions": ["approve", "reject"]}],
    },
}


def in_turn(*answers: Answer) -> Answer:
    """One answer for each request, the last one for all that follow."""
    left = [*answers]

    def answer(request: Request) -> Pieces:
        return (left.pop(0) if len(left) > 1 else left[0])(request)

    return answer


def heard(answer: Answer) -> tuple[Answer, asyncio.Event]:
    """The same answer, and what says that it was asked for."""
    asked = asyncio.Event()

    def given(request: Request) -> Pieces:
        asked.set()
        return answer(request)

    return given, asked


class Firm:
    """A database with tasks that name a webhook, and the courier."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.tasks = Tasks(database, settings)
        self.deliveries = Deliveries(database, settings)
        self.courier = Courier(database, settings)

    async def submit(self, url: str | None, *, tenant: str = "acme") -> Task:
        request = TaskRequest(description="do it", webhook_url=url)
        return await self.tasks.submit(request, tenant=tenant, origin="test")

    async def claim(self, task: Task) -> Claim:
        return await Claims(self.database, self.settings).take(task.task_id, task.tenant, "worker")

    async def complete(self, url: str, *, tenant: str = "acme", outcome: Any = OUTCOME) -> Delivery:
        """A task that has ended, and what is to be told of it."""
        task = await self.submit(url, tenant=tenant)
        await (await self.claim(task)).finish(outcome["status"], outcome)
        (delivery,) = await self.deliveries.list(tenant, task_id=task.task_id)
        return delivery

    async def try_again(self, delivery: Delivery) -> Delivery:
        """The next try, as if its time had come."""
        await self.execute(
            "UPDATE webhook_deliveries SET next_try_at = now() WHERE delivery_id = %s", delivery.delivery_id
        )
        await self.courier.deliver(delivery.delivery_id)
        return await self.look(delivery)

    async def work_until(self, asked: asyncio.Event) -> None:
        """Let a worker do its chores until the receiver was asked; it finishes what it has begun."""
        stop = asyncio.Event()
        jobs = Jobs(self.database, chores(self.settings, self.database))
        working = asyncio.create_task(jobs.work("chores", stop, at_once=2))
        await asked.wait()
        stop.set()
        await working

    async def look(self, delivery: Delivery) -> Delivery:
        return await self.deliveries.get(delivery.delivery_id, delivery.tenant)

    async def verified(self, request: Request, *, tenant: str = "acme") -> Any:
        """The body, as a receiver that trusts nobody reads it."""
        return Webhook(await self.deliveries.secret(tenant)).verify(request.body, request.headers)

    async def execute(self, command: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.database.pool.connection() as connection:
            cursor = await connection.execute(command, parameters)
            return await cursor.fetchall() if cursor.description else []
