"""Analyse a folder: find its files, sum each up, solve the whole."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from intelligent_office.analyzer.answers import CERTAINTIES, Function, Skipped
from intelligent_office.analyzer.callgraph import Edge
from intelligent_office.analyzer.discovery import Discovery, SourceFile, discover
from intelligent_office.analyzer.linking import FunctionRecord, Linked
from intelligent_office.analyzer.parsing import summarize_content
from intelligent_office.analyzer.program import Program
from intelligent_office.analyzer.reading import Unreadable
from intelligent_office.analyzer.solver import Solver, find_bases
from intelligent_office.analyzer.summary import ModuleSummary

Progress = Callable[[int, int], None]


def analyze(folder: Path | str, *, progress: Progress | None = None) -> Program:
    """Find out which functions of a folder call which."""
    discovery = discover(Path(folder))
    with _no_cycles_expected():
        return _solve(discovery, progress)


@contextmanager
def _no_cycles_expected() -> Iterator[None]:
    """Millions of small objects that stay: looking for garbage among them again and again is time lost."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _solve(discovery: Discovery, progress: Progress | None) -> Program:
    skipped = list(discovery.skipped)
    sources: list[tuple[SourceFile, ModuleSummary]] = []
    for number, source in enumerate(discovery.files, 1):
        try:
            summary, remark = summarize_content(source.name, Path(source.path).read_bytes())
        except (Unreadable, OSError) as error:
            skipped.append(Skipped(source.name, str(error)))
        else:
            sources.append((source, summary))
            if remark:
                skipped.append(Skipped(source.name, remark))
        if progress is not None:
            progress(number, len(discovery.files))
    linked = Linked(sources)
    hierarchy = find_bases(linked)
    solver = Solver(linked, hierarchy)
    solver.solve()
    return _program(discovery.root, linked, solver, skipped)


def _program(root: Path, linked: Linked, solver: Solver, skipped: list[Skipped]) -> Program:
    functions = [_function(record) for record in linked.functions]
    edges = [
        Edge(caller, callee, line, CERTAINTIES[certainty])
        for (caller, callee, line), certainty in sorted(solver.edges.items())
    ]
    outside = [
        (caller, name, line, certainty) for (caller, name, line), certainty in sorted(solver.outside_edges.items())
    ]
    constructors: dict[str, list[int]] = {}
    for cls in linked.classes:
        for name in ("__init__", "__new__"):
            found = solver.hierarchy.find(cls.index, name)
            if found >= 0:
                value = solver.definition_nodes.get(solver.node_of(
                    linked.classes[found].module.index, linked.classes[found].summary.attributes[name]
                ))
                if value is not None:
                    constructors.setdefault(cls.name, []).append(solver.table.of[value])
                    break
    return Program(root, functions, constructors, edges, outside, skipped)


def _function(record: FunctionRecord) -> Function:
    summary = record.summary
    return Function(record.name, record.module.source.name, summary.line, summary.end_line, summary.kind)
