"""The commands that stay: `serve` and `worker`."""

import asyncio
import os
import signal
import socket
from typing import TYPE_CHECKING

import click

from intelligent_office.cli.endings import DONE, FAILED, TERMINATED
from intelligent_office.cli.invocation import Invocation, OfficeCommand
from intelligent_office.cli.terminal import say

if TYPE_CHECKING:
    from intelligent_office.settings import Settings
    from intelligent_office.workers.shift import Shift


class StayingCommand(OfficeCommand):
    """It is done when it is told to stop, also if that comes while it is still starting."""

    def invoke(self, ctx: click.Context) -> int:
        try:
            return int(super().invoke(ctx))
        except SystemExit as ending:
            if ending.code != TERMINATED:
                raise
            return DONE


@click.command(cls=StayingCommand)
@click.option("--host", metavar="ADDRESS", help="Where to listen (default OFFICE_HOST).")
@click.option("--port", type=click.IntRange(0, 65535), help="The port (default OFFICE_PORT); 0 takes a free one.")
@click.option("--no-worker", is_flag=True, help="Only answer requests; `office worker` does the tasks.")
@click.pass_obj
def serve(invocation: Invocation, host: str | None, port: int | None, *, no_worker: bool) -> int:
    """Open the HTTP door, with a worker behind it."""
    settings = invocation.settings(serving=True)
    host = host or settings.host
    from intelligent_office.api import serving
    from intelligent_office.api.hosts import is_loopback

    if not is_loopback(_written(host)):
        if not settings.hosts:
            raise click.UsageError(
                f"{host} is not a loopback address: set OFFICE_HOSTS to the names by which callers know this server."
            )
        if not settings.tls_certificate:
            say("office: without OFFICE_TLS_CERTIFICATE, keys travel in the clear unless a proxy speaks TLS", err=True)
    serving.check_tls(settings)
    scheme = "https" if settings.tls_certificate else "http"
    with _listening(host, settings.port if port is None else port) as listener:
        say(f"office: opening {scheme}://{_written(host)}:{listener.getsockname()[1]}", err=True)
        return DONE if serving.serve(settings, listener, worker=not no_worker) else FAILED


@click.command(cls=StayingCommand)
@click.pass_obj
def worker(invocation: Invocation) -> int:
    """Work on queued tasks until told to stop.

    Running tasks then reach the end of their step, within OFFICE_GRACE_SECONDS, and go back to the queue. Told once
    more, it lets go of them at once.
    """
    settings = invocation.settings(serving=True)
    from uvicorn.loops.auto import auto_loop_factory

    with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # the one of `serve`: the quickest there is
        runner.run(_work(settings))
    return DONE


async def _work(settings: "Settings") -> None:
    from intelligent_office.cli.house import open_house
    from intelligent_office.garbage import spare_what_stays

    async with open_house(settings, patient=True) as house:
        works = await house.worker()
        shift = await asyncio.to_thread(house.shift, works)
        spare_what_stays()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, _stop, shift, settings)
        say(f"office: worker {works.name} is ready, for up to {settings.concurrency} tasks at once", err=True)
        await shift.run()
        say(f"office: worker {works.name} has stopped", err=True)


def _stop(shift: "Shift", settings: "Settings") -> None:
    waiting = f"letting running steps end, for up to {settings.grace_seconds:g} s; once more stops at once"
    told = "letting go of all tasks" if shift.stopping else waiting
    shift.stop()  # first: a terminal that was closed cannot be told anything
    say(f"office: {told}", err=True)


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens; who calls before the server has started is answered as soon as it has."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as failure:
        reason = os.strerror(failure.errno or 0)
        raise click.ClickException(
            f"{_written(host)}:{port} cannot be opened: {reason}. --host and --port name another address."
        ) from None


def _written(host: str) -> str:
    """The host as it stands in an address."""
    return f"[{host}]" if ":" in host else host
