"""Reading and writing attributes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Attributes, Members
from intelligent_office.analyzer.flow import Watcher

FEW = 4
"""Readers of so many class attributes wait for each by themselves; those of more wait together."""
_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)


@dataclass(slots=True, eq=False)
class Shared:
    """What many classes have under one name, for all who read it or store there."""

    node: int
    special: list[tuple[int, int, bool]] = field(default_factory=list)
    """Properties and descriptors, with receiver and whether a subclass had to be asked: who reads calls them."""
    readers: list[tuple[int, int, int]] = field(default_factory=list)
    """Target, caller and line."""
    writers: list[tuple[int, int, int]] = field(default_factory=list)
    """Source, caller and line."""
    decorated: tuple[int, ...] = ()


class Access(Attributes):
    """Attributes read, bound to objects, and stored."""

    _shared: dict[tuple[int, str], Shared]

    def read(self, value: int, name: str, target: int, caller: int, line: int) -> None:
        """The target may have what `value.name` is."""
        members = self.members(value, name)
        known, shared, bound, _ = members
        for found in known:
            self.add_found(target, found)
        for node in shared:
            self.connect(node, target)
            if node in self.decorated:
                self.decorated.setdefault(target, set()).update(self.decorated[node])
        if len(bound) > FEW:
            self._read_shared(self._share(value, name, members), target, caller, line)
            return
        for node, receiver, overridden in bound:
            if node in self.decorated:
                self.decorated.setdefault(target, set()).update(self.decorated[node])
            self.watch(node, self._on_class_attribute, target, receiver, overridden, caller, line)

    def _share(self, value: int, name: str, members: Members) -> Shared:
        shared = self._shared.get((value, name))
        if shared is None:
            shared = self._shared[value, name] = Shared(self.new_node())
            shared.decorated = tuple([node for node, _, _ in members.bound if node in self.decorated])
            for node, receiver, overridden in members.bound:
                self.watch(node, self._on_shared_attribute, shared, receiver, overridden)
        return shared

    def _on_shared_attribute(self, news: Sequence[int], watcher: Watcher) -> None:
        _, shared, receiver, overridden = watcher
        for value in news:
            if self.table.kind[value] == kinds.PROPERTY or self.table.kind[value] in _INSTANCES:
                shared.special.append((value, receiver, overridden))
                for target, caller, line in list(shared.readers):
                    self.bind(value, receiver, target, caller, line, overridden=overridden)
                for source, caller, line in list(shared.writers):
                    self.store_through(value, receiver, source, caller, line)
            else:
                self.bind(value, receiver, shared.node, -1, 0, overridden=overridden)

    def _read_shared(self, shared: Shared, target: int, caller: int, line: int) -> None:
        for node in shared.decorated:
            self.decorated.setdefault(target, set()).update(self.decorated[node])
        self.connect(shared.node, target)
        shared.readers.append((target, caller, line))
        for value, receiver, overridden in list(shared.special):
            self.bind(value, receiver, target, caller, line, overridden=overridden)

    def store_through_class(self, value: int, name: str, source: int, caller: int, line: int) -> None:
        """Properties and descriptors take part in storing."""
        members = self.members(value, name)
        if len(members.bound) > FEW:
            shared = self._share(value, name, members)
            shared.writers.append((source, caller, line))
            for special, receiver, _ in list(shared.special):
                self.store_through(special, receiver, source, caller, line)
            return
        for node, receiver, _ in members.bound:
            self.watch(node, self._on_store_through, receiver, source, caller, line)

    def _on_store_through(self, news: Sequence[int], watcher: Watcher) -> None:
        _, receiver, source, caller, line = watcher
        for value in news:
            self.store_through(value, receiver, source, caller, line)

    def store_through(self, value: int, receiver: int, source: int, caller: int, line: int) -> None:
        """Store where a class has something of its own under that name."""
        raise NotImplementedError

    def _on_class_attribute(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, receiver, overridden, caller, line = watcher
        for value in news:
            self.bind(value, receiver, target, caller, line, overridden=overridden)

    def bind(self, value: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool) -> None:
        """A class attribute seen through an instance or through the class."""
        kind = self.table.kind[value]
        if receiver < 0:
            self.ask_module(value, target, caller, line)
            return
        through_class = self.table.kind[receiver] in (kinds.CLASS, kinds.OPEN_CLASS)
        if kind == kinds.FUNCTION:
            function = self.linked.functions[self.table.of[value]].summary
            if through_class and function.binding != "class" and not self._is_meta_receiver(value, receiver):
                self.add(target, value)
            else:
                self.add(target, self.value(kinds.BOUND, (value, receiver, overridden)))
        elif kind == kinds.DISPATCHER:
            self.add(target, self.value(kinds.BOUND, (value, receiver, overridden)))
        elif kind == kinds.STATIC:
            self.add(target, self.table.of[value])
        elif kind == kinds.CLASS_METHOD:
            cls = receiver if through_class else self.class_value(receiver)
            self.add(target, self.value(kinds.BOUND, (self.table.of[value], cls, overridden)))
        elif (
            kind == kinds.CONTEXT_MAKER
            and not through_class
            and self.table.kind[self.table.of[value]] == kinds.FUNCTION
        ):
            inner = self.value(kinds.BOUND, (self.table.of[value], receiver, overridden))
            self.add(target, self.value(kinds.CONTEXT_MAKER, inner))
        elif kind == kinds.PROPERTY and not through_class:
            self.read_property(self.table.of[value], receiver, target, caller, line, overridden=overridden)
        elif (
            kind in (kinds.INSTANCE, kinds.OPEN_INSTANCE) and self.hierarchy.find(self.table.of[value], "__get__") >= 0
        ):
            self.read_descriptor(value, receiver, target, caller, line)
        else:
            self.add(target, value)

    def ask_module(self, function: int, target: int, caller: int, line: int) -> None:
        """A module without the name asks its `__getattr__`."""
        raise NotImplementedError

    def _is_meta_receiver(self, function: int, receiver: int) -> bool:
        owner = self.linked.functions[self.table.of[function]].owner
        return owner >= 0 and not self.hierarchy.is_subclass(self.table.of[receiver], owner)

    def class_value(self, receiver: int) -> int:
        """The class of an instance, as a value."""
        kind = kinds.CLASS if self.table.kind[receiver] == kinds.INSTANCE else kinds.OPEN_CLASS
        if self.table.kind[receiver] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
            return self.value(kind, self.table.of[receiver])
        return receiver

    def read_property(
        self, number: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool
    ) -> None:
        """Reading a property calls its getter."""
        raise NotImplementedError

    def read_descriptor(self, descriptor: int, receiver: int, target: int, caller: int, line: int) -> None:
        """Reading through a descriptor calls its `__get__`."""
        raise NotImplementedError

    def store(self, owner: int, name: str, source: int) -> None:
        """What is stored in an attribute can be read from it."""
        kind, of = self.table.kind[owner], self.table.of[owner]
        if kind in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
            self.connect(source, self.field("own", of, name))
            for ancestor in self.hierarchy.order(of)[1:]:
                self.connect(source, self.field("below", ancestor, name))
        elif kind in (kinds.CLASS, kinds.OPEN_CLASS):
            self.connect(source, self.field("class", of, name))
            self.connect(source, self.field("own", of, name))
            for ancestor in self.hierarchy.order(of)[1:]:
                self.connect(source, self.field("class below", ancestor, name))
        elif kind == kinds.FUNCTION:
            self.connect(source, self.field("function", of, name))
        elif kind == kinds.RESULT and of != kinds.UNKNOWN_OUTSIDE:
            self.connect(source, self.field("outside", of, name))
        elif kind == kinds.MODULE:
            module = self.linked.by_name.get(of)
            node = self.linked.export(module, name) if module is not None else 0
            if node and self.linked.root[node] not in self.definition_nodes:
                self.connect(source, self.linked.root[node])
