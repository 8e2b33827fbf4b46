"""The operations of a summary at work: attributes, calls and imports."""

from collections.abc import Callable, Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Members
from intelligent_office.analyzer.flow import ANYTHING, Watcher
from intelligent_office.analyzer.items import Items
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import INFERRED, Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
Start = Callable[[FunctionRecord, list[int], Operation], None]


class Operations(Items):
    """Starts each operation: what it does at once, and what it waits for."""

    _attribute_sites: list[tuple[Site, str]]
    """Calls of attributes, with the attribute's name, for guessing."""

    def _copy(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        base = record.module.base
        self.connect(root[base + operation[2]], root[base + operation[1]])

    def _attribute(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, name, line = operation
        base = record.module.base
        node = root[base + target]
        self.watch(root[base + owner], self._on_attribute, node, name, record.index, line, root[base + owner])

    def _on_attribute(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, name, caller, line, owner = watcher
        certain, kind_of = owner in self.certain, self.table.kind
        for value in news:
            kind = kind_of[value]
            if kind == kinds.EXTERNAL:
                if owner not in self.imported:
                    self.add(target, ANYTHING)
                    continue
                self.imported.add(target)
            members = self.members(value, name)
            if certain and members.by_name:
                self._follow_certainty(members, target, kind)
            self.read(value, name, target, caller, line)
            if kind in _INSTANCES and not members.known and not members.bound:
                self._missing_attribute(value, target, caller, line)

    def _follow_certainty(self, members: Members, target: int, kind: int) -> None:
        """A method is known by its name; what a property returns is not, nor what a variable holds."""
        if kind == kinds.MODULE:
            plain = not members.shared or members.shared[0] in self.certain
        else:
            plain = all(self._is_method(node) for node, _, _ in members.bound)
        if plain:
            self.certain.add(target)

    def _is_method(self, node: int) -> bool:
        origins = self.decorated.get(node, ())
        bindings = {self.linked.functions[origin].summary.binding for origin in origins}
        return node in self.certain or (bool(bindings) and bindings <= {"static", "class"})

    def _missing_attribute(self, value: int, target: int, caller: int, line: int) -> None:
        """Only if nothing was ever stored under the name does `__getattr__` come in."""
        if self.hierarchy.find(self.table.of[value], "__getattr__") >= 0:

            def ask() -> None:
                if not self.sets[target]:
                    self.call_special(value, ("__getattr__",), self.new_site(caller, line, target))

            self._weak.append(ask)

    def _set_attribute(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, owner, name, source, line = operation
        base = record.module.base
        self.watch(root[base + owner], self._on_set_attribute, name, root[base + source], record.index, line)

    def _on_set_attribute(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, source, caller, line = watcher
        for value in news:
            self.store(value, name, source)
            if self.table.kind[value] in _INSTANCES:
                self._store_through_class(value, name, source, caller, line)

    def _store_through_class(self, value: int, name: str, source: int, caller: int, line: int) -> None:
        """Properties, descriptors and `__setattr__` take part in storing."""
        self.store_through_class(value, name, source, caller, line)
        if self.hierarchy.find(self.table.of[value], "__setattr__") >= 0:
            self.call_special(value, ("__setattr__",), self.new_site(caller, line, 0, (0, source)))

    def store_through(self, value: int, receiver: int, source: int, caller: int, line: int) -> None:
        """Properties call their setter, descriptors their `__set__`."""
        if self.table.kind[value] == kinds.PROPERTY:
            self.write_property(value, receiver, source, caller, line)
        elif self.table.kind[value] in _INSTANCES:
            self.call_special(value, ("__set__",), self.new_site(caller, line, 0, (0, source)))

    def _call(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, callee, positional, keywords, line, attribute, is_decorator = operation
        base = record.module.base
        node = root[base + callee] if callee else 0
        self._site_count += 1
        site = Site(
            self._site_count,
            record.index,
            line,
            root[base + target],
            tuple([root[base + item] if item >= 0 else -root[base - item] for item in positional]),
            tuple([(name, root[base + item]) for name, item in keywords]) if keywords else (),
            node,
            is_decorator,
        )
        if is_decorator and positional:
            self._note_decorated(site.positional[0], site.target)
        if attribute:
            self._attribute_sites.append((site, attribute))
        self.watch(node, self._on_called, site)

    def _note_decorated(self, function: int, target: int) -> None:
        """What a decorator makes of a function stands for that function."""
        origin = self.decorated.get(function) or self._defined_at(function)
        if origin:
            self.decorated[target] = origin

    def _defined_at(self, node: int) -> set[int]:
        value = self.definition_nodes.get(node)
        return {self.table.of[value]} if value is not None and self.table.kind[value] == kinds.FUNCTION else set()

    def _super_call(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, cls, receiver, line = operation
        base = record.module.base
        node = root[base + target]
        self.outside_edges.setdefault((record.index, "builtins.super", line), INFERRED)
        if cls >= 0 and receiver:
            index = record.module.first_class + cls
            self.certain.add(node)
            self.watch(root[base + receiver], self._on_super_receiver, index, node)

    def _on_super_receiver(self, news: Sequence[int], watcher: Watcher) -> None:
        _, cls, target = watcher
        for value in news:
            if self.table.kind[value] in (*_INSTANCES, *_CLASSES):
                self.add(target, self.value(kinds.SUPER, (cls, value)))

    def _import(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, name, level, attribute, line = operation
        module = record.module
        node = module.base + target
        if not target or root[node] != node:
            return
        full = self.linked.absolute(module, name, level)
        if attribute is None:
            name, full = name.partition(".")[0], None if full is None else self._top_of(full, name)
        self.certain.add(node)
        self.imported.add(node)
        if full is None:
            outside = f"{name}.{attribute}" if attribute else name
            self.add(node, self.value(kinds.EXTERNAL, outside or "."))
        elif not attribute:
            self.add(node, self.value(kinds.MODULE, full))
        else:
            inner = f"{full}.{attribute}"
            if full == module.name and self.linked.is_module(inner):
                self.add(node, self.value(kinds.MODULE, inner))
            self.read(self.value(kinds.MODULE, full), attribute, node, record.index, line)
            self._import_from_outside(module.name, full, attribute, node)

    def _top_of(self, full: str, name: str) -> str:
        """`import a.b` binds `a`, wherever `a` was found."""
        if not full.endswith(name):
            return full
        return full[: len(full) - len(name)] + name.partition(".")[0]

    def _import_from_outside(self, _importer: str, full: str, attribute: str, node: int) -> None:
        """A name the module itself got by a star from outside."""
        module = self.linked.by_name.get(full)
        if module is None or self.members(self.value(kinds.MODULE, full), attribute) != ((), (), (), False):
            return
        for name, level in module.summary.stars:
            if self.linked.absolute(module, name, level) is None:
                self.add(node, self.value(kinds.EXTERNAL, f"{name}.{attribute}"))

    def _format_name(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, prefix, suffix = operation
        self.add(root[record.module.base + target], self.value(kinds.AFFIXED, (prefix, suffix)))
