"""Solving for C++: functions and operators that are found by the class of what they are given."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.overload_solving import OverloadSolver
from intelligent_office.analyzer.languages.overloads import POINTER
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import INFERRED, Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_OPERATOR = "operator"


class AssociatedSolver(OverloadSolver):
    """What an argument's namespace has can be called without naming it."""

    def _definitions(self) -> None:
        super()._definitions()
        self._free: dict[str, list[FunctionRecord]] = {}
        """By short name: functions that are no methods and stand in a namespace, and all such operators."""
        for record in self.linked.functions:
            space, _, name = record.summary.name.rpartition(".")
            if record.owner < 0 and (space or name.startswith(_OPERATOR)):
                self._free.setdefault(name, []).append(record)

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """What is declared nowhere around may be declared where the class of an argument is."""
        if name not in self._free or self.table.kind[value] != kinds.EXTERNAL:
            super().call_outside(value, name, site)
            return
        for node in site.positional:
            if node > 0:
                self.watch(node, self._on_argument, name, site)

    def _on_argument(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            if self.table.kind[value] in _INSTANCES:
                space = self.linked.classes[self.table.of[value]].summary.name.rpartition(".")[0]
                for record in self._free[name]:
                    if record.summary.name == f"{space}.{name}":
                        self.call_function(record.index, -1, site, INFERRED)

    def _special_method(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        super()._special_method(record, root, operation)
        _, target, left, names, arguments, line = operation
        if not names[0].startswith(_OPERATOR) or names[0] not in self._free:
            return
        base = record.module.base
        operands = tuple([root[base + node] for node in (left, *arguments)])
        site = self.new_site(record.index, line, root[base + target] if target else 0, operands)
        for place, node in enumerate(operands):
            self.watch(node, self._on_operand, names[0], place, site)

    def _on_operand(self, news: Sequence[int], watcher: Watcher) -> None:
        """A free operator is called if one of its parameters is of the operand's class."""
        _, name, place, site = watcher
        for value in news:
            if self.table.kind[value] not in _INSTANCES:
                continue
            mine = self.linked.classes[self.table.of[value]].summary.name.rpartition(".")[2]
            for record in self._free[name]:
                taken = self.taken[record.index]
                if len(taken) == len(site.positional):
                    wanted = taken[place].rstrip(POINTER)
                    if wanted == mine or (wanted and self.is_kind_of(mine, wanted)):
                        self.call_function(record.index, -1, site, INFERRED)
