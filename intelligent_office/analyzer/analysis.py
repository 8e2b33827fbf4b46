"""Analyse a folder: find its files, sum each up, solve the whole."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from intelligent_office.analyzer.answers import CERTAINTIES, Function, Skipped
from intelligent_office.analyzer.cache import Cache
from intelligent_office.analyzer.callgraph import Edge
from intelligent_office.analyzer.discovery import Discovery, discover
from intelligent_office.analyzer.intake import Intake
from intelligent_office.analyzer.languages import PYTHON, family_of
from intelligent_office.analyzer.other_names import OtherNames
from intelligent_office.analyzer.program import Program
from intelligent_office.analyzer.same_flow import moved_lines, with_moved_lines
from intelligent_office.analyzer.solution import Solved, solve

Progress = Callable[[int, int], None]
Found = tuple[Solved, list[tuple[str, str]]]
"""A solved program, and what there is to remark on its files."""
Known = tuple[dict[str, str], Found]
"""What was kept: a mark for each file, and what was found."""


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
    marks = _marks(intake)
    known = kept.program if kept is not None else None
    found = _found_again(intake, marks, known) if known is not None else None
    if found is not None and progress is not None:
        progress(len(discovery.files), len(discovery.files))
    if found is None:
        solved = solve(intake.summaries(progress), discovery.root.name)
        found = solved, [(item.file, item.reason) for item in intake.skipped]
    if kept is not None and intake.settled and (known is None or known[0] != marks):
        kept.program = (marks, found)
        intake.keep()
        kept.save(intake.digests.values())
    solved, remarks = found
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


def _marks(intake: Intake) -> dict[str, str]:
    """What each file is: a mark of its content, or what is wrong with it."""
    return dict(sorted([*intake.digests.items(), *((item.file, item.reason) for item in intake.skipped)]))


def _found_again(intake: Intake, marks: dict[str, str], known: Known) -> Found | None:
    """What is known of the program, if nothing has changed but lines."""
    before, (solved, remarks) = known
    if before.keys() != marks.keys():
        return None
    changed = [name for name, mark in marks.items() if before[name] != mark]
    edits = {}
    fresh = []
    for name in changed:
        old, renewed = intake.known(before[name]), intake.renewed(name) if name in intake.digests else None
        lines = moved_lines(old, renewed[0]) if old is not None and renewed is not None else None
        if lines is None or renewed is None or family_of(name) != PYTHON:
            return None
        edits[name] = renewed[0], lines
        if renewed[1]:
            fresh.append((name, renewed[1]))
    if not edits:
        return solved, remarks
    moved = with_moved_lines(solved, edits)
    return None if moved is None else (moved, [*(remark for remark in remarks if remark[0] not in edits), *fresh])


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
