"""Analyse a folder: find its files, sum each up, solve the whole."""

import gc
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from intelligent_office.analyzer.answers import CERTAINTIES, Function, Skipped
from intelligent_office.analyzer.cache import Cache
from intelligent_office.analyzer.callgraph import Edge
from intelligent_office.analyzer.discovery import Discovery, discover
from intelligent_office.analyzer.intake import Intake
from intelligent_office.analyzer.other_names import OtherNames
from intelligent_office.analyzer.program import Program
from intelligent_office.analyzer.solution import Solved, solve

Progress = Callable[[int, int], None]

def analyze(
    folder: Path | str, *, progress: Progress | None = None, cache: Path | None = None, workers: int | None = None
) -> Program:
    """Find out which functions of a folder, or of a single file, call which.

    `progress` is told how many files of how many are read. With a `cache` folder, what has not changed since the last
    time is not looked at again. `workers` is the number of processes that read files; as many as processors by default.
    """
    discovery = discover(Path(folder))
    with _no_garbage_expected():
        return _analyzed(discovery, progress, cache, workers)


def _analyzed(discovery: Discovery, progress: Progress | None, cache: Path | None, workers: int | None) -> Program:
    kept = Cache(cache, discovery.root) if cache is not None else None
    intake = Intake(discovery.root, discovery.files, kept, workers)
    identity = _identity(intake)
    if kept is not None and kept.program is not None and kept.program[0] == identity:
        solved, remarks = kept.program[1]
        if progress is not None:
            progress(len(discovery.files), len(discovery.files))
    else:
        solved = solve(intake.summaries(progress), discovery.root.name)
        remarks = [(item.file, item.reason) for item in intake.skipped]
        if kept is not None and intake.settled:
            kept.program = (identity, (solved, remarks))
            intake.keep()
            kept.save(intake.digests.values())
    return _program(discovery.root, solved, [*discovery.skipped, *(Skipped(*remark) for remark in remarks)])


@contextmanager
def _no_garbage_expected() -> Iterator[None]:
    """Millions of small objects that stay: looking for garbage among them again and again is time lost."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _identity(intake: Intake) -> str:
    """A mark of all files by name and content, or by what is wrong with them."""
    mark = hashlib.blake2b(digest_size=20)
    unread = [(item.file, item.reason) for item in intake.skipped]
    for name, digest in sorted([*intake.digests.items(), *unread]):
        mark.update(f"{name}\0{digest}\0".encode("utf-8", "surrogateescape"))
    return mark.hexdigest()


def _program(root: Path, solved: Solved, skipped: list[Skipped]) -> Program:
    functions, constructors, edges, outside, unresolved, wrapped, also_called, inherited = solved
    by_class: dict[str, list[int]] = {}
    for name, function in constructors:
        by_class.setdefault(name, []).extend([function] if function >= 0 else [])
    return Program(
        root,
        [Function(*function) for function in functions],
        by_class,
        [
            Edge(caller, callee, line, CERTAINTIES[certainty], tuple(meant))
            for caller, callee, line, certainty, meant in edges
        ],
        [tuple(call) for call in outside],
        [tuple(call) for call in unresolved],
        {wrapper: frozenset(origins) for wrapper, origins in wrapped},
        OtherNames(also_called, inherited),
        sorted(skipped, key=lambda item: (item.file, item.reason)),
    )
