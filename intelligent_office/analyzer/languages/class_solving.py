"""Solving for languages whose programs are made of declared classes: Java and C#."""

from typing import Any, ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.calls import Site
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.overloads import GIVEN, TAKEN, UNKNOWN, fit
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.linking import FunctionRecord

CLOSED = "closed"
"""The fact that lists the methods nobody overrides."""


class ClassSolver(FamilySolver):
    """Overloads, methods that are not overridden, functions that stand for objects."""

    arity = True
    functional: ClassVar[tuple[str, ...]] = ()
    """The methods by which the library calls an object that stands for a function."""

    def _definitions(self) -> None:
        super()._definitions()
        root = self.linked.root
        self._closed = {
            root[module.base + node] for module in self.linked.modules for node in module.summary.facts.get(CLOSED, ())
        }
        self._given: dict[int, list[str]] = {}
        taken: dict[int, list[str]] = {}
        for module in self.linked.modules:
            facts = module.summary.facts
            self._given.update({root[module.base + node]: types for node, types in facts.get(GIVEN, {}).items()})
            taken.update({root[module.base + node]: types for node, types in facts.get(TAKEN, {}).items()})
        self._taken: dict[int, list[str]] = {}
        self._best: dict[tuple[int, str, tuple[str, ...], int, int], frozenset[int]] = {}
        """By owner, name and what is given: the overloads that are called."""
        self._overloads: dict[tuple[int, str], list[FunctionRecord]] = {}
        for record in self.linked.functions:
            self._taken[record.index] = taken.get(root[record.module.base + record.summary.node], [])
            self._overloads.setdefault((record.owner, record.name), []).append(record)

    # Members

    def _function_members(self, kind: int, of: Any, name: str) -> Members:
        """A function answers for the object of which it is the one method."""
        if kind in (kinds.FUNCTION, kinds.BOUND, kinds.PARTIAL) and self.is_function_name(name):
            return Members(known=(self.value(kind, of),))
        return NOTHING

    def is_function_name(self, _name: str) -> bool:
        """Whether a method of that name calls a function of which it is asked."""
        return False

    def is_overridden(self, _name: str) -> bool:
        """Whether members of that name may be overridden at all."""
        return True

    def _instance_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """Constructors and what is closed are not overridden."""
        if is_open and (name == CONSTRUCTOR or not self.is_overridden(name) or self._is_closed(cls, name)):
            found = super()._instance_members(value, cls, name, is_open=False)
            return found._replace(shared=self._stored(cls, name, "own", "below"))
        return super()._instance_members(value, cls, name, is_open=is_open)

    def _is_closed(self, cls: int, name: str) -> bool:
        found = self.hierarchy.find(cls, name)
        return found >= 0 and self._attribute_node(found, name) in self._closed

    # Calls

    def accepts(self, record: FunctionRecord, site: Site) -> bool:
        """Of several that take as many arguments, those are called whose types fit best."""
        takes_so_many = super().accepts
        if not takes_so_many(record, site):
            return False
        given = self._given.get(site.target)
        others = self._overloads[record.owner, record.name] if record.owner >= 0 else []
        if given is None or len(others) < 2:
            return True
        key = record.owner, record.name, tuple(given), len(site.positional), len(site.keywords)
        best = self._best.get(key)
        if best is None:
            given = [UNKNOWN] * (len(site.positional) - len(given)) + given
            fits = [(fit(given, self._taken[other.index], self._is_kind_of), other.index) for other in others]
            possible = {other.index for other in others if takes_so_many(other, site)}
            top = max((rank for rank, index in fits if index in possible), default=-1)
            best = self._best[key] = frozenset(index for rank, index in fits if rank == top >= 0)
        return record.index in best

    def _is_kind_of(self, one: str, other: str) -> bool | None:
        """Whether a class is a subclass of another, by their short names."""
        mine, wanted = self.hierarchy.named(one), self.hierarchy.named(other)
        return self.hierarchy.is_subclass(mine[0], wanted[0]) if mine and wanted else None

    def call(self, value: int, site: Site) -> None:
        """The library calls objects that stand for functions by the one method that they have."""
        if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
            self.call_special(value, self.functional, site)
        else:
            super().call(value, site)

    def elements(self, value: int, target: int) -> None:
        """What a loop over a map's entries, values or keys is after are the values."""
        self.read_any(self.container(value), target)
