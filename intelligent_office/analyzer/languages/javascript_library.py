"""What JavaScript's own functions do with the functions handed to them."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.calls import Partial
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.sites import Site

_INVOKING = frozenset({"call", "apply", "bind"})
_EACH = ("element", "", "receiver")


class JavaScriptSolver(FamilySolver):
    """Arrays, promises, timers."""

    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            (
                *("setTimeout", "setInterval", "setImmediate", "requestAnimationFrame", "queueMicrotask"),
                *("process.nextTick", "requestIdleCallback", "window.setTimeout", "globalThis.setTimeout"),
            ),
            Model(0, ("rest",)),
        ),
        "process.nextTick": Model(0, ("rest",)),
        "setTimeout": Model(0),
        "setInterval": Model(0),
        "Promise": Model(0),
        "Promise.resolve": Model(result=("argument 0",)),
        "Promise.all": Model(result=("argument 0",)),
        "Promise.allSettled": Model(result=("argument 0",)),
        "Array.from": Model(1, ("argument 0",), ("argument 0",)),
        "Array.of": Model(result=("argument 0",), in_list=True),
        "Object.freeze": Model(result=("argument 0",)),
        "Object.seal": Model(result=("argument 0",)),
        "Object.assign": Model(result=("argument 0", "argument 1", "argument 2")),
        "Object.create": Model(result=("argument 0",)),
    }
    methods: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(("forEach", "some", "every", "findIndex", "findLastIndex"), Model(0, _EACH)),
        **dict.fromkeys(("find", "findLast"), Model(0, _EACH, ("element",))),
        "map": Model(0, _EACH, ("returned",), in_list=True),
        "flatMap": Model(0, _EACH, ("returned",), in_list=True),
        "filter": Model(0, _EACH, ("receiver",)),
        "sort": Model(0, ("element", "element"), ("receiver",)),
        "toSorted": Model(0, ("element", "element"), ("receiver",)),
        "reduce": Model(0, ("accumulated", "element"), ("accumulated",)),
        "reduceRight": Model(0, ("accumulated", "element"), ("accumulated",)),
        "then": Model((0, 1), ("receiver",), ("returned",)),
        "catch": Model(0, ("",), ("receiver", "returned")),
        "finally": Model(0, (), ("receiver",)),
        **dict.fromkeys(("push", "unshift"), Model(added=("argument 0", "argument 1"))),
        "add": Model(added=("argument 0",), result=("receiver",)),
        "fill": Model(added=("argument 0",), result=("receiver",)),
        **dict.fromkeys(("pop", "shift", "at"), Model(result=("element",))),
        **dict.fromkeys(
            ("slice", "concat", "reverse", "splice", "flat", "keys", "values"), Model(result=("receiver",))
        ),
    }

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """`f.call(this, …)`, `f.apply(this, […])` and `f.bind(this, …)` of whatever f may be."""
        method = name.rpartition(".")[2]
        owner = self.owners.get(site.callee, 0)
        if method in _INVOKING and self.table.kind[value] != kinds.RESULT and owner:
            self.watch(owner, self._on_invoked, method, site)
        super().call_outside(value, name, site)

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Maps are read and written by key."""
        super().call_container_method(container, name, site)
        made = self.container(container)
        if name == "get" and made.kind == "dict":
            self.read_item_by(made, self._argument(site, 0), site.target)
        elif name == "set" and made.kind == "dict":
            self.write_item_by(made, self._argument(site, 0), self._argument(site, 1))
            self.add(site.target, container)

    def _on_invoked(self, news: Sequence[int], watcher: Watcher) -> None:
        _, method, site = watcher
        rest = (-site.positional[1],) if method == "apply" and site.positional[1:] else site.positional[1:]
        for value in news:
            if self.table.kind[value] in (kinds.CLASS, kinds.OPEN_CLASS):
                for function in self.values(self._constructor_node(self.table.of[value])):
                    self._invoke(function, method, site, rest)
            elif self.table.kind[value] in (kinds.FUNCTION, kinds.BOUND, kinds.PARTIAL):
                self._invoke(value, method, site, rest)

    def _constructor_node(self, cls: int) -> int:
        found = self.hierarchy.find(cls, CONSTRUCTOR)
        return self._attribute_node(found, CONSTRUCTOR) if found >= 0 else 0

    def _invoke(self, value: int, method: str, site: Site, rest: tuple[int, ...]) -> None:
        takes_self = self.table.kind[value] == kinds.FUNCTION and (
            self.linked.functions[self.table.of[value]].summary.binding == "instance"
        )
        arguments = (*site.positional[:1], *rest) if takes_self else rest
        if method != "bind":
            self.call(value, self.new_site(site.caller, site.line, site.target, arguments))
            return
        key = (site.number, value)
        if key not in self._partials_made:
            self.partials.append(Partial(value, arguments, (), 0))
            self._partials_made[key] = len(self.partials) - 1
        self.add(site.target, self.value(kinds.PARTIAL, self._partials_made[key]))

    container_methods = frozenset({"get", "set", "has", "delete", "clear", "entries", "join", "includes", "indexOf"})
    containers_of: ClassVar[dict[str, str]] = {
        "Array": "list",
        "Set": "list",
        "Map": "dict",
        "WeakMap": "dict",
        "WeakSet": "list",
    }
    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "Array.",
        "builtins.dict.": "Map.",
        "builtins.object.": "Object.",
        "builtins.generator.": "Generator.",
    }
