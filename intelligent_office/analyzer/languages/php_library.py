"""What PHP's own functions do with callables and arrays, and how objects take part in syntax."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.php_namespaces import PhpLinked
from intelligent_office.analyzer.languages.solving import FamilySolver
from intelligent_office.analyzer.sites import Site

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_CALLABLE = (kinds.FUNCTION, kinds.BOUND, kinds.PARTIAL, kinds.OVERRIDES)
_STEPS = ("rewind()", "valid()", "current()", "key()", "next()")
_EACH: dict[str, tuple[int, int, str]] = {
    "array_map": (0, 1, "mapped"),
    "array_filter": (1, 0, "same"),
    "array_walk": (1, 0, ""),
    "usort": (1, 0, ""),
    "uasort": (1, 0, ""),
    "uksort": (1, 0, ""),
    "array_reduce": (1, 0, "reduced"),
    "array_find": (1, 0, "element"),
    "array_any": (1, 0, ""),
    "array_all": (1, 0, ""),
    "iterator_apply": (1, 0, ""),
}
"""Functions that call something with the elements of an array: the places of both, and what comes back."""
_ASKED = {
    "count": "count()",
    "strval": "__toString()",
    "json_encode": "jsonSerialize()",
    "iterator_count": "getIterator()",
}
"""Functions that ask an object."""
_SAME = (
    "array_values",
    "array_merge",
    "array_reverse",
    "array_slice",
    "array_unique",
    "iterator_to_array",
    "array_replace",
)
_ELEMENT = ("reset", "end", "current", "next", "prev", "array_pop", "array_shift")


class PhpSolver(FamilySolver):
    """Callables, arrays, iterators."""

    linked: PhpLinked
    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(_SAME, Model(result=("argument 0", "argument 1", "argument 2"))),
        **dict.fromkeys(
            ("call_user_func", "register_shutdown_function", "func_overload"), Model(0, ("rest",), ("returned",))
        ),
        **dict.fromkeys(
            ("spl_autoload_register", "set_error_handler", "set_exception_handler", "ob_start", "forward_static_call"),
            Model(0),
        ),
        "preg_replace_callback": Model(1),
        "Closure.fromCallable()": Model(result=("argument 0",)),
    }
    methods: ClassVar[dict[str, Model]] = dict.fromkeys(("bindTo", "bindTo()"), Model(result=("receiver",)))
    outside_prefixes: ClassVar[dict[str, str]] = {}

    def outside(self, _name: str) -> int:
        """Of a variable that nothing binds, nothing is known."""
        return 0

    def outside_call(self, name: str) -> str:
        """Methods bear their names without parentheses."""
        plain = super().outside_call(name).replace("()", "")
        return "" if plain.endswith("__toString") or plain in ("isset", "empty", "unset") else plain

    # Members

    def _find_members(self, value: int, name: str) -> Members:
        if self.table.kind[value] in _CALLABLE and name in ("__invoke()", "call()"):
            return Members(known=(value,))
        return super()._find_members(value, name)

    def _on_attribute(self, news: Sequence[int], watcher: Watcher) -> None:
        self._asked_name = watcher[2]
        super()._on_attribute(news, watcher)

    _asked_name = ""

    def _missing_attribute(self, value: int, target: int, caller: int, line: int) -> None:
        """`__call` and `__get` come in only where nothing else does."""
        magic = "__call()" if self._asked_name.endswith("()") else "__get()"
        if self.hierarchy.find(self.table.of[value], magic) >= 0:

            def ask() -> None:
                if not self.sets[target]:
                    self.call_special(value, (magic,), self.new_site(caller, line, target))

            self._weak.append(ask)

    def _add_outside(self, cls: int, name: str, known: list[int]) -> None:
        if not name.endswith("()") or self.hierarchy.find(cls, "__call()") < 0:
            super()._add_outside(cls, name, known)

    def _instance_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """Text is asked of what is known to have it: some subclass always does."""
        is_text = name == "__toString()" and self.hierarchy.find(cls, name) < 0
        return NOTHING if is_text else super()._instance_members(value, cls, name, is_open=is_open)

    def _special_name(self, value: int, cls: int, names: tuple[str, ...]) -> str:
        """Syntax calls methods of a class that has them, not of one whose subclasses may."""
        found = super()._special_name(value, cls, names)
        return found if found and self.hierarchy.find(cls, found) >= 0 else ""

    def _class_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """`__callStatic` takes what a class does not have."""
        missing = name.endswith("()") and self.hierarchy.find(cls, name) < 0
        if missing and self.hierarchy.find(cls, "__callStatic()") >= 0:
            found = super()._class_members(value, cls, "__callStatic()", is_open=is_open)
            return found._replace(by_name=False)
        return super()._class_members(value, cls, name, is_open=is_open)

    def bind(self, value: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool) -> None:
        """`Class::method()` may call a method of the present object."""
        if self.table.kind[value] == kinds.FUNCTION and receiver >= 0:
            function = self.linked.functions[self.table.of[value]].summary
            if function.binding == "function":
                self.add(target, value)
                return
            if function.binding == "instance" and self.table.kind[receiver] in _CLASSES:
                self.add(target, self.value(kinds.BOUND, (value, receiver, overridden)))
                return
        super().bind(value, receiver, target, caller, line, overridden=overridden)

    # Calls

    def call(self, value: int, site: Site) -> None:
        """Strings and arrays may name what is called."""
        kind, of = self.table.kind[value], self.table.of[value]
        if kind == kinds.CONSTANT and isinstance(of, str):
            self._call_named(of, site)
        elif kind == kinds.CONTAINER:
            container = self.container(value)
            if 0 in container.fields and 1 in container.fields:
                self.watch(container.fields[0], self._on_callable_object, container.fields[1], site)
        else:
            super().call(value, site)

    def _call_named(self, name: str, site: Site) -> None:
        module = self.linked.functions[site.caller].module
        owner, _, method = name.rpartition("::")
        node = self.linked.class_named(owner, module) if owner else self.linked.function_named(name, module)
        value = self.definition_nodes.get(node)
        if value is not None and owner:
            self._call_method(value, method, site)
        elif value is not None:
            self.call_function(self.table.of[value], -1, site, site.certainty)

    def _on_callable_object(self, news: Sequence[int], watcher: Watcher) -> None:
        _, name, site = watcher
        for value in news:
            self.watch(name, self._on_callable_name, value, site)

    def _on_callable_name(self, news: Sequence[int], watcher: Watcher) -> None:
        _, owner, site = watcher
        for value in news:
            name = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(name, str):
                self._call_method(owner, name, site)

    def _call_method(self, owner: int, name: str, site: Site) -> None:
        callee = self.new_node()
        self.watch(callee, self._on_called, site._replace(callee=callee, number=self._number_for(site.number, owner)))
        self.read(owner, f"{name}()", callee, site.caller, site.line)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """`$object[key]` asks the object; `$object->$name` finds a member."""
        _, key, site = watcher
        asked = site._replace(positional=(key,))
        rest = [value for value in news if not self.call_special(value, ("__getitem__",), asked)]
        super()._on_item(rest, watcher)

    def _on_attribute_key(self, news: Sequence[int], watcher: Watcher) -> None:
        _, owner, site = watcher
        super()._on_attribute_key(news, watcher)
        for value in news:
            of = self.table.of[value]
            if self.table.kind[value] == kinds.CONSTANT and isinstance(of, str):
                self.read(owner, f"{of}()", site.target, site.caller, site.line)

    # Loops

    def _on_iterated(self, news: Sequence[int], watcher: Watcher) -> None:
        """A loop asks an object for its iterator, or steps through it."""
        _, target, caller, line, _ = watcher
        objects = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in objects:
            steps = self.new_node()
            self.watch(steps, self._on_steps, target, caller, line)
            if not self.call_special(value, ("getIterator()",), self.new_site(caller, line, steps)):
                self._on_steps([value], (self._on_steps, target, caller, line))
        super()._on_iterated([value for value in news if value not in objects], watcher)

    def _on_steps(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, caller, line = watcher
        for value in news:
            if self.table.kind[value] not in _INSTANCES:
                super()._on_iterated([value], (self._on_iterated, target, caller, line, False))
                continue
            for step in _STEPS:
                gives = step == "current()"
                self.call_special(value, (step,), self.new_site(caller, line, target if gives else 0))

    def elements(self, value: int, target: int) -> None:
        """A loop over an array is after its values."""
        self.read_any(self.container(value), target)

    # The library

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """Functions that call what they are given with elements of arrays."""
        if self.table.kind[value] == kinds.EXTERNAL:
            if name in _EACH:
                self._each(name, site)
            elif name in _ASKED:
                for node in site.positional[:1]:
                    self.watch(abs(node), self._on_asked, (_ASKED[name],), self.new_site(site.caller, site.line, 0))
            elif name == "call_user_func_array":
                arguments = tuple([-node for node in site.positional[1:2] if node > 0])
                called = self.new_site(site.caller, site.line, site.target, arguments)
                self.watch(self._argument(site, 0), self._on_called, called)
            elif name in _ELEMENT and site.positional:
                self.iterate(abs(site.positional[0]), site.target, site.caller, site.line)
            elif name in ("array_push", "array_unshift") and site.positional:
                for node in site.positional[1:]:
                    self.watch(abs(site.positional[0]), self._on_added, abs(node))
        super().call_outside(value, name, site)

    def _on_asked(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            self.call_special(value, watcher[1], watcher[2])

    def _each(self, name: str, site: Site) -> None:
        callback, listed, result = _EACH[name]
        element, returned = self.new_node(), self.new_node()
        array = self._argument(site, listed)
        self.iterate(array, element, site.caller, site.line)
        given = (returned, element) if result == "reduced" else (element, element)
        self.watch(
            self._argument(site, callback), self._on_called, self.new_site(site.caller, site.line, returned, given)
        )
        if result == "mapped":
            made = self.container_for(site.number, "list", "list")
            self.connect(returned, self.container(made).anything)
            self.add(site.target, made)
        elif result == "reduced":
            self.connect(self._argument(site, 2), returned)
            self.connect(returned, site.target)
        elif result:
            self.connect(array if result == "same" else element, site.target)
