"""What Ruby's own classes do with blocks and objects, and what methods a class has for itself."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.ruby_blocks import Blocks
from intelligent_office.analyzer.languages.ruby_names import ACCESSORS, BLOCK, META
from intelligent_office.analyzer.linking import FunctionRecord
from intelligent_office.analyzer.sites import Site
from intelligent_office.analyzer.summary import Operation

_CALLABLE = (kinds.FUNCTION, kinds.BOUND, kinds.PARTIAL, kinds.OVERRIDES)
_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)
_CLASSES = (kinds.CLASS, kinds.OPEN_CLASS)
_CALLING = frozenset({"call", "yield", "===", "()"})
_BLOCK = 1000
"""The place of the block among the arguments, for models."""
_EACH = ("element",)
_MAKING = frozenset({f"{META}new", f"{META}exception"})
_COMPARING = frozenset({"<", ">", "<=", ">=", "==", "between?", "clamp"})


class RubySolver(Blocks):
    """Blocks, accessors, methods of classes themselves."""

    iteration: ClassVar[tuple[str, ...]] = ()
    methods: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(
            (
                *(
                    "each",
                    "each_entry",
                    "reverse_each",
                    "each_pair",
                    "select",
                    "filter",
                    "reject",
                    "sort_by",
                    "take_while",
                ),
                *(
                    "drop_while",
                    "select!",
                    "reject!",
                    "keep_if",
                    "delete_if",
                    "filter!",
                    "uniq",
                    "sort_by!",
                    "tap",
                    "cycle",
                ),
                *("each_with_index", "with_index", "each_index", "each_slice", "each_cons"),
            ),
            Model(_BLOCK, _EACH, ("receiver",)),
        ),
        **dict.fromkeys(
            ("any?", "all?", "none?", "one?", "count", "sum", "index", "find_index", "each_key"), Model(_BLOCK, _EACH)
        ),
        **dict.fromkeys(
            ("map", "collect", "flat_map", "collect_concat", "filter_map", "map!", "collect!", "each_entry"),
            Model(_BLOCK, _EACH, ("returned",), in_list=True),
        ),
        **dict.fromkeys(
            ("find", "detect", "max_by", "min_by", "find_all", "first", "last", "sample", "pop", "shift", "delete"),
            Model(_BLOCK, _EACH, ("element",)),
        ),
        **dict.fromkeys(
            ("partition", "group_by", "chunk_while", "slice_when", "each_group"),
            Model(_BLOCK, _EACH, ("receiver",), True),
        ),
        **dict.fromkeys(("sort", "max", "min", "sort!"), Model(_BLOCK, ("element", "element"), ("receiver",))),
        **dict.fromkeys(("inject", "reduce"), Model(_BLOCK, ("accumulated", "element"), ("accumulated",))),
        "each_with_object": Model(_BLOCK, ("element", "argument 0"), ("argument 0",)),
        **dict.fromkeys(("tap", "itself", "freeze", "dup", "clone"), Model(_BLOCK, ("receiver",), ("receiver",))),
        **dict.fromkeys(("then", "yield_self"), Model(_BLOCK, ("receiver",), ("returned",))),
        **dict.fromkeys(
            ("push", "append", "<<", "unshift", "prepend", "add", "enq"),
            Model(added=("argument 0", "argument 1"), result=("receiver",)),
        ),
        **dict.fromkeys(
            (
                *(
                    "reverse",
                    "compact",
                    "flatten",
                    "to_a",
                    "to_h",
                    "to_set",
                    "lazy",
                    "each_entry",
                    "take",
                    "drop",
                    "rotate",
                ),
                *("shuffle", "values_at", "slice", "except", "force", "entries", "compact!", "with_indifferent_access"),
            ),
            Model(result=("receiver",)),
        ),
        **dict.fromkeys(
            ("concat", "+", "|", "merge", "merge!", "update", "zip"), Model(result=("receiver", "argument 0"))
        ),
    }
    container_methods = frozenset(
        {
            *(
                "[]",
                "fetch",
                "dig",
                "store",
                "key?",
                "keys",
                "values",
                "each_value",
                "transform_values",
                "size",
                "length",
            ),
            *("empty?", "include?", "join", "clear", "insert", "fetch_values"),
        }
    )
    containers_of: ClassVar[dict[str, str]] = {
        **dict.fromkeys(("Array.new", "Array", "Set.new", "Queue.new", "Set", "Thread.Queue.new"), "list"),
        **dict.fromkeys(("Hash.new", "Concurrent.Map.new", "Concurrent.Hash.new"), "dict"),
    }
    outside_prefixes: ClassVar[dict[str, str]] = {
        "builtins.list.": "Array.",
        "builtins.dict.": "Hash.",
        "builtins.object.": "Object.",
    }

    # Definitions

    def _definitions(self) -> None:
        root = self.linked.root
        self._accessors: dict[int, str] = {}
        for module in self.linked.modules:
            for node, name in module.summary.facts.get(ACCESSORS, ()):
                self._accessors[root[module.base + node]] = name
        self.stored_names = {*self.stored_names, *(name.removesuffix("=") for name in self._accessors.values())}
        super()._definitions()
        self._extending = {
            self.table.of[value]
            for cls in self.linked.classes
            if cls.summary.metaclass
            and (value := self.definition_nodes.get(self.node_of(cls.module.index, cls.summary.metaclass)))
        }
        """Modules whose methods are those of classes themselves."""

    def outside(self, name: str) -> int:
        """A method that nothing in the program defines; of a variable, nothing is known."""
        return self.value(kinds.EXTERNAL, name.removesuffix("()")) if name.endswith("()") else 0

    def outside_call(self, name: str) -> str:
        """Operators of what is outside are nothing to speak of."""
        plain = super().outside_call(name)
        last = plain.rpartition(".")[2]
        return plain if last[:1].isalpha() or last[:1] == "_" else ""

    # Members

    def _member(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        owners = operation[2]
        parts = record.module.first_class
        moved = tuple([(self.linked.whole.get(parts + cls, parts + cls) - parts, owner) for cls, owner in owners])
        super()._member(record, root, (*operation[:2], moved, *operation[3:]))
        cls, owner = moved[0]
        if parts + cls in self._extending and not self._has(parts + cls, operation[3]):
            base, whoever = record.module.base, self.new_node()
            self.connect(root[base + owner], whoever)
            self.watch(
                whoever,
                self._on_attribute,
                root[base + operation[1]],
                operation[3],
                record.index,
                operation[5],
                whoever,
            )

    def _super_call(self, record: FunctionRecord, root: list[int], operation: Operation) -> None:
        parts = record.module.first_class
        cls = operation[2]
        super()._super_call(
            record, root, (*operation[:2], self.linked.whole.get(parts + cls, parts + cls) - parts, *operation[3:])
        )

    def _has(self, cls: int, name: str) -> bool:
        """A class that includes a module may have what the module calls."""
        if self.hierarchy.find(cls, name) >= 0 or self.hierarchy.overrides(cls, name):
            return True
        meta = self.metaclass(cls) if name.startswith(META) else -1
        return meta >= 0 and self.hierarchy.find(meta, name[1:]) >= 0

    def _find_members(self, value: int, name: str) -> Members:
        kind = self.table.kind[value]
        if kind in _CALLABLE and name in _CALLING:
            return Members(known=(value,))
        return super()._find_members(value, name)

    def _instance_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """Accessors read and write fields."""
        found = super()._instance_members(value, cls, name, is_open=is_open)
        return self._with_accessors(found, value)

    def _with_accessors(self, found: Members, value: int) -> Members:
        fields = {self._accessors[node] for node, _, _ in found.bound if node in self._accessors}
        if not fields:
            return found
        known = (*found.known, *[self.value(kinds.BOUND_EXTERNAL, (value, field)) for field in sorted(fields)])
        return found._replace(known=known, bound=tuple(it for it in found.bound if it[0] not in self._accessors))

    def _class_members(self, value: int, cls: int, name: str, *, is_open: bool) -> Members:
        """Methods of a class itself are others than those of its objects; `new` makes an object."""
        plain = name[:1] in ("@", META) or name[:1].isupper() or name.startswith("__") or name == CONSTRUCTOR
        key = name if plain else META + name
        if key in _MAKING and self.hierarchy.find(cls, key) < 0:
            return Members(known=(value,), by_name=True)
        found = super()._class_members(value, cls, key, is_open=is_open)
        by_name = found.by_name or (key[:1] == META and self._has(cls, key))
        return self._with_accessors(found._replace(by_name=by_name), value)

    def _add_metaclass(
        self, value: int, cls: int, name: str, known: list[int], bound: list[tuple[int, int, bool]]
    ) -> None:
        """Modules that a class is extended with have its methods."""
        super()._add_metaclass(value, cls, name.removeprefix(META), known, bound)

    def _super_members(self, cls: int, receiver: int, name: str) -> Members:
        found = super()._super_members(cls, receiver, name)
        if name == f"{META}new" and self.hierarchy.find_after(cls, cls, name) < 0:
            return Members(known=(receiver,), by_name=True)
        return found

    def bind(self, value: int, receiver: int, target: int, caller: int, line: int, *, overridden: bool) -> None:
        """A lambda in a constant is not bound to its class."""
        if self.table.kind[value] == kinds.FUNCTION and receiver >= 0:
            function = self.linked.functions[self.table.of[value]].summary
            if function.binding == "function":
                self.add(target, value)
                return
            if self.table.kind[receiver] in _CLASSES and function.binding == "instance":
                self.add(target, self.value(kinds.BOUND, (value, receiver, overridden)))
                return
        super().bind(value, receiver, target, caller, line, overridden=overridden)

    # Calls

    def _argument(self, site: Site, place: int, keyword: str = "") -> int:
        if place == _BLOCK:
            return next((node for name, node in site.keywords if name == BLOCK), 0)
        return super()._argument(site, place, keyword)

    def _pass_positional(self, record: FunctionRecord, offset: int, site: Site) -> None:
        """A block that names several parameters takes a list apart."""
        super()._pass_positional(record, offset, site)
        parameters = record.summary.positional
        if record.index in self.blocks and len(parameters) > 1 and len(site.positional) == 1 and site.positional[0] > 0:
            for index, (_, node, _) in enumerate(parameters):
                target = self._node(record, node)
                self.watch(site.positional[0], self._on_list_given, target, index, site)

    def _on_list_given(self, news: Sequence[int], watcher: Watcher) -> None:
        _, target, index, _ = watcher
        for value in news:
            if self.table.kind[value] == kinds.CONTAINER:
                self.read_key(self.container(value), index, target)

    def _fill_fields(self, cls: int, site: Site) -> None:
        """A struct may be made with names."""
        keywords = tuple([(f"@{name}" if name else name, node) for name, node in site.keywords])
        super()._fill_fields(cls, site._replace(keywords=keywords))

    def call_outside(self, value: int, name: str, site: Site) -> None:
        """Mixed-in modules of the library call the methods they are made for."""
        module, _, method = name.rpartition(".")
        block = self._argument(site, _BLOCK)
        owner = self.owners.get(site.callee, 0)
        if module == "Enumerable" and owner:
            given = ((BLOCK, block),) if block else ()
            self.watch(owner, self._on_asked, ("each",), self.new_site(site.caller, site.line, 0, (), keywords=given))
        elif module == "Comparable" and method in _COMPARING and owner:
            self.watch(owner, self._on_asked, ("<=>",), self.new_site(site.caller, site.line, 0, site.positional))
        elif name in ("puts", "print", "String"):
            for node in site.positional:
                self.watch(abs(node), self._on_asked, ("to_s",), self.new_site(site.caller, site.line, 0))
        elif name == "Hash.new" and block:
            self.watch(block, self._on_default_block, site)
        elif name == "loop":
            self.watch(block, self._on_called, self.new_site(site.caller, site.line, 0))
        is_bare = not module and self.table.kind[value] == kinds.EXTERNAL and name[:1].islower()
        super().call_outside(value, name, site._replace(target=0) if is_bare else site)
        if block and method not in self.methods:
            self.watch(block, self._on_called, self.new_site(site.caller, site.line, 0))

    def _on_asked(self, news: Sequence[int], watcher: Watcher) -> None:
        for value in news:
            self.call_special(value, watcher[1], watcher[2])

    def _on_default_block(self, news: Sequence[int], watcher: Watcher) -> None:
        site = watcher[1]
        made = self.container_for(site.number, "dict", "dict")
        holder = self.new_node()
        self.add(holder, made)
        called = self.new_site(site.caller, site.line, self.container(made).anything, (holder,))
        for value in news:
            self.call(value, called)

    def call_container_method(self, container: int, name: str, site: Site) -> None:
        """Lists and hashes; accessors read and write fields of objects."""
        if self.table.kind[container] != kinds.CONTAINER:
            if name.endswith("="):
                self._on_set_attribute(
                    [container],
                    (None, name[:-1], self._argument(site, 0), site.caller, site.line),
                )
            else:
                self.read(container, name, site.target, site.caller, site.line)
            return
        super().call_container_method(container, name, site)
        made = self.container(container)
        block = self._argument(site, _BLOCK)
        if name in ("[]", "fetch", "dig"):
            self.read_item_by(made, self._argument(site, 0), site.target)
            self.connect(self._argument(site, 1), site.target)
        elif name == "store":
            self.write_item_by(made, self._argument(site, 0), self._argument(site, 1))
        elif name == "insert":
            self.connect(self._argument(site, 1), made.anything)
        elif name in ("values", "each_value", "transform_values", "fetch_values"):
            listed = self.container_for(site.number, "values", "list")
            self.read_any(made, self.container(listed).anything)
            self.add(site.target, listed)
            if block:
                returned = self.container(listed).anything if name == "transform_values" else 0
                each = self.new_node()
                self.read_any(made, each)
                self.watch(block, self._on_called, self.new_site(site.caller, site.line, returned, (each,)))
        elif name == "concat":
            self.iterate(self._argument(site, 0), made.anything, site.caller, site.line)

    def elements(self, value: int, target: int) -> None:
        """A loop over a hash gets pairs."""
        container = self.container(value)
        if container.kind != "dict":
            self.read_any(container, target)
            return
        pair = self.container_for(value, "pair", "list")
        fields = self.container(pair)
        self.each_field(container, self._give_key, self.container_field(fields, 0))
        self.read_any(container, self.container_field(fields, 1))
        self.add(target, pair)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """`object[key]` is a method of the object, or calls a function."""
        _, key, site = watcher
        called = site._replace(positional=(key,))
        for value in news:
            kind = self.table.kind[value]
            if kind in _INSTANCES:
                self.call_special(value, ("__getitem__",), called)
            elif kind in _CALLABLE:
                self.call(value, called)
            elif kind in _CLASSES:
                callee = self.new_node()
                self.read(
                    value,
                    "__getitem__" if kind not in _CLASSES else f"{META}__getitem__",
                    callee,
                    site.caller,
                    site.line,
                )
                self.watch(callee, self._on_called, called._replace(number=self._number_for(site.number, value)))
            elif kind == kinds.CONTAINER:
                self.read_item_by(self.container(value), key, site.target)
            elif kind in (kinds.EXTERNAL, kinds.RESULT):
                self.add(site.target, self.table.anything)
