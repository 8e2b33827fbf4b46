"""What an attribute of a value is."""

import builtins
from collections import OrderedDict, defaultdict, deque
from collections.abc import Collection
from types import GeneratorType
from typing import Any, NamedTuple

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.flow import Flow
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.linking import Linked
from intelligent_office.analyzer.values import Values

FEW = 4
"""So many methods that override one are told apart; more are one value."""
LONGEST_OUTSIDE_NAME = 6
"""Parts of a dotted name outside the program; longer rows of attributes are not told apart."""

_CONTAINER_METHODS = frozenset(
    name for kind in (list, dict, tuple, set, deque, GeneratorType, defaultdict, OrderedDict) for name in dir(kind)
)


class Members(NamedTuple):
    """What an attribute may be: values that are known, and nodes whose values it shares."""

    known: tuple[int, ...] = ()
    shared: tuple[int, ...] = ()
    bound: tuple[tuple[int, int, bool], ...] = ()
    """Class attributes: node, receiver, and whether a subclass had to be asked."""
    by_name: bool = False
    """Nothing but names was needed to find it."""


NOTHING = Members()


class Attributes(Flow):
    """Attribute access for every kind of value."""

    def __init__(self, linked: Linked, hierarchy: Hierarchy, count: int) -> None:
        super().__init__(count)
        self.linked = linked
        self.hierarchy = hierarchy
        self.table = Values()
        self.fields: dict[tuple[str, object, str], int] = {}
        self.definition_nodes: dict[int, int] = {}
        """Node of each function and class definition: the value it was given at the start."""
        self.certain: set[int] = set()
        """Nodes whose values follow from names alone."""
        self.imported: set[int] = set()
        """Nodes of imported modules and of names inside them."""
        self.decorated: dict[int, set[int]] = {}
        """For nodes that hold what decorators made of functions: those functions."""
        self._wider: dict[int, frozenset[int]] = {}
        self._members: dict[tuple[int, str], Members] = {}
        self.stored_names: Collection[str] = frozenset()
        """The names of attributes that anything may be stored in: of others no object has its own."""
        self._joined: dict[tuple[int, ...], int] = {}
        self.overriding: dict[tuple[int, str], list[int]] = {}
        """By class and name, the functions that `OVERRIDES` stands for."""

    def wider(self, value: int) -> frozenset[int]:
        """Any instance of an ancestor, for an instance of a class."""
        found = self._wider.get(value)
        if found is None:
            found = frozenset()
            if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
                family = self.hierarchy.order(self.table.of[value])
                found = frozenset(self.value(kinds.OPEN_INSTANCE, cls) for cls in family) - {value}
            self._wider[value] = found
        return found

    def widest(self, value: int) -> int:
        """Any instance of the first of the ancestors, for an instance of a class."""
        if self.table.kind[value] in (kinds.INSTANCE, kinds.OPEN_INSTANCE):
            return self.value(kinds.OPEN_INSTANCE, self.hierarchy.order(self.table.of[value])[-1])
        return value

    def value(self, kind: int, of: object) -> int:
        """The number of a value."""
        return self.table.number(kind, of)

    def open_instance(self, cls: int) -> int:
        """Any instance of a class."""
        return self.value(kinds.OPEN_INSTANCE, cls)

    def node_of(self, module_index: int, node: int) -> int:
        """A node of a module as a node of the program."""
        return self.linked.root[self.linked.modules[module_index].base + node] if node else 0

    def field(self, kind: str, owner: object, name: str) -> int:
        """The node of an attribute that is stored on objects."""
        key = (kind, owner, name)
        node = self.fields.get(key)
        if node is None:
            node = self.fields[key] = self.new_node()
        return node

    def joined(self, nodes: list[int]) -> tuple[int, ...]:
        """One node with what several have: the same for all who ask for the same nodes."""
        if len(nodes) < 2:
            return tuple(nodes)
        key = tuple(nodes)
        node = self._joined.get(key)
        if node is None:
            node = self._joined[key] = self.new_node()
            for source in nodes:
                self.connect(source, node)
        return (node,)

    def members(self, value: int, name: str) -> Members:
        """What `value.name` is."""
        key = value, name
        found = self._members.get(key)
        if found is None:
            found = self._members[key] = self._find_members(value, name)
        return found

    def _find_members(self, value: int, name: str) -> Members:
        kind, of = self.table.kind[value], self.table.of[value]
        if kind == kinds.OPEN_INSTANCE or kind == kinds.INSTANCE:
            return self._instance_members(value, of, name, is_open=kind == kinds.OPEN_INSTANCE)
        if kind == kinds.MODULE:
            return self._module_members(of, name)
        if kind == kinds.CLASS or kind == kinds.OPEN_CLASS:
            return self._class_members(value, of, name, is_open=kind == kinds.OPEN_CLASS)
        if kind == kinds.SUPER:
            return self._super_members(of[0], of[1], name)
        if kind in (kinds.EXTERNAL, kinds.RESULT, kinds.OUTSIDE_METHOD):
            members = (self._outside_member(kind, of, name),)
            stored = ("outside", of, name)
            return Members(
                members, (self.field(*stored),) if kind == kinds.RESULT and of != kinds.UNKNOWN_OUTSIDE else ()
            )
        if kind == kinds.CONTAINER:
            known = name in _CONTAINER_METHODS
            return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),)) if known else NOTHING
        if kind == kinds.CONSTANT:
            type_name = of[0] if isinstance(of, tuple) else type(of).__name__
            if not hasattr(getattr(builtins, type_name, None), name):
                return NOTHING
            return Members(known=(self.value(kinds.OUTSIDE_METHOD, f"builtins.{type_name}.{name}"),))
        return self._function_members(kind, of, name)

    def _function_members(self, kind: int, of: Any, name: str) -> Members:
        """Attributes of functions, and of what decorators make of them."""
        if kind == kinds.PROPERTY and name in ("setter", "getter", "deleter"):
            return Members(known=(self.value(kinds.SETTER, (of, name)),))
        if kind == kinds.DISPATCHER and name == "register":
            return Members(known=(self.value(kinds.REGISTRAR, of),))
        if kind == kinds.FUNCTION:
            return Members(shared=(self.field("function", of, name),))
        if kind == kinds.BOUND:
            return self._bound_members(of, name)
        if kind == kinds.OVERRIDES:
            return Members(shared=self.joined([self.field("function", of, name) for of in self.overriding[of]]))
        return NOTHING

    def _outside_member(self, kind: int, of: str, name: str) -> int:
        if kind == kinds.OUTSIDE_METHOD or of == kinds.UNKNOWN_OUTSIDE or of.count(".") >= LONGEST_OUTSIDE_NAME:
            return self.table.anything
        return self.value(kinds.EXTERNAL if kind == kinds.EXTERNAL else kinds.OUTSIDE_METHOD, f"{of}.{name}")

    def _bound_members(self, of: tuple[int, int, bool], name: str) -> Members:
        if name == "__func__":
            return Members(known=(of[0],))
        if name == "__self__":
            return Members(known=(of[1],))
        return self.members(of[0], name)

    def _module_members(self, full: str, name: str) -> Members:
        module = self.linked.by_name.get(full)
        if module is not None:
            node = self.linked.export(module, name)
            if node:
                return Members(shared=(self.linked.root[node],), by_name=True)
        inner = f"{full}.{name}"
        if self.linked.is_module(inner):
            return Members(known=(self.value(kinds.MODULE, inner),), by_name=True)
        if module is not None:
            lazy = self.linked.export(module, "__getattr__")
            if lazy:
                return Members(bound=((self.linked.root[lazy], -1, False),))
        return NOTHING

    def _attribute_node(self, cls: int, name: str) -> int:
        record = self.hierarchy.classes[cls]
        return self.linked.root[record.module.base + record.summary.attributes[name]]

    def _instance_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        known: list[int] = []
        bound: list[tuple[int, int, bool]] = []
        found = self.hierarchy.find(cls, name)
        if found >= 0:
            self._add_bound(found, name, value, known, bound, overridden=False)
        if is_open:
            for child in self._apart(cls, name, known):
                receiver = self.open_instance(child)
                self._add_bound(child, name, receiver, known, bound, overridden=True)
        shared = self._stored(cls, name, "own", "below" if is_open else "")
        if name == "__class__":
            known.append(self.value(kinds.OPEN_CLASS if is_open else kinds.CLASS, cls))
        elif found < 0:
            self._add_outside(cls, name, known)
        return Members(tuple(known), shared, tuple(bound), by_name=found >= 0)

    def _stored(self, cls: int, name: str, own: str, below: str) -> tuple[int, ...]:
        """Where to find what was stored on objects of a class, of its ancestors and, if asked for, subclasses."""
        if name not in self.stored_names:
            return ()
        nodes = [self.field(own, ancestor, name) for ancestor in self.hierarchy.order(cls)]
        if below and self.hierarchy.subclasses[cls]:
            nodes.append(self.field(below, cls, name))
        return self.joined(nodes)

    def _apart(self, cls: int, name: str, known: list[int]) -> list[int]:
        """The subclasses whose attribute has a value of its own; of many plain methods one value is made."""
        children = self.hierarchy.overrides(cls, name)
        if len(children) <= FEW:
            return children
        methods = {child: method for child in children if (method := self._own_method(child, name)) >= 0}
        if len(methods) <= FEW:
            return children
        self.overriding[cls, name] = list(methods.values())
        known.append(self.value(kinds.OVERRIDES, (cls, name)))
        return [child for child in children if child not in methods]

    def _own_method(self, cls: int, name: str) -> int:
        """The method defined in the class itself, whose receiver is known from there; -1 if it is not that simple."""
        value = self.definition_nodes.get(self._attribute_node(cls, name))
        if value is None or self.table.kind[value] != kinds.FUNCTION:
            return -1
        record = self.linked.functions[self.table.of[value]]
        is_bound = record.summary.binding in ("instance", "class") and bool(record.summary.positional)
        return record.index if record.owner == cls and is_bound else -1

    def _add_bound(
        self,
        cls: int,
        name: str,
        receiver: int,
        known: list[int],
        bound: list[tuple[int, int, bool]],
        *,
        overridden: bool,
    ) -> None:
        """A plain method is known at once; of other class attributes the values have to be awaited."""
        node = self._attribute_node(cls, name)
        function = self.definition_nodes.get(node)
        if function is not None and self.table.kind[function] == kinds.FUNCTION:
            known.append(self.value(kinds.BOUND, (function, receiver, overridden)))
        elif node:
            bound.append((node, receiver, overridden))

    def _add_outside(self, cls: int, name: str, known: list[int]) -> None:
        outside = self.hierarchy.outside_base(cls)
        if outside is not None:
            known.append(self.value(kinds.OUTSIDE_METHOD, f"{outside}.{name}"))

    def _class_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        known: list[int] = []
        bound: list[tuple[int, int, bool]] = []
        found = self.hierarchy.find(cls, name)
        shared = self._stored(cls, name, "class", "class below" if is_open else "")
        if found >= 0:
            node = self._attribute_node(found, name)
            bound.append((node, value, False))
            if self._is_enumeration(cls):
                known.append(self.value(kinds.INSTANCE, cls))
        if is_open:
            bound.extend(
                (self._attribute_node(child, name), self.value(kinds.OPEN_CLASS, child), True)
                for child in self.hierarchy.overrides(cls, name)
            )
        if found < 0:
            self._add_metaclass(value, cls, name, known, bound)
        return Members(tuple(known), shared, tuple(bound), by_name=found >= 0)

    def _is_enumeration(self, cls: int) -> bool:
        return any(
            base.startswith("enum.")
            for ancestor in self.hierarchy.order(cls)
            for base in self.hierarchy.external_bases[ancestor]
        )

    def metaclass(self, cls: int) -> int:
        """The class of a class, or -1."""
        for ancestor in self.hierarchy.order(cls):
            record = self.hierarchy.classes[ancestor]
            if record.summary.metaclass:
                node = self.node_of(record.module.index, record.summary.metaclass)
                for value in (*self.values(node), self.definition_nodes.get(node, 0)):
                    if value and self.table.kind[value] == kinds.CLASS:
                        return int(self.table.of[value])
        return -1

    def _add_metaclass(
        self, value: int, cls: int, name: str, known: list[int], bound: list[tuple[int, int, bool]]
    ) -> None:
        meta = self.metaclass(cls)
        found = self.hierarchy.find(meta, name) if meta >= 0 else -1
        if found >= 0:
            self._add_bound(found, name, value, known, bound, overridden=False)
        else:
            self._add_outside(cls, name, known)

    def _super_members(self, cls: int, receiver: int, name: str) -> Members:
        """The next class after `cls` in the order of the receiver's class, which may be any subclass."""
        known: list[int] = []
        bound: list[tuple[int, int, bool]] = []
        first = self.hierarchy.find_after(cls, cls, name)
        others = {self.hierarchy.find_after(child, cls, name) for child in self.hierarchy.descendants(cls)}
        for found in [first, *sorted(others - {first})]:
            if found >= 0:
                self._add_bound(found, name, receiver, known, bound, overridden=found != first)
        if first < 0 and name == "__call__" and self.table.kind[receiver] in (kinds.CLASS, kinds.OPEN_CLASS):
            known.append(self.value(kinds.MAKER, receiver))
        elif first < 0:
            outside = self.hierarchy.outside_base(cls)
            known.append(self.value(kinds.EXTERNAL, f"{outside or 'builtins.object'}.{name}"))
        return Members(tuple(known), (), tuple(bound), by_name=True)
