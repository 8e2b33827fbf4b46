"""What the operator lets the office reach beside the public internet: hosts and networks of a setting."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_network
from urllib.parse import urlsplit

from intelligent_office.outbound.addresses import Address, Network, carried

_ENTRY = re.compile(r"(?P<name>\[[^\]]+\]|[^:\[\]]+)(?::(?P<port>[0-9]{1,5}))?")
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")


@dataclass(frozen=True)
class Allowance:
    """One entry: a host by its name, or every host whose address is in a network; on one port, or on any usual one."""

    host: str = ""
    network: Network | None = None
    port: int | None = None

    def covers(self, host: str, address: Address | None) -> bool:
        """Whether it is about this host, whose address may not be known yet."""
        if self.network is None:
            return host == self.host
        return address is not None and carried(address) in self.network


def read_allowance(entry: str) -> Allowance:
    """An entry as an operator writes it: `wiki.corp`, `wiki.corp:8080`, `10.1.2.3:8080`, `10.1.0.0/16`, `[fd00::1]:80`.

    Raises:
        ValueError: it is none of these.
    """
    text = entry.strip().lower()
    network = _network(text)
    if network:
        return Allowance(network=network)
    found = _ENTRY.fullmatch(text)
    port = int(found["port"]) if found and found["port"] else None
    if not found or (port is not None and not 0 < port < 65536):
        raise ValueError(f"{entry!r} is no host, address or network, such as wiki.corp:8080 or 10.1.0.0/16")
    name = found["name"].removesuffix(".")
    network = _network(name.strip("[]"))
    if network:
        return Allowance(network=network, port=port)
    if not _NAME.fullmatch(name) or name.replace(".", "").isdigit():
        raise ValueError(f"{entry!r} is no host, address or network, such as wiki.corp:8080 or 10.1.0.0/16")
    return Allowance(host=name, port=port)


def host_of(url: str) -> Sequence[Allowance]:
    """The allowance for the one host and port that a setting of the operator's own names by its URL."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    named = f"[{host}]" if ":" in host else host
    return [read_allowance(f"{named}:{parts.port or (443 if parts.scheme == 'https' else 80)}")]


def _network(text: str) -> IPv4Network | IPv6Network | None:
    try:
        return ip_network(text)
    except ValueError:
        return None
