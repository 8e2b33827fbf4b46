"""IP addresses that belong to somebody."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv6Address, IPv6Network

Span = tuple[int, int]

_FOUR = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d|-\w)")
_JOINED = re.compile(r"[\w.]")
_SIX = re.compile(r"(?<![\w:.])[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,8}(?:(?:\.\d{1,3}){3})?(?![\w:]|\.\d)")
_NUMBERED = re.compile(
    r"(?:\bv|version\w*|release|section|sect\.|§|chapter|rfc[ -]?\d*)[\s:=,(\"'-]*$|[<>~]=\s?$|[=!]=$|[~^]$",
    re.IGNORECASE,
)
"""What stands before four numbers that are no address: `version 1.2.3.4`, `>=1.2.3.4`."""
_LOOK_BACK = 24
_OWNED = tuple(map(IPv6Network, ("2000::/3", "fc00::/7", "fe80::/10", "::ffff:0:0/96", "64:ff9b::/96")))
"""Addresses of networks and machines. The rest is reserved, or a slice such as `[1::2]`."""


def addresses(text: str) -> Iterator[Span]:
    """IPv4 and IPv6 addresses, without port and zone.

    Loopback, unspecified, IPv4 link-local, multicast and broadcast addresses and netmasks are nobody's.
    """
    for found in _FOUR.finditer(text):
        start = found.start()
        if start and _JOINED.match(text, start - 1):
            continue
        if _is_owned(found[0]) and not _NUMBERED.search(text, max(0, start - _LOOK_BACK), start):
            yield found.span()
    if "::" in text or text.count(":") >= 7:
        for found in _SIX.finditer(text):
            written = found[0] if found[0].endswith("::") else found[0].removesuffix(":")
            if _is_owned_six(written):
                yield found.start(), found.start() + len(written)


def _is_owned(written: str) -> bool:
    try:
        address = IPv4Address(written)
    except AddressValueError:
        return False
    nobodys = address.is_loopback or address.is_link_local or address.is_multicast or written.startswith(("0.", "255."))
    return not nobodys


def _is_owned_six(written: str) -> bool:
    try:
        address = IPv6Address(written)
    except AddressValueError:
        return False
    if address.ipv4_mapped:
        return _is_owned(str(address.ipv4_mapped))
    return any(address in network for network in _OWNED)
