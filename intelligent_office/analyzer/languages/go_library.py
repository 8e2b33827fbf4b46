"""How values flow in Go: structs are what they are, interfaces are taken up by whatever has their methods."""

from collections.abc import Sequence
from typing import Any, ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.languages.go_packages import SIGNATURES
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.linking import Linked
from intelligent_office.analyzer.sites import Site

ELEMENT = "[]"
"""The attribute under which objects of a named list or map type have their elements."""
CALLED = "__call__"
"""The attribute of a named function type that holds the functions converted to it."""
_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_PROTOCOL = "typing.Protocol"
_PLAIN = frozenset(
    {
        *("any", "bool", "byte", "comparable", "complex64", "complex128", "float32", "float64", "int", "int8", "int16"),
        *("int32", "int64", "rune", "string", "uint", "uint8", "uint16", "uint32", "uint64", "uintptr"),
    }
)
"""Types without methods."""


class GoSolver(FamilySolver):
    """Interfaces, named types, the library's functions."""

    outside_prefixes: ClassVar[dict[str, str]] = {"builtins.": ""}
    models: ClassVar[dict[str, Model]] = {
        "append": Model(result=("argument 0",)),
        **dict.fromkeys(
            ("sort.Slice", "sort.SliceStable", "slices.SortFunc", "slices.SortStableFunc", "slices.IndexFunc"), Model(1)
        ),
        **dict.fromkeys(("slices.ContainsFunc", "strings.FieldsFunc", "strings.IndexFunc", "sort.Search"), Model(1)),
        **dict.fromkeys(("http.HandleFunc", "time.AfterFunc", "filepath.Walk", "filepath.WalkDir"), Model(1)),
        "strings.Map": Model(0),
        **dict.fromkeys(("http.HandlerFunc", "sync.OnceFunc", "sync.OnceValue"), Model(result=("argument 0",))),
        **dict.fromkeys(("fs.WalkDir", "context.AfterFunc"), Model((1, 2))),
    }
    methods: ClassVar[dict[str, Model]] = {
        "Do": Model(0),
        "Go": Model(0),
        "Run": Model(1),
        "HandleFunc": Model(1),
        "Range": Model(0),
        "Cleanup": Model(0),
    }

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        self._interfaces = {cls.index for cls in linked.classes if _PROTOCOL in hierarchy.external_bases[cls.index]}
        super().__init__(linked, hierarchy)
        self._keep_real_implementations()

    def _keep_real_implementations(self) -> None:
        """A method of the same name is that of an interface only if it takes and gives the same."""
        root = self.linked.root
        self._signatures: dict[int, str] = {}
        for module in self.linked.modules:
            for index, signature in module.summary.facts.get(SIGNATURES, {}).items():
                self._signatures[root[module.base + module.summary.functions[index].node]] = signature
        for interface in self._interfaces:
            children = self.hierarchy.subclasses[interface]
            self.hierarchy.subclasses[interface] = [child for child in children if self._fits(child, interface)]

    def _fits(self, child: int, interface: int) -> bool:
        if interface in self.hierarchy.order(child):
            return True
        for cls in self.hierarchy.order(interface):
            for name in self.hierarchy.classes[cls].summary.attributes:
                wanted = self._signatures.get(self._attribute_node(cls, name), "")
                found = self.hierarchy.find(child, name)
                given = self._signatures.get(self._attribute_node(found, name), "") if found >= 0 else ""
                if wanted and given and not _is_same(wanted, given):
                    return False
        return True

    # Values

    def value(self, kind: int, of: Any) -> int:
        """A variable of a type that is no interface holds nothing else."""
        if kind == kinds.OPEN_INSTANCE and of not in self._interfaces:
            kind = kinds.INSTANCE
        return super().value(kind, of)

    def wider(self, _value: int) -> frozenset[int]:
        """What embeds a struct is no such struct."""
        return frozenset()

    def widest(self, value: int) -> int:
        """What embeds a struct is no such struct."""
        return value

    def outside(self, name: str) -> int:
        """Types without methods tell nothing."""
        return 0 if name in _PLAIN else super().outside(name)

    def outside_call(self, name: str) -> str:
        """A conversion is no call."""
        return "" if name.rpartition(".")[0] == "typing" else super().outside_call(name)

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
        """A method of an interface that a struct embeds is that of whatever is behind it."""
        super()._add_bound(cls, name, receiver, known, bound, overridden=overridden)
        if cls in self._interfaces and self.table.kind[receiver] == kinds.INSTANCE:
            for child in self.hierarchy.overrides(cls, name):
                if child != self.table.of[receiver] and child not in self._interfaces:
                    super()._add_bound(child, name, self.value(kinds.INSTANCE, child), known, bound, overridden=True)

    def _on_narrowed(self, news: Sequence[int], watcher: Watcher) -> None:
        """What has the methods of an interface is of its type."""
        _, target, cls, wanted = watcher
        asked = [of for of in self._types(cls)[0] if of in self._interfaces] if wanted else []
        fitting = [
            value
            for value in news
            if self.table.kind[value] in _INSTANCES
            and any(self.table.of[value] in self.hierarchy.descendants(of) for of in asked)
        ]
        for value in fitting:
            self.add(target, value)
        super()._on_narrowed([value for value in news if value not in fitting], watcher)

    # Named lists, maps and functions

    def _on_iterated(self, news: Sequence[int], watcher: Watcher) -> None:
        """A loop gives the elements of lists, maps and channels alike."""
        _, target, caller, line, _ = watcher
        for value in news:
            self._give_elements(value, target, caller, line)

    def _give_elements(self, value: int, target: int, caller: int, line: int) -> None:
        if self.table.kind[value] == kinds.CONTAINER:
            self.read_any(self.container(value), target)
        elif self.table.kind[value] in _INSTANCES:
            self.read(value, ELEMENT, target, caller, line)
        elif self.table.kind[value] in (kinds.RESULT, kinds.OUTSIDE_METHOD):
            self.add(target, self.table.anything)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """Elements of named lists and maps are not told apart."""
        site = watcher[2]
        named = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in named:
            self._give_elements(value, site.target, site.caller, site.line)
        super()._on_item([value for value in news if value not in named], watcher)

    def _on_set_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """Elements of named lists and maps are not told apart."""
        named = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in named:
            self.store(value, ELEMENT, watcher[2].positional[1])
        super()._on_set_item([value for value in news if value not in named], watcher)

    def construct(self, value: int, site: Site, _certainty: int) -> None:
        """`Type(value)` is a conversion: of a function, that is called where the result is."""
        cls = self.table.of[value]
        if cls in self._interfaces or self.hierarchy.find(cls, CALLED) >= 0:
            for node in site.positional:
                self.connect(abs(node), site.target)
                self._hold_functions(cls, abs(node))
        self.add(site.target, self.value(kinds.OPEN_INSTANCE, cls))

    def _on_type(self, news: Sequence[int], watcher: Watcher) -> None:
        """A function that comes to be where a named type is declared is converted to it."""
        super()._on_type(news, watcher)
        for value in news:
            if self.table.kind[value] == kinds.CLASS:
                self._hold_functions(self.table.of[value], watcher[1])

    def _hold_functions(self, cls: int, node: int) -> None:
        holder = self.hierarchy.find(cls, CALLED)
        if holder >= 0:
            self.watch(node, self._on_converted, self._attribute_node(holder, CALLED))

    def _on_converted(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            if self.table.kind[value] in (kinds.FUNCTION, kinds.BOUND):
                self.add(watcher[1], value)

    def call(self, value: int, site: Site) -> None:
        """A receiver stands for all functions of its type; elsewhere those that came there are known."""
        is_held = self.table.kind[value] in _INSTANCES and self.hierarchy.find(self.table.of[value], CALLED) >= 0
        if not is_held or site.callee in self.certain:
            super().call(value, site)

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """`append` adds to a list."""
        if name == "append" and site.positional:
            for node in site.positional[1:]:
                self.watch(abs(site.positional[0]), self._on_appended, node)
        super().call_outside(value, name, site)

    def _on_appended(self, news: Sequence[int], watcher: Watcher) -> None:
        node = watcher[1]
        element = node
        if node < 0:
            element = self.new_node()
            self.watch(-node, self._on_iterated, element, -1, 0, False)
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.connect(element, self.container(value).anything)
            elif self.table.kind[value] in _INSTANCES:
                self.store(value, ELEMENT, element)


def _is_same(wanted: str, given: str) -> bool:
    """Whether two methods take and give the same, as far as their types are no parameters."""
    pairs = list(zip(wanted.split(","), given.split(","), strict=False))
    is_as_long = wanted.count(",") == given.count(",")
    return is_as_long and all(one == other or _may_be_any(one) or _may_be_any(other) for one, other in pairs)


def _may_be_any(declared: str) -> bool:
    """A short name with a capital is that of a type parameter; other types with brackets are not compared."""
    return "[" in declared or "(" in declared or (len(declared.lstrip("*")) <= 2 and declared.lstrip("*").isupper())
