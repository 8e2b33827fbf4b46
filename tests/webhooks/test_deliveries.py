"""What the doors see of webhooks: deliveries, tests of addresses, secrets."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from intelligent_office.errors import Missing
from tests.outbound.servers import WebServer, says, web
from tests.webhooks.firm import Firm, in_turn


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


async def test_many_that_failed_are_made_again_at_once_and_no_others(firm: Firm, server: WebServer):
    old, other, stopped, *failed = [await firm.complete(f"{server.url}/{name}") for name in ("a", "b", "c", "a", "a")]
    pending = await firm.complete(f"{server.url}/a")
    theirs = await firm.complete(f"{server.url}/a", tenant="globex")
    done = await firm.try_again(await firm.complete(f"{server.url}/a"))
    kept = [pending.delivery_id, done.delivery_id]
    await firm.execute("UPDATE webhook_deliveries SET status = 'failed' WHERE delivery_id <> ALL (%s)", kept)
    await firm.execute("UPDATE webhook_deliveries SET created_at = now() - '2 days'::interval WHERE url = %s", old.url)
    await firm.execute(
        "UPDATE webhook_deliveries SET created_at = now() WHERE delivery_id = ANY (%s)", [f.delivery_id for f in failed]
    )
    await firm.execute("INSERT INTO webhook_stops (tenant, url, reason) VALUES ('acme', %s, '')", stopped.url)
    yesterday = datetime.now(UTC) - timedelta(days=1)

    again = await firm.deliveries.redeliver_many("acme", url=old.url, since=yesterday)
    assert {one.delivery_id for one in again} == {one.delivery_id for one in failed}
    assert {one.status for one in again} == {"pending"}
    assert [one.delivery_id for one in await firm.deliveries.redeliver_many("acme", limit=1)] == [old.delivery_id]
    assert [one.delivery_id for one in await firm.deliveries.redeliver_many("acme")] == [other.delivery_id]
    assert await firm.deliveries.redeliver_many("acme") == []
    assert (await firm.look(theirs)).status == "failed"
    assert (await firm.look(await firm.try_again(failed[0]))).status == "delivered"
    assert [one.delivery_id for one in await firm.deliveries.redeliver_many("acme", status="delivered", limit=1)]


async def test_old_deliveries_are_thrown_away_and_those_to_be_made_are_not(firm: Firm, server: WebServer):
    over, pending = await firm.try_again(await firm.complete(server.url)), await firm.complete(server.url)
    await firm.execute("UPDATE webhook_deliveries SET created_at = created_at - interval '31 days'")
    recent = await firm.try_again(await firm.complete(server.url))
    await firm.courier.sweep()
    left = {one.delivery_id for one in await firm.deliveries.list("acme")}
    assert left == {pending.delivery_id, recent.delivery_id}
    assert over.delivery_id not in left
