"""Connections that lead only where the guard lets them.

The guard is asked at the last moment, below HTTP and TLS: a host is resolved once, every address is judged, and the
connection is made to exactly the address that was judged. So no second look-up can lead elsewhere (DNS rebinding),
and no way of writing an address slips through. TLS still checks the certificate for the host of the URL.
"""

import ssl
from collections.abc import Iterable

import httpcore
import httpx

from intelligent_office.outbound.guard import Guard


class _GuardedNetwork(httpcore.AsyncNetworkBackend):
    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address that answers.

        Raises:
            RequestRefused: one of the host's addresses may not be reached.
            Unreachable: the host has none.
        """
        *rest, last = await self._guard.addresses(host, port)
        for address in rest:
            try:
                return await self._network.connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(last, port, timeout, local_address, socket_options)


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP/1.1 by way of the guard; no proxy, whatever the environment says."""

    def __init__(self, guard: Guard, certificates: ssl.SSLContext) -> None:
        super().__init__(verify=certificates, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=certificates,
            network_backend=_GuardedNetwork(guard),
        )
