"""Names that functions and classes go by beside those of their definitions: imported, assigned or inherited ones."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.linking import Linked, Module
from intelligent_office.analyzer.solver import Solver
from intelligent_office.analyzer.summary import MODULE

MOST_MEANINGS = 3
"""A variable that may hold more functions than this is no name of any of them."""
_DEEPEST = 8
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_WRAPPINGS = (kinds.STATIC, kinds.CLASS_METHOD, kinds.CONTEXT_MAKER)

Lookup = Callable[[str], Sequence[int]]
Aliases = list[tuple[str, list[str]]]
"""Dotted names, with the names of what is meant by them."""


class OtherNames:
    """Finds what a name means that is not that of a definition."""

    def __init__(self, aliases: Aliases, ancestry: Aliases) -> None:
        self._aliases = dict(aliases)
        self._ancestry: dict[str, list[str]] = {}
        for name, ancestors in ancestry:
            self._ancestry.setdefault(name, []).extend(ancestors)
        self._by_last: dict[str, list[str]] = {}
        for name in dict.fromkeys([*self._aliases, *self._ancestry]):
            self._by_last.setdefault(name.rpartition(".")[2], []).append(name)

    def find(self, full: str, lookup: Lookup, depth: int = 0) -> list[int]:
        """What a complete name means, looked up under each name it stands for until one is known."""
        for prefix, rest in _split(full):
            found = self._find_behind(prefix, rest, lookup, depth)
            if found:
                return found
        return []

    def find_ending(self, typed: str, lookup: Lookup) -> list[int]:
        """What the end of a name means."""
        for prefix, rest in _split(typed):
            ending = "." + prefix
            complete = [name for name in self._by_last.get(prefix.rpartition(".")[2], ()) if name.endswith(ending)]
            found = {index for name in complete for index in self._find_behind(name, rest, lookup, 0)}
            if found:
                return sorted(found)
        return []

    def ancestors(self, cls: str) -> list[str]:
        """The classes that a class inherits, in the order in which attributes are looked up."""
        return self._ancestry.get(cls, [])

    def _find_behind(self, prefix: str, rest: str, lookup: Lookup, depth: int) -> list[int]:
        if depth > _DEEPEST:
            return []
        found: dict[int, None] = {}
        for meant in self._aliases.get(prefix, ()):
            name = meant + rest
            found.update(dict.fromkeys(lookup(name) or self.find(name, lookup, depth + 1)))
        if found or not rest:
            return list(found)
        return next((list(inherited) for name in self.ancestors(prefix) if (inherited := lookup(name + rest))), [])


def _split(name: str) -> Iterator[tuple[str, str]]:
    """A dotted name and nothing, then ever less of it and what was taken away."""
    end = len(name)
    while end > 0:
        yield name[:end], name[end:]
        end = name.rfind(".", 0, end)


def aliases(linked: Linked, solver: Solver) -> Aliases:
    """Every name of a module that holds what was defined under another."""
    defined = {record.name for record in linked.functions if record.summary.kind != MODULE}
    defined.update(cls.name for cls in linked.classes)
    origins = _origins(linked, defined)
    found: Aliases = []
    for module in linked.modules:
        for name in _names(linked, module, set()):
            full = f"{module.name}.{name}"
            node = linked.root[linked.export(module, name)] if full not in defined else 0
            if not node:
                continue
            meant = [origins[node]] if node in origins else _meanings(linked, solver, node)
            if meant and full not in meant:
                found.append((full, meant))
    return found


def ancestry(linked: Linked, solver: Solver) -> Aliases:
    """The names of the classes that each class inherits."""
    orders = [(cls.name, solver.hierarchy.order(cls.index)[1:]) for cls in linked.classes]
    return [(name, [linked.classes[ancestor].name for ancestor in order]) for name, order in orders if order]


def _origins(linked: Linked, defined: set[str]) -> dict[int, str]:
    """By node, the name of what is defined there, whatever its decorators made of it."""
    found: dict[int, str] = {}
    for module in linked.modules:
        for name in module.summary.exports:
            full = f"{module.name}.{name}"
            if full in defined:
                found.setdefault(linked.root[linked.export(module, name)], full)
    found.pop(0, None)
    return found


def _names(linked: Linked, module: Module, seen: set[int]) -> Iterable[str]:
    """The names of a module, those that stars bring in included."""
    seen.add(module.index)
    names = dict.fromkeys(module.summary.exports)
    for target, level in module.summary.stars:
        full = linked.absolute(module, target, level)
        source = linked.by_name.get(full) if full is not None else None
        if source is not None and source.index not in seen:
            names.update(dict.fromkeys(_names(linked, source, seen)))
    return names


def _meanings(linked: Linked, solver: Solver, node: int) -> list[str]:
    values = [value for value in solver.values(node) if solver.table.kind[value] not in kinds.FAINT]
    if len(values) > MOST_MEANINGS or any(solver.table.kind[value] == kinds.OVERRIDES for value in values):
        return []
    names = [name for value in values for name in _meaning(linked, solver, value)]
    return list(dict.fromkeys(names))


def _meaning(linked: Linked, solver: Solver, value: int) -> list[str]:
    kind, of = solver.table.kind[value], solver.table.of[value]
    if kind == kinds.FUNCTION:
        return [linked.functions[of].name]
    if kind in _CLASSES:
        return [linked.classes[of].name]
    if kind == kinds.MODULE:
        return [linked.by_name[of].name if of in linked.by_name else of]
    if kind == kinds.BOUND:
        return _meaning(linked, solver, of[0])
    if kind == kinds.PARTIAL:
        return _meaning(linked, solver, solver.partials[of].function)
    return _meaning(linked, solver, of) if kind in _WRAPPINGS else []
