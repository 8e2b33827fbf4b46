"""Webhooks against a real receiver: what it is told, how it knows the office, and what if it does not listen."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest
from psycopg.types.json import Jsonb
from standardwebhooks import Webhook, WebhookVerificationError

from intelligent_office.chores import chores
from intelligent_office.claims import Claim, Claims
from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest, Missing, WebhookStopped
from intelligent_office.jobs import Jobs
from intelligent_office.outbound.exchange import Limits, Outbound
from intelligent_office.outbound.guard import Guard
from intelligent_office.settings import Settings
from intelligent_office.tasks import Task, TaskRequest, Tasks
from intelligent_office.webhooks.addresses import guard_of
from intelligent_office.webhooks.courier import LIMITS, Courier
from intelligent_office.webhooks.deliveries import Deliveries, Delivery
from intelligent_office.webhooks.schedule import DELAYS
from tests.outbound.servers import Answer, Pieces, Request, WebServer, raw, says, silent, web

OUTCOME: Any = {"status": "completed", "answer": "42", "reason": "", "error_class": "", "artifacts": []}
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

    async def look(self, delivery: Delivery) -> Delivery:
        return await self.deliveries.get(delivery.delivery_id, delivery.tenant)

    async def verified(self, request: Request, *, tenant: str = "acme") -> Any:
        """The body, as a receiver that trusts nobody reads it."""
        return Webhook(await self.deliveries.secret(tenant)).verify(request.body, request.headers)

    async def execute(self, command: str, *parameters: Any) -> list[dict[str, Any]]:
        async with self.database.pool.connection() as connection:
            cursor = await connection.execute(command, parameters)
            return await cursor.fetchall() if cursor.description else []


@pytest.fixture
async def firm(database: Database, settings: Settings) -> AsyncIterator[Firm]:
    allowed = settings.model_copy(update={"webhook_allow": ["127.0.0.1"]})
    async with asyncio.timeout(30):
        yield Firm(database, allowed)


@pytest.fixture
async def server() -> AsyncIterator[WebServer]:
    """A receiver that is content with everything."""
    async with web(says(b"thanks", "204 No Content")) as server:
        yield server


# What is told


async def test_the_end_of_a_task_is_told_signed_and_small(firm: Firm, server: WebServer):
    delivery = await firm.complete(f"{server.url}/hook?to=us")
    assert (delivery.status, delivery.event, delivery.tries) == ("pending", "task.completed", 0)
    assert await firm.courier.deliver(delivery.delivery_id) is None

    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/hook?to=us")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == delivery.delivery_id
    told = await firm.verified(request)
    assert set(told) == {"type", "timestamp", "data"}
    assert told["type"] == "task.completed"
    assert datetime.fromisoformat(told["timestamp"]).tzinfo
    data = told["data"]
    assert (data["task_id"], data["status"], data["description"]) == (delivery.task_id, "completed", "do it")
    assert data["result"] == {"answer": "42", "reason": "", "error_class": "", "cut": False}
    assert datetime.fromisoformat(data["finished_at"])
    done = await firm.look(delivery)
    assert (done.status, done.next_try_at, [entry["status_code"] for entry in done.log]) == ("delivered", None, [204])


async def test_a_body_that_was_changed_on_its_way_or_signed_by_another_tenant_is_not_believed(
    firm: Firm, server: WebServer
):
    delivery = await firm.complete(server.url)
    await firm.courier.deliver(delivery.delivery_id)
    (request,) = server.requests
    theirs, ours = await firm.deliveries.secret("globex"), await firm.deliveries.secret("acme")
    assert theirs != ours
    with pytest.raises(WebhookVerificationError):
        Webhook(ours).verify(request.body.replace(b"42", b"43"), request.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(theirs).verify(request.body, request.headers)


async def test_a_long_answer_is_cut_and_says_so(firm: Firm, server: WebServer):
    delivery = await firm.complete(server.url, outcome={**OUTCOME, "answer": "ä" * 9_000})
    told = json.loads(delivery.payload)
    assert told["data"]["result"]["answer"] == "ä" * 4_000
    assert told["data"]["result"]["cut"]
    await firm.courier.deliver(delivery.delivery_id)
    assert await firm.verified(server.requests[0]) == told


async def test_a_task_without_a_webhook_tells_nothing(firm: Firm):
    task = await firm.submit(None)
    await (await firm.claim(task)).finish("completed", OUTCOME)
    assert await firm.deliveries.list("acme") == []


async def test_failing_and_being_cancelled_are_told_too(firm: Firm):
    failure = {**OUTCOME, "status": "failed", "answer": "", "reason": "no", "error_class": "StepFailed"}
    delivery = await firm.complete("http://example.org/", outcome=failure)
    assert delivery.event == "task.failed"
    assert json.loads(delivery.payload)["data"]["result"]["error_class"] == "StepFailed"
    task = await firm.submit("http://example.org/")
    await firm.tasks.cancel(task.task_id, "acme")
    assert [one.event for one in await firm.deliveries.list("acme", task_id=task.task_id)] == ["task.cancelled"]


async def test_a_question_and_its_expiry_are_told_without_the_arguments(firm: Firm):
    task = await firm.submit("http://example.org/")
    (approval,) = await (await firm.claim(task)).wait_for_human([QUESTION])
    await firm.execute(
        "INSERT INTO events (task_id, number, kind, data) SELECT task_id, last_event + 7, 'approval.expiring', %s"
        " FROM tasks",
        Jsonb({"approval_id": approval.approval_id}),
    )
    await firm.execute("UPDATE approvals SET expires_at = now()")
    await firm.tasks.expire_approvals()

    expired, expiring, waiting = await firm.deliveries.list("acme")
    assert [one.event for one in (waiting, expiring, expired)] == [
        "task.waiting", "approval.expiring", "approval.expired",
    ]  # fmt: skip
    (question,) = json.loads(waiting.payload)["data"]["approvals"]
    assert (question["approval_id"], question["actions"]) == (approval.approval_id, ["press"])
    assert json.loads(expiring.payload)["data"]["approval"]["status"] == "open"
    assert json.loads(expired.payload)["data"]["approval"]["status"] == "expired"
    assert "secret" not in waiting.payload


async def test_what_is_told_and_the_change_are_one(firm: Firm):
    task = await firm.submit("http://example.org/")

    async def fail() -> None:
        async with firm.database.transaction() as statements:
            await statements.one("cancel_task", task_id=task.task_id, outcome=OUTCOME)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await firm.deliveries.list("acme") == []
    assert await firm.execute("SELECT FROM procrastinate_jobs WHERE task_name = 'webhook.deliver'") == []


# Who does not listen


async def test_a_receiver_that_fails_is_told_again_under_the_same_id_until_it_listens(firm: Firm):
    failures = [says(b"no", "500 Oops"), says(b"", "404 Not Found"), raw(b"HTTP/1.1 2"), raw(b"rubbish\r\n\r\n")]
    async with web(in_turn(*failures, says(b"yes"))) as server:
        delivery = await firm.complete(server.url)
        seconds = await firm.courier.deliver(delivery.delivery_id)
        assert seconds == pytest.approx(DELAYS[0], rel=0.21)
        for tries in (2, 3, 4):
            delivery = await firm.try_again(delivery)
            assert (delivery.status, delivery.tries) == ("pending", tries)
        delivery = await firm.try_again(delivery)

        assert (delivery.status, delivery.tries) == ("delivered", 5)
        assert [entry["status_code"] for entry in delivery.log] == [500, 404, None, None, 200]
        assert [entry["answer"] for entry in delivery.log] == ["no", "", "", "", "yes"]
        assert len({request.headers["webhook-id"] for request in server.requests}) == 1
        assert len({request.body for request in server.requests}) == 1
        for request in server.requests:
            await firm.verified(request)


async def test_a_delivery_is_given_up_after_the_last_try(firm: Firm):
    async with web(says(b"", "503 Away")) as server:
        delivery = await firm.complete(server.url)
        for _ in range(len(DELAYS) + 1):
            assert delivery.status == "pending"
            delivery = await firm.try_again(delivery)
        assert (delivery.status, delivery.tries, delivery.next_try_at) == ("failed", len(DELAYS) + 1, None)
        assert await firm.courier.deliver(delivery.delivery_id) is None
        assert len(server.requests) == len(DELAYS) + 1


async def test_a_receiver_that_asks_for_a_pause_is_given_one(firm: Firm):
    async with web(says(b"", "429 Slow Down", retry_after="600")) as server:
        delivery = await firm.complete(server.url)
        assert await firm.courier.deliver(delivery.delivery_id) == 600
        left = await firm.courier.deliver(delivery.delivery_id)
        assert left == pytest.approx(600, abs=30), "too early, and nobody is asked"
        assert len(server.requests) == 1


async def test_an_address_that_is_gone_is_told_nothing_more_until_it_is_enabled(firm: Firm):
    async with web(in_turn(says(b"", "410 Gone"), says())) as server:
        first, waiting = await firm.complete(server.url), await firm.complete(server.url)
        elsewhere = await firm.complete(f"{server.url}/other")
        await firm.courier.deliver(first.delivery_id)
        assert [(await firm.look(one)).status for one in (first, waiting, elsewhere)] == [
            "stopped", "stopped", "pending",
        ]  # fmt: skip
        assert await firm.courier.deliver(waiting.delivery_id) is None
        later = await firm.complete(server.url)
        assert later.status == "stopped"
        assert (await firm.complete(server.url, tenant="globex")).status == "pending", "that is another one's business"
        (stop,) = await firm.deliveries.stops("acme")
        assert (stop.url, "410" in stop.reason) == (first.url, True)
        with pytest.raises(WebhookStopped):
            await firm.deliveries.redeliver(later.delivery_id, "acme")

        await firm.deliveries.enable(first.url, "acme")
        with pytest.raises(Missing):
            await firm.deliveries.enable(first.url, "acme")
        assert (await firm.complete(server.url)).status == "pending"
        again = await firm.deliveries.redeliver(later.delivery_id, "acme")
        assert again.status == "pending"
        assert (await firm.try_again(again)).status == "delivered"


async def test_a_receiver_that_never_answers_is_not_waited_for(firm: Firm):
    hasty = Outbound(guard_of(firm.settings), Limits(seconds=0.2, redirects=0))
    async with web(silent()) as server:
        delivery = await firm.complete(server.url)
        await Courier(firm.database, firm.settings, hasty).deliver(delivery.delivery_id)
        delivery = await firm.look(delivery)
        assert (delivery.status, delivery.log[0]["status_code"]) == ("pending", None)
        assert "did not answer within 0.2 seconds" in delivery.log[0]["error"]


async def test_an_endless_answer_is_cut_and_counts_by_its_status(firm: Firm):
    endless = raw(b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\n", endless=b"x" * 10_000)
    async with web(endless) as server:
        delivery = await firm.try_again(await firm.complete(server.url))
        assert (delivery.status, delivery.log[0]["answer"]) == ("delivered", "x" * 500)


async def test_a_redirect_is_not_followed(firm: Firm, server: WebServer):
    async with web(says(b"", "307 Elsewhere", location=server.url)) as pointing:
        delivery = await firm.try_again(await firm.complete(pointing.url))
        assert (delivery.status, delivery.log[0]["status_code"]) == ("pending", 307)
        assert "is not sent on" in delivery.log[0]["error"]
        assert server.requests == []


async def test_nobody_listening_is_a_failure_like_another(firm: Firm):
    async with web(says()) as server:
        pass
    delivery = await firm.try_again(await firm.complete(server.url))
    assert (delivery.status, "cannot be reached" in delivery.log[0]["error"]) == ("pending", True)


# Where it may lead


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://127.0.0.1/", "OFFICE_WEBHOOK_ALLOW"),
        ("http://localhost:8080/", "OFFICE_WEBHOOK_ALLOW"),
        ("https://10.1.2.3/hook", "OFFICE_WEBHOOK_ALLOW"),
        ("http://169.254.169.254/latest/meta-data/", "OFFICE_WEBHOOK_ALLOW"),
        ("http://[::1]/", "OFFICE_WEBHOOK_ALLOW"),
        ("http://[::ffff:10.0.0.1]/", "OFFICE_WEBHOOK_ALLOW"),
        ("http://2130706433/", "four numbers"),
        ("https://ann:sesame@example.org/", "credentials"),
        ("ftp://example.org/", "http"),
        ("example.org/hook", "http"),
        ("http://example.org:25/", "Port 25"),
        ("", "http"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_with_the_task(
    database: Database, settings: Settings, url: str, reason: str
):
    tasks, deliveries = Tasks(database, settings), Deliveries(database, settings)
    with pytest.raises(InvalidRequest, match=reason):
        await tasks.submit(TaskRequest(description="x", webhook_url=url), tenant="acme", origin="test")
    with pytest.raises(InvalidRequest, match=reason):
        await deliveries.test(url, "acme")
    assert await tasks.list("acme") == []


def test_an_address_that_is_too_long_is_refused():
    with pytest.raises(ValueError, match="at most 2000"):
        TaskRequest(description="x", webhook_url="https://example.org/" + "x" * 2_000)


async def test_a_name_that_leads_to_a_private_address_is_not_connected_to(firm: Firm, server: WebServer):
    """Whatever the name said at submission, it is judged again by its address."""

    async def inside(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    strict = Courier(firm.database, firm.settings, Outbound(Guard(resolve=inside), LIMITS))
    delivery = await firm.complete(f"http://rebound.example:{server.port}/")
    await strict.deliver(delivery.delivery_id)
    delivery = await firm.look(delivery)
    assert "leads to 127.0.0.1, which belongs" in delivery.log[0]["error"]
    assert server.connections == 0


# Once and again


async def test_a_try_whose_worker_was_killed_is_made_again_under_the_same_id(firm: Firm, server: WebServer):
    delivery = await firm.complete(server.url)
    row = await firm.database.one("begin_delivery", delivery_id=delivery.delivery_id, lease_seconds=30.0)
    assert row is not None, "and here it is killed"
    left = await firm.courier.deliver(delivery.delivery_id)
    assert left == pytest.approx(30, abs=10)
    assert server.requests == []
    done = await firm.try_again(delivery)
    assert (done.status, done.tries, len(server.requests)) == ("delivered", 2, 1)


async def test_many_workers_at_once_make_one_try(firm: Firm, server: WebServer):
    delivery = await firm.complete(server.url)
    await asyncio.gather(*(firm.courier.deliver(delivery.delivery_id) for _ in range(10)))
    assert len(server.requests) == 1


async def test_slow_receivers_of_a_tenant_hold_up_nobody_else(firm: Firm, server: WebServer):
    slow = [await firm.complete(server.url) for _ in range(2)]
    for one in slow:
        await firm.database.one("begin_delivery", delivery_id=one.delivery_id, lease_seconds=30.0)
    quick = await firm.complete(server.url)
    assert (await firm.try_again(quick)).status == "delivered"
    await firm.execute("UPDATE webhook_deliveries SET trying_since = trying_since - interval '2 seconds'")
    held_up, other = await firm.complete(server.url), await firm.complete(server.url, tenant="globex")
    assert await firm.courier.deliver(held_up.delivery_id) == pytest.approx(10, abs=5)
    assert (await firm.look(held_up)).tries == 0
    assert (await firm.try_again(other)).status == "delivered"
    await firm.execute("UPDATE webhook_deliveries SET trying_since = trying_since - interval '30 seconds'")
    assert (await firm.try_again(held_up)).status == "delivered"


async def test_a_late_word_of_an_earlier_try_changes_nothing(firm: Firm, server: WebServer):
    delivery = await firm.complete(server.url)
    await firm.courier.deliver(delivery.delivery_id)
    await firm.database.one(
        "end_delivery_try", delivery_id=delivery.delivery_id, tries=1, status="failed", seconds=None, entry={}, most=50
    )
    assert (await firm.look(delivery)).status == "delivered"


async def test_a_delivery_can_be_made_again_with_the_whole_schedule_before_it(firm: Firm):
    async with web(in_turn(says(), says(b"", "500 Oops"))) as server:
        delivery = await firm.try_again(await firm.complete(server.url))
        assert delivery.status == "delivered"
        again = await firm.deliveries.redeliver(delivery.delivery_id, "acme")
        assert (again.status, again.payload) == ("pending", delivery.payload)
        seconds = await firm.courier.deliver(delivery.delivery_id)
        assert seconds == pytest.approx(DELAYS[0], rel=0.21)
        assert len({request.headers["webhook-id"] for request in server.requests}) == 1


async def test_a_worker_delivers_by_itself(firm: Firm, server: WebServer):
    delivery = await firm.complete(server.url)
    stop = asyncio.Event()
    working = asyncio.create_task(
        Jobs(firm.database, chores(firm.settings, firm.database)).work("chores", stop, at_once=2)
    )
    while (await firm.look(delivery)).status == "pending":
        await asyncio.sleep(0.02)
    stop.set()
    await working
    assert (await firm.look(delivery)).status == "delivered"
    assert await firm.execute("SELECT FROM procrastinate_jobs WHERE task_name = 'webhook.deliver'") == []


async def test_a_delivery_that_failed_is_a_job_for_later(firm: Firm):
    async with web(says(b"", "503 Away", retry_after="600")) as server:
        delivery = await firm.complete(server.url)
        stop = asyncio.Event()
        working = asyncio.create_task(
            Jobs(firm.database, chores(firm.settings, firm.database)).work("chores", stop, at_once=2)
        )
        query = (
            "SELECT extract(epoch FROM scheduled_at - now())::float AS seconds FROM procrastinate_jobs"
            " WHERE task_name = 'webhook.deliver' AND status = 'todo' AND scheduled_at IS NOT NULL"
        )
        while not (jobs := await firm.execute(query)):
            await asyncio.sleep(0.02)
        stop.set()
        await working
        assert jobs[0]["seconds"] == pytest.approx(600, abs=60)
        assert (await firm.look(delivery)).status == "pending"
        assert len(server.requests) == 1


# Secrets, tests and lists


async def test_the_secret_of_a_tenant_stays_and_comes_into_being_once(firm: Firm):
    made = await asyncio.gather(*(firm.deliveries.secret("acme") for _ in range(8)))
    assert len(set(made)) == 1
    assert made[0].startswith("whsec_")


async def test_after_a_rotation_both_secrets_are_good_for_a_day(firm: Firm, server: WebServer):
    old = await firm.deliveries.secret("acme")
    new = await firm.deliveries.rotate_secret("acme")
    assert (new != old, await firm.deliveries.secret("acme")) == (True, new)
    delivery = await firm.complete(server.url)
    await firm.courier.deliver(delivery.delivery_id)
    for secret in (old, new):
        Webhook(secret).verify(server.requests[0].body, server.requests[0].headers)

    await firm.execute("UPDATE tenants SET webhook_secret_changed_at = now() - interval '25 hours'")
    delivery = await firm.complete(server.url)
    await firm.courier.deliver(delivery.delivery_id)
    Webhook(new).verify(server.requests[1].body, server.requests[1].headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(server.requests[1].body, server.requests[1].headers)


async def test_an_address_can_be_tried_and_says_what_came_of_it(firm: Firm):
    async with web(in_turn(says(b"hello"), says(b"", "500 Oops"))) as server:
        good, bad = await firm.deliveries.test(server.url, "acme"), await firm.deliveries.test(server.url, "acme")
        assert (good.status, good.log[0]["answer"], good.task_id) == ("delivered", "hello", None)
        assert (bad.status, bad.tries, bad.log[0]["status_code"]) == ("failed", 1, 500)
        assert (await firm.verified(server.requests[0]))["type"] == "webhook.test"


async def test_a_tenant_is_shown_its_own_deliveries_page_by_page(firm: Firm, server: WebServer):
    ours = [await firm.complete(server.url) for _ in range(3)]
    theirs = await firm.complete(server.url, tenant="globex")
    first = await firm.deliveries.list("acme", limit=2)
    assert [one.delivery_id for one in first] == [ours[2].delivery_id, ours[1].delivery_id]
    rest = await firm.deliveries.list("acme", before=first[-1].delivery_id)
    assert [one.delivery_id for one in rest] == [ours[0].delivery_id]
    assert await firm.deliveries.list("acme", status="failed") == []
    for attempt in (
        firm.deliveries.get(theirs.delivery_id, "acme"),
        firm.deliveries.redeliver(theirs.delivery_id, "acme"),
        firm.deliveries.list("acme", before=theirs.delivery_id),
    ):
        with pytest.raises(Missing):
            await attempt


async def test_old_deliveries_are_thrown_away_and_those_to_be_made_are_not(firm: Firm, server: WebServer):
    over, pending = await firm.try_again(await firm.complete(server.url)), await firm.complete(server.url)
    await firm.execute("UPDATE webhook_deliveries SET created_at = created_at - interval '31 days'")
    recent = await firm.try_again(await firm.complete(server.url))
    await firm.courier.sweep()
    left = {one.delivery_id for one in await firm.deliveries.list("acme")}
    assert left == {pending.delivery_id, recent.delivery_id}
    assert over.delivery_id not in left
