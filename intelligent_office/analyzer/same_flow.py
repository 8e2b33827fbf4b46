"""Edits after which every value flows as before: to comments, formatting, docstrings, local names, long texts.

What is known then stays true, but for the lines where things stand. Two summaries say by themselves whether an edit was
of this kind: apart from lines, they are equal. Within a function the new lines must be as distinct as the old ones
were, for calls of one function on one line are one call.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary, ModuleSummary, Operation

Lines = dict[int, int]
"""New lines by old ones."""
Solved = tuple[Any, ...]

_PLACE_OF_LINE = {
    **dict.fromkeys((ops.RAISE, ops.DELETE_ITEM), 2),
    **dict.fromkeys((ops.ITERATE, ops.AWAIT, ops.ENTER), 3),
    **dict.fromkeys((ops.ATTRIBUTE, ops.SET_ATTRIBUTE, ops.ITEM, ops.SET_ITEM, ops.SUPER, ops.UNPACK), 4),
    **dict.fromkeys((ops.CALL, ops.SPECIAL, ops.OPERATOR, ops.IMPORT, ops.SLICE), 5),
}


def moved_lines(old: ModuleSummary, new: ModuleSummary) -> list[Lines] | None:
    """The lines of each function of a file, before and after an edit; None if more than lines has changed."""
    if len(old.functions) != len(new.functions) or len(old.classes) != len(new.classes):
        return None
    if any(getattr(old, name) != getattr(new, name) for name in _others(ModuleSummary, "functions", "classes")):
        return None
    found = [_lines_of(*pair) for pair in zip(old.functions, new.functions, strict=True)]
    for before, after in zip(old.classes, new.classes, strict=True):
        if any(getattr(before, name) != getattr(after, name) for name in _others(ClassSummary, "line")):
            return None
        lines = found[before.parent]
        if lines is not None and lines.setdefault(before.line, after.line) != after.line:
            return None
    complete = [lines for lines in found if lines is not None and len(set(lines.values())) == len(lines)]
    return complete if len(complete) == len(found) else None


def _others(kind: type, *names: str) -> list[str]:
    return [name for name in kind.__slots__ if name not in names]  # type: ignore[attr-defined]


def _lines_of(old: FunctionSummary, new: FunctionSummary) -> Lines | None:
    if len(old.operations) != len(new.operations):
        return None
    if any(getattr(old, name) != getattr(new, name) for name in _FUNCTION_WITHOUT_LINES):
        return None
    lines = {} if old.kind == ops.MODULE else {old.line: new.line}  # a module begins at line 1 whatever stands there
    for before, after in zip(old.operations, new.operations, strict=True):
        if before != after and not _differ_in_line(before, after):
            return None
        place = _PLACE_OF_LINE.get(before[0])
        if place is not None and lines.setdefault(before[place], after[place]) != after[place]:
            return None
    return lines


_FUNCTION_WITHOUT_LINES = _others(FunctionSummary, "line", "end_line", "operations")


def _differ_in_line(old: Operation, new: Operation) -> bool:
    place = _PLACE_OF_LINE.get(old[0])
    return place is not None and old[:place] == new[:place] and old[place + 1 :] == new[place + 1 :]


def with_moved_lines(solved: Solved, edits: Mapping[str, tuple[ModuleSummary, list[Lines]]]) -> Solved | None:
    """A solved program with new lines for the functions of some files; None if a call stands where no line is known."""
    functions, constructors, edges, outside, unresolved, *rest = solved
    functions, edges, outside, unresolved = list(functions), list(edges), list(outside), list(unresolved)
    first: dict[str, int] = {}
    for index, (_, file, *_) in enumerate(functions):
        first.setdefault(file, index)
    for file, (summary, lines) in edits.items():
        start = first[file]
        for index, function in enumerate(summary.functions, start):
            functions[index] = (*functions[index][:2], function.line, function.end_line, functions[index][4])
        try:
            for calls in (edges, outside, unresolved):
                _move(calls, start, lines)
        except KeyError:
            return None
    return (functions, constructors, edges, outside, unresolved, *rest)


def _move(calls: list[Any], start: int, lines: Sequence[Lines]) -> None:
    """Calls are sorted by their caller; the line comes third."""
    low, high = bisect_left(calls, (start,)), bisect_left(calls, (start + len(lines),))
    calls[low:high] = sorted(_moved(call, lines[call[0] - start]) for call in calls[low:high])


def _moved(call: Iterable[Any], lines: Lines) -> tuple[Any, ...]:
    caller, other, line, *rest = call
    return (caller, other, lines[line], *rest)
