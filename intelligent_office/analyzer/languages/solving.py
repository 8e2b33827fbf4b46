"""Solve a program of another language than Python: the same flow of values, with that language's own ways."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.calls import Property
from intelligent_office.analyzer.containers import Container
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.languages.classes import OVERLOADS
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.library_solving import UNKNOWN, LibrarySolver
from intelligent_office.analyzer.languages.linking import FamilyLinked
from intelligent_office.analyzer.linking import FunctionRecord, Linked
from intelligent_office.analyzer.sites import Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_HELD = (*_INSTANCES, kinds.CONTAINER, kinds.RESULT)
"""Kinds of values that the node of a type may hold: they are what is of that type."""


class FamilySolver(LibrarySolver):
    """The parts of solving in which languages differ from Python."""

    arity = False
    """Whether a function can be called only with as many arguments as it takes."""

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        self._functions_called: dict[int, set[int]] = {}
        super().__init__(linked, hierarchy)
        self._starts[ops.ACCESSOR] = self._accessor
        self._starts[ops.MEMBER] = self._member

    # Names

    def _definitions(self) -> None:
        super()._definitions()
        root = self.linked.root
        assert isinstance(self.linked, FamilyLinked)
        for whole in self.linked.wholes.values():
            cls = self.linked.classes[whole]
            self.definition_nodes[root[cls.module.base + cls.summary.node]] = self.value(kinds.CLASS, whole)
        for module in self.linked.modules:
            self.certain.update(root[module.base + node] for node in module.summary.facts.get(OVERLOADS, ()))

    def _facts(self) -> None:
        super()._facts()
        assert isinstance(self.linked, FamilyLinked)
        for name, place in self.linked.outside_nodes.items():
            node = self.linked.root[place]
            self.imported.add(node)
            self.certain.add(node)
            if value := self.outside(name):
                self.add(node, value)

    def outside(self, name: str) -> int:
        """What a name stands for that nothing in the program binds; 0 if that is unknown."""
        return self.value(kinds.EXTERNAL, name)

    def _unresolved_from_outside(self, index: int) -> None:
        """Names that nothing binds keep their own name."""

    def _import(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, name, level, attribute, line = operation
        node = record.module.base + target
        if not target or root[node] != node:
            return
        assert isinstance(self.linked, FamilyLinked)
        full = self.linked.absolute(record.module, name, level)
        self.certain.add(node)
        self.imported.add(node)
        if full is None:
            self.add(node, self.value(kinds.EXTERNAL, self.linked.outside_name(name, attribute)))
        elif self.linked.is_whole(full, attribute):
            self.add(node, self.value(kinds.MODULE, full))
        else:
            self.read(self.value(kinds.MODULE, full), attribute, node, record.index, line)

    def _member(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        """A bare name in a class is a member of it, of a class around it, or a variable."""
        _, target, owners, name, node, line = operation
        base = record.module.base
        target, node = root[base + target], root[base + node]
        for cls, self_node in owners:
            index = record.module.first_class + cls
            assert isinstance(self.linked, FamilyLinked)
            if self._has(self.linked.wholes.get(index, index), name):
                owner = root[base + self_node]
                self.watch(owner, self._on_attribute, target, name, record.index, line, owner)
                return
        if node in self.certain or node in self.definition_nodes:
            self.certain.add(target)
        self.watch(node, self._on_variable, node, target)

    def _on_variable(self, news: Sequence[int], watcher: Watcher) -> None:
        """A name is as certain as the variable that it turned out to be."""
        _, node, target = watcher
        for known in (self.certain, self.imported):
            if node in known:
                known.add(target)
        for value in news:
            self.add(target, value)

    def _has(self, cls: int, name: str) -> bool:
        return self.hierarchy.find(cls, name) >= 0

    def _accessor(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, getter, setter = operation
        base = record.module.base
        made = Property(
            root[base + getter] if getter else self.new_node(), root[base + setter] if setter else self.new_node()
        )
        self.add_property(made, root[base + target])

    # Attributes

    def _attribute(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        base = record.module.base
        self.owners[root[base + operation[1]]] = root[base + operation[2]]
        super()._attribute(record, root, operation)

    def _find_members(self, value: int, name: str) -> Members:
        kind, of = self.table.kind[value], self.table.of[value]
        if kind == kinds.CONTAINER:
            return self._container_members(value, name)
        if kind == kinds.CONSTANT:
            return Members(known=(self.value(kinds.OUTSIDE_METHOD, f"{self.type_name(of)}.{name}"),))
        if kind == kinds.PROPERTY:
            return NOTHING
        return super()._find_members(value, name)

    def _container_members(self, value: int, name: str) -> Members:
        is_method = name in self.methods or name in self.container_methods
        return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),)) if is_method else NOTHING

    def type_name(self, literal: object) -> str:
        """What the language calls the type of a literal."""
        kind = literal[0] if isinstance(literal, tuple) else type(literal).__name__
        return {"str": "String", "int": "Number", "float": "Number", "bool": "Boolean"}.get(str(kind), str(kind))

    def read(self, value: int, name: str, target: int, caller: int, line: int) -> None:
        """The fields of an object literal are its attributes."""
        if self.table.kind[value] == kinds.CONTAINER:
            container = self.container(value)
            if container.kind == "object":
                self.connect(self.container_field(container, name), target)
                self._weak.append(lambda: self._read_unnamed(container, target))
                return
        super().read(value, name, target, caller, line)

    def _read_unnamed(self, container: Container, target: int) -> None:
        """What was stored under a name that only a run knows comes in where nothing has the name."""
        if not self.sets[target]:
            self.connect(container.anything, target)

    def store(self, owner: int, name: str, source: int) -> None:
        """Attributes may be set on object literals as well."""
        if self.table.kind[owner] == kinds.CONTAINER:
            self.write_key(self.container(owner), name, source)
        else:
            super().store(owner, name, source)

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
        """A function without `this` is not bound."""
        function = self.definition_nodes.get(self._attribute_node(cls, name))
        if function is not None and self._is_free(function):
            known.append(function)
        else:
            super()._add_bound(cls, name, receiver, known, bound, overridden=overridden)

    def bind(self, value: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool) -> None:
        """A function without `this` is not bound."""
        if self._is_free(value):
            self.add(target, value)
        elif self.table.kind[value] == kinds.PROPERTY and self.table.kind[receiver] in _CLASSES:
            self.read_property(self.table.of[value], receiver, target, caller, line, overridden=overridden)
        else:
            super().bind(value, receiver, target, caller, line, overridden=overridden)

    def _on_accessor(self, news: Sequence[int], watcher: Watcher) -> None:
        """A property without `this` is read and written without an object."""
        _, receiver, site = watcher
        for value in news:
            super()._on_accessor([value], (watcher[0], -1 if self._is_free(value) else receiver, site))

    def _is_free(self, value: int) -> bool:
        if self.table.kind[value] != kinds.FUNCTION:
            return False
        return self.linked.functions[self.table.of[value]].summary.binding in ("function", "static")

    items_are_attributes = True
    """Whether `object[key]` is an attribute where the key is known."""

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """`object[key]` is an attribute where the key is known."""
        _, key, site = watcher
        named = (*_INSTANCES, *_CLASSES, kinds.MODULE) if self.items_are_attributes else ()
        objects = [value for value in news if self.table.kind[value] in named]
        for value in objects:
            self.watch(key, self._on_attribute_key, value, site)
        super()._on_item([value for value in news if value not in objects], watcher)

    def _on_attribute_key(self, news: Sequence[int], watcher: Watcher) -> None:
        _, owner, site = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(of, str):
                self.read(owner, of, site.target, site.caller, site.line)
            elif self.table.kind[value] == kinds.AFFIXED:
                self._on_read_affixed([owner], (None, of, site))

    def _on_type(self, news: Sequence[int], watcher: Watcher) -> None:
        """A type may be known by what is of it: lists of something, strings, whatever a type parameter stands for."""
        _, target, shape = watcher
        kind, of = self.table.kind, self.table.of
        held = [
            value
            for value in news
            if kind[value] in _HELD or (kind[value] == kinds.CONSTANT and isinstance(of[value], tuple))
        ]
        for value in held if shape == "instance" else ():
            self.add(target, value)
        super()._on_type([value for value in news if value not in held], watcher)

    def _give_weak_evidence(self, target: int, type_node: int, shape: str) -> None:
        """A declared type counts where nothing else is known: of what comes from outside, nothing is."""
        if not any(self._tells(value) for value in self.values(target)):
            self.watch(type_node, self._on_type, target, shape)

    def _tells(self, value: int) -> bool:
        kind = self.table.kind[value]
        if kind != kinds.CONTAINER:
            return kind not in kinds.FAINT
        container = self.container(value)
        return any(self.sets[node] for node in (container.anything, *container.fields.values()))

    # Calls

    def _call(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        super()._call(record, root, operation)
        if operation[6] and operation[2]:
            site, name = self._attribute_sites[-1]
            self._weak.append(lambda: self._weak.append(lambda: self._assume_library(site, name)))

    def _assume_library(self, site: Site, name: str) -> None:
        """A method of an object of which nothing is known: if it bears a name of the library's, it may be that."""
        if not self.sets[site.callee]:
            self.add(site.callee, self.value(kinds.OUTSIDE_METHOD, f"{UNKNOWN}.{name}"))

    def _guess(self) -> None:
        """What was taken for something of the library is as unknown as before."""
        for site, _ in self._attribute_sites:
            values = self.sets[site.callee]
            if values and all(self._is_assumed(value) for value in values):
                self.sets[site.callee] = None
        self._attribute_sites = [place for place in self._attribute_sites if place[1] not in self.of_every_object]
        super()._guess()

    of_every_object: frozenset[str] = frozenset()
    """Methods that say nothing of what has them."""

    def _is_assumed(self, value: int) -> bool:
        return self.table.kind[value] == kinds.OUTSIDE_METHOD and self.table.of[value].startswith(f"{UNKNOWN}.")

    def edge(self, site: Site, function: int, certainty: int) -> None:
        """Note that a site may call a function."""
        super().edge(site, function, certainty)
        self._functions_called.setdefault(site.callee, set()).add(function)

    def _is_one_of_many(self, callee: int) -> bool:
        return len(self._functions_called.get(callee, ())) > 1

    def call_function(self, function: int, receiver: int, site: Site, certainty: int) -> None:
        """Of overloaded functions, those are called that take so many arguments; an unbound method takes its object."""
        record = self.linked.functions[function]
        given = site.positional
        if receiver < 0 and record.summary.binding == "instance":
            given = given[1:]
        elif receiver >= 0 and record.summary.binding == "static":
            given = (0, *given)
        if self.accepts(record, site._replace(positional=given)):
            super().call_function(function, receiver, site, certainty)

    def accepts(self, record: FunctionRecord, site: Site) -> bool:
        """Whether a function can take as many arguments as a site has; the library may hand over too many."""
        summary = record.summary
        if not self.arity or not site.callee or any(node < 0 for node in site.positional):
            return True
        parameters = summary.positional[1:] if summary.binding in ("instance", "class") else summary.positional
        least = sum(not default for _, _, default in parameters)
        count = len(site.positional) + len(site.keywords)
        return least <= count and (bool(summary.rest) or count <= len(parameters))

    def constructors(self) -> list[tuple[str, int]]:
        """What runs first when an object of a class is made, by the name of the class: all overloads."""
        made: list[tuple[str, int]] = []
        for cls in self.linked.classes:
            found = self.hierarchy.find(cls.index, CONSTRUCTOR)
            values = self.values(self._attribute_node(found, CONSTRUCTOR)) if found >= 0 else []
            functions = [self.table.of[value] for value in values if self.table.kind[value] == kinds.FUNCTION]
            made.extend((cls.name, function) for function in functions or [-1])
        return made

    # Loops

    iteration: ClassVar[tuple[str, ...]] = ()
    """The methods that a loop over an object calls: for something that steps, then on that for each step; the last
    returns the element, unless that is in `element`."""
    element = ""
    """The property with the present element."""

    def _on_iterated(self, news: Sequence[int], watcher: Watcher) -> None:
        """A loop calls the methods that its language has for it."""
        _, target, caller, line, _ = watcher
        objects = [value for value in news if self.iteration and self.table.kind[value] in _INSTANCES]
        for value in objects:
            steps = self.new_node()
            self.call_special(value, self.iteration[:1], self.new_site(caller, line, steps))
            self.watch(steps, self._on_steps, target, caller, line)
        super()._on_iterated([value for value in news if value not in objects], watcher)

    def _on_steps(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, caller, line = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.resume(value, caller, line)
                self.elements(value, target)
                continue
            for step in self.iteration[1:]:
                gives = step == self.iteration[-1] and not self.element
                self.call_special(value, (step,), self.new_site(caller, line, target if gives else 0))
            if self.element:
                self.read(value, self.element, target, caller, line)
