"""Ports of this machine that stay a test's own, also while nobody listens on them."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def own_port() -> Iterator[int]:
    """A port that refuses connections until a server of the test listens on it, and again when that has ended.

    It is bound as long as the block runs, so that the system gives it to nobody else. A server that sets SO_REUSEADDR,
    as nearly all do, may still listen on it.
    """
    with socket.socket() as held:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]
