"""What tests and annotations tell of a variable's type."""

from collections.abc import Callable, Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.library import Library
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_OPEN_TO_ALL = ("builtins.object", "collections.abc.", "typing.", "os.PathLike", "contextlib.Abstract")
"""Types that an object may be of without a word of it in its class."""


class Evidence(Library):
    """Narrowing by tests, and types from annotations."""

    _weak: list[Callable[[], None]]
    """What is given only where nothing better is known, once all else has come to rest."""

    def _narrow(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, cls, wanted = operation
        base = record.module.base
        target, source, cls = root[base + target], root[base + source], root[base + cls] if cls else 0
        self.watch(source, self._on_narrowed, target, cls, wanted)
        if cls:
            self.watch(cls, self._on_narrowing_class, source, target, cls, wanted)
            if wanted:
                self._weak.append(lambda: self._assume_type(target, cls))

    def _types(self, node: int) -> tuple[list[int], bool, bool]:
        """The classes of the program among the types, whether there are types from outside, and any open to all."""
        classes: list[int] = []
        outside, is_open = not node, False
        pending = self.values(node)
        seen: set[int] = set()
        while pending:
            value = pending.pop()
            if value in seen:
                continue
            seen.add(value)
            kind = self.table.kind[value]
            if kind in _CLASSES:
                classes.append(self.table.of[value])
            elif kind == kinds.CONTAINER:
                pending.extend(self.values(self.whole(self.container(value))))
            else:
                outside = True
                is_open = is_open or (kind == kinds.EXTERNAL and self.table.of[value].startswith(_OPEN_TO_ALL))
        return classes, outside, is_open

    def _on_narrowed(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, cls, wanted = watcher
        classes, outside, is_open = self._types(cls)
        kind_of = self.table.kind
        for value in news:
            kind, of = kind_of[value], self.table.of[value]
            if kind not in _INSTANCES:
                if outside or not wanted or not classes or kind not in (kinds.CONSTANT, kinds.CONTAINER):
                    self.add(target, value)
                continue
            fits = (is_open and wanted) or any(self.hierarchy.is_subclass(of, wished) for wished in classes)
            if not wanted:
                if not fits:
                    self.add(target, value)
            elif fits or (not classes and not outside) or (outside and self.hierarchy.outside_base(of) is not None):
                self.add(target, value)
            elif kind == kinds.OPEN_INSTANCE:
                for wished in classes:
                    if self.hierarchy.is_subclass(wished, of):
                        self.add(target, self.value(kinds.OPEN_INSTANCE, wished))

    def _on_narrowing_class(self, _news: Sequence[int], watcher: Watcher) -> None:
        _, source, target, cls, wanted = watcher
        known = self.values(source)
        if known and wanted:
            self._on_narrowed(known, (self._on_narrowed, target, cls, wanted))

    def _assume_type(self, target: int, cls: int) -> None:
        if any(self.table.kind[value] in _INSTANCES for value in self.values(target)):
            return
        for wished in self._types(cls)[0]:
            self.add(target, self.value(kinds.OPEN_INSTANCE, wished))

    def _evidence(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, type_node, shape, is_weak = operation
        base = record.module.base
        target, type_node = root[base + target], root[base + type_node]
        if is_weak:
            self._weak.append(lambda: self._give_weak_evidence(target, type_node, shape))
        else:
            self.watch(type_node, self._on_type, target, shape)

    def _give_weak_evidence(self, target: int, type_node: int, shape: str) -> None:
        if not self.sets[target]:
            self.watch(type_node, self._on_type, target, shape)

    def _on_type(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, shape = watcher
        for value in news:
            kind, of = self.table.kind[value], self.table.of[value]
            if kind in _CLASSES:
                instance = self.value(kinds.OPEN_CLASS if shape == "class" else kinds.OPEN_INSTANCE, of)
            elif kind == kinds.CONSTANT and isinstance(of, str):
                self._on_type([self.value(kinds.CLASS, cls) for cls in self.hierarchy.named(of)], watcher)
                continue
            elif kind == kinds.EXTERNAL and not of.startswith(("typing.", "builtins.")):
                instance = self.value(kinds.RESULT, of)
            else:
                continue
            if shape == "element":
                made = self.container_for(target, "elements", "mapping")
                self.add(self.container(made).anything, instance)
                self.add(target, made)
            else:
                self.add(target, instance)
