"""Whom the office calls, and whom it does not, however an address is written down."""

import ipaddress
import random

import pytest

from intelligent_office.errors import RequestRefused, Unreachable
from intelligent_office.outbound.addresses import not_public
from intelligent_office.outbound.allowances import host_of, read_allowance
from intelligent_office.outbound.guard import Guard, Resolve

PUBLIC = ["93.184.216.34"]


def names(addresses: dict[str, list[str]]) -> Resolve:
    """A name service that knows these hosts."""

    async def resolve(host: str, port: int) -> list[str]:
        return addresses[host]

    return resolve


def guard(*allowed: str, resolve: Resolve | None = None) -> Guard:
    allowances = [read_allowance(entry) for entry in allowed]
    return Guard(allowances, resolve) if resolve else Guard(allowances)


async def reached(the_guard: Guard, url: str) -> list[str]:
    """The addresses that a call of the URL would connect to."""
    target = the_guard.admit(url)
    return await the_guard.addresses(target.host, target.port)


@pytest.mark.parametrize(
    "host",
    [
        # this machine
        "127.0.0.1",
        "127.0.0.1.",
        "127.255.255.254",
        "0.0.0.0",
        "0.1.2.3",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "a.localhost",
        # other ways of writing it: short, decimal, octal, hexadecimal, mixed
        "127.1",
        "127.0.1",
        "2130706433",
        "017700000001",
        "0x7f000001",
        "0x7f.1",
        "0x7f.0x0.0x0.0x1",
        "0177.0.0.1",
        "127.0.0.01",
        "127.0.0.0x1",
        "0",
        "0x",
        "1.2.3.4.5",
        "256.256.256.256",
        # in other digits and dots
        "①②⑦.⓪.⓪.①",
        "127。0。0。1",
        "127．0．0．1",
        "１２７.0.0.1",
        "ｌｏｃａｌｈｏｓｔ",
        "loc%61lhost",
        "%31%32%37.0.0.1",
        # private, shared and reserved
        "10.0.0.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.100.100.200",
        "169.254.169.254",
        "169.254.170.2",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.2.1",
        "198.18.0.1",
        "198.51.100.1",
        "203.0.113.1",
        "192.88.99.1",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        # IPv6
        "[::1]",
        "[::]",
        "[0:0:0:0:0:0:0:1]",
        "[::127.0.0.1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::ffff:169.254.169.254]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::10.0.0.1]",
        "[64:ff9b:1::1]",
        "[2002:7f00:1::]",
        "[2002:a00:1::1]",
        "[2001:0:7f00:1::1]",
        "[2001::1]",
        "[fe80::1]",
        "[fe80::1%25eth0]",
        "[fc00::1]",
        "[fd00:ec2::254]",
        "[fec0::1]",
        "[ff02::1]",
        "[100::1]",
        "[2001:db8::1]",
        "[3fff::1]",
        "[5f00::1]",
        "[::ffff:0:127.0.0.1]",
        "[v1.a]",
        "[",
        # no host at all
        "",
        ".",
        "a..b",
        "-",
        "a b",
        "a\tb",
        "a\nb",
        "a\r\nHost: b",
        "a\\b",
        "127.0.0.1\\@example.com",
        "a\u00adb",
        "a" * 64,
        ".".join(["a" * 60] * 5),
        "exa\u200bmple.com",
        # credentials, and what looks like them
        "user@example.com",
        "user:secret@example.com",
        "@example.com",
        "example.com@127.0.0.1",
        "a:b@c@example.com",
        # ports that are not HTTP's
        "example.com:22",
        "example.com:25",
        "example.com:0",
        "example.com:6667",
        "example.com:65536",
        "example.com:-1",
        "example.com:80a",
        "example.com:80:80",
    ],
)
async def test_a_host_that_is_not_the_public_internets_is_refused(host):
    resolve = names({"example.com": PUBLIC})
    for scheme in ("http", "https", "HTTP"):
        with pytest.raises(RequestRefused):
            await reached(guard(resolve=resolve), f"{scheme}://{host}/path")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "file://localhost/etc/passwd",
        "gopher://example.com/",
        "ftp://example.com/",
        "dict://example.com/",
        "ws://example.com/",
        "javascript:alert(1)",
        "data:text/plain,x",
        "unix:///var/run/docker.sock",
        "http+unix://%2Fvar%2Frun/x",
        "//example.com/",
        "http:example.com",
        "http:/example.com",
        "http:///example.com",
        "http://",
        "https://?x",
        "example.com",
        "/etc/passwd",
        "http:\\\\example.com\\",
        "http://example.com/a b",
        "http://example.com/\x00",
        "http://example.com/\r\nX: y",
        "http://example.com/\u2028b",
        "ht\ntp://example.com/",
        "",
        "http://example.com/" + "x" * 9_000,
        "http://xn--/",
        "http://xn--a.example.com/",
    ],
)
async def test_what_is_no_plain_http_url_is_refused(url):
    with pytest.raises(RequestRefused) as refusal:
        await reached(guard(resolve=names({"example.com": PUBLIC})), url)
    assert len(str(refusal.value)) < 500


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://example.com/", "93.184.216.34"),
        ("  https://example.com/a?b=c#d\n", "93.184.216.34"),
        ("https://EXAMPLE.com.:8443/", "93.184.216.34"),
        ("http://8.8.8.8:8080/", "8.8.8.8"),
        ("http://[2606:4700::1111]/", "2606:4700::1111"),
        ("http://[64:ff9b::8.8.8.8]/", "64:ff9b::808:808"),
        ("http://[::ffff:8.8.8.8]/", "::ffff:808:808"),
        ("http://example.com/?next=http://127.0.0.1/", "93.184.216.34"),
        ("http://example.com/#@127.0.0.1", "93.184.216.34"),
        ("http://bücher.example/", "93.184.216.34"),
    ],
)
async def test_a_public_host_is_reached_at_the_address_it_has(url, address):
    resolve = names({"example.com": PUBLIC, "xn--bcher-kva.example": PUBLIC})
    assert [ipaddress.ip_address(one) for one in await reached(guard(resolve=resolve), url)] == [
        ipaddress.ip_address(address)
    ]


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["10.0.0.1", "93.184.216.34"],
        ["93.184.216.34", "10.0.0.1"],
        ["93.184.216.34", "::1"],
        ["fe80::1%eth0"],
        ["::ffff:10.0.0.1"],
        ["0.0.0.0"],
    ],
)
async def test_a_name_is_refused_if_any_of_its_addresses_is_not_public(addresses):
    the_guard = guard(resolve=names({"rebind.example.com": addresses}))
    assert the_guard.admit("http://rebind.example.com/")
    with pytest.raises(RequestRefused, match="leads to "):
        await reached(the_guard, "http://rebind.example.com/")


async def test_a_name_that_nobody_knows_is_told_as_such():
    async def resolve(host: str, port: int) -> list[str]:
        raise OSError("Name or service not known")

    with pytest.raises(Unreachable, match="is not known"):
        await reached(guard(resolve=resolve), "http://nowhere.example/")
    with pytest.raises(Unreachable, match="has no address"):
        await reached(guard(resolve=names({"nowhere.example": []})), "http://nowhere.example/")


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1/"),
        ("127.0.0.1", "http://127.0.0.1:8080/"),
        ("127.0.0.1", "http://localhost/"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/"),
        ("127.0.0.1:25", "http://127.0.0.1:25/"),
        ("10.0.0.0/8", "http://wiki.corp/"),
        ("wiki.corp", "http://wiki.corp/"),
        ("WIKI.corp.", "http://wiki.corp.:8080/"),
        ("wiki.corp:81", "http://wiki.corp:81/"),
        ("10.1.2.3:81", "http://wiki.corp:81/"),
        ("[fd00::1]:8080", "http://[fd00::1]:8080/"),
        ("fd00::/8", "http://[fd00::1]/"),
    ],
)
async def test_what_the_operator_allows_is_reached(allowed, url):
    resolve = names({"wiki.corp": ["10.1.2.3"]})
    assert await reached(guard(allowed, resolve=resolve), url)


@pytest.mark.parametrize(
    ("allowed", "url"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8081/"),
        ("127.0.0.1", "http://127.0.0.1:22/"),
        ("127.0.0.1", "http://127.0.0.2/"),
        ("10.0.0.0/8", "http://10.0.0.1:22/"),
        ("10.2.0.0/16", "http://wiki.corp/"),
        ("wiki.corp", "http://wiki.corp:22/"),
        ("wiki.corp:8080", "http://wiki.corp/"),
        ("wiki.corp", "http://10.1.2.3/"),
        ("wiki.corp", "http://evil.wiki.corp/"),
        ("corp", "http://wiki.corp/"),
        ("10.1.2.3:81", "http://example.com:81/"),
    ],
)
async def test_an_allowance_covers_no_more_than_it_says(allowed, url):
    resolve = names({"wiki.corp": ["10.1.2.3"], "evil.wiki.corp": ["10.1.2.3"], "example.com": PUBLIC})
    with pytest.raises(RequestRefused):
        await reached(guard(allowed, resolve=resolve), url)


@pytest.mark.parametrize(
    "entry", ["", "http://wiki.corp", "wiki.corp:99999", "10.0.0.1/8", "a b", "*", "1.2.3", "a/b", ":80"]
)
def test_an_allowance_that_cannot_be_read_is_told(entry):
    with pytest.raises(ValueError, match="host, address or network"):
        read_allowance(entry)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://searx.corp", ("searx.corp", 80)),
        ("https://searx.corp/search", ("searx.corp", 443)),
        ("http://searx.corp:8888/", ("searx.corp", 8888)),
    ],
)
def test_a_url_of_the_operators_allows_its_own_host_and_port_alone(url, allowed):
    [allowance] = host_of(url)
    assert (allowance.host, allowance.port) == allowed


def test_no_address_is_public_that_the_standard_library_calls_private():
    """Both follow IANA's registries; ours refuses more, and never less."""
    chance = random.Random(8)
    for _ in range(20_000):
        four = ipaddress.IPv4Address(chance.getrandbits(32))
        six = ipaddress.IPv6Address(chance.getrandbits(128) >> chance.choice([0, 0, 32, 96, 112]))
        for address in (four, six):
            if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
                assert not_public(address), address
