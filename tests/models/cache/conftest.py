"""The shelves on both kinds of servers."""

from collections.abc import AsyncIterator, Iterator

import pytest

from intelligent_office.database.pool import Database
from intelligent_office.models.cache import in_redis as module
from intelligent_office.models.cache.in_postgres import PostgresShelf
from intelligent_office.models.cache.in_redis import RedisShelf
from intelligent_office.models.cache.shelf import Shelf
from tests.models.cache.redis_servers import RedisServer, redis_server
from tests.requirements import require

HOUR = 3600.0


@pytest.fixture(scope="session")
def _redis() -> Iterator[RedisServer]:
    with redis_server(require("redis-server")) as server:
        yield server


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take its time with what Redis is asked."""
    monkeypatch.setattr(module, "CONNECT_SECONDS", 100.0)
    monkeypatch.setattr(module, "ANSWER_SECONDS", 100.0)


@pytest.fixture
async def in_postgres(database: Database) -> Shelf:
    return PostgresShelf(database, HOUR)


@pytest.fixture
async def in_redis(_redis: RedisServer) -> AsyncIterator[Shelf]:
    shelf = RedisShelf(_redis.url, HOUR)
    async with _redis.client() as client:
        await client.flushall()
    yield shelf
    await shelf.close()


@pytest.fixture(params=["in_postgres", "in_redis"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """A shelf on a real server, empty."""
    found: Shelf = request.getfixturevalue(request.param)
    return found
