"""The courier: receivers that do not listen, addresses that may not be called, workers that die."""

import asyncio

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidRequest, Missing, WebhookStopped
from intelligent_office.outbound.exchange import Limits, Outbound
from intelligent_office.outbound.guard import Guard
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from intelligent_office.webhooks.addresses import guard_of
from intelligent_office.webhooks.courier import LIMITS, Courier
from intelligent_office.webhooks.deliveries import Deliveries
from intelligent_office.webhooks.schedule import DELAYS
from tests.firm import PATIENCE
from tests.outbound.servers import WebServer, raw, says, silent, web
from tests.ports import own_port
from tests.webhooks.firm import Firm, heard, in_turn

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
        assert left == pytest.approx(600, abs=100), "too early, and nobody is asked"
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
        await firm.execute(
            "INSERT INTO webhook_stops (tenant, url, at, reason) "
            "SELECT 'acme', 'https://example.org/' || number, now() + interval '1 hour', '' "
            "FROM generate_series(1, 500) AS number"
        )
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


async def test_an_address_of_which_nothing_but_failures_has_come_for_days_is_stopped(firm: Firm):
    async with web(says(b"", "500 Oops")) as server:
        first = await firm.try_again(await firm.complete(server.url))
        await firm.execute("UPDATE webhook_failures SET since = since - interval '4 days'")
        assert (await firm.try_again(first)).status == "pending"
        await firm.execute("UPDATE webhook_failures SET since = since - interval '1 day'")
        assert (await firm.deliveries.test(server.url, "acme")).status == "failed", "a test says nothing of the rest"
        assert await firm.deliveries.stops("acme") == []
        assert (await firm.try_again(first)).status == "stopped"
        (stop,) = await firm.deliveries.stops("acme")
        assert stop.reason == "nothing but failures for 5 days, at last: It answered 500."

        await firm.deliveries.enable(stop.url, "acme")
        (again,) = await firm.deliveries.redeliver_many("acme", status="stopped")
        assert (await firm.try_again(again)).status == "pending", "the days begin anew"


async def test_a_success_or_a_pause_in_which_nobody_tried_ends_the_days_of_failures(firm: Firm):
    oops = says(b"", "500 Oops")
    async with web(in_turn(oops, says(), oops)) as server:
        delivery = await firm.try_again(await firm.complete(server.url))
        await firm.execute("UPDATE webhook_failures SET since = since - interval '6 days'")
        assert (await firm.try_again(delivery)).status == "delivered"
        later = await firm.try_again(await firm.complete(server.url))
        assert later.status == "pending"
        await firm.execute("UPDATE webhook_failures SET since = since - interval '90 days'")
        await firm.execute("UPDATE webhook_failures SET last_at = last_at - interval '49 hours'")
        assert (await firm.try_again(later)).status == "pending"
        await firm.execute("UPDATE webhook_failures SET last_at = last_at - interval '49 hours'")
        await firm.courier.sweep()
        assert await firm.execute("SELECT * FROM webhook_failures") == []


async def test_a_receiver_that_never_answers_is_not_waited_for(firm: Firm):
    hasty = Outbound(guard_of(firm.settings), Limits(seconds=0.2, connect_seconds=PATIENCE, redirects=0))
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


async def test_a_receiver_that_hangs_up_in_the_middle_of_its_answer_was_told_if_it_said_so(firm: Firm):
    async with web(raw(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf")) as server:
        delivery = await firm.try_again(await firm.complete(server.url))
        assert (delivery.status, delivery.log[0]["answer"]) == ("delivered", "half")


async def test_a_redirect_is_not_followed(firm: Firm, server: WebServer):
    async with web(says(b"", "307 Elsewhere", location=server.url)) as pointing:
        delivery = await firm.try_again(await firm.complete(pointing.url))
        assert (delivery.status, delivery.log[0]["status_code"]) == ("pending", 307)
        assert "is not sent on" in delivery.log[0]["error"]
        assert server.requests == []


async def test_nobody_listening_is_a_failure_like_another(firm: Firm):
    with own_port() as port:
        delivery = await firm.try_again(await firm.complete(f"http://127.0.0.1:{port}/"))
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
        ("https://ann:sesame@example.org/", "knows the office by its signature"),
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
    row = await firm.database.one("begin_delivery", delivery_id=delivery.delivery_id, lease_seconds=1000.0)
    assert row is not None, "and here it is killed"
    left = await firm.courier.deliver(delivery.delivery_id)
    assert left == pytest.approx(1000, abs=100)
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
        await firm.database.one("begin_delivery", delivery_id=one.delivery_id, lease_seconds=1000.0)
    await firm.execute("UPDATE webhook_deliveries SET trying_since = now() + interval '1 hour'")  # a moment ago
    quick = await firm.complete(server.url)
    assert (await firm.try_again(quick)).status == "delivered"
    await firm.execute("UPDATE webhook_deliveries SET trying_since = now() - interval '2 seconds'")
    held_up, other = await firm.complete(server.url), await firm.complete(server.url, tenant="globex")
    assert await firm.courier.deliver(held_up.delivery_id) == pytest.approx(10, abs=5)
    assert (await firm.look(held_up)).tries == 0
    assert (await firm.try_again(other)).status == "delivered"
    await firm.execute("UPDATE webhook_deliveries SET trying_since = trying_since - interval '1000 seconds'")
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


async def test_a_worker_delivers_by_itself(firm: Firm):
    answer, asked = heard(says())
    async with web(answer) as server:
        delivery = await firm.complete(server.url)
        await firm.work_until(asked)
        assert (await firm.look(delivery)).status == "delivered"
        assert await firm.execute("SELECT FROM procrastinate_jobs WHERE task_name = 'webhook.deliver'") == []


async def test_a_delivery_that_failed_is_a_job_for_later(firm: Firm):
    answer, asked = heard(says(b"", "503 Away", retry_after="600"))
    async with web(answer) as server:
        delivery = await firm.complete(server.url)
        await firm.work_until(asked)
        (job,) = await firm.execute(
            "SELECT status, extract(epoch FROM scheduled_at - now())::float AS seconds FROM procrastinate_jobs"
            " WHERE task_name = 'webhook.deliver'"
        )
        assert (job["status"], job["seconds"]) == ("todo", pytest.approx(600, abs=100))
        assert (await firm.look(delivery)).status == "pending"
