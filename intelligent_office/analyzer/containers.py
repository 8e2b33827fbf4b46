"""Lists, tuples, sets, dictionaries and generators: what was put in, by key where the key is known."""

from collections.abc import Callable
from dataclasses import dataclass, field

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.access import Access
from intelligent_office.analyzer.flow import Watcher


@dataclass(slots=True, eq=False)
class Container:
    """One display, comprehension or generator in the source, or one made by the analysis."""

    kind: str
    anything: int
    fields: dict[object, int] = field(default_factory=dict)
    whole: int = 0
    listeners: dict[tuple[object, ...], Watcher] = field(default_factory=dict)
    """What to call with each key that comes up, and its node; the same only once."""


Listen = Callable[[object, int, Watcher], None]


class Containers(Access):
    """Reading from and writing to containers."""

    containers: list[Container]
    containers_made: dict[tuple[int, str], int]

    def new_container(self, kind: str, anything: int = 0) -> int:
        """A new container, as a value."""
        self.containers.append(Container(kind, anything or self.new_node()))
        return self.value(kinds.CONTAINER, len(self.containers) - 1)

    def container_for(self, site: int, role: str, kind: str) -> int:
        """The one container that a place in the source makes, however often it is looked at."""
        key = (site, role)
        value = self.containers_made.get(key)
        if value is None:
            value = self.containers_made[key] = self.new_container(kind)
        return value

    def container(self, value: int) -> Container:
        """What a container value stands for."""
        number: int = self.table.of[value]
        return self.containers[number]

    def container_field(self, container: Container, key: object) -> int:
        """The node of one key."""
        node = container.fields.get(key)
        if node is None:
            node = container.fields[key] = self.new_node()
            for listener in list(container.listeners.values()):
                listener[0](key, node, listener)
        return node

    def each_field(self, container: Container, act: Listen, *rest: object) -> None:
        """Call `act` with every key the container has, and with those it gets later."""
        identity = (getattr(act, "__name__", ""), *(item if isinstance(item, int) else id(item) for item in rest))
        if identity in container.listeners:
            return
        listener = container.listeners[identity] = (act, *rest)
        for key, node in list(container.fields.items()):
            act(key, node, listener)

    def whole(self, container: Container) -> int:
        """A node with everything that is in the container."""
        if not container.whole:
            container.whole = self.new_node()
            self.connect(container.anything, container.whole)
            self.each_field(container, self._join_whole, container.whole)
        return container.whole

    def _join_whole(self, _key: object, node: int, listener: Watcher) -> None:
        self.connect(node, listener[1])

    def read_key(self, container: Container, key: object, target: int) -> None:
        """The target may have the item of a known key."""
        if isinstance(key, int) and key < 0 and container.kind in ("list", "tuple"):
            indexes = [index for index in container.fields if isinstance(index, int)]
            key = max(indexes, default=-1) + 1 + key
        self.connect(self.container_field(container, key), target)
        self.connect(container.anything, target)

    def read_any(self, container: Container, target: int) -> None:
        """The target may have any item."""
        self.connect(self.whole(container), target)

    def write_key(self, container: Container, key: object, source: int) -> None:
        """Store under a known key."""
        self.connect(source, self.container_field(container, key))

    def elements(self, value: int, target: int) -> None:
        """What iterating over a container gives."""
        container = self.container(value)
        if container.kind != "dict":
            self.read_any(container, target)
            return
        self.each_field(container, self._give_key, target)

    def _give_key(self, key: object, _node: int, listener: Watcher) -> None:
        if isinstance(key, str | int):
            self.add(listener[1], self.value(kinds.CONSTANT, key))

    def cut(self, container: Container, start: int, stop: int | None, kind: str, target: int) -> int:
        """A slice with known bounds, as a new container."""
        value = self.container_for(target, "cut", kind)
        part = self.container(value)
        if part is container:
            self.connect(self.whole(container), part.anything)
            return value
        self.connect(container.anything, part.anything)
        indexes = sorted(key for key in container.fields if isinstance(key, int))
        length = indexes[-1] + 1 if indexes else 0
        for place, index in enumerate(range(length)[slice(start, stop)]):
            if index in container.fields:
                self.connect(container.fields[index], self.container_field(part, place))
        return value
