"""The graph of calls, as paths are searched in it."""

from collections.abc import Iterator
from typing import NamedTuple

from intelligent_office.analyzer.answers import CERTAINTIES, Certainty

TIERS: tuple[tuple[Certainty, ...], ...] = (
    ("direct", "inferred"),
    ("direct", "inferred", "override"),
    ("direct", "inferred", "override", "dynamic"),
)
"""Kinds of calls a chain may use: the less certain ones only if there is no chain without them."""
ANY = -1


def tier_of(certainty: Certainty) -> int:
    """The first tier of calls that has the kind."""
    return next(tier for tier, kinds in enumerate(TIERS) if certainty in kinds)


class Edge(NamedTuple):
    """A call between two functions of the program."""

    caller: int
    callee: int
    line: int
    certainty: Certainty
    meant: tuple[int, ...] = ()
    """If the callee is a wrapper that a decorator made: the functions it stands for in this call."""


class Place(NamedTuple):
    """Where a search is: in a function, which, if it is a wrapper, stands for one function or for any it wraps."""

    function: int
    meant: int = ANY


Step = tuple[Edge, Place]


class CallGraph:
    """Who calls whom, with the surest call of each pair."""

    def __init__(self, count: int, edges: list[Edge], wrapped: dict[int, frozenset[int]]) -> None:
        self._wrapped = wrapped
        self.outgoing: list[dict[int, Edge]] = [{} for _ in range(count)]
        self.incoming: list[dict[int, Edge]] = [{} for _ in range(count)]
        for edge in edges:
            known = self.outgoing[edge.caller].get(edge.callee)
            best = edge if known is None else _merged(known, edge)
            self.outgoing[edge.caller][edge.callee] = best
            self.incoming[edge.callee][edge.caller] = best

    def _steps(self, place: Place, allowed: tuple[Certainty, ...]) -> Iterator[Step]:
        """Where a call may lead from here: a wrapper entered for one function does not leave for another it wraps."""
        function, meant = place
        barred = self._wrapped.get(function, frozenset()) if meant != ANY else frozenset()
        for callee, edge in self.outgoing[function].items():
            if edge.certainty not in allowed or (callee in barred and callee != meant):
                continue
            if edge.meant:
                for one in edge.meant:
                    yield edge, Place(callee, one)
            elif meant != ANY and meant in self._wrapped.get(callee, ()):
                yield edge, Place(callee, meant)
            else:
                yield edge, Place(callee)

    def _shortest(
        self, start: Place, end: int, tier: int, closed: frozenset[int], barred: frozenset[tuple[int, int]]
    ) -> list[Step] | None:
        """A shortest way that avoids some functions and some calls; None if there is none."""
        if start.function == end:
            return []
        before: dict[Place, tuple[Place, Edge]] = {}
        seen = {start}
        level = [start]
        while level:
            following: list[Place] = []
            for place in level:
                for edge, step in self._steps(place, TIERS[tier]):
                    if step in seen or step.function in closed or (edge.caller, edge.callee) in barred:
                        continue
                    seen.add(step)
                    before[step] = place, edge
                    if step.function == end:
                        return _way(before, start, step)
                    following.append(step)
            level = following
        return None

    def paths(self, start: int, end: int, limit: int) -> list[list[Edge]]:
        """Up to `limit` paths without loops: the surest kind of calls first, of each kind the shortest first."""
        found: list[list[Edge]] = []
        for tier in range(len(TIERS)):
            for way in self._in_order(Place(start), end, tier):
                path = [edge for edge, _ in way]
                if path not in found:
                    found.append(path)
                if len(found) >= limit:
                    return found
        return found

    def _in_order(self, start: Place, end: int, tier: int) -> Iterator[list[Step]]:
        """Yen's algorithm: each next path leaves an earlier one somewhere."""
        latest = self._shortest(start, end, tier, frozenset(), frozenset())
        found: list[list[Step]] = []
        waiting: dict[tuple[int, ...], list[Step]] = {}
        while latest:
            found.append(latest)
            yield latest
            for turn in range(len(latest)):
                way = self._leaving(latest, turn, found, start, end, tier)
                if way is not None:
                    waiting.setdefault(tuple(edge.callee for edge, _ in way), way)
            for way in found:
                waiting.pop(tuple(edge.callee for edge, _ in way), None)
            if not waiting:
                return
            latest = waiting.pop(min(waiting, key=lambda functions: (len(functions), functions)))
        if latest == [] and not found:
            yield latest

    def _leaving(
        self, way: list[Step], turn: int, found: list[list[Step]], start: Place, end: int, tier: int
    ) -> list[Step] | None:
        """A shortest way that goes along with another up to a turn and takes no turn taken there before."""
        head = way[:turn]
        barred = frozenset(
            (other[turn][0].caller, other[turn][0].callee)
            for other in found
            if len(other) > turn and other[:turn] == head
        )
        place = head[-1][1] if head else start
        closed = frozenset(edge.caller for edge, _ in head)
        tail = self._shortest(place, end, tier, closed, barred)
        return None if tail is None else head + tail

    def reached(self, start: int) -> dict[int, int]:
        """Every function that can be reached, with its distance."""
        distance = {start: 0}
        seen = {Place(start)}
        level = [Place(start)]
        steps = 0
        while level:
            steps += 1
            following = []
            for place in level:
                for _, step in self._steps(place, TIERS[-1]):
                    if step not in seen:
                        seen.add(step)
                        distance.setdefault(step.function, steps)
                        following.append(step)
            level = following
        return distance

    def leading(self, end: int) -> dict[int, int]:
        """Every function from which calls lead to the end, with its distance."""
        distance = {end: 0}
        level = [end]
        while level:
            following = []
            for function in level:
                for caller in self.incoming[function]:
                    if caller not in distance:
                        distance[caller] = distance[function] + 1
                        following.append(caller)
            level = following
        return distance


def _way(before: dict[Place, tuple[Place, Edge]], start: Place, end: Place) -> list[Step]:
    way: list[Step] = []
    place = end
    while place != start:
        previous, edge = before[place]
        way.append((edge, place))
        place = previous
    return way[::-1]


def _merged(one: Edge, other: Edge) -> Edge:
    """The surer call of a pair; it stands for what any of both stand for."""
    best = min(one, other, key=_rank)
    meant = tuple(sorted({*one.meant, *other.meant})) if one.meant and other.meant else ()
    return best._replace(meant=meant)


def _rank(edge: Edge) -> tuple[int, int]:
    return CERTAINTIES.index(edge.certainty), edge.line
