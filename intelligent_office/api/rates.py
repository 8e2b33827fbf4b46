"""How many requests a tenant may make in a minute, and how often an address may show a key that opens nothing.

Counted in windows that begin with the first request and last a minute: a caller reads from its answers how much is left
and when everything is back. In Redis, where one is configured, all processes count together; else each counts alone.
"""

import math
import time
from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import Any
from zlib import crc32

import structlog
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.errors import StorageError
from starlette.types import Scope

from intelligent_office.api.answer_headers import tell
from intelligent_office.errors import TooManyRequests
from intelligent_office.models.cache.in_redis import client_for

log = structlog.get_logger()

WINDOW_SECONDS = 60
FAILURES_PER_MINUTE = 30
"""So often an address may show a wrong key in a minute before it hears no more whether it was wrong."""
DRAWERS = 4096
"""In so many are the addresses counted that do: each request looks through all of them for those whose minute is over,
and whoever fails from as many addresses as there are must not make that slow."""
ALONE_SECONDS = 5.0
"""For so long this process counts alone before it asks a Redis again that was away."""


class Rates:
    """Counts requests."""

    def __init__(self, per_minute: int, redis_url: str | None = None) -> None:
        """Count from now on.

        Args:
            per_minute: the requests of a tenant that has no limit of its own.
            redis_url: where all processes count together.

        Raises:
            InvalidSetting: the address is none.
        """
        self._per_minute = per_minute
        self._alone = MemoryStorage()
        self._together = _storage_at(redis_url) if redis_url else None
        self._alone_until = 0.0

    async def count(self, scope: Scope, tenant: str, per_minute: int | None = None) -> None:
        """Count a tenant's request, and have its answer say what is left.

        Args:
            scope: the request's.
            tenant: whose it is.
            per_minute: the tenant's own limit; by default that of the settings.

        Raises:
            TooManyRequests: there were too many.
        """
        limit = self._per_minute if per_minute is None else per_minute
        made, seconds = await self._add("tenant", tenant)
        left = max(0, limit - made)
        tell(
            scope,
            RateLimit_Policy=f'"default";q={limit};w={WINDOW_SECONDS}',
            RateLimit=f'"default";r={left};t={seconds}',
        )
        if made > limit:
            raise TooManyRequests(who=f"The tenant {tenant}", limit=limit, seconds=seconds)

    async def count_failure(self, address: str) -> None:
        """Count a key that opened nothing.

        Only those who fail are told to wait, because many callers may share an address.

        Raises:
            TooManyRequests: the address has failed too often.
        """
        made, seconds = await self._add("failures", str(crc32(_household(address).encode()) % DRAWERS))
        if made > FAILURES_PER_MINUTE:
            raise TooManyRequests(who="An address with wrong keys", limit=FAILURES_PER_MINUTE, seconds=seconds)

    async def close(self) -> None:
        """Hang up on Redis."""
        if self._together:
            client: Any = self._together.bridge
            await client.get_connection().aclose(close_connection_pool=True)  # else it leaves a pool to whoever made it

    async def _add(self, kind: str, name: str) -> tuple[int, int]:
        """How many there were in this window, and the seconds until it ends."""
        key = RateLimitItemPerMinute(1).key_for(kind, name)
        if self._together and time.monotonic() >= self._alone_until:
            try:
                return await _added(self._together, key)
            except StorageError as error:
                log.warning("rates.counted_alone", reason=type(error.storage_error).__name__)
                self._alone_until = time.monotonic() + ALONE_SECONDS
        return await _added(self._alone, key)


def _household(address: str) -> str:
    """Whose address it is: of IPv6 the network, because everybody has 2^64 addresses in one."""
    try:
        known = ip_address(address)
    except ValueError:
        return address
    if isinstance(known, IPv4Address) or known.ipv4_mapped:
        return address
    return str(IPv6Network((int(known), 64), strict=False))


async def _added(storage: Storage, key: str) -> tuple[int, int]:
    made = await storage.incr(key, WINDOW_SECONDS)
    seconds = math.ceil(await storage.get_expiry(key) - time.time())
    if seconds > WINDOW_SECONDS + 1:  # the clock was set back, and the window would last until it has caught up
        await storage.clear(key)
        return await storage.incr(key, WINDOW_SECONDS), WINDOW_SECONDS
    return made, min(max(1, seconds), WINDOW_SECONDS)


def _storage_at(redis_url: str) -> RedisStorage:
    pool: Any = client_for(redis_url).connection_pool
    return RedisStorage(
        "async+redis://",  # the pool knows the address
        wrap_exceptions=True,
        implementation="redispy",
        key_prefix="office:rates",
        connection_pool=pool,
    )
