"""Questions people ask of a call graph, answered with everything they need to check the answer."""

from collections.abc import Callable, Iterator

from intelligent_office.analyzer.answers import Call, Chain, Chains, Function, Gap, Hop, Neighbour, counted
from intelligent_office.analyzer.callgraph import CallGraph, Edge, tier_of
from intelligent_office.analyzer.names import Names
from intelligent_office.analyzer.source_lines import SourceLines

_SHOWN = 25
_CANDIDATES_NAMED = 15
_NEAREST_SHOWN = 3


class Questions:
    """Chains and neighbours by name."""

    def __init__(
        self,
        functions: tuple[Function, ...],
        graph: CallGraph,
        names: Names,
        lines: SourceLines,
        unresolved: list[tuple[int, str, int]],
    ) -> None:
        self._functions = functions
        self._graph = graph
        self._names = names
        self._lines = lines
        self._unresolved = unresolved

    def chains(self, start: str, end: str, *, limit: int, all_pairs: bool) -> Chains:
        """The shortest chains between two names, or why there is none."""
        sides = [self._listed(names) for names in (start, end)]
        meant = {name: self._names.find(name) for side in sides for name in side}
        unknown = [name for name, found in meant.items() if not found]
        if unknown:
            suggestions = {name: tuple(self._names.near(name)) for name in unknown}
            message = " ".join(self.unknown(name) for name in unknown)
            return Chains("unknown_name", start, end, suggestions=suggestions, message=message)
        ambiguous = {name: found for name, found in meant.items() if self._differ(found)}
        if ambiguous and not all_pairs:
            candidates = {name: tuple(self._functions[index] for index in found) for name, found in ambiguous.items()}
            return Chains("ambiguous", start, end, candidates=candidates, message=_ambiguous_message(candidates))
        starts, ends = ([index for name in side for index in meant[name]] for side in sides)
        paths = [path for one in starts for other in ends for path in self._paths(one, other, limit)]
        if not paths:
            return Chains(
                "not_found",
                start,
                end,
                explanation=self._gap(starts, ends),
                message=f"No chain of calls leads from {start} to {end}.",
            )
        chains = sorted((self._chain(*path) for path in paths), key=_surest_first)
        kept = tuple(chains if all_pairs else chains[:limit])
        return Chains("success", start, end, chains=kept, message=_success_message(kept))

    def unknown(self, name: str) -> str:
        """What to tell a person who typed a name of no function."""
        if not name:
            return "A name is missing."
        file, _, line = name.rpartition(":")
        if line.isdecimal() and self._names.is_file(file):
            return f"{file} has no line {line}."
        near, classes = self._names.near(name), self._names.classes_without_constructor(name)
        if not classes:
            hint = f" Did you mean {', '.join(near)}?" if near else ""
            return f"There is no function called {name}.{hint}"
        hint = f"name one of its methods: {', '.join(near)}." if near else "it has no methods either."
        return f"{' and '.join(classes)} is a class for which no constructor is written in this source; {hint}"

    def _listed(self, names: str) -> list[str]:
        """Several names with commas between them, unless the commas are a part of one."""
        several = [name for part in names.split(",") if (name := part.strip())]
        return several if len(several) > 1 and not self._names.find(names) else [names.strip(" ,")]

    def _differ(self, found: list[int]) -> bool:
        """Functions of one name in one file, such as a property's getter and setter, are not told apart."""
        return len({(self._functions[index].name, self._functions[index].file) for index in found}) > 1

    def _paths(self, start: int, end: int, limit: int) -> list[tuple[int, int, list[Edge]]]:
        return [(start, end, path) for path in self._graph.paths(start, end, limit)]

    def _chain(self, start: int, end: int, path: list[Edge]) -> Chain:
        return Chain(self._functions[start], self._functions[end], tuple(self._hop(edge) for edge in path))

    def _hop(self, edge: Edge) -> Hop:
        caller = self._functions[edge.caller]
        text = self._lines.text(caller.file, edge.line)
        return Hop(caller, self._functions[edge.callee], caller.file, edge.line, text, edge.certainty)

    def _gap(self, starts: list[int], ends: list[int]) -> Gap:
        reached = self._distances(starts, self._graph.reached)
        leading = self._distances(ends, self._graph.leading)
        beyond = self._distances(ends, self._graph.reached)
        near, far = _nearest_first(reached, starts), _nearest_first(leading, ends)
        return Gap(
            tuple(self._functions[index] for index in near[:_SHOWN]),
            len(near),
            tuple(self._functions[index] for index in far[:_SHOWN]),
            len(far),
            tuple(self._near_misses(set(reached), set(leading))[:_SHOWN]),
            tuple(self._side_by_side(reached, leading))[:_NEAREST_SHOWN],
            min((beyond[start] for start in starts if start in beyond), default=0),
        )

    def _side_by_side(self, reached: dict[int, int], leading: dict[int, int]) -> Iterator[tuple[Function, Function]]:
        """Where the two sides share a class or a module, those with the least calls to go first."""
        near, far = self._first_of_owner(reached), self._first_of_owner(leading)
        away = {owner: reached[near[owner]] + leading[far[owner]] for owner in near if owner in far}
        for owner in sorted((owner for owner, calls in away.items() if calls), key=lambda owner: away[owner]):
            yield self._functions[near[owner]], self._functions[far[owner]]

    def _first_of_owner(self, distances: dict[int, int]) -> dict[str, int]:
        """By the name of the class or module that holds it, the function with the least calls to go."""
        first: dict[str, int] = {}
        for index in sorted(distances, key=lambda index: (distances[index], index)):
            owner, _, _ = self._functions[index].name.rpartition(".")
            if self._functions[index].kind != "module":
                first.setdefault(owner, index)
        return first

    def _near_misses(self, reached: set[int], leading: set[int]) -> list[Call]:
        """Calls of unknown objects on this side of the gap that bear the name of a function on the other side."""
        wanted = {self._functions[index].name.rpartition(".")[2] for index in leading}
        found = []
        for caller, name, line in self._unresolved:
            if caller in reached and name in wanted:
                function = self._functions[caller]
                text = self._lines.text(function.file, line)
                found.append(Call(function.name, name, function.file, line, text, "dynamic", external=False))
        return found

    def _distances(self, roots: list[int], search: Callable[[int], dict[int, int]]) -> dict[int, int]:
        """What a search finds from any of the roots, with the least distance."""
        distances: dict[int, int] = {}
        for root in roots:
            for index, steps in search(root).items():
                distances[index] = min(steps, distances.get(index, steps))
        return distances

    def neighbours(self, name: str, depth: int, *, backwards: bool) -> list[Neighbour]:
        """Callers or callees, nearest first, each once."""
        edges = self._graph.incoming if backwards else self._graph.outgoing
        level = self._names.find(name)
        seen = set(level)
        found: list[Neighbour] = []
        for steps in range(1, depth + 1):
            following = []
            for index in level:
                for other, edge in sorted(edges[index].items()):
                    if other not in seen:
                        seen.add(other)
                        following.append(other)
                        found.append(Neighbour(self._functions[other], steps, self._hop(edge)))
            level = following
        return found


def _nearest_first(distances: dict[int, int], roots: list[int]) -> list[int]:
    return sorted((index for index in distances if index not in roots), key=lambda index: (distances[index], index))


def _surest_first(chain: Chain) -> tuple[int, int]:
    return tier_of(chain.certainty), len(chain.hops)


def _success_message(chains: tuple[Chain, ...]) -> str:
    first = chains[0]
    if not first.hops:
        return "Start and end are the same function."
    count = f"{len(chains)} chains" if len(chains) > 1 else "A chain"
    calls = counted(len(first.hops), "call")
    return f"{count} found; the first has {calls}, the least certain of which is {first.certainty}."


def _ambiguous_message(candidates: dict[str, tuple[Function, ...]]) -> str:
    parts = []
    for name, functions in candidates.items():
        named = [f"{function.name} ({function.file}:{function.line})" for function in functions[:_CANDIDATES_NAMED]]
        rest = len(functions) - len(named)
        parts.append(f"{name} may be any of: {', '.join(named)}{f' and {rest} more' if rest else ''}.")
    return " ".join(parts)
