"""The stream of a task's events: complete, resumable, and gone when the listener is."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, aclosing
from typing import Any, cast

import httpx
import pytest

from intelligent_office.access.keys import Keys
from intelligent_office.api import events
from intelligent_office.api.listeners import Listeners
from intelligent_office.errors import Unavailable
from intelligent_office.records import Event
from tests.api.keys import client_of
from tests.api.listening import listen, told
from tests.api.serving import door_to, parts_of, served
from tests.records import an_event

PATIENCE = 100


async def test_a_stream_tells_every_event_in_order_and_ends_with_the_task(http, submit):
    task_id = await submit("what is 6 * 7?")
    heard = await told(http, task_id)
    assert [event.number for event in heard] == list(range(1, len(heard) + 1))
    assert [event.kind for event in heard] == [event.data["kind"] for event in heard]
    assert heard[-1].data["data"]["status"] == "completed"


@pytest.mark.parametrize(
    "options",
    [{"headers": {"Last-Event-ID": "3"}}, {"params": {"after": 3}}, {"params": {"after": 1, "lastEventId": 3}}],
)
async def test_a_broken_stream_is_taken_up_where_it_broke(http, submit, options):
    task_id = await submit("what is 6 * 7?")
    whole = await told(http, task_id)
    assert await told(http, task_id, **options) == whole[3:]


async def test_the_last_event_id_counts_more_than_the_address(http, submit):
    task_id = await submit("what is 6 * 7?")
    whole = await told(http, task_id)
    params = {"after": 1, "lastEventId": 2}
    assert await told(http, task_id, params=params, headers={"Last-Event-ID": "5"}) == whole[5:]


async def test_a_listener_who_has_heard_everything_is_told_not_to_come_back(http, submit):
    task_id = await submit("what is 6 * 7?")
    last = (await told(http, task_id))[-1].number
    response = await http.get(f"/tasks/{task_id}/events", headers={"Last-Event-ID": str(last)})
    assert response.status_code == 204


async def test_a_stream_gives_signs_of_life_while_nothing_happens(http, waiting):
    task_id = await waiting()
    async with asyncio.timeout(PATIENCE), aclosing(_listen(http, task_id, heartbeat=0.1)) as stream:
        comments = [heard.comment async for heard in _first(stream, 2)]
    assert comments == ["still here", "still here"]


async def test_a_stream_tells_nothing_more_once_its_key_is_revoked(http, address, waiting, monkeypatch):
    monkeypatch.setattr(Keys, "trusted_seconds", 0.0)
    made = (await http.post("/admin/keys", json={"tenant": "default", "scopes": ["approve"]})).json()
    task_id = await waiting()
    heard = []
    async with asyncio.timeout(PATIENCE), client_of(address, key=made["key"]) as other:
        async for one in listen(other, f"/tasks/{task_id}/events"):
            heard.append(one.kind)
            if one.kind == "approval.asked":
                await http.delete(f"/admin/keys/{made['key_id']}")
                await http.post(f"/tasks/{task_id}/approvals", json={"decisions": [{"type": "approve"}]})
    assert heard[-1] == "stream.interrupted"
    assert "approval.answered" not in heard


async def test_a_tenant_may_not_hold_all_connections_open(http, waiting, monkeypatch):
    monkeypatch.setattr(Listeners, "most", 2)
    task_id = await waiting()
    place = f"/tasks/{task_id}/events"
    async with asyncio.timeout(PATIENCE), AsyncExitStack() as following:
        streams = 0
        while streams < 2:  # who followed before is counted until somebody notices that he has hung up
            response = await following.enter_async_context(http.stream("GET", place))
            if response.status_code == 200:
                streams += 1
            else:
                await response.aread()
        refused = await http.get(place)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "5")
        spoken = await http.post("/office/stream", json={"input": {"task_id": task_id}})
        assert "may follow 2 tasks" in spoken.text
    await http.post(f"/tasks/{task_id}/cancel")
    async with asyncio.timeout(PATIENCE):
        while (heard := await http.get(place)).status_code == 429:  # and so are these
            pass
    assert "task.finished" in heard.text


async def test_many_listeners_hear_the_same(http, waiting):
    task_id = await waiting()
    async with asyncio.timeout(PATIENCE):
        listening = [asyncio.create_task(told(http, task_id)) for _ in range(20)]
        await http.post(f"/tasks/{task_id}/approvals", json={"decisions": [{"type": "approve"}]})
        everything = await asyncio.gather(*listening)
    assert everything[0][-1].kind == "task.finished"
    assert all(heard == everything[0] for heard in everything)


async def test_a_listener_who_hangs_up_leaves_nothing_behind():
    stub = EndlessTask()
    with served(lambda: door_to(events.router, parts_of(tasks=stub))) as address:
        async with client_of(address) as http, aclosing(_listen(http, "t")) as stream:
            async for heard in stream:
                if heard.kind:
                    break
        assert await asyncio.to_thread(stub.closed.wait, PATIENCE)


async def test_a_stream_that_loses_the_database_says_so_and_keeps_the_listeners_place():
    with served(lambda: door_to(events.router, parts_of(tasks=LostTask()))) as address:
        async with client_of(address) as http:
            heard = await told(http, "t")
    assert [event.kind for event in heard] == ["role.started", "stream.interrupted"]
    assert heard[-1].number is None
    assert heard[-1].data["status"] == 503


class EndlessTask:
    """A task that tells one thing, and then nothing for ever."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    async def news(self, task_id: str, tenant: str, *, after: int, at_once: bool) -> AsyncGenerator[list[Event], None]:
        try:
            yield [an_event(task_id=task_id, number=1, kind="role.started")]
            await asyncio.Event().wait()
        finally:
            self.closed.set()


class LostTask(EndlessTask):
    """A task whose database goes away."""

    async def news(self, task_id: str, tenant: str, *, after: int, at_once: bool) -> AsyncGenerator[list[Event], None]:
        yield [an_event(task_id=task_id, number=1, kind="role.started")]
        raise Unavailable(part="the database", reason="it fell over")


def _listen(http: httpx.AsyncClient, task_id: str, **params: Any) -> AsyncGenerator[Any, None]:
    return cast("AsyncGenerator[Any, None]", listen(http, f"/tasks/{task_id}/events", params=params))


async def _first(stream: AsyncGenerator[Any, None], count: int) -> AsyncGenerator[Any, None]:
    """The first comments after what the stream begins with."""
    async for heard in stream:
        if heard.comment == "still here":
            yield heard
            count -= 1
            if not count:
                return
