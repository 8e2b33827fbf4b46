"""What a person sees who waits for the analysis of a large folder."""

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE = 1.0
"""Seconds before a person is shown that work goes on."""
_GLANCE = 0.1
Latest = deque[tuple[int, int]]
"""At most one entry: how many files of how many are read."""


@contextmanager
def progress(stream: TextIO, patience: float = PATIENCE) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on a terminal for as long as the block runs; nothing at all if it is done soon, or elsewhere."""
    if not stream.isatty():
        yield None
        return
    latest: Latest = deque(maxlen=1)
    finished = threading.Event()
    bar = threading.Thread(target=_show, args=(stream, patience, latest, finished), daemon=True)
    bar.start()
    try:
        yield lambda done, total: latest.append((done, total))
    finally:
        finished.set()
        bar.join()


def _show(stream: TextIO, patience: float, latest: Latest, finished: threading.Event) -> None:
    """Files can be counted as they are read; how long it then takes to follow the calls, nobody can tell."""
    if finished.wait(patience):
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(file=stream), transient=True) as bar:
        task = bar.add_task("listing files", total=None)
        while True:
            done, total = latest[0] if latest else (0, 0)
            if done < total:
                bar.update(task, description=f"reading {total} files", completed=done, total=total)
            elif total:
                bar.update(task, description=f"following the calls in {total} files", completed=0, total=None)
            if finished.wait(_GLANCE):
                return
