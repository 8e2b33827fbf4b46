"""`office webhooks`, against a receiver in a thread of its own."""

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from standardwebhooks import Webhook

from intelligent_office.webhooks import courier
from tests.cli.conftest import SECONDS, one_line, story
from tests.outbound.servers import WebServer, says, web

ALLOWED = {"OFFICE_WEBHOOK_ALLOW": '["127.0.0.1"]'}


@pytest.fixture(autouse=True)
def _patient_courier(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courier, "LIMITS", replace(courier.LIMITS, seconds=SECONDS, connect_seconds=SECONDS))


@pytest.fixture
def receiver() -> Iterator[WebServer]:
    """A receiver that listens while commands run their own event loops."""
    ready: list[tuple[WebServer, asyncio.AbstractEventLoop, asyncio.Event]] = []
    started = threading.Event()

    async def listen() -> None:
        async with web(says(b"thanks")) as server:
            stop = asyncio.Event()
            ready.append((server, asyncio.get_running_loop(), stop))
            started.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(listen()))
    thread.start()
    started.wait()
    server, loop, stop = ready[0]
    yield server
    loop.call_soon_threadsafe(stop.set)
    thread.join()


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[timezone]:
    """This machine stands nine hours east of Greenwich."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "JST-9")
        time.tzset()
        yield timezone(timedelta(hours=9))
    time.tzset()


def test_an_address_is_tried_and_the_secret_verifies_it(office, receiver):
    secret = office("webhooks", "secret").stdout.strip()
    done = office("webhooks", "test", receiver.url, **ALLOWED)
    assert done.returncode == 0, story(done)
    assert "200 after" in done.stdout
    (request,) = receiver.requests
    assert Webhook(secret).verify(request.body, request.headers)["type"] == "webhook.test"
    delivery_id = request.headers["webhook-id"]
    assert delivery_id in office("webhooks", "list").stdout
    shown = json.loads(office("webhooks", "show", delivery_id, "--json").stdout)
    assert (shown["status"], shown["log"][0]["answer"]) == ("delivered", "thanks")
    assert office("webhooks", "secret", "--rotate").stdout.strip() not in ("", secret)


def test_a_try_is_told_in_the_time_of_whoever_looks(office, receiver, far_east):
    assert office("webhooks", "test", receiver.url, **ALLOWED).returncode == 0
    (delivery,) = json.loads(office("webhooks", "list", "--json").stdout)
    at = datetime.fromisoformat(delivery["log"][0]["at"]).astimezone(far_east)
    assert f"{at:%Y-%m-%d %H:%M:%S}  200 after" in office("webhooks", "show", delivery["delivery_id"]).stdout


def test_a_task_without_a_worker_beside_it_tells_its_webhook_itself(office, receiver):
    done = office("run", "what is 15 * 23?", "--webhook", receiver.url, **ALLOWED)
    assert done.returncode == 0, story(done)
    (delivery,) = json.loads(office("webhooks", "list", "--task", "last", "--json").stdout)
    assert (delivery["event"], delivery["status"], len(receiver.requests)) == ("task.completed", "delivered", 1)
    assert office("webhooks", "redeliver", delivery["delivery_id"]).returncode == 0


def test_many_deliveries_are_made_again_by_what_they_have_in_common(office, receiver):
    assert office("webhooks", "test", receiver.url, **ALLOWED).returncode == 0
    again = office("webhooks", "redeliver", "--status", "delivered", "--since", "2026-01-01", "--url", receiver.url)
    assert (again.returncode, again.stdout) == (0, "1 delivery is made again by the next worker\n"), story(again)
    assert office("webhooks", "redeliver", "--status", "failed").stdout.startswith("0 deliveries are")
    for arguments in ([], ["msg_1", "--status", "failed"], ["--since", "soon"]):
        assert office("webhooks", "redeliver", *arguments).returncode == 2


@pytest.mark.parametrize("url", ["http://127.0.0.1/", "ftp://example.org", "https://a:b@example.org/"])
def test_an_address_that_may_not_be_called_is_refused(office, url):
    assert office("webhooks", "test", url).returncode == 2
    done = office("run", "what is 1 + 1?", "--webhook", url)
    assert (done.returncode, "webhook" in one_line(done.stderr)) == (2, True)


def test_an_office_that_has_told_nothing_says_so(office):
    assert "there are no such deliveries" in office("webhooks", "list").stdout
    assert "no address is stopped" in office("webhooks", "list", "--stopped").stdout
    assert office("webhooks", "show", "msg_unknown").returncode == 2
    assert office("webhooks", "enable", "https://example.org/").returncode == 2
