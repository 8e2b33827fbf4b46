"""What builtins and methods of lists, dictionaries and the like do with the values in them."""

from collections.abc import Sequence

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.containers import Container
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.overrides import Overrides
from intelligent_office.analyzer.sites import DYNAMIC, INFERRED, Site

SPECIAL = {
    "builtins.len": ("__len__",),
    "builtins.str": ("__str__", "__repr__"),
    "builtins.repr": ("__repr__",),
    "builtins.print": ("__str__", "__repr__"),
    "builtins.hash": ("__hash__",),
    "builtins.bool": ("__bool__", "__len__"),
    "builtins.int": ("__int__", "__index__", "__trunc__"),
    "builtins.float": ("__float__", "__index__"),
    "builtins.abs": ("__abs__",),
    "builtins.round": ("__round__",),
    "builtins.dir": ("__dir__",),
    "builtins.bytes": ("__bytes__",),
    "builtins.format": ("__format__", "__str__"),
    "builtins.complex": ("__complex__",),
    "os.fspath": ("__fspath__",),
    "builtins.divmod": ("__divmod__",),
    "builtins.pow": ("__pow__",),
}
_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_RESULT_TYPES = {"builtins.len": "int", "builtins.int": "int", "builtins.bool": "bool", "builtins.hash": "int"}
_READING = frozenset({"values", "sort", "get", "pop", "setdefault", "__getitem__", "popitem", "popleft"})
CALLABLE = frozenset({kinds.FUNCTION, kinds.BOUND, kinds.OVERRIDES, kinds.PARTIAL})


class ContainerModels(Overrides):
    """Models of what takes or makes containers."""

    def _argument(self, site: Site, place: int, keyword: str = "") -> int:
        if place < len(site.positional):
            return max(site.positional[place], 0)
        return next((node for name, node in site.keywords if name == keyword), 0) if keyword else 0

    def _special(self, name: str, site: Site) -> None:
        names = SPECIAL[name]
        for node in site.positional if name == "builtins.print" else site.positional[:1]:
            self.watch(abs(node), self._on_special, names, self.new_site(site.caller, site.line, 0))
        self.add(site.target, self.value(kinds.CONSTANT, (_RESULT_TYPES.get(name, "str"),)))

    def _on_special(self, news: Sequence[int], watcher: Watcher) -> None:
        _, names, site = watcher
        kind_of = self.table.kind
        for value in news:
            if kind_of[value] in _INSTANCES:
                self.call_special(value, names, site)

    def _elements_of(self, node: int, target: int, site: Site) -> None:
        self.iterate(node, target, site.caller, site.line)

    def iterate(self, source: int, target: int, caller: int, line: int, *, is_async: bool = False) -> None:
        """The target gets the elements of what the source holds."""
        raise NotImplementedError

    def _list(self, name: str, site: Site) -> None:
        made = self.container_for(site.number, name, "tuple" if name == "builtins.tuple" else "list")
        container = self.container(made)
        for node in site.positional:
            if name.startswith("asyncio.gather"):
                self.connect(abs(node), container.anything)
                continue
            self._elements_of(abs(node), container.anything, site)
        if name == "itertools.chain":
            inner = self.new_node()
            self.connect(container.anything, inner)
        self._key_function(site, container.anything)
        self.add(site.target, made)

    def _key_function(self, site: Site, element: int) -> None:
        for keyword, node in site.keywords:
            if keyword in ("key", "default", "func"):
                called = self.new_site(site.caller, site.line, 0, (element,))
                self.watch(node, self._on_called, called)

    def _mapped(self, name: str, site: Site) -> None:
        """`map` and its kin call a function with the elements of the other arguments."""
        made = self.container_for(site.number, name, "generator")
        result = self.container(made).anything
        elements = []
        for node in site.positional[1:]:
            element = self.new_node()
            self._elements_of(abs(node), element, site)
            elements.append(element)
        keeps = name in ("builtins.filter", "itertools.takewhile", "itertools.dropwhile", "itertools.filterfalse")
        returned = self.new_node()
        if name == "functools.reduce":
            elements = [returned, *elements[:1]]
            self.connect(elements[-1], returned)
            self.connect(returned, site.target)
        called = self.new_site(site.caller, site.line, returned, tuple(elements))
        self.watch(self._argument(site, 0), self._on_called, called)
        if keeps and elements:
            self.connect(elements[0], result)
        else:
            self.connect(returned, result)
        self._misplaced(site, result)
        self.add(site.target, made)

    def _misplaced(self, site: Site, result: int) -> None:
        """A function in the place of an iterable may still be called."""
        for node in site.positional[1:]:
            self.watch(abs(node), self._on_misplaced, result, site)

    def _on_misplaced(self, news: Sequence[int], watcher: Watcher) -> None:
        _, result, site = watcher
        for value in news:
            if self.table.kind[value] in CALLABLE:
                self.call(value, self.new_site(site.caller, site.line, result, certainty=DYNAMIC))

    def _extreme(self, _name: str, site: Site) -> None:
        if len(site.positional) == 1:
            element = self.new_node()
            self._elements_of(abs(site.positional[0]), element, site)
            self.connect(element, site.target)
        else:
            element = self.new_node()
            for node in site.positional:
                self.connect(abs(node), element)
            self.connect(element, site.target)
        self._key_function(site, element)

    def _next(self, _name: str, site: Site) -> None:
        node = self._argument(site, 0)
        self.watch(node, self._on_next, site)
        self.connect(self._argument(site, 1), site.target)

    def _on_next(self, news: Sequence[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.resume(value, site.caller, site.line)
                self.elements(value, site.target)
            else:
                self.call_special(value, ("__next__", "__anext__"), self.new_site(site.caller, site.line, site.target))

    def _zip(self, _name: str, site: Site) -> None:
        row = self.container_for(site.number, "row", "tuple")
        for index, node in enumerate(site.positional):
            field = self.container_field(self.container(row), index)
            self._elements_of(abs(node), field, site)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, row)
        self.add(site.target, made)

    def _enumerate(self, _name: str, site: Site) -> None:
        pair = self.container_for(site.number, "pair", "tuple")
        self._elements_of(self._argument(site, 0), self.container_field(self.container(pair), 1), site)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, pair)
        self.add(site.target, made)

    def _groupby(self, _name: str, site: Site) -> None:
        group = self.container_for(site.number, "group", "list")
        element = self.container(group).anything
        self._elements_of(self._argument(site, 0), element, site)
        self._key_function(site, element)
        self.watch(self._argument(site, 1), self._on_called, self.new_site(site.caller, site.line, 0, (element,)))
        pair = self.container_for(site.number, "pair", "tuple")
        self.add(self.container_field(self.container(pair), 1), group)
        made = self.container_for(site.number, "list", "list")
        self.add(self.container(made).anything, pair)
        self.add(site.target, made)

    def _dict(self, _name: str, site: Site) -> None:
        made = self.container_for(site.number, "dict", "dict")
        container = self.container(made)
        for keyword, node in site.keywords:
            if keyword is not None:
                self.write_key(container, keyword, node)
        if site.positional:
            self.watch(abs(site.positional[0]), self._on_merged, container)
            for name in ("keys", "__getitem__"):
                asked = self.new_site(site.caller, site.line, 0)
                self.watch(abs(site.positional[0]), self._on_special, (name,), asked)
        self.add(site.target, made)

    def _defaultdict(self, _name: str, site: Site) -> None:
        made = self.container_for(site.number, "dict", "dict")
        container = self.container(made)
        called = self.new_site(site.caller, site.line, container.anything)
        self.watch(self._argument(site, 0), self._on_called, called)
        self.add(site.target, made)

    def _on_merged(self, news: Sequence[int], watcher: Watcher) -> None:
        """Take over the entries of another dictionary, or of a list of pairs."""
        container = watcher[1]
        for value in news:
            if self.table.kind[value] != kinds.CONTAINER:
                continue
            other = self.container(value)
            if other.kind == "dict":
                self.connect(other.anything, container.anything)
                if other is not container:
                    self.each_field(other, self._copy_field, container)
            else:
                self.watch(self.whole(other), self._on_pair, container)

    def _copy_field(self, key: object, node: int, listener: Watcher) -> None:
        self.write_key(listener[1], key, node)

    def _on_pair(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.read_key(self.container(value), 1, watcher[1].anything)

    def call_container_method(self, value: int, name: str, site: Site) -> None:
        """Methods of lists, dictionaries, sets and generators."""
        container = self.container(value)
        self.outside_edges.setdefault((site.caller, f"builtins.{container.kind}.{name}", site.line), INFERRED)
        if name in _READING:
            self._read_container(container, name, site)
        elif name in ("append", "add", "insert", "appendleft", "send"):
            if site.positional:
                self.connect(max(site.positional[-1], 0), container.anything)
        elif name in ("extend", "extendleft", "__iadd__") or (name == "update" and container.kind == "set"):
            self._elements_of(self._argument(site, 0), container.anything, site)
        elif name == "update":
            self.watch(self._argument(site, 0), self._on_merged, container)
            for keyword, node in site.keywords:
                if keyword is not None:
                    self.write_key(container, keyword, node)
        elif name in ("copy", "__iter__", "union", "intersection", "difference", "symmetric_difference", "keys"):
            self.add(site.target, value)
        elif name == "items":
            self._items(value, container, site)
        elif name == "__next__":
            self.elements(value, site.target)

    def _items(self, value: int, container: Container, site: Site) -> None:
        pair = self.container_for(site.number, "pair", "tuple")
        self.read_any(container, self.container_field(self.container(pair), 1))
        self.elements(value, self.container_field(self.container(pair), 0))
        inner = self.new_node()
        self.add(inner, pair)
        self._view(site, inner)

    def _read_container(self, container: Container, name: str, site: Site) -> None:
        if name == "values":
            self._view(site, self.whole(container))
        elif name == "sort":
            self._key_function(site, self.whole(container))
        else:
            self._take(container, name, site)

    def _view(self, site: Site, element: int) -> None:
        made = self.container_for(site.number, "list", "list")
        self.connect(element, self.container(made).anything)
        self.add(site.target, made)

    def _take(self, container: Container, name: str, site: Site) -> None:
        default = self._argument(site, 1)
        if container.kind == "dict" and name != "popitem":
            self.connect(default, site.target)
            if name == "setdefault":
                self.read_item_by(container, self._argument(site, 0), site.target)
                self.write_item_by(container, self._argument(site, 0), default)
            else:
                self.read_item_by(container, self._argument(site, 0), site.target)
        else:
            self.read_any(container, site.target)

    def read_item_by(self, container: Container, key: int, target: int) -> None:
        """Read the item whose key is in a node."""
        raise NotImplementedError

    def write_item_by(self, container: Container, key: int, source: int) -> None:
        """Write the item whose key is in a node."""
        raise NotImplementedError
