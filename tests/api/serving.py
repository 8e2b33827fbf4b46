"""The HTTP door on a real socket: uvicorn in a thread of its own, with a worker and a real database."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import MISSING, fields
from typing import Any

import uvicorn
from fastapi import APIRouter, FastAPI

from intelligent_office.api.parts import Parts
from intelligent_office.api.problems import install
from intelligent_office.api.rates import Rates
from intelligent_office.api.serving import CONFIGURATION
from tests.fakes import TrustingKeys

STARTING_SECONDS = 100


def parts_of(**given: Any) -> Parts:
    """The parts of an office that are given, and keys that are trusted; there are no others."""
    needed = [part.name for part in fields(Parts) if part.default is part.default_factory is MISSING]
    return Parts(**{**dict.fromkeys(needed), "keys": TrustingKeys(), "rates": Rates(100), **given})


def door_to(router: APIRouter, parts: Parts) -> FastAPI:
    """An app with one router, and the parts behind it."""
    app = FastAPI()
    app.include_router(router)
    app.state.parts = parts
    app.state.body_bytes, app.state.body_seconds = 10_000, 60
    install(app)
    return app


@contextmanager
def served(make_app: Callable[[], FastAPI], **options: Any) -> Iterator[str]:
    """Serve an app as long as the block runs; its address. The app is made in the thread, where its event loop is.

    `options` are uvicorn's, in place of the office's own.
    """
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = _Server(options)
        thread = threading.Thread(target=lambda: asyncio.run(server.run_app(make_app(), listener)), name="server")
        thread.start()
        try:
            if not server.ready.wait(STARTING_SECONDS):
                raise TimeoutError("the server did not start")
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.stop()
            thread.join()
    if server.failure:
        raise server.failure


class _Server:
    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options
        self.ready = threading.Event()
        self.failure: BaseException | None = None
        self._uvicorn: uvicorn.Server | None = None

    async def run_app(self, app: FastAPI, listener: socket.socket) -> None:
        config = uvicorn.Config(app, **{**CONFIGURATION, **self._options}, lifespan="on", timeout_graceful_shutdown=5)
        self._uvicorn = uvicorn.Server(config)
        try:
            serving = asyncio.create_task(self._uvicorn.serve(sockets=[listener]))
            while not self._uvicorn.started and not serving.done():
                await asyncio.sleep(0.01)
            self.ready.set()
            await serving
        except BaseException as failure:  # noqa: BLE001 - told in the thread of the test
            self.failure = failure
        finally:
            self.ready.set()

    def stop(self) -> None:
        if self._uvicorn:
            self._uvicorn.should_exit = True
