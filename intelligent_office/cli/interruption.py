"""Ctrl-C and other signals while a task is worked on."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from intelligent_office.cli.endings import INTERRUPTED


class Interruption:
    """The first Ctrl-C stops the task; a second one, or a signal to end, leaves it as it is."""

    def __init__(self, *, stop: Callable[[], None], leave: Callable[[], None]) -> None:
        self._stop = stop
        self._leave = leave
        self._stopping = False
        self._running: asyncio.Task[object] | None = None

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Listen to signals in here.

        Raises:
            click.exceptions.Exit: the task was left.
        """
        self._running = asyncio.current_task()
        self._listen()
        try:
            yield
        except asyncio.CancelledError:
            raise click.exceptions.Exit(INTERRUPTED) from None
        finally:
            self._ignore()

    @contextmanager
    def suspended(self) -> Iterator[None]:
        """While a person is asked, Ctrl-C is an answer: KeyboardInterrupt."""
        self._ignore()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            yield
        finally:
            self._listen()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._interrupted)
        loop.add_signal_handler(signal.SIGTERM, self._ended)
        loop.add_signal_handler(signal.SIGHUP, self._ended)

    def _ignore(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.remove_signal_handler(number)

    def _interrupted(self) -> None:
        if self._stopping:
            self._ended()
        else:
            self._stopping = True
            self._stop()

    def _ended(self) -> None:
        self._leave()
        if self._running:
            self._running.cancel()
