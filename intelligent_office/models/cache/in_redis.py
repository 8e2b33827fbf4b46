"""Answers kept in Redis, where one is configured: shared by all processes, and no work for the database."""

import asyncio
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any, TypeVar

from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.telemetry.scope import Scope

if TYPE_CHECKING:
    from redis.asyncio import Redis

T = TypeVar("T")

CONNECT_SECONDS = 0.05
ANSWER_SECONDS = 0.2
"""Beyond that the answer of a model is not much farther away."""


def client_for(url: str) -> "Redis":
    """A client that connects when it is first used.

    Raises:
        InvalidSetting: the address is none.
    """
    from redis.asyncio import Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff

    try:
        return Redis.from_url(
            url,
            decode_responses=True,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=ANSWER_SECONDS,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
    except ValueError:  # its message might quote the password
        reason = "write redis://user:password@host:6379/0, rediss://… or unix:///path"
        raise InvalidSetting(name="OFFICE_REDIS_URL", reason=reason) from None


class RedisShelf:
    """A key an answer, and a set a task: of the keys that it has used."""

    def __init__(self, url: str, seconds: float) -> None:
        """Keep each answer for so long.

        Raises:
            InvalidSetting: the address is none.
        """
        self._redis = client_for(url)
        self._milliseconds = max(1, round(seconds * 1000))

    async def find(self, key: str, scope: Scope) -> str | None:
        return await _in_time(self._find(key, scope))

    async def keep(self, key: str, text: str, scope: Scope) -> None:
        pipeline = self._redis.pipeline(transaction=False)
        pipeline.set(_answer(key), text, px=self._milliseconds)
        await _in_time(self._note_use(pipeline, key, scope))

    async def forget(self, scope: Scope) -> None:
        await _in_time(self._forget(scope))

    async def close(self) -> None:
        await self._redis.aclose()

    async def _find(self, key: str, scope: Scope) -> str | None:
        found = await self._redis.get(_answer(key))
        if found is None:
            return None
        await self._note_use(self._redis.pipeline(transaction=False), key, scope)
        return str(found)

    async def _forget(self, scope: Scope) -> None:
        keys: Any = await self._redis.smembers(_uses(scope))
        await self._redis.delete(_uses(scope), *map(_answer, keys))

    async def _note_use(self, pipeline: Any, key: str, scope: Scope) -> None:
        pipeline.sadd(_uses(scope), key)
        pipeline.pexpire(_uses(scope), self._milliseconds)
        await pipeline.execute()


def _answer(key: str) -> str:
    return f"office:answer:{key}"


def _uses(scope: Scope) -> str:
    return f"office:uses:{scope.tenant}:{scope.task_id}"


async def _in_time(work: Awaitable[T]) -> T:
    """What Redis says, if it says it soon.

    Raises:
        Unavailable: it does not, or complains.
    """
    from redis.exceptions import RedisError

    try:
        async with asyncio.timeout(CONNECT_SECONDS + ANSWER_SECONDS):
            return await work
    except (RedisError, OSError, TimeoutError) as failure:  # a time-out is an `OSError` here, and elsewhere may not be
        reason = str(failure).split("\n")[0] or "it does not answer in time"
        raise Unavailable(part="the answer cache", reason=f"Redis: {reason}") from None
