"""Calls that no parentheses show: loops, operators, `with`, `await`, `raise`."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.evidence import Evidence
from intelligent_office.analyzer.flow import ANYTHING, Watcher
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}


class ImplicitCalls(Evidence):
    """Special methods that the language calls by itself."""

    def _iterate(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line, is_async = operation
        base = record.module.base
        self.iterate(root[base + source], root[base + target], record.index, line, is_async=is_async)

    def iterate(self, source: int, target: int, caller: int, line: int, *, is_async: bool = False) -> None:
        """The target gets the elements of what the source holds."""
        self.watch(source, self._on_iterated, target, caller, line, is_async)

    def _on_iterated(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, caller, line, is_async = watcher
        start, step = ("__aiter__", "__anext__") if is_async else ("__iter__", "__next__")
        for value in news:
            kind = self.table.kind[value]
            if kind == kinds.CONTAINER:
                self.resume(value, caller, line)
                self.elements(value, target)
            elif kind in _INSTANCES:
                iterator = self.new_node()
                if self.call_special(value, (start,), self.new_site(caller, line, iterator)):
                    self.watch(iterator, self._on_iterator, step, self.new_site(caller, line, target))
                if self.hierarchy.find(self.table.of[value], start) < 0:
                    self.call_special(value, ("__getitem__",), self.new_site(caller, line, target))
            elif kind in (kinds.RESULT, kinds.EXTERNAL):
                self.add(target, ANYTHING)
            elif kind in _CLASSES and self._is_enumeration(self.table.of[value]):
                self.add(target, self.value(kinds.INSTANCE, self.table.of[value]))

    def _on_iterator(self, news: Sequence[int], watcher: Watcher) -> None:
        _, step, site = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.resume(value, site.caller, site.line)
                self.elements(value, site.target)
            else:
                self.call_special(value, (step,), site)

    def _special_method(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, names, arguments, line = operation
        if not self.hierarchy.defines(names):
            return
        base = record.module.base
        site = self.new_site(
            record.index, line, root[base + target] if target else 0, tuple([root[base + item] for item in arguments])
        )
        self.watch(root[base + owner], self._on_special, names, site)

    def _operator(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, left, right, operator, line = operation
        base = record.module.base
        left, right, target = root[base + left], root[base + right], root[base + target]
        site = self.new_site(record.index, line, target, (right,))
        plain = operator.removeprefix("i") if operator[0] == "i" and operator != "invert" else operator
        names = (f"__{operator}__", f"__{plain}__") if plain != operator else (f"__{operator}__",)
        self.watch(left, self._on_left, names, site)
        reflected = f"__{_REFLECTED.get(plain, 'r' + plain)}__"
        self.watch(right, self._on_right, left, names, reflected, self.new_site(record.index, line, target, (left,)))

    def _on_left(self, news: Sequence[int], watcher: Watcher) -> None:
        _, names, site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind in (kinds.CONTAINER, kinds.CONSTANT, kinds.CLASS):
                self.add(site.target, value)
            else:
                self.call_special(value, names, site)

    def _on_right(self, news: Sequence[int], watcher: Watcher) -> None:
        _, left, names, reflected, site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind in (kinds.CONTAINER, kinds.CLASS):
                self.add(site.target, value)
            elif kind in _INSTANCES and self.hierarchy.find(self.table.of[value], reflected) >= 0:
                self._weak.append(
                    lambda value=value: self._reflect(value, left, names, reflected, site)  # type: ignore[misc]
                )

    def _reflect(self, value: int, left: int, names: tuple[str, ...], reflected: str, site: Site) -> None:
        """The right side is asked only where the left has no answer."""
        answers = any(
            self.table.kind[other] in _INSTANCES
            and any(self.hierarchy.find(self.table.of[other], name) >= 0 for name in names)
            for other in self.values(left)
        )
        if not answers:
            self.call_special(value, (reflected,), site)

    def _await(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line = operation
        base = record.module.base
        self.watch(root[base + source], self._on_awaited, root[base + target], self.new_site(record.index, line, 0))

    def _on_awaited(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, site = watcher
        for value in news:
            if not self.call_special(value, ("__await__",), site):
                self.add(target, value)

    def _raise(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, source, line = operation
        node = root[record.module.base + source]
        self.watch(node, self._on_raised, self.new_site(record.index, line, 0, callee=node))

    def _on_raised(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CLASS:
                self.call(value, watcher[1])

    def _enter(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line, is_async = operation
        base = record.module.base
        names = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        site = self.new_site(record.index, line, root[base + target])
        self.watch(root[base + source], self._on_entered, names, site)

    def _on_entered(self, news: Sequence[int], watcher: Watcher) -> None:
        _, (enter, leave), site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind in _INSTANCES:
                self.call_special(value, (enter,), site)
                self.call_special(value, (leave,), self.new_site(site.caller, site.line, 0))
            elif kind == kinds.CONTEXT:
                self._enter_generator(self.table.of[value], site.target)
            elif kind in (kinds.RESULT, kinds.EXTERNAL):
                self.add(site.target, value)

    def _enter_generator(self, function: int, target: int) -> None:
        """A generator made into a context manager hands over what it yields."""
        if self.table.kind[function] == kinds.BOUND:
            function = self.table.of[function][0]
        if self.table.kind[function] == kinds.FUNCTION:
            record = self.linked.functions[self.table.of[function]]
            self.connect(self._node(record, record.summary.yielded), target)
