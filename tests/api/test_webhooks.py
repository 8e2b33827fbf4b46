"""Webhooks over HTTP, with a receiver that verifies what it is told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from intelligent_office.api.app import create_app
from intelligent_office.settings import Settings
from intelligent_office.webhooks import courier
from tests.api.keys import client_of, home_with_key, key_for
from tests.api.listening import listen
from tests.api.serving import served
from tests.conftest import Server
from tests.outbound.servers import says, web
from tests.webhooks.firm import in_turn


@pytest.fixture(scope="module")
def address(postgres: Server, folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An office that may call this machine."""
    settings = Settings(
        database_url=postgres.create("api_webhooks", "office_template"),
        home=home_with_key(tmp_path_factory.mktemp("home")),
        roots=[folder],
        webhook_allow=["127.0.0.1"],
        lease_seconds=1000,
        _env_file=None,
    )
    patient = replace(courier.LIMITS, seconds=1000.0, connect_seconds=1000.0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(courier, "LIMITS", patient)
        patched.setattr(courier, "LEASE_SECONDS", 2 * patient.seconds)
        with served(lambda: create_app(settings)) as found:
            yield found
    postgres.drop("api_webhooks")


async def until_tried(http, task_id):
    """The task's deliveries, once each was tried."""
    while True:
        page = (await http.get(f"/tasks/{task_id}/webhooks")).json()
        if page["deliveries"] and all(one["log"] for one in page["deliveries"]):
            return page["deliveries"]


async def test_a_task_that_ends_tells_its_webhook_and_the_receiver_can_verify_it(http, submit):
    async with web(says(b"thanks")) as server:
        task_id = await submit("what is 15 * 23?", webhook_url=f"{server.url}/hook")
        assert (await http.get(f"/tasks/{task_id}")).json()["webhook_url"] == f"{server.url}/hook"
        (delivery,) = await until_tried(http, task_id)
        assert (delivery["status"], delivery["event"], delivery["tries"]) == ("delivered", "task.completed", 1)
        assert (delivery["log"][0]["status_code"], delivery["log"][0]["answer"]) == (200, "thanks")
        (request,) = server.requests
        secret = (await http.get("/webhooks/secret")).json()["secret"]
        told = Webhook(secret).verify(request.body, request.headers)
        assert (told["data"]["task_id"], told["data"]["result"]["answer"]) == (task_id, "345")
        whole = (await http.get(f"/webhooks/deliveries/{delivery['delivery_id']}")).json()
        assert whole["payload"].encode() == request.body

        response = await http.post(f"/webhooks/deliveries/{delivery['delivery_id']}/redeliver")
        assert response.status_code == 202
        while len(server.requests) < 2:
            await http.get("/healthz")
        assert server.requests[1].headers["webhook-id"] == request.headers["webhook-id"]


async def test_a_question_is_told_as_soon_as_it_waits(http, waiting):
    async with web(says()) as server:
        task_id = await waiting('write "hello" to told.txt', webhook_url=server.url)
        (delivery,) = await until_tried(http, task_id)
        assert delivery["event"] == "task.waiting"
        await http.post(f"/tasks/{task_id}/approvals", json={"decisions": [{"type": "reject", "message": "no"}]})
        async for _ in listen(http, f"/tasks/{task_id}/events"):
            pass
        events = [one["event"] for one in await until_tried(http, task_id)]
        assert events == ["task.failed", "task.waiting"]


async def test_an_address_that_may_not_be_called_is_refused_with_the_task(http, folder):
    for url in ("http://10.0.0.1/", "http://169.254.169.254/", "https://a:b@example.org/", "x" * 2001, "ftp://x/"):
        response = await http.post("/tasks", json={"description": "x", "folder": str(folder), "webhook_url": url})
        assert response.status_code == 422, url
        assert (await http.post("/webhooks/test", json={"url": url})).status_code == 422


async def test_an_address_can_be_tried_stopped_and_enabled_again(http):
    async with web(says(b"", "410 Gone")) as server:
        tried = (await http.post("/webhooks/test", json={"url": server.url})).json()
        assert (tried["status"], tried["event"], tried["log"][0]["status_code"]) == ("stopped", "webhook.test", 410)
        (stop,) = (await http.get("/webhooks/stopped")).json()["stopped"]
        assert stop["url"] == tried["url"]
        again = await http.post(f"/webhooks/deliveries/{tried['delivery_id']}/redeliver")
        assert (again.status_code, again.json()["title"]) == (409, "Webhook stopped")
        assert (await http.post("/webhooks/enable", json={"url": stop["url"]})).status_code == 204
        assert (await http.post("/webhooks/enable", json={"url": stop["url"]})).status_code == 404


async def test_many_are_made_again_after_the_receiver_was_mended(http):
    async with web(in_turn(says(b"", "500 Oops"), says(b"", "500 Oops"), says(b"thanks"))) as server:
        failed = [(await http.post("/webhooks/test", json={"url": server.url})).json() for _ in range(2)]
        assert {one["status"] for one in failed} == {"failed"}
        wish = {"url": failed[0]["url"], "since": failed[0]["created_at"]}
        response = await http.post("/webhooks/deliveries/redeliver", json=wish)
        again = [one["delivery_id"] for one in response.json()["deliveries"]]
        assert (response.status_code, again) == (202, [one["delivery_id"] for one in failed])
        for delivery_id in again:
            while (await http.get(f"/webhooks/deliveries/{delivery_id}")).json()["status"] != "delivered":
                pass
    assert (await http.post("/webhooks/deliveries/redeliver", json=wish)).json() == {"deliveries": []}
    for mistake in ({"status": "pending"}, {"since": "soon"}, {"limit": 501}, {"limit": "5"}):
        assert (await http.post("/webhooks/deliveries/redeliver", json=mistake)).status_code == 422


async def test_the_secret_changes_when_that_is_asked_for(http):
    first = (await http.get("/webhooks/secret")).json()["secret"]
    second = (await http.post("/webhooks/secret")).json()["secret"]
    assert (first != second, (await http.get("/webhooks/secret")).json()["secret"]) == (True, second)


async def test_a_tenant_sees_nothing_of_anothers_webhooks(postgres, address, http, submit):
    async with web(says()) as server:
        task_id = await submit("what is 15 * 23?", webhook_url=server.url)
        (delivery,) = await until_tried(http, task_id)
    async with client_of(address, await key_for("globex", postgres.address_of("api_webhooks"))) as theirs:
        assert (await theirs.get("/webhooks/deliveries")).json() == {"deliveries": [], "next": None}
        for path in (f"/tasks/{task_id}/webhooks", f"/webhooks/deliveries/{delivery['delivery_id']}"):
            assert (await theirs.get(path)).status_code == 404
        again = await theirs.post(f"/webhooks/deliveries/{delivery['delivery_id']}/redeliver")
        assert again.status_code == 404
        ours = (await http.get("/webhooks/secret")).json()["secret"]
        assert (await theirs.get("/webhooks/secret")).json()["secret"] != ours
