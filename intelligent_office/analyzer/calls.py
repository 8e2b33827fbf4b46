"""What happens at a call: which functions run, and which objects are made."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.arguments import Arguments
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import DIRECT, INFERRED, OVERRIDE, Keywords, Site

_CALLED = frozenset(
    {
        *(kinds.FUNCTION, kinds.BOUND, kinds.OVERRIDES, kinds.CLASS, kinds.OPEN_CLASS),
        *(kinds.INSTANCE, kinds.OPEN_INSTANCE),
    }
)


@dataclass(slots=True, eq=False)
class Property:
    """A property with its getters and setters, as values."""

    getters: int
    setters: int


@dataclass(slots=True, eq=False)
class Partial:
    """A function with some of its arguments."""

    function: int
    positional: tuple[int, ...]
    keywords: Keywords
    depth: int
    """Partial applications inside partial applications."""


class Calls(Arguments):
    """Calls of every kind of value."""

    edges: dict[tuple[int, int, int], int]
    outside_edges: dict[tuple[int, str, int], int]
    properties: list[Property]
    partials: list[Partial]
    _bound_sites: set[tuple[int, int, int]]
    _site_count: int
    decorated_calls: dict[tuple[int, int, int], list[int]]
    """Callee nodes of each noted call."""
    _direct_callees: dict[tuple[int, int, int], set[int]]
    _numbers_for: dict[tuple[int, int], int]
    _special_names: dict[tuple[int, int, tuple[str, ...]], str]

    def new_site(self, caller: int, line: int, target: int, positional: tuple[int, ...] = (), **more: object) -> Site:
        """A site that has no call operation of its own."""
        self._site_count += 1
        return Site(self._site_count, caller, line, target, positional, **more)  # type: ignore[arg-type]

    def edge(self, site: Site, function: int, certainty: int) -> None:
        """Note that a site may call a function."""
        key = (site.caller, function, site.line)
        known = self.edges.get(key)
        if known is None or certainty < known:
            self.edges[key] = certainty
        self.decorated_calls.setdefault(key, []).append(site.callee)
        if certainty == DIRECT:
            self._direct_callees.setdefault(key, set()).add(site.callee)

    def doubt(self) -> None:
        """Once all is known: where a name may mean several functions, none of them is certain."""
        for key, callees in self._direct_callees.items():
            if all(self._is_one_of_many(callee) for callee in callees):
                self.edges[key] = max(self.edges[key], INFERRED)

    def wrappers(self) -> dict[int, set[int]]:
        """The functions that each wrapper made by a decorator stands for."""
        found: dict[int, set[int]] = {}
        for node, origins in self.decorated.items():
            for value in self.values(node):
                if self.table.kind[value] == kinds.FUNCTION and not {self.table.of[value]} >= origins:
                    found.setdefault(self.table.of[value], set()).update(origins - {self.table.of[value]})
        return found

    def stands_for(self, place: tuple[int, int, int], origins: set[int]) -> list[int]:
        """The functions meant by a call of a wrapper; none if it may be any of those it wraps."""
        meant: set[int] = set()
        for callee in self.decorated_calls.get(place, [0]):
            known = self.decorated.get(callee, set()) & origins
            if not known:
                return []
            meant |= known
        return sorted(meant)

    def _is_one_of_many(self, callee: int) -> bool:
        return sum(self.table.kind[value] in _CALLED for value in self.values(callee)) > 1

    def call(self, value: int, site: Site) -> None:
        """A site calls a value."""
        kind, of = self.table.kind[value], self.table.of[value]
        if kind == kinds.FUNCTION:
            certain = site.callee in self.certain or self.definition_nodes.get(site.callee) == value
            self.call_function(of, -1, site, DIRECT if certain else site.certainty)
        elif kind == kinds.BOUND:
            self._call_bound(of, site)
        elif kind == kinds.OVERRIDES:
            self.call_overrides(value, site)
        elif kind == kinds.CLASS or kind == kinds.OPEN_CLASS:
            certain = site.callee in self.certain or self.definition_nodes.get(site.callee) == value
            self.construct(value, site, DIRECT if certain else site.certainty)
        elif kind == kinds.EXTERNAL or kind == kinds.RESULT or kind == kinds.OUTSIDE_METHOD:
            self.call_outside(value, of, site)
        elif kind == kinds.BOUND_EXTERNAL:
            self.call_container_method(of[0], of[1], site)
        elif kind == kinds.INSTANCE or kind == kinds.OPEN_INSTANCE:
            self.call_special(value, ("__call__",), site)
        else:
            self._call_made(value, kind, of, site)

    def _call_made(self, value: int, kind: int, of: Any, site: Site) -> None:
        """Call what the standard library made of a function or a class."""
        if kind == kinds.PARTIAL:
            partial = self.partials[of]
            merged = site._replace(
                number=self._number_for(site.number, value),
                positional=partial.positional + site.positional,
                keywords=partial.keywords + site.keywords,
            )
            self.call(partial.function, merged)
        elif kind == kinds.SETTER:
            self._set_accessor(of, site)
        elif kind == kinds.CONTEXT_MAKER:
            self.call(of, site._replace(target=0, number=self._number_for(site.number, value)))
            self.add(site.target, self.value(kinds.CONTEXT, of))
        elif kind in (kinds.STATIC, kinds.CLASS_METHOD):
            self.call(of, site)
        elif kind == kinds.MAKER:
            self.make(of, site, site.certainty)
        elif kind == kinds.DISPATCHER:
            self.dispatch(of, -1, site)
        elif kind == kinds.REGISTRAR:
            self.register(of, site)

    def _number_for(self, site: int, value: int) -> int:
        """A number of its own for a site as one value sees it."""
        key = (site, value)
        number = self._numbers_for.get(key)
        if number is None:
            number = self._numbers_for[key] = self._number()
        return number

    def _number(self) -> int:
        self._site_count += 1
        return self._site_count

    def _call_bound(self, of: tuple[int, int, bool], site: Site) -> None:
        function, receiver, overridden = of
        certainty = OVERRIDE if overridden else DIRECT if site.callee in self.certain else site.certainty
        if self.table.kind[function] == kinds.FUNCTION:
            self.call_function(self.table.of[function], receiver, site, certainty)
        elif self.table.kind[function] == kinds.DISPATCHER:
            self.dispatch(self.table.of[function], receiver, site)
        else:
            self.call(function, site)

    def call_function(self, function: int, receiver: int, site: Site, certainty: int) -> None:
        """Note the edge, hand over the arguments, take back the result."""
        self.edge(site, function, certainty)
        record = self.linked.functions[function]
        offset = 0 if receiver < 0 else 1
        key = (site.number, function, offset)
        if key not in self._bound_sites:
            self._bound_sites.add(key)
            self._pass_positional(record, offset, site)
            self._pass_keywords(record, site)
            self._take_result(record, offset, site)
        if offset:
            self._pass_receiver(record, receiver, site.target)

    def accepts(self, _record: FunctionRecord, _site: Site) -> bool:
        """Whether a function can take as many arguments as a site has; a Python function takes what it is given."""
        return True

    def resume(self, container: int, caller: int, line: int) -> None:
        """Whoever iterates over a generator runs its function."""
        function = self._generator_functions.get(container, -1)
        if function >= 0:
            key = (caller, function, line)
            self.edges.setdefault(key, INFERRED)

    def construct(self, value: int, site: Site, certainty: int) -> None:
        """Calling a class runs its metaclass's `__call__`, or makes an instance."""
        meta = self.metaclass(self.table.of[value])
        found = self.hierarchy.find(meta, "__call__") if meta >= 0 else -1
        if found < 0:
            self.make(value, site, certainty)
            return
        function = self.definition_nodes.get(self._attribute_node(found, "__call__"))
        if function is not None and self.table.kind[function] == kinds.FUNCTION:
            record = self.linked.functions[self.table.of[function]]
            self.call_function(record.index, value, site, certainty)
            if record.summary.positional:
                self.add(self._node(record, record.summary.positional[0][1]), value)
            kind = kinds.OPEN_INSTANCE if self.table.kind[value] == kinds.OPEN_CLASS else kinds.INSTANCE
            self.add(site.target, self.value(kind, self.table.of[value]))

    def make(self, value: int, site: Site, certainty: int) -> None:
        """Run `__new__` and `__init__`, and return an instance."""
        cls = self.table.of[value]
        is_open = self.table.kind[value] == kinds.OPEN_CLASS
        instance = self.value(kinds.OPEN_INSTANCE if is_open else kinds.INSTANCE, cls)
        made = self._run_new(value, cls, site, certainty)
        if not made:
            self.add(site.target, instance)
        initial = self.hierarchy.find(cls, "__init__")
        if initial >= 0 or (is_open and self.hierarchy.overrides(cls, "__init__")):
            self._call_members(
                instance, "__init__", site._replace(target=0, number=self._number_for(site.number, value)), certainty
            )
            return
        self._fill_fields(cls, site)
        if self.hierarchy.find(cls, "__post_init__") >= 0:
            self._call_members(
                instance, "__post_init__", site._replace(target=0, positional=(), keywords=()), certainty
            )
        outside = self.hierarchy.outside_base(cls)
        if outside is not None:
            self.outside_edges[site.caller, f"{outside}.__init__", site.line] = certainty

    def _run_new(self, value: int, cls: int, site: Site, certainty: int) -> bool:
        found = self.hierarchy.find(cls, "__new__")
        if found < 0:
            return False
        node = self._attribute_node(found, "__new__")
        for function in self.values(node):
            if self.table.kind[function] == kinds.FUNCTION:
                self.call_function(
                    self.table.of[function],
                    value,
                    site._replace(number=self._number_for(site.number, function)),
                    certainty,
                )
        self.add(site.target, self.value(kinds.INSTANCE, cls))
        return True

    def _call_members(self, instance: int, name: str, site: Site, certainty: int) -> None:
        members = self.members(instance, name)
        for known in members.known:
            if self.table.kind[known] == kinds.BOUND:
                function, receiver, overridden = self.table.of[known]
                rank = OVERRIDE if overridden else certainty
                self.call_function(self.table.of[function], receiver, site, rank)
            elif self.table.kind[known] == kinds.OVERRIDES:
                self.call_overrides(known, site)
        for node, receiver, overridden in members.bound:
            callee = self.new_node()
            self.watch(node, self._on_class_attribute, callee, receiver, overridden, site.caller, site.line)
            self.watch(callee, self._on_called, site._replace(callee=callee, certainty=certainty))

    def _on_called(self, news: Sequence[int], watcher: Watcher) -> None:
        site = watcher[1]
        for value in news:
            self.call(value, site)

    def _fill_fields(self, cls: int, site: Site) -> None:
        """A generated constructor, as of a dataclass or a named tuple, stores its arguments in the annotated fields."""
        names: dict[str, None] = {}
        for ancestor in reversed(self.hierarchy.order(cls)):
            names.update(dict.fromkeys(self.hierarchy.classes[ancestor].summary.annotated))
        order = list(names)
        for index, node in enumerate(site.positional):
            if node > 0 and index < len(order):
                self.connect(node, self.field("own", cls, order[index]))
        for name, node in site.keywords:
            if name in names:
                self.connect(node, self.field("own", cls, name))

    def call_special(self, value: int, names: tuple[str, ...], site: Site, cls: int = -1) -> bool:
        """Call the first of some special methods that the value's class has."""
        is_instance = self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE)
        if cls < 0 and not is_instance:
            return False
        name = self._special_name(value, self.table.of[value] if cls < 0 else cls, names)
        if name:
            instance = value if is_instance else self.value(kinds.INSTANCE, cls)
            self._call_members(instance, name, site, INFERRED)
        return bool(name)

    def _special_name(self, value: int, cls: int, names: tuple[str, ...]) -> str:
        """The first of some names that the class has, or a subclass if the value may be of one."""
        key = (value, cls, names)
        found = self._special_names.get(key)
        if found is None:
            is_open = self.table.kind[value] == kinds.OPEN_INSTANCE
            has = (
                name
                for name in names
                if self.hierarchy.find(cls, name) >= 0 or (is_open and self.hierarchy.overrides(cls, name))
            )
            found = self._special_names[key] = next(has, "")
        return found

    # Properties and descriptors

    def ask_module(self, function: int, target: int, caller: int, line: int) -> None:
        """A module without the name asks its `__getattr__`."""
        self.call(function, self.new_site(caller, line, target))

    def read_property(
        self, number: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool
    ) -> None:
        """Reading a property calls its getter."""
        site = self.new_site(caller, line, target, certainty=OVERRIDE if overridden else INFERRED)
        self.watch(self.properties[number].getters, self._on_accessor, receiver, site)

    def _on_accessor(self, news: Sequence[int], watcher: Watcher) -> None:
        _, receiver, site = watcher
        for value in news:
            if self.table.kind[value] == kinds.FUNCTION:
                self.call_function(self.table.of[value], receiver, site, site.certainty)

    def write_property(self, value: int, receiver: int, source: int, caller: int, line: int) -> None:
        """Storing to a property calls its setter."""
        site = self.new_site(caller, line, 0, (source,))
        self.watch(self.properties[self.table.of[value]].setters, self._on_accessor, receiver, site)

    def read_descriptor(self, descriptor: int, receiver: int, target: int, caller: int, line: int) -> None:
        """Reading through a descriptor calls its `__get__`."""
        argument = self.new_node()
        self.add(argument, receiver)
        cls = self.new_node()
        self.add(cls, self.class_value(receiver))
        self.call_special(descriptor, ("__get__",), self.new_site(caller, line, target, (argument, cls)))

    def _set_accessor(self, of: tuple[int, str], site: Site) -> None:
        number, name = of
        before = self.properties[number]
        changed = Property(before.getters, before.setters)
        if site.positional and site.positional[0] > 0:
            if name == "setter":
                changed.setters = site.positional[0]
            elif name == "getter":
                changed.getters = site.positional[0]
        self.add_property(changed, site.target)

    def add_property(self, made: Property, target: int) -> None:
        """A new property value."""
        self.properties.append(made)
        self.add(target, self.value(kinds.PROPERTY, len(self.properties) - 1))

    # See overrides

    def call_overrides(self, value: int, site: Site) -> None:
        """Call the methods of many subclasses at once."""
        raise NotImplementedError

    # See generic functions

    def dispatch(self, function: int, receiver: int, site: Site) -> None:
        """Call what is registered with a generic function."""
        raise NotImplementedError

    def register(self, function: int, site: Site) -> None:
        """Register something with a generic function."""
        raise NotImplementedError

    # Outside the program; see library

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """Call something that is not part of the program."""
        raise NotImplementedError

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Call a method of a list, dictionary or the like."""
        raise NotImplementedError
