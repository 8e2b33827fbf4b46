"""One request and its answer, within limits of time, size and redirects."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache

import httpx

from intelligent_office.errors import AnswerLost, RequestRefused, Unreachable
from intelligent_office.outbound.connections import GuardedTransport
from intelligent_office.outbound.decoding import ACCEPTED, Damaged, unpacker
from intelligent_office.outbound.guard import Guard, Target

READING = ("GET", "HEAD")
_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_ONWARD = {301, 302, 303, 307, 308}
_FOR_ANYBODY = {"accept", "accept-language", "user-agent"}
"""Headers that a server may see that the request was not meant for."""


@dataclass(frozen=True)
class Limits:
    """What one exchange may take."""

    seconds: float = 30.0
    """From the first look-up to the last byte, redirects included."""
    connect_seconds: float = 10.0
    body_bytes: int = 2_000_000
    """Of the body, unpacked."""
    redirects: int = 5


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    url: str
    """Where the answer came from in the end."""
    status: int
    headers: dict[str, str]
    """Names in lower case."""
    body: bytes
    complete: bool
    """Whether the body is all that the server had to say, as it meant it."""
    remark: str
    """Why it is not, or what else a reader should know; empty if there is nothing."""


@dataclass(frozen=True)
class Outbound:
    """Asks other servers, under one guard."""

    guard: Guard
    limits: Limits = field(default_factory=Limits)
    certificates: ssl.SSLContext | None = None
    """Who is trusted to vouch for servers; unset, those that the environment or certifi names."""

    async def exchange(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Reply:
        """Send a request; redirects are followed only when nothing but reading was asked for.

        Raises:
            RequestRefused: the URL, or one that it redirects to, is not called. Nothing was done.
            Unreachable: there is no connection to be had. Nothing was done.
            AnswerLost: the server was asked, and what came of it is not known.
        """
        target = self.guard.admit(url)
        sent = {
            "accept": "*/*",
            "user-agent": "intelligent-office",
            **{name.lower(): value for name, value in (headers or {}).items()},
        }
        trusted = self.certificates if self.certificates is not None else await asyncio.to_thread(_trusted)
        deadline = asyncio.get_running_loop().time() + self.limits.seconds
        async with GuardedTransport(self.guard, trusted) as transport:
            for _ in range(self.limits.redirects + 1):
                response = await self._asked(transport, method, target, sent, body, deadline)
                try:
                    onward = self._onward(method, target, response)
                    if onward is None:
                        return await self._taken_down(method, target, response, deadline)
                finally:
                    await response.aclose()
                if onward.origin != target.origin:
                    sent = {name: value for name, value in sent.items() if name in _FOR_ANYBODY}
                target = onward
        raise RequestRefused(reason=f"`{url[:200]}` redirects more than {self.limits.redirects} times.")

    async def _asked(
        self,
        transport: GuardedTransport,
        method: str,
        target: Target,
        headers: Mapping[str, str],
        body: bytes,
        deadline: float,
    ) -> httpx.Response:
        """The answer, as far as its headers."""
        request = httpx.Request(
            method,
            target.url,
            headers={**headers, "accept-encoding": ACCEPTED, "connection": "close"},
            content=body if body or method not in READING else None,
            extensions={"timeout": {"connect": self.limits.connect_seconds}},
        )
        named = f"`{target.host}`"
        try:
            async with asyncio.timeout_at(deadline):
                return await transport.handle_async_request(request)
        except TimeoutError:
            raise AnswerLost(reason=f"{named} did not answer within {self.limits.seconds:g} seconds.") from None
        except (httpx.ConnectError, httpx.ConnectTimeout) as failure:
            untrusted = _untrusted(failure)
            if untrusted:
                raise RequestRefused(reason=f"{named} could not prove who it is: {untrusted}.") from None
            raise Unreachable(reason=f"{named} cannot be reached on port {target.port}: {_told(failure)}.") from None
        except httpx.LocalProtocolError as fault:
            raise RequestRefused(reason=f"The request cannot be sent: {fault}.") from None
        except httpx.HTTPError as failure:
            raise AnswerLost(reason=f"{named} gave no usable answer: {_told(failure)}.") from None

    def _onward(self, method: str, target: Target, response: httpx.Response) -> Target | None:
        """Where the answer sends the request; None if it is not to be sent on."""
        location = response.headers.get("location", "")
        if method not in READING or response.status_code not in _ONWARD or not location:
            return None
        try:
            return self.guard.admit(_joined(target, location))
        except RequestRefused as refusal:
            raise RequestRefused(
                reason=f"`{target.host}` redirects to where the office does not call: {refusal}"
            ) from None

    async def _taken_down(self, method: str, target: Target, response: httpx.Response, deadline: float) -> Reply:
        """The whole answer, or what the limits leave of it."""
        body, remark = await self._body(response, deadline)
        complete = not remark
        if method not in READING and response.status_code in _ONWARD:
            remark = (
                remark or f"It redirects to `{response.headers.get('location', '')[:500]}`; a {method} is not sent on."
            )
        return Reply(
            url=str(target.url),
            status=response.status_code,
            headers={name: value[:2_000] for name, value in response.headers.items()},
            body=body,
            complete=complete,
            remark=remark,
        )

    async def _body(self, response: httpx.Response, deadline: float) -> tuple[bytes, str]:
        """The body, and what kept it from being whole."""
        most = self.limits.body_bytes
        encoding = response.headers.get("content-encoding", "")
        unpack = unpacker(encoding)
        body, received = bytearray(), 0
        try:
            async with asyncio.timeout_at(deadline):
                async for piece in response.stream:  # type: ignore[union-attr]  # of an asynchronous transport
                    received += len(piece)
                    body += unpack.feed(piece, most + 1 - len(body)) if unpack else piece
                    if max(len(body), received) > most:
                        return bytes(body[:most]), f"It is longer than {most} bytes; this is its beginning."
        except TimeoutError:
            return bytes(body), f"It did not end within {self.limits.seconds:g} seconds; this is what came until then."
        except Damaged:
            return bytes(body), "The rest of it is damaged."
        except httpx.HTTPError as failure:
            return bytes(body), f"It broke off: {_told(failure)}."
        if not unpack:
            return bytes(body), f"It is packed as `{encoding[:50]}`, and left so."
        return bytes(body), "" if unpack.whole else "The end of it is missing."


def _joined(target: Target, location: str) -> str:
    """The URL that a `Location` means; what cannot be read as one stays as it is, and is refused as such."""
    if "\\" in location or not location.isprintable() or _SCHEME.match(location):
        return location
    with suppress(httpx.InvalidURL, ValueError):
        return str(target.url.join(location))
    return location


def _untrusted(failure: BaseException | None) -> str:
    """What is wrong with the server's certificate or its TLS; empty if that is not why it failed."""
    while failure is not None:
        if isinstance(failure, ssl.SSLCertVerificationError):
            return failure.verify_message
        if isinstance(failure, ssl.SSLError):
            return failure.reason or "TLS failed"
        failure = failure.__cause__ or failure.__context__
    return ""


def _told(failure: Exception) -> str:
    return str(failure).rstrip(".") or type(failure).__name__


@cache
def _trusted() -> ssl.SSLContext:
    """The certificates of SSL_CERT_FILE or SSL_CERT_DIR, where an operator has named some, or else certifi's."""
    return httpx.create_ssl_context()
