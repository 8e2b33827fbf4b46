"""What the libraries of C and C++ do with functions handed to them, and how values flow through pointers."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.c_includes import CLinked
from intelligent_office.analyzer.languages.cpp_associated import AssociatedSolver
from intelligent_office.analyzer.languages.cpp_library import CONTAINER_METHODS, CPP_METHODS, CPP_MODELS, TRANSPARENT
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.overloads import POINTER, TEXT, UNKNOWN
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site
from intelligent_office.analyzer.summary import Operation

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)


class CSolver(AssociatedSolver):
    """Structures that hold functions."""

    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(("qsort", "qsort_r"), Model(3, ("argument 0", "argument 0"))),
        "bsearch": Model(4, ("argument 0", "argument 1"), ("argument 1",)),
        **dict.fromkeys(("lfind", "lsearch"), Model(4, ("argument 0", "argument 1"), ("argument 1",))),
        **dict.fromkeys(("tsearch", "tfind", "tdelete"), Model(2, ("argument 0", "argument 0"))),
        "twalk": Model(1),
        "pthread_create": Model(2, ("argument 3",)),
        "thrd_create": Model(1, ("argument 2",)),
        **dict.fromkeys(("pthread_once", "call_once", "signal", "on_exit", "pthread_key_create"), Model(1)),
        "pthread_atfork": Model((0, 1, 2)),
        **dict.fromkeys(("atexit", "at_quick_exit"), Model(0)),
        **dict.fromkeys(("ftw", "nftw"), Model(1)),
        "scandir": Model((2, 3)),
        **CPP_MODELS,
    }
    methods: ClassVar[dict[str, Model]] = CPP_METHODS
    container_methods = CONTAINER_METHODS
    arity = True
    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "std.vector.",
        "builtins.dict.": "std.map.",
        "builtins.generator.": "std.",
        "builtins.object.": "",
    }

    def _definitions(self) -> None:
        super()._definitions()
        assert isinstance(self.linked, CLinked)
        self._followed: set[tuple[int, str, int]] = set()
        self._unknown_names = {self.linked.root[place] for place in self.linked.outside_nodes.values()}

    def _facts(self) -> None:
        super()._facts()
        assert isinstance(self.linked, CLinked)
        root = self.linked.root
        self.certain.update(root[node] for node in self.linked.overloaded)
        for node, sources in self.linked.several.items():
            for source in sources:
                self.connect(root[source], root[node])

    def outside(self, name: str) -> int:
        """What nothing defines goes by its name, without the namespace from which it is seen."""
        name = name.partition("@")[0]
        return 0 if " " in name else super().outside(name)

    def outside_call(self, name: str) -> str:
        """Constructors and operators of the library are nothing to speak of."""
        return "" if name.endswith("__") or name.startswith("std.vector.size") else super().outside_call(name)

    def type_name(self, literal: object) -> str:
        """Strings are those of the library."""
        name = super().type_name(literal)
        return "std.string" if name == "String" else name

    # Members

    def _member(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        """`a::b` is something in a namespace, or what the class `a` has or inherits."""
        _, target, owner, name, node, line = operation
        if isinstance(owner, tuple):
            super()._member(record, root, operation)
            return
        base = record.module.base
        whole = root[base + node]
        if whole in self._unknown_names and owner:
            target, owner = root[base + target], root[base + owner]
            self.watch(owner, self._on_attribute, target, name, record.index, line, owner)
            if owner in self.certain or owner in self.definition_nodes:
                self.certain.add(target)
            self._weak.append(lambda: self._outside_path(whole, target))
        else:
            super()._member(record, root, (ops.MEMBER, target, (), name, node, line))

    def _outside_path(self, whole: int, target: int) -> None:
        if not self.sets[target]:
            self.connect(whole, target)

    def _find_members(self, value: int, name: str) -> Members:
        """What a function from outside returns has no known members; a smart pointer is what it points to."""
        kind = self.table.kind[value]
        if kind in (kinds.EXTERNAL, kinds.RESULT):
            return NOTHING
        found = super()._find_members(value, name)
        if kind in _INSTANCES and name in TRANSPARENT and not (found.known or found.shared or found.bound):
            return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),))
        return found

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """What a smart pointer gives out is itself."""
        if self.table.kind[container] == kinds.CONTAINER:
            super().call_container_method(container, name, site)
        else:
            self.add(site.target, container)

    def _instance_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """Constructors are not overridden."""
        return super()._instance_members(value, cls, name, is_open=is_open and name != CONSTRUCTOR)

    def read(self, value: int, name: str, target: int, caller: int, line: int) -> None:
        """An iterator is the container it goes through."""
        if (
            self.table.kind[value] == kinds.CONTAINER
            and name not in self.methods
            and name not in self.container_methods
        ):
            container = self.container(value)
            if container.kind in ("list", "dict"):
                if name in TRANSPARENT:
                    self.read_any(container, target)
                    return
                if (value, name, target) not in self._followed:  # a list may hold itself
                    self._followed.add((value, name, target))
                    element = self.whole(container)
                    self.watch(element, self._on_attribute, target, name, caller, line, element)
                return
        super().read(value, name, target, caller, line)

    def elements(self, value: int, target: int) -> None:
        """A loop over a map gives pairs, which here are their values."""
        self.read_any(self.container(value), target)

    def _on_type(self, news: Sequence[int], watcher: Watcher) -> None:
        """An object that is no pointer is of its class, not of a subclass."""
        callback, target, shape = watcher
        if shape != "exact":
            super()._on_type(news, watcher)
            return
        classes = [value for value in news if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS)]
        for value in classes:
            self.add(target, self.value(kinds.INSTANCE, self.table.of[value]))
        super()._on_type([value for value in news if value not in classes], (callback, target, "instance"))

    # Calls

    def call_function(self, function: int, receiver: int, site: Site, certainty: int) -> None:
        """A method that is called by its class's name belongs to the present object."""
        record = self.linked.functions[function]
        if receiver < 0 and record.summary.binding == "instance" and record.owner >= 0:
            receiver = self.value(kinds.OPEN_INSTANCE, record.owner)
        super().call_function(function, receiver, site, certainty)

    def accepts(self, record: FunctionRecord, site: Site) -> bool:
        """C has no overloads, and macros may stand for several arguments."""
        return record.module.source.name.endswith(".c") or super().accepts(record, site)

    def overload_key(self, record: FunctionRecord) -> tuple[int, str]:
        """A class may be defined in one file, and its methods in another."""
        return 0, record.summary.name

    def others(self, record: FunctionRecord) -> list[FunctionRecord]:
        """All overloads of a function, with itself."""
        return self._overloads[self.overload_key(record)]

    def fitting(self, given: Sequence[str], possible: list[int]) -> list[int]:
        """Templates fit anything; where nothing seems to fit, there is a conversion of which nothing is known."""
        best = super().fitting(given, possible) or possible
        is_exact = any(list(self.taken[index][: len(given)]) == list(given) for index in best)
        return best if is_exact else [it for it in possible if it in best or UNKNOWN in self.taken[it]]

    def is_kind_of(self, one: str, other: str) -> bool | None:
        """Pointers follow the classes they point to; a literal text may become a string."""
        if other == TEXT:
            return one == "char*"
        if other == "bool" and one.endswith(POINTER):
            return True
        if one.endswith(POINTER) and other == "void*":
            return True
        if one.endswith(POINTER) != other.endswith(POINTER):
            return False if self.hierarchy.named(other.rstrip(POINTER)) else None
        return super().is_kind_of(one.rstrip(POINTER), other.rstrip(POINTER))

    def store(self, owner: int, name: str, source: int) -> None:
        """A value given by its place goes to the field in that place."""
        if name.startswith("#"):
            cls = self.table.of[owner]
            if self.table.kind[owner] == kinds.CONTAINER:
                self.connect(source, self.container(owner).anything)
            if self.table.kind[owner] not in _INSTANCES:
                return
            fields = self.hierarchy.classes[cls].summary.annotated
            place = int(name[1:])
            if place >= len(fields) or not fields[place]:
                return
            name = fields[place]
        super().store(owner, name, source)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """A pointer to a structure may point into an array of them."""
        objects = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in objects:
            if not self.call_special(value, ("operator[]",), watcher[2]):
                self.add(watcher[2].target, value)
        super()._on_item([value for value in news if value not in objects], watcher)
