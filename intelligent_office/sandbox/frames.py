"""How host and sandbox talk: pieces of bytes, each after its length. None of them can be a link or a device."""

import struct
from collections.abc import Iterable

_LENGTH = struct.Struct(">Q")


def packed(pieces: Iterable[bytes]) -> bytes:
    """The pieces as one stream."""
    return b"".join(part for piece in pieces for part in (_LENGTH.pack(len(piece)), piece))


def unpacked(stream: bytes) -> list[bytes]:
    """The pieces of a stream, up to the first that is not whole: whoever wrote it may have been killed, or lie."""
    pieces, at = [], 0
    while at + _LENGTH.size <= len(stream):
        (length,) = _LENGTH.unpack_from(stream, at)
        at += _LENGTH.size
        if at + length > len(stream):
            break
        pieces.append(stream[at : at + length])
        at += length
    return pieces
