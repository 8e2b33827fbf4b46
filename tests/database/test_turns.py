"""A crowd waits for its turns; who is not of it does not."""

import asyncio
from contextlib import aclosing

import pytest

from intelligent_office.database import Database
from intelligent_office.database.turns import Turns, stand_in_line
from intelligent_office.errors import Unavailable
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks
from tests.firm import PATIENCE


class Crowd:
    """Callers in line, each of whom keeps its turn until it is told to go."""

    def __init__(self, turns):
        self._turns = turns
        self.inside = []
        self.leave = asyncio.Event()

    def come(self, *names, tenant="acme"):
        return [asyncio.create_task(self._pass(name, tenant)) for name in names]

    async def _pass(self, name, tenant):
        stand_in_line(tenant)
        async with self._turns.one():
            self.inside.append(name)
            await self.leave.wait()


async def settled():
    """Whatever can happen without anything from outside has happened."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_a_crowd_passes_in_the_order_in_which_it_came():
    crowd = Crowd(Turns(2))
    coming = crowd.come(*range(50))
    await settled()
    assert crowd.inside == [0, 1]
    crowd.leave.set()
    await asyncio.gather(*coming)
    assert crowd.inside == [*range(50)]


async def test_nobody_waits_for_the_crowd_of_another_tenant():
    crowd = Crowd(Turns(1))
    coming = [*crowd.come(*range(50)), *crowd.come("b1", "b2", tenant="b"), *crowd.come("c1", tenant="c")]
    await settled()
    crowd.leave.set()
    await asyncio.gather(*coming)
    assert crowd.inside[:8] == [0, 1, "b1", "c1", 2, "b2", 3, 4]


async def test_who_stands_in_no_line_passes_at_once():
    turns = Turns(1)
    crowd = Crowd(turns)
    coming = crowd.come(*range(50))
    await settled()
    async with turns.one():
        assert crowd.inside == [0]
    crowd.leave.set()
    await asyncio.gather(*coming)


async def test_who_leaves_the_line_takes_no_turn_along():
    turns = Turns(1)
    crowd = Crowd(turns)
    first, second, third = crowd.come(1, 2, 3)
    await settled()
    second.cancel()
    await settled()
    crowd.leave.set()
    await asyncio.gather(first, third)
    assert crowd.inside == [1, 3]
    stand_in_line()
    async with turns.one():
        pass


async def test_a_turn_that_comes_at_the_moment_of_leaving_is_passed_on():
    turns = Turns(1)
    crowd = Crowd(turns)
    first, second, third = crowd.come(1, 2, 3)
    await settled()
    first.cancel()
    await asyncio.sleep(0)  # the second one's turn has come, and it does not know it yet
    second.cancel()
    crowd.leave.set()
    await asyncio.gather(first, second, return_exceptions=True)
    await third
    assert 3 in crowd.inside


async def test_nobody_stands_in_line_for_ever():
    crowd = Crowd(Turns(1, longest_wait_seconds=0.01))
    first, second = crowd.come(1, 2)
    with pytest.raises(Unavailable, match=r"so many requests wait for it that 0\.01 seconds were not enough"):
        await second
    crowd.leave.set()
    await first


async def test_a_line_that_waits_for_nothing_is_sent_away_at_once():
    turns = Turns(1)
    crowd = Crowd(turns)
    first, *others = crowd.come(*range(20))
    await settled()
    turns.send_away("it has gone")
    told = await asyncio.gather(*others, return_exceptions=True)
    assert {str(each) for each in told} == {"the database is not available: it has gone"}
    crowd.leave.set()
    await first
    async with turns.one():
        pass


async def test_a_crowd_at_the_door_leaves_connections_to_whoever_keeps_the_office_going(database_url):
    settings = Settings(database_url=database_url, pool_size=2, _env_file=None)
    async with Database(settings) as database:
        leave = asyncio.Event()

        async def request():
            stand_in_line()
            async with database.transaction():
                await leave.wait()

        crowd = [asyncio.create_task(request()) for _ in range(20)]
        await settled()
        assert await database.one("answer")
        leave.set()
        await asyncio.gather(*crowd)


async def test_whoever_follows_tasks_is_of_the_crowd(database_url):
    settings = Settings(database_url=database_url, pool_size=2, _env_file=None)
    async with Database(settings) as database:
        tasks = Tasks(database, settings)
        task = await tasks.submit(TaskRequest(description="do it"), tenant="acme", origin="test")

        async def follow():
            async with aclosing(tasks.news(task.task_id, "acme", at_once=True)) as news:
                return await anext(news)

        crowd = Crowd(database._turns)
        coming = crowd.come("first")
        await settled()
        following = asyncio.create_task(follow())
        for _ in range(50):
            assert await database.one("answer")
        assert not following.done()
        crowd.leave.set()
        await asyncio.gather(*coming)
        assert [event.kind for event in await following] == ["task.accepted"]


async def test_requests_that_wait_hear_of_an_outage_as_soon_as_the_first_of_them():
    nowhere = "postgresql://ann@127.0.0.1:1/office"
    database = Database(Settings(database_url=nowhere, pool_size=2, _env_file=None), patience_seconds=PATIENCE)

    async def request():
        stand_in_line()
        await database.one("answer")

    told = await asyncio.gather(*(request() for _ in range(50)), return_exceptions=True)
    assert all(isinstance(each, Unavailable) and "refused" in str(each) for each in told)
    await database.close()
