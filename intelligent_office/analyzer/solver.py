"""Solve a linked program: start every operation, let values flow, and collect who calls whom."""

from collections.abc import Callable
from typing import Any

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.calls import DYNAMIC, INFERRED, Site
from intelligent_office.analyzer.containers import Container
from intelligent_office.analyzer.flow import ANYTHING, Watcher
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.library import Library
from intelligent_office.analyzer.linking import ClassRecord, FunctionRecord, Linked
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_SKELETON = frozenset({ops.COPY, ops.ATTRIBUTE, ops.IMPORT, ops.ITEM})
MOST_GUESSES = 25
"""A method name borne by more classes than this says too little to guess by."""


class Solver(Library):
    """The whole program at work."""

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        super().__init__(linked, hierarchy, linked.node_count)
        self.containers: list[Container] = []
        self.containers_made = {}
        self._partials_made = {}
        self._handed_over = {}
        self._numbers_for = {}
        self.properties = []
        self.partials = []
        self.edges: dict[tuple[int, int, int], int] = {}
        self.outside_edges: dict[tuple[int, str, int], int] = {}
        self._bound_sites: set[tuple[int, int, int]] = set()
        self._site_count = 0
        self._generators: dict[int, int] = {}
        self._generator_functions = {}
        self._weak: list[Callable[[], None]] = []
        self._unknown_keys: list[tuple[Container, int, int]] = []
        self._attribute_sites: list[tuple[Site, str]] = []
        self._constants: dict[int, Any] = {}
        self.load_models()
        self._starts: dict[int, Callable[[FunctionRecord, list[int], Operation], None]] = {
            ops.COPY: self._copy,
            ops.ATTRIBUTE: self._attribute,
            ops.SET_ATTRIBUTE: self._set_attribute,
            ops.CALL: self._call,
            ops.ITEM: self._item,
            ops.SET_ITEM: self._set_item,
            ops.ITERATE: self._iterate,
            ops.SPECIAL: self._special_method,
            ops.OPERATOR: self._operator,
            ops.NARROW: self._narrow,
            ops.SUPER: self._super_call,
            ops.CONTAINER: self._container,
            ops.IMPORT: self._import,
            ops.UNPACK: self._unpack,
            ops.REST: self._rest,
            ops.EVIDENCE: self._evidence,
            ops.AWAIT: self._await,
            ops.RAISE: self._raise,
            ops.SLICE: self._slice,
            ops.ENTER: self._enter,
            ops.FORMAT_NAME: self._format_name,
        }

    # Running

    def solve(self) -> None:
        """From the first facts to the last guess."""
        self._definitions()
        for record in self.linked.functions:
            self._start(record, self._starts)
        self._facts()
        for cls in self.linked.classes:
            self._create_class(cls)
        self.run()
        for _ in range(4):
            self._read_unknown_keys()
            self.run()
            weak, self._weak = self._weak, []
            for give in weak:
                give()
            self.run()
        self.note_callbacks()
        self._guess()

    def solve_skeleton(self) -> None:
        """Only what is needed to know the bases of classes: imports, names and attributes of modules."""
        self._definitions()
        wanted = {cls.module.first_function + max(cls.summary.parent, 0) for cls in self.linked.classes} | {
            module.first_function for module in self.linked.modules
        }
        starts = {number: self._starts[number] for number in _SKELETON}
        for index in sorted(wanted):
            self._start(self.linked.functions[index], starts)
        self._facts()
        self.run()

    def _start(
        self, record: FunctionRecord, starts: dict[int, Callable[[FunctionRecord, list[int], Operation], None]]
    ) -> None:
        root = self.linked.root
        for operation in record.summary.operations:
            start = starts.get(operation[0])
            if start is not None:
                start(record, root, operation)

    def _definitions(self) -> None:
        root = self.linked.root
        for record in self.linked.functions:
            if record.summary.node:
                node = root[record.module.base + record.summary.node]
                self.definition_nodes[node] = self.value(kinds.FUNCTION, record.index)
        for cls in self.linked.classes:
            node = root[cls.module.base + cls.summary.node]
            self.definition_nodes[node] = self.value(kinds.CLASS, cls.index)
        self.certain.update(self.definition_nodes)

    def _facts(self) -> None:
        root = self.linked.root
        for name, node in self.linked.builtin_nodes.items():
            self.add(root[node], self.value(kinds.EXTERNAL, f"builtins.{name}"))
        for module in self.linked.modules:
            for node, constant in module.summary.constants.items():
                self.add(root[module.base + node], self.value(kinds.CONSTANT, constant))
                self._constants[root[module.base + node]] = constant
            self._unresolved_from_outside(module.index)
        for node, value in self.definition_nodes.items():
            self.add(node, value)
        for record in self.linked.functions:
            self._function_facts(record)

    def _unresolved_from_outside(self, index: int) -> None:
        """A name nobody binds may come from a star import of something outside."""
        module = self.linked.modules[index]
        outside = [name for name, level in module.summary.stars if self.linked.absolute(module, name, level) is None]
        if len(outside) != 1:
            return
        for name, node in module.summary.unresolved.items():
            target = module.base + node
            if self.linked.root[target] == target and target not in self.linked.builtin_nodes.values():
                self.add(target, self.value(kinds.EXTERNAL, f"{outside[0]}.{name}"))

    def _function_facts(self, record: FunctionRecord) -> None:
        summary = record.summary
        base = record.module.base
        root = self.linked.root
        if summary.rest:
            self.add(root[base + summary.rest], self.new_container("tuple"))
        if summary.keyword_rest:
            self.add(root[base + summary.keyword_rest], self.new_container("dict"))
        for _, node, default in (*summary.positional, *summary.keyword_only):
            if default:
                self.connect(root[base + default], root[base + node])
        owner = record.owner
        if owner >= 0 and summary.positional and summary.binding in ("instance", "class"):
            first = root[base + summary.positional[0][1]]
            kind = kinds.OPEN_INSTANCE if summary.binding == "instance" else kinds.OPEN_CLASS
            self.add(first, self.value(kind, owner))
            self.certain.add(first)

    def _create_class(self, cls: ClassRecord) -> None:
        """A class statement runs the metaclass's constructor, or the `__init_subclass__` of a base."""
        caller = cls.module.first_function + cls.summary.parent
        site = self.new_site(caller, cls.summary.line, 0)
        meta = self.metaclass(cls.index)
        for name in ("__new__", "__init__"):
            found = self.hierarchy.find(meta, name) if meta >= 0 else -1
            if found >= 0:
                self._note_definition(found, name, site)
        order = self.hierarchy.order(cls.index)
        for base in order[1:]:
            if "__init_subclass__" in self.hierarchy.classes[base].summary.attributes:
                self._note_definition(base, "__init_subclass__", site)
                break

    def function_of_class(self, cls: int, name: str) -> int:
        """The function a class has under a name, its own or inherited; -1 if none, or if it is decorated."""
        found = self.hierarchy.find(cls, name)
        value = self.definition_nodes.get(self._attribute_node(found, name)) if found >= 0 else None
        return self.table.of[value] if value is not None and self.table.kind[value] == kinds.FUNCTION else -1

    def release(self) -> None:
        """Let go of everything at once: the many parts refer to each other."""
        self.__dict__.clear()

    def _note_definition(self, cls: int, name: str, site: Site) -> None:
        function = self.definition_nodes.get(self._attribute_node(cls, name))
        if function is not None and self.table.kind[function] == kinds.FUNCTION:
            self.edge(site, self.table.of[function], INFERRED)

    def _read_unknown_keys(self) -> None:
        """A key of which nothing is known may be any."""
        unknown, self._unknown_keys = self._unknown_keys, []
        for container, key, target in unknown:
            if not self.sets[key]:
                self.read_any(container, target)

    def _guess(self) -> None:
        """Where nothing is known of an object, every method of the name called is possible."""
        by_name: dict[str, list[int]] = {}
        for record in self.linked.functions:
            if record.owner >= 0:
                by_name.setdefault(record.summary.name.rpartition(".")[2], []).append(record.index)
        for site, name in self._attribute_sites:
            if self.sets[site.callee]:
                continue
            candidates = by_name.get(name, ())
            if len(candidates) <= MOST_GUESSES and not (name.startswith("__") and name.endswith("__")):
                for function in candidates:
                    self.edge(site, function, DYNAMIC)

    # Operations

    def _copy(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        base = record.module.base
        self.connect(root[base + operation[2]], root[base + operation[1]])

    def _attribute(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, name, line = operation
        base = record.module.base
        node = root[base + target]
        self.watch(root[base + owner], self._on_attribute, node, name, record.index, line, root[base + owner])

    def _on_attribute(self, news: list[int], watcher: Watcher) -> None:
        _, target, name, caller, line, owner = watcher
        certain = owner in self.certain
        for value in news:
            if self.table.kind[value] == kinds.EXTERNAL:
                if owner not in self.imported:
                    self.add(target, ANYTHING)
                    continue
                self.imported.add(target)
            members = self.members(value, name)
            if certain and members.by_name:
                self._follow_certainty(members.shared, target, self.table.kind[value])
            self.read(value, name, target, caller, line)
            if not members.known and not members.bound and self.table.kind[value] in _INSTANCES:
                self._missing_attribute(value, target, caller, line)

    def _follow_certainty(self, shared: tuple[int, ...], target: int, kind: int) -> None:
        if kind != kinds.MODULE or not shared or shared[0] in self.certain:
            self.certain.add(target)

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

    def _on_set_attribute(self, news: list[int], watcher: Watcher) -> None:
        _, name, source, caller, line = watcher
        for value in news:
            self.store(value, name, source)
            if self.table.kind[value] in _INSTANCES:
                self._store_through_class(value, name, source, caller, line)

    def _store_through_class(self, value: int, name: str, source: int, caller: int, line: int) -> None:
        """Properties, descriptors and `__setattr__` take part in storing."""
        for node, receiver, _ in self.members(value, name).bound:
            self.watch(node, self._on_store_through, receiver, source, caller, line)
        if self.hierarchy.find(self.table.of[value], "__setattr__") >= 0:
            self.call_special(value, ("__setattr__",), self.new_site(caller, line, 0, (0, source)))

    def _on_store_through(self, news: list[int], watcher: Watcher) -> None:
        _, receiver, source, caller, line = watcher
        for value in news:
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
        if attribute:
            self._attribute_sites.append((site, attribute))
        self.watch(node, self._on_called, site)

    def _item(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, key, line = operation
        base = record.module.base
        owner, key, target = root[base + owner], root[base + key] if key else 0, root[base + target]
        site = self.new_site(record.index, line, target, (key,))
        self.watch(owner, self._on_item, key, site)

    def _on_item(self, news: list[int], watcher: Watcher) -> None:
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

    def _class_getitem(self, value: int, site: Site) -> bool:
        meta = self.metaclass(self.table.of[value])
        if meta >= 0 and self.hierarchy.find(meta, "__getitem__") >= 0:
            return self.call_special(value, ("__getitem__",), site, cls=meta)
        return False

    def read_item_by(self, container: object, key: int, target: int) -> None:
        """Read by a key that is in a node: by each literal it may be, by all if it may be anything."""
        assert isinstance(container, Container)
        if not key:
            self.read_any(container, target)
        else:
            self.connect(container.anything, target)
            self.watch(key, self._on_key, container, target)
            if not self.sets[key]:
                self._unknown_keys.append((container, key, target))

    def _on_key(self, news: list[int], watcher: Watcher) -> None:
        _, container, target = watcher
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and not isinstance(of, tuple):
                self.read_key(container, of, target)
            else:
                self.read_any(container, target)

    def write_item_by(self, container: object, key: int, source: int) -> None:
        """Write by a key that is in a node."""
        assert isinstance(container, Container)
        if key:
            self.watch(key, self._on_written_key, container, source)
        else:
            self.connect(source, container.anything)

    def _on_written_key(self, news: list[int], watcher: Watcher) -> None:
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

    def _on_set_item(self, news: list[int], watcher: Watcher) -> None:
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

    def _iterate(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line, is_async = operation
        base = record.module.base
        self.iterate(root[base + source], root[base + target], record.index, line, is_async=is_async)

    def iterate(self, source: int, target: int, caller: int, line: int, *, is_async: bool = False) -> None:
        """The target gets the elements of what the source holds."""
        self.watch(source, self._on_iterated, target, caller, line, is_async)

    def _on_iterated(self, news: list[int], watcher: Watcher) -> None:
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
                else:
                    self.call_special(value, ("__getitem__",), self.new_site(caller, line, target))
            elif kind in (kinds.RESULT, kinds.EXTERNAL):
                self.add(target, ANYTHING)
            elif kind in _CLASSES and self._is_enumeration(self.table.of[value]):
                self.add(target, self.value(kinds.INSTANCE, self.table.of[value]))

    def _on_iterator(self, news: list[int], watcher: Watcher) -> None:
        _, step, site = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.resume(value, site.caller, site.line)
                self.elements(value, site.target)
            else:
                self.call_special(value, (step,), site)

    def _special_method(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, owner, names, arguments, line = operation
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

    def _on_left(self, news: list[int], watcher: Watcher) -> None:
        _, names, site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind in (kinds.CONTAINER, kinds.CONSTANT):
                self.add(site.target, value)
            else:
                self.call_special(value, names, site)

    def _on_right(self, news: list[int], watcher: Watcher) -> None:
        _, left, names, reflected, site = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind == kinds.CONTAINER:
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

    def _narrow(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, cls, wanted = operation
        base = record.module.base
        target, source, cls = root[base + target], root[base + source], root[base + cls] if cls else 0
        self.watch(source, self._on_narrowed, target, cls, wanted)
        if cls:
            self.watch(cls, self._on_narrowing_class, source, target, cls, wanted)
            if wanted:
                self._weak.append(lambda: self._assume_type(target, cls))

    def _types(self, node: int) -> tuple[list[int], bool]:
        """The classes of the program among the types, and whether there are types from outside."""
        classes: list[int] = []
        outside = not node
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
        return classes, outside

    def _on_narrowed(self, news: list[int], watcher: Watcher) -> None:
        _, target, cls, wanted = watcher
        classes, outside = self._types(cls)
        for value in news:
            kind, of = self.table.kind[value], self.table.of[value]
            if kind not in _INSTANCES:
                if outside or not wanted or not classes or kind not in (kinds.CONSTANT, kinds.CONTAINER):
                    self.add(target, value)
                continue
            fits = any(self.hierarchy.is_subclass(of, wished) for wished in classes)
            if not wanted:
                if not fits:
                    self.add(target, value)
            elif fits or (not classes and not outside) or (outside and self.hierarchy.outside_base(of) is not None):
                self.add(target, value)
            elif kind == kinds.OPEN_INSTANCE:
                for wished in classes:
                    if self.hierarchy.is_subclass(wished, of):
                        self.add(target, self.value(kinds.OPEN_INSTANCE, wished))

    def _on_narrowing_class(self, _news: list[int], watcher: Watcher) -> None:
        _, source, target, cls, wanted = watcher
        known = self.values(source)
        if known and wanted:
            self._on_narrowed(known, (self._on_narrowed, target, cls, wanted))

    def _assume_type(self, target: int, cls: int) -> None:
        if any(self.table.kind[value] in _INSTANCES for value in self.values(target)):
            return
        for wished in self._types(cls)[0]:
            self.add(target, self.value(kinds.OPEN_INSTANCE, wished))

    def _super_call(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, cls, receiver, line = operation
        base = record.module.base
        node = root[base + target]
        self.outside_edges.setdefault((record.index, "builtins.super", line), INFERRED)
        if cls >= 0 and receiver:
            index = record.module.first_class + cls
            self.certain.add(node)
            self.watch(root[base + receiver], self._on_super_receiver, index, node)

    def _on_super_receiver(self, news: list[int], watcher: Watcher) -> None:
        _, cls, target = watcher
        for value in news:
            if self.table.kind[value] in (*_INSTANCES, *_CLASSES):
                self.add(target, self.value(kinds.SUPER, (cls, value)))

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
            self.read(self.value(kinds.MODULE, full), attribute, node, record.index, line)
            self._import_from_outside(module.name, full, attribute, node)

    def _top_of(self, full: str, name: str) -> str:
        """`import a.b` binds `a`, wherever `a` was found."""
        return full[: len(full) - len(name)] + name.partition(".")[0]

    def _import_from_outside(self, _importer: str, full: str, attribute: str, node: int) -> None:
        """A name the module itself got by a star from outside."""
        module = self.linked.by_name.get(full)
        if module is None or self.members(self.value(kinds.MODULE, full), attribute) != ((), (), (), False):
            return
        for name, level in module.summary.stars:
            if self.linked.absolute(module, name, level) is None:
                self.add(node, self.value(kinds.EXTERNAL, f"{name}.{attribute}"))

    def _unpack(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, index, line = operation
        base = record.module.base
        self.watch(root[base + source], self._on_unpacked, root[base + target], index, record.index, line)

    def _on_unpacked(self, news: list[int], watcher: Watcher) -> None:
        _, target, index, caller, line = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                container = self.container(value)
                if container.kind in ("list", "tuple"):
                    self.read_key(container, index, target)
                else:
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

    def _on_slice(self, news: list[int], watcher: Watcher) -> None:
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

    def _on_type(self, news: list[int], watcher: Watcher) -> None:
        _, target, shape = watcher
        for value in news:
            kind, of = self.table.kind[value], self.table.of[value]
            if kind in _CLASSES:
                instance = self.value(kinds.OPEN_CLASS if shape == "class" else kinds.OPEN_INSTANCE, of)
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

    def _await(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line = operation
        base = record.module.base
        self.watch(root[base + source], self._on_awaited, root[base + target], self.new_site(record.index, line, 0))

    def _on_awaited(self, news: list[int], watcher: Watcher) -> None:
        _, target, site = watcher
        for value in news:
            if not self.call_special(value, ("__await__",), site):
                self.add(target, value)

    def _raise(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, source, line = operation
        node = root[record.module.base + source]
        self.watch(node, self._on_raised, self.new_site(record.index, line, 0, callee=node))

    def _on_raised(self, news: list[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] == kinds.CLASS:
                self.call(value, watcher[1])

    def _enter(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, source, line, is_async = operation
        base = record.module.base
        names = ("__aenter__", "__aexit__") if is_async else ("__enter__", "__exit__")
        site = self.new_site(record.index, line, root[base + target])
        self.watch(root[base + source], self._on_entered, names, site)

    def _on_entered(self, news: list[int], watcher: Watcher) -> None:
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

    def _format_name(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        _, target, prefix, suffix = operation
        self.add(root[record.module.base + target], self.value(kinds.AFFIXED, (prefix, suffix)))


def find_bases(linked: Linked) -> Hierarchy:
    """Work out the bases of every class."""
    empty = Hierarchy(linked.classes, [[] for _ in linked.classes], [[] for _ in linked.classes])
    skeleton = Solver(linked, empty)
    skeleton.solve_skeleton()
    bases: list[list[int]] = []
    outside: list[list[str]] = []
    for cls in linked.classes:
        found: list[int] = []
        foreign: list[str] = []
        for base in cls.summary.bases:
            values = skeleton.values(skeleton.node_of(cls.module.index, base))
            for value in values:
                kind, of = skeleton.table.kind[value], skeleton.table.of[value]
                if kind == kinds.CLASS and of not in found and of != cls.index:
                    found.append(of)
                elif kind in (kinds.EXTERNAL, kinds.RESULT):
                    foreign.append(of)
            if not values:
                foreign.append("?")
        bases.append(found)
        outside.append(foreign)
    return Hierarchy(linked.classes, bases, outside)
