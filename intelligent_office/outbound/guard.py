"""Who may be called: judged by the words of a URL at once, and by its addresses when it is connected to."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address

import httpx

from intelligent_office.errors import RequestRefused, Unreachable
from intelligent_office.outbound.addresses import Address, not_public
from intelligent_office.outbound.allowances import Allowance

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]
"""The addresses of a host name."""

_LONGEST = 8_000
_BEGINNING = re.compile(r"https?://(?P<authority>[^/?#]+)", re.IGNORECASE)
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_OTHER_PROTOCOLS = {1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6679, 6697, 10080}
_OTHER_PROTOCOLS |= set(range(6665, 6670))
"""Ports from 1024 on that browsers refuse, too, because they speak something else (fetch.spec.whatwg.org)."""


async def ask_the_system(host: str, port: int) -> list[str]:
    """The addresses by which the operating system knows a host.

    Raises:
        OSError: it knows none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for _, _, _, _, address in found]


@dataclass(frozen=True)
class Target:
    """Whom a URL names."""

    url: httpx.URL
    """Without its fragment, which no server is told."""
    host: str
    """In lower case, without a final dot; an IPv6 address without its brackets."""
    port: int

    @property
    def origin(self) -> tuple[str, str, int]:
        """Who the secrets of a request are meant for."""
        return self.url.scheme, self.host, self.port


@dataclass(frozen=True)
class Guard:
    """Lets pass what leads to the public internet, and what the operator has allowed beside it."""

    allowances: Sequence[Allowance] = ()
    resolve: Resolve = ask_the_system
    setting: str = "OFFICE_HTTP_ALLOW"
    """Where the operator names the allowances; told to whoever is refused."""
    instead_of_credentials: str = "send them as the header `Authorization`"
    """What is possible; told to whoever writes them into a URL."""

    def admit(self, text: str) -> Target:
        """Read a URL and judge all of it that needs no look-up.

        Raises:
            RequestRefused: it is none that the office calls; the message says why.
        """
        target = read_url(text, instead_of_credentials=self.instead_of_credentials)
        self._judge(target.host, _literal(target.host), target.port)
        return target

    async def addresses(self, host: str, port: int) -> list[str]:
        """Where to connect to: every address of the host, if each of them may be reached.

        Raises:
            RequestRefused: one of them may not.
            Unreachable: there is none.
        """
        literal = _literal(host)
        try:
            found = [str(literal)] if literal else list(await self.resolve(host, port))
        except (OSError, UnicodeError) as failure:
            raise Unreachable(reason=f"The host `{host}` is not known: {failure}.") from None
        if not found:
            raise Unreachable(reason=f"The host `{host}` has no address.")
        for address in found:
            self._judge(host.lower().removesuffix("."), ip_address(address), port)
        return list(dict.fromkeys(found))

    def _judge(self, host: str, address: Address | None, port: int) -> None:
        """Refuse a host; `address` is None as long as it is not known."""
        covering = [allowance for allowance in self.allowances if allowance.covers(host, address)]
        if any(allowance.port == port for allowance in covering):
            return
        if not _usual(port):
            if address is None and any(allowance.port == port for allowance in self.allowances):
                return  # it is judged again when the address is known
            raise RequestRefused(
                reason=f"Port {port} of `{host}` is not called: 80, 443 and most from 1024 on are, and what"
                f" {self.setting} names."
            )
        if address is None or any(allowance.port is None for allowance in covering):
            return
        what = not_public(address)
        if what:
            leads = "belongs" if host == str(address) else f"leads to {address}, which belongs"
            raise RequestRefused(
                reason=f"`{host}` {leads} to {what}; only the public internet is called, and what {self.setting} names."
            )


def read_url(text: str, *, instead_of_credentials: str) -> Target:
    """The parts of an `http` or `https` URL that hides nothing.

    Raises:
        RequestRefused: it is none; the message says what is wrong.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise RequestRefused(reason=f"The URL has {len(text)} characters; {_LONGEST} are the most.")
    found = _BEGINNING.match(text)
    if not found:
        raise RequestRefused(reason=f"`{_shown(text)}` is no URL that begins with `http://` or `https://` and a host.")
    if "\\" in text or not text.isprintable() or any(char.isspace() for char in text):
        raise RequestRefused(reason="A URL holds no spaces, backslashes or control characters; write them as `%20`.")
    if "@" in found["authority"]:
        raise RequestRefused(reason=f"A URL may not hold credentials; {instead_of_credentials}.")
    try:
        url = httpx.URL(text).copy_with(fragment=None)
        # Asking for `host` decodes it, which httpx would do on the way.
        host = url.raw_host.decode("ascii").lower().removesuffix(".") if url.host else ""
    except (httpx.InvalidURL, ValueError) as fault:
        raise RequestRefused(reason=f"`{_shown(text)}` is no usable URL: {fault}.") from None
    if ":" not in host and not _NAME.fullmatch(host):
        raise RequestRefused(reason=f"`{_shown(host)}` is no usable host name.")
    if _NUMBER.fullmatch(host.rpartition(".")[2]) and _literal(host) is None:
        raise RequestRefused(reason=f"`{_shown(host)}` is no usable host: an address is written as four numbers.")
    port = url.port if url.port is not None else 443 if url.scheme == "https" else 80
    if not 0 < port < 65536:
        raise RequestRefused(reason=f"There is no port {port}.")
    return Target(url, host, port)


def _usual(port: int) -> bool:
    return port in (80, 443) or (port >= 1024 and port not in _OTHER_PROTOCOLS)


def _literal(host: str) -> Address | None:
    """The address that a host is, if it is one; `localhost` is by definition (RFC 6761)."""
    name = host.lower().removesuffix(".")
    if name == "localhost" or name.endswith(".localhost"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(name.strip("[]"))
    except ValueError:
        return None


def _shown(text: str) -> str:
    return text if len(text) <= 200 else f"{text[:200]}…"
