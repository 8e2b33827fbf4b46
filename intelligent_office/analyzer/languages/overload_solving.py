"""Solving for languages with overloads: of several functions of one name, those are called whose types fit."""

from collections.abc import Sequence

from intelligent_office.analyzer.languages.overloads import GIVEN, TAKEN, UNKNOWN, fit
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site


class OverloadSolver(FamilySolver):
    """What the source says of the types of arguments and parameters decides."""

    def _definitions(self) -> None:
        super()._definitions()
        root = self.linked.root
        self._given: dict[int, list[str]] = {}
        self._made_of: dict[int, list[str]] = {}
        """By the number of a constructor's site: the types of its arguments."""
        taken: dict[int, list[str]] = {}
        for module in self.linked.modules:
            facts = module.summary.facts
            self._given.update({root[module.base + node]: types for node, types in facts.get(GIVEN, {}).items()})
            taken.update({root[module.base + node]: types for node, types in facts.get(TAKEN, {}).items()})
        self.taken: dict[int, list[str]] = {}
        """By function: the types of its parameters."""
        self._best: dict[tuple[int, tuple[str, ...], int, int], frozenset[int]] = {}
        """By the first of them and what is given: the overloads that are called."""
        self._overloads: dict[tuple[int, str], list[FunctionRecord]] = {}
        for record in self.linked.functions:
            self.taken[record.index] = taken.get(root[record.module.base + record.summary.node], [])
            self._overloads.setdefault(self.overload_key(record), []).append(record)

    def overload_key(self, record: FunctionRecord) -> tuple[int, str]:
        """What overloads have in common: their class and their name."""
        return record.owner, record.name

    def others(self, record: FunctionRecord) -> list[FunctionRecord]:
        """All overloads of a function, with itself."""
        return self._overloads[self.overload_key(record)] if record.owner >= 0 else [record]

    def make(self, value: int, site: Site, certainty: int) -> None:
        """A constructor is given what its class is given."""
        if given := self._given.get(site.target):
            self._made_of[self._number_for(site.number, value)] = given
        super().make(value, site, certainty)

    def accepts(self, record: FunctionRecord, site: Site) -> bool:
        """Of several that take as many arguments, those are called whose types fit best."""
        return super().accepts(record, site) and record.index in self.chosen(record, site)

    def chosen(self, record: FunctionRecord, site: Site) -> frozenset[int]:
        """The overloads of a function that a site calls."""
        given = self._given.get(site.target) or self._made_of.get(site.number)
        others = self.others(record)
        if given is None or len(others) < 2:
            return frozenset({record.index})
        key = others[0].index, tuple(given), len(site.positional), len(site.keywords)
        best = self._best.get(key)
        if best is None:
            given = [UNKNOWN] * (len(site.positional) - len(given)) + given
            possible = [other.index for other in others if super(OverloadSolver, self).accepts(other, site)]
            best = self._best[key] = frozenset(self.fitting(given, possible))
        return best

    def fitting(self, given: Sequence[str], possible: list[int]) -> list[int]:
        """Of functions that take so many arguments, those whose types fit best."""
        ranks = {index: fit(given, self.taken[index], self.is_kind_of) for index in possible}
        top = max(ranks.values(), default=-1)
        return [index for index, rank in ranks.items() if rank == top >= 0]

    def is_kind_of(self, one: str, other: str) -> bool | None:
        """Whether a class is a subclass of another, by their short names; None if that is not known."""
        mine, wanted = self.hierarchy.named(one), self.hierarchy.named(other)
        return self.hierarchy.is_subclass(mine[0], wanted[0]) if mine and wanted else None
