"""What webhooks tell, and how a receiver knows that it comes from the office."""

import json
from datetime import datetime

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from tests.outbound.servers import WebServer
from tests.records import OUTCOME
from tests.webhooks.firm import QUESTION, Firm


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
        "UPDATE approvals SET asked_at = now() - interval '10 hours', expires_at = now() + interval '1 hour'"
    )
    await firm.tasks.warn_of_expiry()
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
