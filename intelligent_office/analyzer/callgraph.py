"""The graph of calls, as paths are searched in it."""

from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from intelligent_office.analyzer.answers import CERTAINTIES, Certainty

if TYPE_CHECKING:
    import rustworkx

TIERS: tuple[tuple[Certainty, ...], ...] = (
    ("direct", "inferred"),
    ("direct", "inferred", "override"),
    ("direct", "inferred", "override", "dynamic"),
)
"""Kinds of calls a chain may use: the less certain ones only if there is no chain without them."""


class Edge(NamedTuple):
    """A call between two functions of the program."""

    caller: int
    callee: int
    line: int
    certainty: Certainty


class CallGraph:
    """Who calls whom, with the surest call of each pair."""

    def __init__(self, count: int, edges: list[Edge]) -> None:
        self._count = count
        self.outgoing: list[dict[int, Edge]] = [{} for _ in range(count)]
        self.incoming: list[dict[int, Edge]] = [{} for _ in range(count)]
        for edge in edges:
            known = self.outgoing[edge.caller].get(edge.callee)
            if known is None or _rank(edge) < _rank(known):
                self.outgoing[edge.caller][edge.callee] = edge
                self.incoming[edge.callee][edge.caller] = edge

    @cached_property
    def _graphs(self) -> list["rustworkx.PyDiGraph[int, Edge]"]:
        import rustworkx  # takes longer to load than many a question to answer

        graphs = []
        for tier in TIERS:
            graph: rustworkx.PyDiGraph[int, Edge] = rustworkx.PyDiGraph(multigraph=False)
            graph.add_nodes_from(range(self._count))
            graph.add_edges_from(
                [
                    (edge.caller, edge.callee, edge)
                    for callees in self.outgoing
                    for edge in callees.values()
                    if edge.certainty in tier
                ]
            )
            graphs.append(graph)
        return graphs

    def shortest(self, start: int, end: int, tier: int) -> list[Edge] | None:
        """A shortest path; None if there is none."""
        return self._shortest_without(start, end, tier, frozenset(), frozenset())

    def _shortest_without(
        self, start: int, end: int, tier: int, nodes: frozenset[int], pairs: frozenset[tuple[int, int]]
    ) -> list[Edge] | None:
        if start == end:
            return []
        allowed = TIERS[tier]
        before: dict[int, int] = {start: -1}
        level = [start]
        while level and end not in before:
            following: list[int] = []
            for node in level:
                for callee, edge in self.outgoing[node].items():
                    if (
                        callee not in before
                        and edge.certainty in allowed
                        and callee not in nodes
                        and (node, callee) not in pairs
                    ):
                        before[callee] = node
                        following.append(callee)
            level = following
        if end not in before:
            return None
        path: list[Edge] = []
        node = end
        while node != start:
            path.append(self.outgoing[before[node]][node])
            node = before[node]
        return path[::-1]

    def paths(self, start: int, end: int, limit: int) -> list[list[Edge]]:
        """Up to `limit` paths without loops: the surest kind of calls first, of each kind the shortest first."""
        found: list[list[Edge]] = []
        for tier in range(len(TIERS)):
            for path in self._in_order(start, end, tier):
                if path not in found:
                    found.append(path)
                if len(found) >= limit:
                    return found
        return found

    def _in_order(self, start: int, end: int, tier: int) -> Iterator[list[Edge]]:
        """Yen's algorithm: each next path leaves an earlier one somewhere."""
        first = self.shortest(start, end, tier)
        if first is None:
            return
        found = [first]
        waiting: dict[tuple[int, ...], list[Edge]] = {}
        yield first
        while first:
            latest = found[-1]
            for place in range(len(latest)):
                head = latest[:place]
                pairs = frozenset(
                    (path[place].caller, path[place].callee)
                    for path in found
                    if path[:place] == head and len(path) > place
                )
                passed = frozenset(edge.caller for edge in head)
                tail = self._shortest_without(latest[place].caller, end, tier, passed, pairs)
                if tail is not None:
                    path = head + tail
                    waiting.setdefault(tuple(edge.callee for edge in path), path)
            if not waiting:
                return
            best = min(waiting, key=lambda nodes: (len(nodes), nodes))
            path = waiting.pop(best)
            found.append(path)
            yield path

    def reached(self, start: int, *, backwards: bool = False) -> dict[int, int]:
        """Every function that can be reached, with its distance."""
        edges = self.incoming if backwards else self.outgoing
        distance = {start: 0}
        level = [start]
        while level:
            following = []
            for node in level:
                for other in edges[node]:
                    if other not in distance:
                        distance[other] = distance[node] + 1
                        following.append(other)
            level = following
        return distance


def _rank(edge: Edge) -> tuple[int, int]:
    return CERTAINTIES.index(edge.certainty), edge.line
