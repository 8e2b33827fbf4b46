"""Solve a whole program: each family of languages by itself, then all of them together in plain data."""

from collections.abc import Iterable
from typing import Any

from intelligent_office.analyzer.discovery import SourceFile
from intelligent_office.analyzer.languages import PYTHON, family_of
from intelligent_office.analyzer.linking import FunctionRecord, Linked
from intelligent_office.analyzer.other_names import aliases, ancestry
from intelligent_office.analyzer.solver import Solver, find_bases
from intelligent_office.analyzer.summary import MODULE, ModuleSummary

Sources = list[tuple[SourceFile, ModuleSummary]]
Solved = tuple[Any, ...]
"""A solved program in plain data, as the cache keeps it: functions, constructors, edges, calls to the outside,
calls of unknown objects, what wrappers wrap, names
beside those of definitions, ancestors of classes."""


def solve(sources: Sources, folder: str) -> Solved:
    """Solve all files of a folder, whatever they are written in."""
    families: dict[str, Sources] = {}
    for source in sources:
        families.setdefault(family_of(source[0].name), []).append(source)
    if families.keys() <= {PYTHON}:
        return _solve_python(sources, folder)
    return _together(
        _solve_python(found, folder) if family == PYTHON else _solve_family(family, found, folder)
        for family, found in sorted(families.items())
    )


def _solve_python(sources: Sources, folder: str) -> Solved:
    linked = Linked(sources, folder)
    return _solved(linked, Solver(linked, find_bases(linked)))


def _solve_family(name: str, sources: Sources, folder: str) -> Solved:
    from intelligent_office.analyzer.languages.language import family

    found = family(name)
    linked = found.linked(sources, folder)
    solved = _solved(linked, found.solver(linked, find_bases(linked, found.solver)))
    functions, constructors, edges, outside, unresolved, wrapped, also_called, inherited = solved
    also_called = [*also_called, *linked.other_names()]
    solved = functions, constructors, edges, outside, unresolved, wrapped, also_called, inherited
    hidden = linked.hidden if linked.top_level else linked.hidden | _empty_modules(solved)
    return _without(solved, hidden) if hidden else solved


def _solved(linked: Linked, solver: Solver) -> Solved:
    solver.solve()
    wrappers = solver.wrappers()
    solved = (
        [_function(record) for record in linked.functions],
        solver.constructors(),
        [
            (*place, certainty, solver.stands_for(place, wrappers[place[1]]) if place[1] in wrappers else [])
            for place, certainty in sorted(solver.edges.items())
        ],
        sorted((*place, certainty) for place, certainty in solver.outside_calls().items()),
        sorted(set(solver.unresolved)),
        sorted((wrapper, sorted(origins)) for wrapper, origins in wrappers.items()),
        aliases(linked, solver),
        ancestry(linked, solver),
    )
    solver.release()
    return solved


def _function(record: FunctionRecord) -> tuple[str, str, int, int, str]:
    summary = record.summary
    return record.name, record.module.source.name, summary.line, summary.end_line, summary.kind


def _empty_modules(solved: Solved) -> set[int]:
    """Where no code stands outside of functions, the top level is a function only if something runs there."""
    functions, _, edges, outside, unresolved, *_ = solved
    callers = {call[0] for calls in (edges, outside, unresolved) for call in calls}
    return {index for index, function in enumerate(functions) if function[4] == MODULE and index not in callers}


def _without(solved: Solved, hidden: set[int]) -> Solved:
    """The same without some functions that nothing calls and that call nothing."""
    functions = solved[0]
    kept = [index for index in range(len(functions)) if index not in hidden]
    places = {index: place for place, index in enumerate(kept)} | {-1: -1}
    return _moved(([functions[index] for index in kept], *solved[1:]), places.__getitem__)


def _together(parts: Iterable[Solved]) -> Solved:
    whole: tuple[list[Any], ...] = ([], [], [], [], [], [], [], [])
    for part in parts:
        shift = len(whole[0])
        moved = _moved(part, lambda index, shift=shift: index + shift if index >= 0 else index)
        for found, more in zip(whole, moved, strict=True):
            found.extend(more)
    return whole


def _moved(solved: Solved, place: Any) -> Solved:
    """The same with other numbers for its functions."""
    functions, constructors, edges, outside, unresolved, wrapped, also_called, inherited = solved
    return (
        functions,
        [(name, place(function)) for name, function in constructors],
        [
            (place(caller), place(callee), line, certainty, [place(one) for one in meant])
            for caller, callee, line, certainty, meant in edges
        ],
        [(place(caller), name, line, certainty) for caller, name, line, certainty in outside],
        [(place(caller), name, line) for caller, name, line in unresolved],
        [(place(wrapper), [place(one) for one in origins]) for wrapper, origins in wrapped],
        also_called,
        inherited,
    )
