"""Which parameters get which arguments of a call, and what comes back."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.containers import Containers
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site


class Arguments(Containers):
    """Hands arguments to a function, and its result to the caller."""

    _generators: dict[int, int]
    _generator_functions: dict[int, int]

    def _node(self, record: FunctionRecord, node: int) -> int:
        return self.linked.root[record.module.base + node] if node else 0

    def _pass_receiver(self, record: FunctionRecord, receiver: int, target: int) -> None:
        summary = record.summary
        if not summary.positional:
            if summary.rest:
                for rest in self.values(self._node(record, summary.rest)):
                    self.add(self.container_field(self.container(rest), 0), receiver)
            return
        if 0 in summary.returned_parameters:
            self.add(target, receiver)
        owner = record.owner
        known = self.table.kind[receiver] in (kinds.INSTANCE, kinds.OPEN_INSTANCE, kinds.CLASS, kinds.OPEN_CLASS)
        if owner < 0 or not known or not self.hierarchy.is_subclass(self.table.of[receiver], owner):
            self.add(self._node(record, summary.positional[0][1]), receiver)

    def _pass_positional(self, record: FunctionRecord, offset: int, site: Site) -> None:
        summary = record.summary
        parameters = summary.positional
        root, base = self.linked.root, record.module.base
        for index, node in enumerate(site.positional):
            if node < 0:
                self.watch(-node, self._on_starred, record, index + offset)
                continue
            place = index + offset
            if place < len(parameters):
                self.connect(node, root[base + parameters[place][1]])
            elif summary.rest and node:
                for rest in self.values(self._node(record, summary.rest)):
                    self.connect(node, self.container_field(self.container(rest), place - len(parameters)))

    def _on_starred(self, news: Sequence[int], watcher: Watcher) -> None:
        _, record, first = watcher
        summary = record.summary
        for value in news:
            if self.table.kind[value] != kinds.CONTAINER:
                continue
            container = self.container(value)
            for index, (_, node, _default) in enumerate(summary.positional[first:]):
                if container.kind in ("list", "tuple"):
                    self.read_key(container, index, self._node(record, node))
                else:
                    self.read_any(container, self._node(record, node))
            for rest in self.values(self._node(record, summary.rest)) if summary.rest else ():
                target = self.container(rest)
                shift = len(summary.positional) - first
                if shift < 0:
                    self.read_any(container, target.anything)
                    continue
                self.connect(container.anything, target.anything)
                self.each_field(container, self._shift_field, shift, target)

    def _shift_field(self, key: object, node: int, listener: Watcher) -> None:
        _, shift, target = listener
        if isinstance(key, int) and key >= shift:
            self.connect(node, self.container_field(target, key - shift))

    def _pass_keywords(self, record: FunctionRecord, site: Site) -> None:
        if not site.keywords:
            return
        summary = record.summary
        parameters = {name: node for name, node, _ in (*summary.positional, *summary.keyword_only)}
        for name, node in site.keywords:
            if name is None:
                self.watch(node, self._on_double_starred, record, parameters)
            elif name in parameters:
                self.connect(node, self._node(record, parameters[name]))
            elif summary.keyword_rest:
                for rest in self.values(self._node(record, summary.keyword_rest)):
                    self.connect(node, self.container_field(self.container(rest), name))

    def _on_double_starred(self, news: Sequence[int], watcher: Watcher) -> None:
        _, record, parameters = watcher
        for value in news:
            if self.table.kind[value] != kinds.CONTAINER:
                continue
            container = self.container(value)
            for node in parameters.values():
                self.connect(container.anything, self._node(record, node))
            self.each_field(container, self._pass_field, record, parameters)
            if record.summary.keyword_rest:
                for rest in self.values(self._node(record, record.summary.keyword_rest)):
                    self.connect(container.anything, self.container(rest).anything)

    def _pass_field(self, key: object, node: int, listener: Watcher) -> None:
        _, record, parameters = listener
        if key in parameters:
            self.connect(node, self._node(record, parameters[key]))
        elif record.summary.keyword_rest:
            for rest in self.values(self._node(record, record.summary.keyword_rest)):
                self.connect(node, self.container_field(self.container(rest), key))

    def _take_result(self, record: FunctionRecord, offset: int, site: Site) -> None:
        if site.target:
            self._take_returned(record, site.target)
            if record.summary.returned_parameters and not record.summary.yielded:
                self._hand_back(record, offset, site)

    def _take_returned(self, record: FunctionRecord, target: int) -> None:
        """What the function makes itself."""
        if record.summary.yielded:
            self.add(target, self.generator(record))
        else:
            self.connect(self._node(record, record.summary.returned), target)

    def _hand_back(self, record: FunctionRecord, offset: int, site: Site) -> None:
        """Arguments that are returned as they came go back to where they came from, and nowhere else."""
        summary, target = record.summary, site.target
        for place in summary.returned_parameters:
            name, node, default = summary.positional[place]
            given = [argument for keyword, argument in site.keywords if keyword == name]
            index = place - offset
            if any(argument < 0 for argument in site.positional[: max(index, 0) + 1]) or (None, 0) in site.keywords:
                self.connect(self._node(record, node), target)
            elif 0 <= index < len(site.positional):
                self.connect(site.positional[index], target)
            elif given:
                self.connect(given[0], target)
            elif index >= 0:
                self.connect(self._node(record, default), target)

    def generator(self, record: FunctionRecord) -> int:
        """What calling a generator function returns."""
        value = self._generators.get(record.index)
        if value is None:
            value = self.new_container("generator", self._node(record, record.summary.yielded))
            self._generators[record.index] = value
            self._generator_functions[value] = record.index
        return value
