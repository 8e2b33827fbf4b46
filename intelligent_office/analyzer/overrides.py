"""Calls of a method that many subclasses override.

Each of many places calls all of many methods. So that arguments and results need no way of their own from each place to
each method, they meet half-way: in one node for each argument, and one for what comes back.
"""

from typing import NamedTuple

from intelligent_office.analyzer.calls import Calls
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import OVERRIDE, Keywords, Site


class _Middle(NamedTuple):
    """Where arguments and results of calls of one form meet."""

    positional: tuple[int, ...]
    keywords: Keywords
    result: int


class Overrides(Calls):
    """Calls of all the methods that a value of the kind `OVERRIDES` stands for."""

    _middles: dict[tuple[int, int, tuple[str | None, ...]], _Middle]

    def call_overrides(self, value: int, site: Site) -> None:
        """Note the edges, hand over the arguments, take back the results."""
        key = (site.number, value, -1)
        if key in self._bound_sites:
            return
        self._bound_sites.add(key)
        records = [self.linked.functions[function] for function in self.overriding[self.table.of[value]]]
        records = [record for record in records if self.accepts(record, site)]
        for record in records:
            self.edge(site, record.index, OVERRIDE)
        if any(node < 0 for node in site.positional) or any(name is None for name, _ in site.keywords):
            for record in records:
                self._pass_positional(record, 1, site)
                self._pass_keywords(record, site)
                self._take_result(record, 1, site)
        else:
            self._meet(value, records, site)
        if site.target:
            for record in records:
                if 0 in record.summary.returned_parameters:
                    self.add(site.target, self.open_instance(record.owner))

    def _meet(self, value: int, records: list[FunctionRecord], site: Site) -> None:
        form = (value, len(site.positional), tuple([name for name, _ in site.keywords]))
        middle = self._middles.get(form)
        if middle is None:
            middle = self._middles[form] = self._middle(records, site)
        for node, half_way in zip(site.positional, middle.positional, strict=True):
            self.connect(node, half_way)
        for (_, node), (_, half_way) in zip(site.keywords, middle.keywords, strict=True):
            self.connect(node, half_way)
        if site.target:
            self.connect(middle.result, site.target)
            for record in records:
                if record.summary.returned_parameters and not record.summary.yielded:
                    self._hand_back(record, 1, site)

    def _middle(self, records: list[FunctionRecord], site: Site) -> _Middle:
        middle = _Middle(
            tuple([self.new_node() for _ in site.positional]),
            tuple([(name, self.new_node()) for name, _ in site.keywords]),
            self.new_node(),
        )
        inner = self.new_site(site.caller, site.line, middle.result, middle.positional, keywords=middle.keywords)
        for record in records:
            self._pass_positional(record, 1, inner)
            self._pass_keywords(record, inner)
            self._take_returned(record, inner.target)
        return middle
