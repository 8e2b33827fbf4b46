"""The commands that stay: `serve` and `worker`."""

import asyncio
import signal
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE, FAILED
from intelligent_office.cli.invocation import Invocation, OfficeCommand
from intelligent_office.cli.terminal import say

if TYPE_CHECKING:
    from intelligent_office.settings import Settings


PATIENCE_SECONDS = 10
"""How long a server that was told to stop waits for answers that are still being given."""


@click.command(cls=OfficeCommand)
@click.option("--host", metavar="ADDRESS", help="Where to listen (default OFFICE_HOST), a loopback address.")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (default OFFICE_PORT); 0 takes a free one.")
@click.option("--no-worker", is_flag=True, help="Only answer requests; `office worker` does the tasks.")
@click.pass_obj
def serve(invocation: Invocation, host: str | None, port: int | None, *, no_worker: bool) -> int:
    """Open the HTTP door, with a worker behind it."""
    settings = invocation.settings(serving=True)
    host = host or settings.host
    if not _loopback(host):
        raise click.UsageError(
            f"{host} is not a loopback address: requests are not authenticated yet, so only this machine may ask. "
            "Use 127.0.0.1, ::1 or localhost."
        )
    import uvicorn

    from intelligent_office.api.app import create_app

    app = create_app(settings, worker=not no_worker)
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=host,
            port=settings.port if port is None else port,
            log_config=None,
            timeout_graceful_shutdown=PATIENCE_SECONDS,
        )
    )
    with suppress(KeyboardInterrupt):  # told again, after everything was shut down in order
        server.run()
    return DONE if server.started else FAILED


@click.command(cls=OfficeCommand)
@click.pass_obj
def worker(invocation: Invocation) -> int:
    """Work on queued tasks until told to stop.

    Running tasks then reach the end of their step, and go back to the queue.
    """
    asyncio.run(_work(invocation.settings(serving=True)))
    return DONE


async def _work(settings: "Settings") -> None:
    from intelligent_office.cli.house import open_house

    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with open_house(settings) as house:
        works = await house.worker()
        say(f"office: worker {works.name} is ready, for up to {settings.concurrency} tasks at once", err=True)
        await works.run(stop)


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
