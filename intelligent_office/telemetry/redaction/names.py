"""Names that say that what is given to them is a secret, however it looks.

For records that nothing comes back from. Questions to models keep to what looks like one: they would lose too much.
"""

import re
from collections.abc import Iterator
from typing import Literal

SecretKind = Literal["key", "password"]

_PART = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-Z]+(?![a-z])|\d+")
_PASSWORDS = {
    "pass",
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pwd",
    "pin",
    "passwort",
    "kennwort",
    "contraseña",
}
_KEYS = {"apikey", "auth", "authorization", "bearer", "cookie", "credential", "secret", "sig", "signature", "token"}
_OPENS = {"access", "account", "api", "app", "auth", "client", "encryption", "license", "master", "private", "secret"}
_OPENS |= {"session", "shared", "signing", "ssh", "storage", "subscription"}
"""What a `key` is called that is one to a door, and not to a table."""
_GIVEN = re.compile(r"(?<![\w-])(?P<name>[\w-]{2,60})[\"']?\s{0,3}[:=]\s{0,3}")
_VALUE = re.compile(
    r"\"(?P<double>[^\"\n]{1,4000})\"?|'(?P<single>[^'\n]{1,4000})'?"
    r"|(?P<bare>(?:(?:bearer|basic|digest|token)\s+)?[^\s\"'`,;&(){}\[\]<>]{6,4000})(?![(\[])",
    re.IGNORECASE,
)


def kind_of(name: str) -> SecretKind | None:
    """What a value is by its name: `X-Api-Key`, `dbPassword`, `client_secret`; None for `sort_key`, `max_tokens`."""
    parts = [part.lower() for part in _PART.findall(name)]
    if not parts:
        return None
    last = parts[-1] if parts[-1] in ("pass", "tokens") else parts[-1].removesuffix("s")
    if last in _PASSWORDS:
        return "password"
    named_key = last == "key" and len(parts) > 1 and parts[-2] in _OPENS
    return "key" if named_key or last in _KEYS else None


def given(text: str) -> Iterator[tuple[int, int, SecretKind]]:
    """Start, end and kind of each value that is given to such a name inside a text: in a URL, in JSON, in code."""
    for found in _GIVEN.finditer(text):
        kind = kind_of(found["name"])
        value = _VALUE.match(text, found.end()) if kind else None
        if kind and value and value.lastgroup:
            yield *value.span(value.lastgroup), kind
