"""Items of containers: by key, by slice, by unpacking."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.containers import Container
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.implicit_calls import ImplicitCalls
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_ALTERNATIVES = frozenset({"typing.Union", "typing.Optional", "typing.Annotated"})


class Items(ImplicitCalls):
    """Operations with square brackets, and their like."""

    _unknown_keys: list[tuple[Container, int, int]]
    """Reads by a key of which nothing is known yet: container, key, target."""
    _key_reads: set[tuple[int, int, int]]
    _key_writes: set[tuple[int, int, int]]

    def _container(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, kind, fields, anything = operation
        base = record.module.base
        value = self.new_container(kind)
        container = self.container(value)
        for key, source in fields:
            container.fields[key] = root[base + source]
        for source in anything:
            self.connect(root[base + source], container.anything)
        if kind != "tuple":
            for key, node in list(container.fields.items()):
                container.fields[key] = self.new_node()
                self.connect(node, container.fields[key])
        self.add(root[base + target], value)

    def _item(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, key, line = operation
        base = record.module.base
        owner, key, target = root[base + owner], root[base + key] if key else 0, root[base + target]
        site = self.new_site(record.index, line, target, (key,))
        self.watch(owner, self._on_item, key, site)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        _, key, site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind == kinds.CONTAINER:
                self.read_item_by(self.container(value), key, site.target)
            elif kind in _INSTANCES:
                self.call_special(value, ("__getitem__",), site)
            elif kind in _CLASSES:
                if not self._class_getitem(value, site):
                    self.add(site.target, value)
            elif kind in (kinds.EXTERNAL, kinds.RESULT):
                self.add(site.target, value)
                if self.table.of[value] in _ALTERNATIVES:
                    self._name_alternatives(key, site.target)

    def _name_alternatives(self, key: int, target: int) -> None:
        """A name for `Union[A, B]` stands for A and for B."""
        self.connect(key, target)
        self.watch(key, self._on_alternatives, target)

    def _on_alternatives(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.read_any(self.container(value), watcher[1])

    def _class_getitem(self, value: int, site: Site) -> bool:
        meta = self.metaclass(self.table.of[value])
        if meta >= 0 and self.hierarchy.find(meta, "__getitem__") >= 0:
            return self.call_special(value, ("__getitem__",), site, cls=meta)
        return False

    def read_item_by(self, container: Container, key: int, target: int) -> None:
        """Read by a key that is in a node: by each literal it may be, by all if it may be anything."""
        if not key:
            self.read_any(container, target)
        else:
            place = (id(container), key, target)
            if place in self._key_reads:
                return
            self._key_reads.add(place)
            self.connect(container.anything, target)
            self.watch(key, self._on_key, container, target)
            if not self.sets[key]:
                self._unknown_keys.append((container, key, target))

    def _on_key(self, news: Sequence[int], watcher: Watcher) -> None:
        _, container, target = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and not isinstance(of, tuple):
                self.read_key(container, of, target)
            else:
                self.read_any(container, target)

    def write_item_by(self, container: Container, key: int, source: int) -> None:
        """Write by a key that is in a node."""
        if key:
            place = (id(container), key, source)
            if place not in self._key_writes:
                self._key_writes.add(place)
                self.watch(key, self._on_written_key, container, source)
        else:
            self.connect(source, container.anything)

    def _on_written_key(self, news: Sequence[int], watcher: Watcher) -> None:
        _, container, source = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and not isinstance(of, tuple):
                self.write_key(container, of, source)
            else:
                self.connect(source, container.anything)

    def _set_item(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, owner, key, source, line = operation
        base = record.module.base
        key, source = root[base + key] if key else 0, root[base + source]
        self.watch(root[base + owner], self._on_set_item, key, self.new_site(record.index, line, 0, (key, source)))

    def _on_set_item(self, news: Sequence[int], watcher: Watcher) -> None:
        _, key, site = watcher
        source = site.positional[1]
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                container = self.container(value)
                self.write_item_by(container, key, source)
                if key and not self.sets[key]:
                    self._weak.append(lambda c=container, k=key, s=source: self._write_unknown(c, k, s))  # type: ignore[misc]
            else:
                self.call_special(value, ("__setitem__",), site)

    def _write_unknown(self, container: Container, key: int, source: int) -> None:
        if not self.sets[key]:
            self.connect(source, container.anything)

    def _unpack(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, index, line = operation
        base = record.module.base
        self.watch(root[base + source], self._on_unpacked, root[base + target], index, record.index, line)

    def _on_unpacked(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, index, caller, line = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                container = self.container(value)
                if container.kind in ("list", "tuple"):
                    self.read_key(container, index, target)
                else:
                    self.resume(value, caller, line)
                    self.elements(value, target)
            else:
                self._on_iterated([value], (self._on_iterated, target, caller, line, False))

    def _rest(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, start, end = operation
        base = record.module.base
        stop = -end if end else None
        self.watch(root[base + source], self._on_slice, root[base + target], start, stop, "list", None)

    def _slice(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, start, stop, line = operation
        base = record.module.base
        site = self.new_site(record.index, line, root[base + target])
        self.watch(root[base + owner], self._on_slice, root[base + target], start or 0, stop, "", site)

    def _on_slice(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, start, stop, kind, site = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                container = self.container(value)
                if not kind and container.anything and not container.fields:
                    self.add(target, value)
                    continue
                self.add(target, self.cut(container, start, stop, kind or container.kind, target))
            elif site is not None and self.table.kind[value] in _INSTANCES:
                self.call_special(value, ("__getitem__",), site)
            elif self.table.kind[value] == kinds.CONSTANT:
                self.add(target, value)
