"""Blocks: functions for the flow of values, parts of the methods they stand in for whoever reads the graph."""

from typing import Any

from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.languages.ruby_constants import RubyLinked
from intelligent_office.analyzer.languages.ruby_names import BLOCKS
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.linking import Linked


class Blocks(FamilySolver):
    """What a block calls, the method around it calls."""

    linked: RubyLinked

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        self.blocks = {
            module.first_function + index for module in linked.modules for index in module.summary.facts.get(BLOCKS, ())
        }
        super().__init__(linked, hierarchy)

    def solve(self) -> None:
        """A block that nobody but the method around it and the library calls is no function of its own."""
        super().solve()
        functions, blocks = self.linked.functions, self.blocks
        around: dict[int, int] = {}
        for block in sorted(blocks):
            outer = functions[block].module.first_function + functions[block].summary.parent
            around[block] = around.get(outer, outer)
        called = {
            callee
            for caller, callee, _ in self.edges
            if callee in blocks and around.get(caller, caller) != around[callee]
        }
        self.linked.hidden = blocks - called
        self.edges = self._inlined(self.edges, around, called)
        self.outside_edges = self._inlined(self.outside_edges, around, called)
        self.unresolved = [(around.get(caller, caller), name, line) for caller, name, line in self.unresolved]

    def _inlined(self, edges: dict[Any, int], around: dict[int, int], called: set[int]) -> dict[Any, int]:
        """The calls in blocks for the methods around them, and for those blocks that others call."""
        found: dict[Any, int] = {}
        for (caller, callee, line), certainty in edges.items():
            is_block = isinstance(callee, int) and callee in around
            if is_block and (callee not in called or around.get(caller, caller) == around[callee]):
                continue
            for place in {around.get(caller, caller), caller if caller in called else around.get(caller, caller)}:
                key = place, callee, line
                found[key] = min(certainty, found.get(key, certainty))
        return found
