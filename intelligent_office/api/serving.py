"""Serving the application on a socket, as a process of its own does."""

import asyncio
import resource
import socket
import ssl
from contextlib import suppress
from types import FrameType
from typing import Any

import uvicorn

from intelligent_office.api.app import create_app
from intelligent_office.api.connection import HEADER_BYTES, Connection
from intelligent_office.api.parts import Parts
from intelligent_office.database.pool import Database
from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.garbage import spare_what_stays
from intelligent_office.settings import Settings

PATIENCE_SECONDS = 10
"""How long a server that was told to stop waits for answers that are still being given."""

IDLE_SECONDS = 75
"""How long a connection is kept open between two requests: longer than clients and load balancers keep theirs, or their
next request would meet a door that is just being closed."""

MOST_FILES = 65_536
"""So many files and connections a server may have open, if its system lets it."""

CONFIGURATION: dict[str, Any] = {
    "http": Connection,
    "h11_max_incomplete_event_size": HEADER_BYTES,
    "timeout_keep_alive": IDLE_SECONDS,
    "server_header": False,
    "log_config": None,
    "access_log": False,  # the office logs its requests itself
}
"""Of uvicorn, wherever the office serves itself."""


class Server(uvicorn.Server):
    """Opens the database before anything else: a setting that is wrong then ends the command, and not its start-up."""

    def __init__(self, config: uvicorn.Config, database: Database, parts: Parts) -> None:
        super().__init__(config)
        self._database = database
        self._parts = parts

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            with suppress(Unavailable):  # the app says so, and opens it when it is back
                await self._database.open()
                await self._database.insist_on_keys()
        except BaseException:  # there will be no app to close it
            await self._database.close()
            raise
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        spare_what_stays()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell the worker at once: answers that are still being given are no reason to begin another task."""
        if self._parts.shift:
            self._loop.call_soon_threadsafe(self._parts.shift.stop)
        super().handle_exit(sig, frame)


def serve(settings: Settings, listener: socket.socket, *, worker: bool) -> bool:
    """Serve until told to stop; whether it came to serving at all.

    Raises:
        InvalidSetting: the address or the home folder of the database is not usable.
    """
    open_many_files()
    database = Database(settings)
    app = create_app(settings, worker=worker, database=database, hosts=settings.hosts)
    config = uvicorn.Config(
        app,
        **CONFIGURATION,
        timeout_graceful_shutdown=PATIENCE_SECONDS,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    server = Server(config, database, app.state.parts)
    # Ctrl-C is told again after everything was shut down in order; a server that cannot start has logged why.
    with suppress(KeyboardInterrupt, SystemExit):
        server.run(sockets=[listener])
    return server.started


def open_many_files() -> None:
    """Raise this process's own limit as far as it may: shells often allow 1024 files, and each connection is one."""
    few, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    many = MOST_FILES if most == resource.RLIM_INFINITY else min(MOST_FILES, most)
    if few != resource.RLIM_INFINITY and few < many:
        with suppress(OSError, ValueError):  # some systems say that there is no limit, and have one
            resource.setrlimit(resource.RLIMIT_NOFILE, (many, most))


def check_tls(settings: Settings) -> None:
    """See to it that the certificate can be used, before anybody is told that the server opens.

    Raises:
        InvalidSetting: it cannot, or its key cannot.
    """
    certificate, key = settings.tls_certificate, settings.tls_key
    if not certificate and not key:
        return
    if not certificate or not key:
        missing = "OFFICE_TLS_KEY" if certificate else "OFFICE_TLS_CERTIFICATE"
        raise InvalidSetting(name=missing, reason="a certificate and its key go together, and it is not set")
    for name, path in (("OFFICE_TLS_CERTIFICATE", certificate), ("OFFICE_TLS_KEY", key)):
        try:
            path.open("rb").close()
        except OSError as failure:
            raise InvalidSetting(name=name, reason=f"{failure.strerror}: {path}") from None

    def no_password() -> str:
        raise InvalidSetting(name="OFFICE_TLS_KEY", reason=f"{key} is protected by a password")

    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(certificate, key, password=no_password)
    except ssl.SSLError as failure:
        reason = f"{certificate} and {key} are no certificate and key of each other ({failure.reason or failure})"
        raise InvalidSetting(name="OFFICE_TLS_CERTIFICATE", reason=reason) from None
