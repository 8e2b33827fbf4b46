"""Solving for languages whose programs are made of declared classes: Java and C#."""

from typing import Any, ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.overload_solving import OverloadSolver
from intelligent_office.analyzer.sites import Site

CLOSED = "closed"
"""The fact that lists the methods nobody overrides."""


class ClassSolver(OverloadSolver):
    """Methods that are not overridden, functions that stand for objects."""

    arity = True
    functional: ClassVar[tuple[str, ...]] = ()
    """The methods by which the library calls an object that stands for a function."""

    def _definitions(self) -> None:
        super()._definitions()
        root = self.linked.root
        self._closed = {
            root[module.base + node] for module in self.linked.modules for node in module.summary.facts.get(CLOSED, ())
        }

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

    def call(self, value: int, site: Site) -> None:
        """The library calls objects that stand for functions by the one method that they have."""
        if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
            self.call_special(value, self.functional, site)
        else:
            super().call(value, site)

    def elements(self, value: int, target: int) -> None:
        """What a loop over a map's entries, values or keys is after are the values."""
        self.read_any(self.container(value), target)
