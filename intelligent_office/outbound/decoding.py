"""Bodies that were compressed for the way, unpacked no further than wanted."""

import zlib
from typing import Protocol

from intelligent_office.errors import OfficeError

ACCEPTED = "gzip, deflate"
"""What servers are told that we read: what can be unpacked piece by piece with an upper limit."""
_MOST_MEMBERS = 1_000
"""Of one gzip: to begin another takes time, also if it holds nothing; bgzip makes one for 64 kB."""
_EITHER_HEADER = zlib.MAX_WBITS | 32
_NO_HEADER = -zlib.MAX_WBITS


class Damaged(OfficeError):
    """The compressed body is damaged."""


class Unpacker(Protocol):
    """Unpacks one body."""

    def feed(self, piece: bytes, most: int) -> bytes:
        """The next bytes, unpacked into at most so many if they were packed at all.

        Raises:
            Damaged: the body is not what it was said to be.
        """
        ...

    @property
    def whole(self) -> bool:
        """Whether the body has come to its end, as far as that shows."""
        ...


def unpacker(encoding: str) -> Unpacker | None:
    """What unpacks a body of this `Content-Encoding`; None if that is not known."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    return _Packed() if name in ("gzip", "x-gzip", "deflate") else None


class _Plain:
    whole = True

    def feed(self, piece: bytes, most: int) -> bytes:  # noqa: ARG002
        return piece


class _Packed:
    """`gzip`, with up to a thousand members, and `deflate`, with or without the header that it should have."""

    def __init__(self) -> None:
        self._begun = False
        self._members = 1
        self._inflate = zlib.decompressobj(wbits=_EITHER_HEADER)

    @property
    def whole(self) -> bool:
        return self._inflate.eof or not self._begun

    def feed(self, piece: bytes, most: int) -> bytes:
        unpacked = b""
        while piece and len(unpacked) < most:
            if self._inflate.eof:
                self._members += 1
                if self._members > _MOST_MEMBERS:
                    raise Damaged
                self._inflate = zlib.decompressobj(wbits=_EITHER_HEADER)
            unpacked += self._inflated(piece, most - len(unpacked))
            piece = self._inflate.unused_data
        return unpacked

    def _inflated(self, piece: bytes, most: int) -> bytes:
        begun, self._begun = self._begun, True
        try:
            return self._inflate.decompress(piece, most)
        except zlib.error:
            if begun:
                raise Damaged from None
        self._inflate = zlib.decompressobj(wbits=_NO_HEADER)
        try:
            return self._inflate.decompress(piece, most)
        except zlib.error:
            raise Damaged from None
