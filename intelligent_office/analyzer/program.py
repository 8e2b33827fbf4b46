"""An analysed program: its functions, its calls, and questions about them."""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from intelligent_office.analyzer.answers import (
    CERTAINTIES,
    Call,
    Certainty,
    Chains,
    Function,
    Hop,
    Neighbour,
    Skipped,
)
from intelligent_office.analyzer.callgraph import CallGraph, Edge
from intelligent_office.analyzer.names import Names
from intelligent_office.analyzer.other_names import OtherNames
from intelligent_office.analyzer.questions import Questions
from intelligent_office.analyzer.source_lines import SourceLines


class Program:
    """What the analysis of a folder found."""

    def __init__(
        self,
        root: Path,
        functions: list[Function],
        constructors: dict[str, list[int]],
        edges: list[Edge],
        outside: list[tuple[int, str, int, int]],
        unresolved: list[tuple[int, str, int]],
        wrapped: dict[int, frozenset[int]],
        other_names: OtherNames,
        skipped: Iterable[Skipped],
    ) -> None:
        self.root = root
        self.functions: tuple[Function, ...] = tuple(functions)
        self.skipped: tuple[Skipped, ...] = tuple(skipped)
        self._edges = edges
        self._outside = outside
        self._unresolved = unresolved
        self._wrapped = wrapped
        self._constructors = constructors
        self._other_names = other_names
        self._lines = SourceLines(root)

    @cached_property
    def calls(self) -> tuple[Call, ...]:
        """Every call, those that leave the program included, in the order of caller, line and callee."""
        functions = self.functions
        inside = [
            self._call(functions[edge.caller], functions[edge.callee].name, edge.line, edge.certainty, external=False)
            for edge in self._edges
        ]
        outside = [
            self._call(functions[caller], name, line, CERTAINTIES[certainty], external=True)
            for caller, name, line, certainty in self._outside
        ]
        return tuple(sorted(inside + outside, key=lambda call: (call.file, call.line, call.caller, call.callee)))

    def _call(self, caller: Function, callee: str, line: int, certainty: Certainty, *, external: bool) -> Call:
        return Call(caller.name, callee, caller.file, line, self._lines.text(caller.file, line), certainty, external)

    @cached_property
    def _names(self) -> Names:
        return Names(self.root, self.functions, self._constructors, self._other_names, self._lines)

    @cached_property
    def _graph(self) -> CallGraph:
        return CallGraph(len(self.functions), self._edges, self._wrapped)

    @cached_property
    def _questions(self) -> Questions:
        return Questions(self.functions, self._graph, self._names, self._lines, self._unresolved)

    def find(self, name: str) -> list[Function]:
        """The functions a typed name may mean, the best matches only."""
        return [self.functions[index] for index in self._names.find(name)]

    def suggestions(self, name: str) -> list[str]:
        """Names near to one that was not found."""
        return self._names.near(name)

    def unknown(self, name: str) -> str:
        """What to tell a person who typed a name of no function."""
        return self._questions.unknown(name)

    def chains(self, start: str, end: str, *, limit: int = 1, all_pairs: bool = False) -> Chains:
        """The shortest chains of calls that lead from start to end.

        Several functions may be given on either side, with commas between them. A name that several functions bear is
        ambiguous, unless all pairs are asked for.
        """
        return self._questions.chains(start, end, limit=limit, all_pairs=all_pairs)

    def callers(self, name: str, depth: int = 1) -> list[Neighbour]:
        """Who calls the function, up to some calls away."""
        return self._questions.neighbours(name, depth, backwards=True)

    def callees(self, name: str, depth: int = 1) -> list[Neighbour]:
        """What the function calls, up to some calls away."""
        return self._questions.neighbours(name, depth, backwards=False)


__all__ = ["Hop", "Program"]
