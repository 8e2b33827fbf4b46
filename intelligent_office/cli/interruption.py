"""Ctrl-C and other signals while a task is worked on."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click

from intelligent_office.cli.endings import INTERRUPTED


class Interruption:
    """The first Ctrl-C stops the task; a second one, or a signal to end, leaves it as it is."""

    def __init__(self, *, stop: Callable[[], None], leave: Callable[[], None]) -> None:
        self._stop = stop
        self._leave = leave
        self._stopping = False
        self._running: asyncio.Task[object] | None = None
        self._before: dict[signal.Signals, Any] = {}
        """What was to happen at each signal, and will be again."""

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
        heard = {signal.SIGINT: self._interrupted, signal.SIGTERM: self._ended, signal.SIGHUP: self._ended}
        for number, answer in heard.items():
            before = self._before.setdefault(number, signal.getsignal(number))
            if number != signal.SIGHUP or before is not signal.SIG_IGN:  # as `nohup` has it
                loop.add_signal_handler(number, answer)

    def _ignore(self) -> None:
        loop = asyncio.get_running_loop()
        for number, before in self._before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, before)

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
