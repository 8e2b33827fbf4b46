"""Which addresses belong to the public internet.

After IANA's registries of special-purpose addresses (RFC 6890 and its updates), and stricter where a range is routed to
something inside: of IPv6 only global unicast passes, without the ranges that carry an IPv4 address in disguise.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC = {
    IPv4Network("0.0.0.0/8"): "this machine",
    IPv4Network("10.0.0.0/8"): "a private network",
    IPv4Network("100.64.0.0/10"): "a provider's own network",
    IPv4Network("127.0.0.0/8"): "this machine",
    IPv4Network(
        "168.63.129.16/32"
    ): "the cloud's own services",  # Azure: learn.microsoft.com, "What is IP 168.63.129.16"
    IPv4Network("169.254.0.0/16"): "the local link, where clouds keep their metadata",
    IPv4Network("172.16.0.0/12"): "a private network",
    IPv4Network("192.0.0.0/24"): "a reserved range",
    IPv4Network("192.0.2.0/24"): "a range for examples",
    IPv4Network("192.88.99.0/24"): "a reserved range",
    IPv4Network("192.168.0.0/16"): "a private network",
    IPv4Network("198.18.0.0/15"): "a range for tests",
    IPv4Network("198.51.100.0/24"): "a range for examples",
    IPv4Network("203.0.113.0/24"): "a range for examples",
    IPv4Network("224.0.0.0/4"): "a multicast group",
    IPv4Network("240.0.0.0/4"): "a reserved range",
}
_NOT_PUBLIC_V6 = {
    IPv6Network("::/128"): "this machine",
    IPv6Network("::1/128"): "this machine",
    IPv6Network("2001::/23"): "a reserved range",  # Teredo, which carries IPv4 addresses, is in it
    IPv6Network("2001:db8::/32"): "a range for examples",
    IPv6Network("2002::/16"): "a range that carries IPv4 addresses",  # 6to4
    IPv6Network("3fff::/20"): "a range for examples",
    IPv6Network("fc00::/7"): "a private network",
    IPv6Network("fe80::/10"): "the local link",
    IPv6Network("ff00::/8"): "a multicast group",
}
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052


def not_public(address: Address) -> str:
    """What the address belongs to instead of the public internet, in words; empty if it is public."""
    inner = carried(address)
    if isinstance(inner, IPv4Address):
        return next((what for network, what in _NOT_PUBLIC.items() if inner in network), "")
    named = next((what for network, what in _NOT_PUBLIC_V6.items() if inner in network), "")
    return named or ("" if inner in _GLOBAL_UNICAST and not inner.scope_id else "a reserved range")


def carried(address: Address) -> Address:
    """Where packets to the address end up: at the IPv4 address inside a mapped or NAT64 one, else at itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return address.ipv4_mapped
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
