"""How values flow in Rust: boxes, options and results stand for what is in them; traits are taken up by their types."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.hierarchy import Hierarchy
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.rust_modules import TRAITS
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.linking import Linked
from intelligent_office.analyzer.sites import INFERRED, Site

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_FUNCTIONS = (kinds.FUNCTION, kinds.BOUND)
_SAME = Model(result=("receiver",))
_ELEMENT = Model(result=("element",))
_TEST = Model(0, ("element",), ("receiver",))
_TAKE = Model(0, ("element",))
_MAP = Model(0, ("element",), ("returned",), in_list=True)
_WRAP = Model(result=("argument 0",))
_NO_CALLS = frozenset({"Some", "Ok", "Err", "None"})


class RustSolver(FamilySolver):
    """Traits, and what the library does with closures."""

    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "Vec.",
        "builtins.dict.": "HashMap.",
        "builtins.tuple.": "",
    }
    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(("Some", "Ok"), _WRAP),
        "Err": Model(),
        **dict.fromkeys(
            (
                *("Box.new", "Rc.new", "Arc.new", "RefCell.new", "Cell.new", "Mutex.new", "RwLock.new", "Box.pin"),
                *("Rc.clone", "Arc.clone", "Pin.new", "Cow.Borrowed", "Cow.Owned", "Rc.downgrade", "Arc.downgrade"),
                *("OnceLock.from", "ManuallyDrop.new", "Vec.from", "Box.from", "Arc.from", "Rc.from"),
            ),
            _WRAP,
        ),
        **dict.fromkeys(("thread.spawn", "tokio.spawn", "task.spawn", "rayon.spawn", "tokio.task.spawn"), Model(0)),
        **dict.fromkeys(("Lazy.new", "LazyLock.new", "LazyCell.new"), Model(0, (), ("returned",))),
    }
    methods: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            (
                *("unwrap", "expect", "unwrap_or", "unwrap_or_default", "as_ref", "as_mut", "as_deref", "clone"),
                *("cloned", "copied", "borrow", "borrow_mut", "lock", "read", "write", "to_owned", "iter", "iter_mut"),
                *("into_iter", "ok", "take", "rev", "skip", "step_by", "collect", "peekable", "ok_or", "into_inner"),
                *("as_deref_mut", "by_ref", "enumerate", "as_slice", "to_vec", "values", "values_mut", "drain", "into"),
                *("try_into", "unwrap_unchecked", "fuse", "context", "chunks", "windows", "upgrade", "flatten", "sum"),
                *("try_lock", "as_any", "par_iter", "into_values", "into_boxed", "unwrap_err", "join", "deref"),
            ),
            _SAME,
        ),
        **dict.fromkeys(
            (
                *("first", "last", "next", "get", "get_mut", "pop", "remove", "peek", "nth", "min", "max", "last_mut"),
                *(
                    "first_mut",
                    "pop_front",
                    "pop_back",
                    "front",
                    "back",
                    "swap_remove",
                    "recv",
                    "try_recv",
                    "next_back",
                ),
            ),
            _ELEMENT,
        ),
        **dict.fromkeys(
            ("filter", "take_while", "skip_while", "inspect", "inspect_err", "or_else", "map_err", "ok_or_else"), _TEST
        ),
        "with_context": _TEST,
        **dict.fromkeys(
            ("for_each", "any", "all", "position", "retain", "is_some_and", "partition", "is_ok_and"), _TAKE
        ),
        **dict.fromkeys(("find", "max_by_key", "min_by_key", "max_by", "min_by"), Model(0, ("element",), ("element",))),
        **dict.fromkeys(
            ("sort_by", "sort_unstable_by", "reduce", "dedup_by"), Model(0, ("element", "element"), ("receiver",))
        ),
        **dict.fromkeys(("sort_by_key", "dedup_by_key", "sort_unstable_by_key"), _TAKE),
        **dict.fromkeys(
            ("map", "filter_map", "and_then", "flat_map", "find_map", "map_while", "scan", "then", "get_or_init"), _MAP
        ),
        **dict.fromkeys(("map_or", "map_or_else"), Model((0, 1), ("element",), ("returned", "argument 0"))),
        "fold": Model(1, ("accumulated", "element"), ("returned", "argument 0")),
        **dict.fromkeys(
            ("unwrap_or_else", "or_insert_with", "get_or_insert_with"), Model(0, (), ("receiver", "returned"))
        ),
        **dict.fromkeys(("or_insert", "or", "chain", "zip", "xor"), Model(result=("receiver", "argument 0"))),
        "or_default": _SAME,
        "block_on": _WRAP,
        "entry": _ELEMENT,
        **dict.fromkeys(("push", "push_back", "push_front", "send", "replace"), Model(added=("argument 0",))),
        "insert": Model(added=("argument 0", "argument 1")),
        "extend": _SAME,
    }

    def __init__(self, linked: Linked, hierarchy: Hierarchy) -> None:
        self._traits = {
            module.first_class + index for module in linked.modules for index in module.summary.facts.get(TRAITS, ())
        }
        super().__init__(linked, hierarchy)

    # Values

    def value(self, kind: int, of: Any) -> int:
        """An object is of one type; only of a trait nothing more is known."""
        if kind == kinds.OPEN_INSTANCE and of not in self._traits:
            kind = kinds.INSTANCE
        return super().value(kind, of)

    def wider(self, _value: int) -> frozenset[int]:
        """Objects of types that share a trait are told apart."""
        return frozenset()

    def widest(self, value: int) -> int:
        """Objects of types that share a trait are told apart."""
        return value

    def _find_members(self, value: int, name: str) -> Members:
        """What a type does not have is a method of what it is wrapped in."""
        if self.table.kind[value] in _INSTANCES and name in self.methods:
            cls = self.table.of[value]
            if self.hierarchy.find(cls, name) < 0 and not self.hierarchy.overrides(cls, name):
                return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),))
        if self.table.kind[value] in _FUNCTIONS and name in self.methods:
            return Members(known=(self.value(kinds.BOUND_EXTERNAL, (value, name)),))
        return super()._find_members(value, name)

    def _add_outside(self, cls: int, name: str, known: list[int]) -> None:
        """A trait from outside does not make its types unknown."""

    # Calls

    def construct(self, value: int, site: Site, _certainty: int) -> None:
        """A struct or a variant with fields that have no names."""
        self.add(site.target, self.value(kinds.INSTANCE, self.table.of[value]))
        self._fill_fields(self.table.of[value], site)

    def call(self, value: int, site: Site) -> None:
        """A type that was handed over as a function makes objects."""
        if self.table.kind[value] == kinds.INSTANCE:
            self.construct(value, site, INFERRED)
        super().call(value, site)

    def call_function(self, function: int, receiver: int, site: Site, certainty: int) -> None:
        """`Trait::method(object)` is the object's own method."""
        super().call_function(function, receiver, site, certainty)
        record = self.linked.functions[function]
        if receiver < 0 and record.owner in self._traits and record.summary.binding == "instance" and site.positional:
            name = record.summary.name.rpartition(".")[2]
            self.watch(abs(site.positional[0]), self._on_own_method, name, site, record.owner)

    def _on_own_method(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, site, trait = watcher
        for value in news:
            if self.table.kind[value] in _INSTANCES and trait in self.hierarchy.order(self.table.of[value]):
                inner = site._replace(positional=site.positional[1:], number=self._number_for(site.number, value))
                self._call_members(value, name, inner, INFERRED)

    def outside(self, name: str) -> int:
        """There is nothing in `None`."""
        return 0 if name == "None" else super().outside(name)

    def outside_call(self, name: str) -> str:
        """Variants of the library's enumerations are no calls."""
        return "" if name in _NO_CALLS else super().outside_call(name)

    def known_as(self, name: str) -> str:
        """Without the path."""
        parts = name.split(".")
        return name if name in self.models else ".".join(parts[-2:])

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Methods of boxes, options and results have to do with what is in them."""
        if self.table.kind[container] == kinds.CONTAINER:
            super().call_container_method(container, name, site)
            return
        model = self.methods.get(name)
        if model is not None:
            receiver = self.new_node()
            self.add(receiver, container)
            self._apply(replace(model, in_list=False), site, receiver)

    # Loops and items

    def _on_iterated(self, news: Sequence[int], watcher: Watcher) -> None:
        """A loop calls `next`; what has none stands for its element."""
        _, target, caller, line, _ = watcher
        for value in news:
            kind = self.table.kind[value]
            if kind == kinds.CONTAINER:
                self.read_any(self.container(value), target)
            elif kind in _INSTANCES:
                site = self.new_site(caller, line, target)
                steps = self.new_node()
                if self.call_special(value, ("next",), site):
                    continue
                if self.call_special(value, ("into_iter", "iter"), site._replace(target=steps)):
                    self.watch(steps, self._on_iterated, target, caller, line, False)
                else:
                    self.add(target, value)
            elif kind in _FUNCTIONS:
                self.add(target, value)

    def _on_unpacked(self, news: Sequence[int], watcher: Watcher) -> None:
        """Pairs of a place or key and a value are not told apart from the value."""
        _, target, index, _, _ = watcher
        for value in news:
            container = self.container(value) if self.table.kind[value] == kinds.CONTAINER else None
            if container is not None and container.kind == "tuple":
                self.read_key(container, index, target)
            elif self.table.kind[value] not in kinds.FAINT and index:
                self.add(target, value)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """`object[key]` calls `index`."""
        site = watcher[2]
        named = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in named:
            self.call_special(value, ("index",), site)
        super()._on_item([value for value in news if value not in named], watcher)
