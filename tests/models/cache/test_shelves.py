"""What is kept is found by its tenant, until it expires or has led a task astray; in PostgreSQL and in Redis."""

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.models.cache.in_postgres import PostgresShelf
from intelligent_office.models.cache.in_redis import RedisShelf
from intelligent_office.models.cache.shelf import REST_SECONDS, SpareShelf
from intelligent_office.services import make_services
from intelligent_office.telemetry.scope import Scope
from intelligent_office.workers.worker import SWEPT_AT_ONCE, Worker
from tests.models.asking import HandClock
from tests.models.cache.conftest import HOUR
from tests.models.cache.redis_servers import redis_server
from tests.requirements import require

ADA, BOB = Scope("task-1", "acme"), Scope("task-2", "acme")
TEXT = '{"text": "Schön, \\u0000 \\ud800"}'


async def test_what_is_kept_is_found_as_it_was(shelf):
    assert await shelf.find("key", ADA) is None
    await shelf.keep("key", TEXT, ADA)
    assert await shelf.find("key", BOB) == TEXT
    assert await shelf.find("other", BOB) is None


async def test_what_is_kept_again_takes_the_place_of_what_was_there(shelf):
    await shelf.keep("key", "old", ADA)
    await shelf.keep("key", "new", BOB)
    assert await shelf.find("key", ADA) == "new"


async def test_what_a_task_was_given_is_forgotten_with_it_whoever_asked_first(shelf):
    await shelf.keep("given to both", "a", ADA)
    await shelf.keep("given to one", "b", ADA)
    await shelf.find("given to both", BOB)
    await shelf.forget(BOB)
    assert await shelf.find("given to both", ADA) is None
    assert await shelf.find("given to one", ADA) == "b"


async def test_a_task_that_was_given_nothing_takes_nothing_with_it(shelf):
    await shelf.keep("key", "a", ADA)
    await shelf.forget(BOB)
    await shelf.forget(replace(ADA, tenant="globex"))
    assert await shelf.find("key", ADA) == "a"


async def test_in_postgres_nobody_finds_what_has_expired_and_workers_sweep_it_away(settings, database):
    expired = PostgresShelf(database, 0.0)
    for number in range(SWEPT_AT_ONCE + 1):
        await expired.keep(str(number), "old", ADA)
    await PostgresShelf(database, HOUR).keep("fresh", "new", ADA)
    assert await expired.find("1", ADA) is None
    services = make_services(settings, database)
    worker = Worker(settings, database, services)
    assert await worker.sweep() == 2 * SWEPT_AT_ONCE
    assert await worker.sweep() == 2
    assert await worker.sweep() == 0
    assert await expired.find("fresh", ADA) == "new"
    await services.close()


async def test_in_postgres_no_tenant_finds_a_row_of_another_even_by_its_key(database):
    await PostgresShelf(database, HOUR).keep("key", "a", ADA)
    assert await PostgresShelf(database, HOUR).find("key", Scope("task-3", "globex")) is None


async def test_in_redis_everything_has_an_end():
    with redis_server(require("redis-server")) as server:
        shelf = RedisShelf(server.url, HOUR)
        await shelf.keep("key", "a", ADA)
        async with server.client() as redis:
            ends = [await redis.pttl(name) async for name in redis.scan_iter()]
        await shelf.close()
    assert len(ends) == 2
    assert all(0 < end <= HOUR * 1000 for end in ends)


async def test_a_redis_that_is_gone_is_done_without_told_of_once_and_found_again():
    clock = HandClock()
    with redis_server(require("redis-server")) as server:
        inner = RedisShelf(server.url, HOUR)
        shelf = SpareShelf(inner, clock)
        await shelf.keep("key", "a", ADA)
        with server.stopped(), capture_logs() as logs:
            for _ in range(3):
                assert await shelf.find("key", ADA) is None
                clock.pass_by(REST_SECONDS)
        assert [line["event"] for line in logs] == ["cache.lost"]
        with capture_logs() as logs:
            assert await shelf.find("key", ADA) == "a"
            assert await shelf.find("key", ADA) == "a"
        assert [line["event"] for line in logs] == ["cache.found_again"]
        server.end()
        with capture_logs() as logs:
            assert await shelf.find("key", ADA) is None
            await shelf.keep("key", "b", ADA)
            await shelf.forget(ADA)
        assert [line["event"] for line in logs] == ["cache.lost"]
        await shelf.close()


async def test_nobody_waits_long_for_a_redis_that_says_nothing():
    with redis_server(require("redis-server")) as server:
        inner = RedisShelf(server.url, HOUR)
        await inner.find("key", ADA)
        with server.stopped():
            with pytest.raises(Unavailable, match="the answer cache"):
                await inner.find("key", ADA)
            fresh = RedisShelf(server.url, HOUR)
            with pytest.raises(Unavailable, match="the answer cache"):
                await fresh.find("key", ADA)
        await inner.close()
        await fresh.close()


async def test_a_shelf_that_is_away_is_not_asked_again_before_its_rest_is_over():
    class Away:
        asked = 0

        async def find(self, key: str, scope: Scope) -> str | None:
            self.asked += 1
            raise Unavailable(part="the answer cache", reason="it is away")

        async def keep(self, key: str, text: str, scope: Scope) -> None:
            self.asked += 1

        async def forget(self, scope: Scope) -> None: ...

        async def close(self) -> None: ...

    clock, away = HandClock(), Away()
    shelf = SpareShelf(away, clock)
    for _ in range(5):
        assert await shelf.find("key", ADA) is None
        await shelf.keep("key", "a", ADA)
    assert away.asked == 1
    clock.pass_by(REST_SECONDS)
    await shelf.find("key", ADA)
    assert away.asked == 2


async def test_what_was_to_be_forgotten_while_the_shelf_was_away_is_gone_when_it_is_back():
    clock = HandClock()
    with redis_server(require("redis-server")) as server:
        shelf = SpareShelf(RedisShelf(server.url, HOUR), clock)
        await shelf.keep("key", "wrong", ADA)
        with server.stopped():
            await shelf.forget(ADA)
        clock.pass_by(REST_SECONDS)
        assert await shelf.find("key", BOB) is None
        await shelf.close()


@pytest.mark.parametrize("url", ["localhost:6379", "https://:hush@redis.example", "redis://host:port"])
def test_an_address_that_is_none_is_told_without_its_password(url):
    with pytest.raises(InvalidSetting, match="OFFICE_REDIS_URL") as failure:
        RedisShelf(url, HOUR)
    assert "hush" not in str(failure.value)
