"""Solve a linked program: start every operation, let values flow, and collect who calls whom."""

from collections.abc import Callable

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.containers import Container
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.linking import ClassRecord, FunctionRecord, Linked
from intelligent_office.analyzer.operations import Operations, Start
from intelligent_office.analyzer.sites import DYNAMIC, INFERRED, Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_REFLECTED = {"lt": "gt", "gt": "lt", "le": "ge", "ge": "le", "eq": "eq", "ne": "ne"}
_SKELETON = frozenset({ops.COPY, ops.ATTRIBUTE, ops.IMPORT, ops.ITEM})
MOST_GUESSES = 25
"""A method name borne by more classes than this says too little to guess by."""


class Solver(Operations):
    """The whole program at work."""

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        super().__init__(linked, hierarchy, linked.node_count)
        self.containers: list[Container] = []
        self.containers_made = {}
        self._partials_made = {}
        self._handed_over = {}
        self._middles = {}
        self._shared = {}
        self._key_reads = set()
        self._direct_callees = {}
        self.decorated_calls = {}
        self.unresolved: list[tuple[int, str, int]] = []
        """Calls of attributes of unknown objects: caller, name, line."""
        self._key_writes = set()
        self._numbers_for = {}
        self._special_names = {}
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
        self.load_models()
        self._starts: dict[int, Start] = {
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
        self.stored_names = _stored_names(self.linked)
        self._definitions()
        for record in self.linked.functions:
            self._start(record, self._starts)
        self._literals()
        self._facts()
        for record in self.linked.functions:
            self._function_facts(record)
        self.run()
        for cls in self.linked.classes:
            self._create_class(cls)
        for _ in range(4):
            self._read_unknown_keys()
            self.run()
            weak, self._weak = self._weak, []
            for give in weak:
                give()
            self.run()
        self.note_callbacks()
        self.doubt()
        self._guess()

    def solve_skeleton(self) -> None:
        """Only what is needed to know the bases of classes: imports, names and attributes of modules."""
        self._definitions()
        wanted = {cls.module.first_function + max(cls.summary.parent, 0) for cls in self.linked.classes} | {
            module.first_function for module in self.linked.modules
        }
        starts = {number: self._starts[number] for number in _SKELETON} | {ops.CALL: self._pass_decorated}
        for index in sorted(wanted):
            self._start(self.linked.functions[index], starts)
        self._facts()
        self.run()

    def _start(self, record: FunctionRecord, starts: dict[int, Start]) -> None:
        root = self.linked.root
        for operation in record.summary.operations:
            if operation[0] in starts:
                starts[operation[0]](record, root, operation)

    def _pass_decorated(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        """A decorated class is still that class, as far as inheritance goes."""
        _, target, _, positional, _, _, _, is_decorator = operation
        if is_decorator:
            self.connect(root[record.module.base + positional[0]], root[record.module.base + target])

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
            self._unresolved_from_outside(module.index)
        for node, value in self.definition_nodes.items():
            self.add(node, value)

    def _literals(self) -> None:
        root = self.linked.root
        for module in self.linked.modules:
            for node, constant in module.summary.constants.items():
                self.add(root[module.base + node], self.value(kinds.CONSTANT, constant))

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
        for name in ("__prepare__", "__new__", "__init__"):
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

    def constructors(self) -> list[tuple[str, int]]:
        """What runs first when a class is called, by the name of the class; -1 if nothing of the program does."""
        by_name = {record.name: record.index for record in self.linked.functions}
        return [(cls.name, self._constructor(cls, by_name)) for cls in self.linked.classes]

    def _constructor(self, cls: ClassRecord, by_name: dict[str, int]) -> int:
        for name in ("__init__", "__new__", "__post_init__"):
            found = self.hierarchy.find(cls.index, name)
            if found >= 0:
                function = self.function_of_class(cls.index, name)
                decorated = by_name.get(f"{self.hierarchy.classes[found].name}.{name}", -1)
                return function if function >= 0 else decorated
        return -1

    def outside_calls(self) -> dict[tuple[int, str, int], int]:
        """Calls that leave the program, with their certainties."""
        return self.outside_edges

    def release(self) -> None:
        """Let go of everything at once: the many parts refer to each other."""
        self.__dict__.clear()

    def _note_definition(self, cls: int, name: str, site: Site) -> None:
        node = self._attribute_node(cls, name)
        for function in sorted(self.decorated.get(node) or self._defined_at(node)):
            self.edge(site, function, INFERRED)

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
            self.unresolved.append((site.caller, name, site.line))
            candidates = by_name.get(name, ())
            if len(candidates) <= MOST_GUESSES and not (name.startswith("__") and name.endswith("__")):
                for function in candidates:
                    self.edge(site, function, DYNAMIC)

    # Operations


def _stored_names(linked: Linked) -> set[str]:
    """The names of attributes that the program may store something in."""
    names = {name for cls in linked.classes for name in cls.summary.annotated}
    operations = [operation for record in linked.functions for operation in record.summary.operations]
    names.update(operation[2] for operation in operations if operation[0] == ops.SET_ATTRIBUTE)
    if "setattr" in linked.builtin_nodes:  # by any literal, or by the key of a dictionary
        names.update(
            text for module in linked.modules for text in module.summary.constants.values() if text.__class__ is str
        )
        names.update(name for operation in operations if operation[0] == ops.CALL for name, _ in operation[4] if name)
        names.update(
            key
            for operation in operations
            if operation[0] == ops.CONTAINER
            for key, _ in operation[3]
            if key.__class__ is str
        )
    return names


def find_bases(linked: Linked, solver: type[Solver] = Solver) -> Hierarchy:
    """Work out the bases of every class."""
    empty = Hierarchy(linked.classes, [[] for _ in linked.classes], [[] for _ in linked.classes])
    skeleton = solver(linked, empty)
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
    skeleton.release()
    return Hierarchy(linked.classes, bases, outside)
