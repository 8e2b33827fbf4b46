"""How a key looks, and how its secret is kept: as a hash that a thief of the database cannot turn back."""

import asyncio
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass, field

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_FORM = re.compile(r"office_(?P<key_id>[0-9a-f]{16})_[0-9a-f]{64}")


def draw() -> str:
    """A new key: `office_<its public id>_<256 random bits>`, a form that scanners for secrets can find."""
    return f"office_{secrets.token_hex(8)}_{secrets.token_hex(32)}"


def key_id_of(text: str) -> str | None:
    """The public part of a key; None if the text is no key."""
    found = _FORM.fullmatch(text)
    return found["key_id"] if found else None


@dataclass
class Hashes:
    """Makes and checks hashes of keys.

    The parameters of argon2id are light, because nobody guesses 256 random bits, however fast. A key that was found to
    be right is remembered by a digest that only this process can make, so that its next request costs a microsecond.
    """

    _argon2: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1, type=Type.ID)
    )
    _own: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    _known: dict[str, bytes] = field(default_factory=dict, repr=False)
    """Of each hash in the database, the digest of the key that fits it."""
    _nobodys: str = ""

    def make(self, text: str) -> str:
        """The hash of a key, as the database keeps it."""
        return self._argon2.hash(text)

    async def fits(self, text: str, hash_of_key: str | None) -> bool:
        """Whether a key is the one of this hash. Without a hash the answer is no, and takes as long as any other no."""
        digest = hashlib.blake2b(text.encode(errors="replace"), key=self._own).digest()
        known = self._known.get(hash_of_key or "")
        if known and hmac.compare_digest(known, digest):
            return True
        if not await asyncio.to_thread(self._verified, text, hash_of_key or self._hash_of_nobodys_key()):
            return False
        if hash_of_key is None:
            return False
        self._known[hash_of_key] = digest
        return True

    def _verified(self, text: str, hash_of_key: str) -> bool:
        try:
            return self._argon2.verify(hash_of_key, text)
        except (VerificationError, InvalidHashError):
            return False

    def _hash_of_nobodys_key(self) -> str:
        self._nobodys = self._nobodys or self.make(draw())
        return self._nobodys
