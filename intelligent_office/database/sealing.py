"""Encryption at rest: AES-256-GCM, with keys that the settings name.

What is sealed carries the id of its key, so that keys can be changed: the first one seals, all of them open. Each piece
is bound to what it is about, and opens nowhere else.
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from functools import cached_property
from hashlib import sha256
from secrets import token_bytes
from typing import TYPE_CHECKING, Self

from pydantic import SecretStr

from intelligent_office.errors import InvalidSetting, SealBroken, UnknownKey

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SETTING = "OFFICE_ENCRYPTION_KEY"
KEY_BYTES = 32
NONCE_BYTES = 12
"""Random ones of this length may be used for 2³² pieces under one key (NIST SP 800-38D, section 8.3)."""
ID_LENGTH = 8


class Keyring:
    """The keys of this process; without any, what is sealed stays as it is."""

    def __init__(self, keys: Sequence[bytes] = ()) -> None:
        self._keys = {id_of(key): key for key in keys}
        self.writes_with = next(iter(self._keys), None)
        """The id of the key that seals; None if nothing is encrypted."""

    @classmethod
    def of(cls, setting: SecretStr | None) -> Self:
        """The keys that the setting lists, with commas between them.

        Raises:
            InvalidSetting: one of them is no key; it is not quoted.
        """
        words = setting.get_secret_value().split(",") if setting else []
        return cls([_decoded(word.strip(), place) for place, word in enumerate(words, 1) if word.strip()])

    @property
    def ids(self) -> frozenset[str]:
        """Of all keys."""
        return frozenset(self._keys)

    def seal(self, content: bytes, about: str) -> tuple[str | None, bytes]:
        """Encrypt something.

        Args:
            content: What to keep secret.
            about: What it is; it opens for nothing else.

        Returns:
            The id of the key, None where there is no key, and what to store.
        """
        if self.writes_with is None:
            return None, content
        nonce = token_bytes(NONCE_BYTES)
        return self.writes_with, nonce + self._ciphers[self.writes_with].encrypt(nonce, content, about.encode())

    def open(self, key_id: str | None, stored: bytes, about: str) -> bytes:
        """What was sealed; what was stored before there was a key is as it was.

        Raises:
            UnknownKey: the key is not among those of this process.
            SealBroken: it was changed, or is about something else.
        """
        if key_id is None:
            return stored
        if key_id not in self._keys:
            raise UnknownKey(about=about, key=key_id)
        from cryptography.exceptions import InvalidTag

        try:
            return self._ciphers[key_id].decrypt(stored[:NONCE_BYTES], stored[NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):  # a nonce may be cut short
            raise SealBroken(about=about, key=key_id) from None

    @cached_property
    def _ciphers(self) -> "dict[str, AESGCM]":
        # Imported late: commands that only look at a task have nothing to open.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        return {name: AESGCM(key) for name, key in self._keys.items()}


def new_key() -> str:
    """A key for the setting."""
    return urlsafe_b64encode(token_bytes(KEY_BYTES)).decode()


def id_of(key: bytes) -> str:
    """Names a key without telling anything of it."""
    return sha256(b"intelligent-office key id\0" + key).hexdigest()[:ID_LENGTH]


def _decoded(word: str, place: int) -> bytes:
    try:
        key = urlsafe_b64decode(word.encode("ascii"))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        reason = f"its key number {place} is not {KEY_BYTES} bytes in base64; `office doctor --new-key` makes one"
        raise InvalidSetting(name=SETTING, reason=reason)
    return key
