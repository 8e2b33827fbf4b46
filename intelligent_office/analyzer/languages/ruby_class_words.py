"""The words that look like methods but make classes what they are: `include`, `attr_reader`, `Struct.new` …"""

import re
from collections.abc import Iterator

from tree_sitter import Node, Tree

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.ruby_names import ACCESSORS, CONSTANTS, META, REQUIRED
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Mark, Parts, first, items, line_of, text_of
from intelligent_office.analyzer.languages.walk import Walk
from intelligent_office.analyzer.summary import ClassSummary, ModuleSummary

_MIXING = frozenset({"include", "prepend"})
_ACCESSORS = {
    **dict.fromkeys(("attr_reader", "mattr_reader", "cattr_reader"), (True, False)),
    **dict.fromkeys(("attr_writer", "mattr_writer", "cattr_writer"), (False, True)),
    **dict.fromkeys(("attr_accessor", "mattr_accessor", "cattr_accessor", "class_attribute"), (True, True)),
    "attr": (True, False),
}
_REQUIRING = frozenset({"require", "require_relative", "load", "autoload"})
_STRUCTS = frozenset({"Struct", "Data"})
_PLAIN = re.compile(r"[\w?!=]+")


class ClassWords(Walk):
    """Classes and constants."""

    def summarize(self, tree: Tree, marks: dict[int, Mark]) -> ModuleSummary:
        """Sum up a file."""
        self.barriers: set[int] = set()
        """Scopes that do not see the variables around them: those of methods."""
        self.metas: set[int] = set()
        """Frames in which `self` is a class."""
        self.method_keys: dict[int, str] = {}
        """By its number, the attribute that a method is of its class."""
        self.is_meta = False
        """Whether methods defined here belong to the class itself."""
        self._defining: Node | None = None
        return super().summarize(tree, marks)

    # Variables

    def variable_scope(self, name: str) -> Scope | None:
        """The scope that has a local variable by now."""
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.declared:
                return scope
            if id(scope) in self.barriers or scope.kind == "class":
                return None
            scope = scope.parent
        return None

    def is_variable(self, name: str) -> bool:
        """Whether a name is a local variable by now."""
        return self.variable_scope(name) is not None

    # Constants

    def on_constant(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A constant, by its path: of a module around, or of everything."""
        start = node
        while start.type == "scope_resolution" and (scope := start.child_by_field_name("scope")) is not None:
            start = scope
        if start.type not in ("constant", "scope_resolution"):
            owner = self.visit(start)
            named = node.child_by_field_name("name")
            return self.attribute(owner, text_of(named), line_of(node)) if owner and named is not None else 0
        path = text_of(node)
        return self.constant_at("" if path.startswith("::") else self.nesting, path.lstrip(":"), line_of(node))

    def constant_at(self, nesting: str, path: str, line: int) -> int:
        """A node for a constant."""
        target = self.new_node()
        self.emit(ops.IMPORT, target, nesting, 0, path.replace("::", "."), line)
        return target

    @property
    def nesting(self) -> str:
        """The modules around, as a path."""
        index = self.frame.class_index
        scope: Scope | None = self.scope
        while index < 0 and scope is not None:
            index, scope = scope.frame.class_index, scope.parent
        return self._paths[index] if index >= 0 else ""

    def constant_is(self, target: Node, source: Node) -> int:
        """`NAME = value`; a class that is made by a call bears the name."""
        value = self.known(self.visit(source, text_of(target)))
        self.constant_has(target, value)
        return value

    def constant_has(self, target: Node, value: int) -> None:
        """A constant gets a value."""
        path = f"{self.nesting}.{text_of(target).replace('::', '.')}".lstrip(".")
        node = self.new_node()
        self.emit(ops.COPY, node, value)
        self.summary.facts.setdefault(CONSTANTS, []).append((path, value if value in self.class_nodes else node))

    # Classes

    def file(self, root: Node) -> None:
        """Walk the whole file."""
        self._paths: list[str] = []
        self.class_nodes: set[int] = set()
        self._meta_classes: dict[int, ClassSummary] = {}
        self._was_meta: list[bool] = []
        super().file(root)

    def on_class(self, node: Node, parts: Parts, _hint: str) -> int:
        """A class or a module."""
        path = text_of(parts["name"][0]).lstrip(":").replace("::", ".")
        base = first(parts, "base")
        bases: list[int] = []
        fields: list[str] = []
        if base is not None:
            fields = list(self._struct_fields(base))
            bases = [] if fields else [self.known(self.visit(base))]
        value = self.open_class(path, tuple(bases), line_of(node))
        self._add_fields(fields)
        for child in items([node]):
            if child.type == "body_statement":
                self.children(child)
        self.close_class()
        self.summary.facts.setdefault(CONSTANTS, []).append((self._paths[self._closed], value))
        return value

    def open_class(self, path: str, bases: tuple[int, ...], line: int) -> int:
        """Begin a class."""
        value = self.new_node()
        self.class_nodes.add(value)
        outer = self.nesting
        scope = self.begin_class(path, value, bases, line)
        self._paths.append(f"{outer}.{path}".lstrip("."))
        self.metas.add(id(scope.frame))
        self._was_meta.append(self.is_meta)
        self.is_meta = False
        return value

    def close_class(self) -> None:
        """End a class: a module of methods for classes is for those that include the module around it."""
        self._closed = self.scope.frame.class_index
        cls = self.end_class()
        self.is_meta = self._was_meta.pop()
        if cls.name.endswith(".ClassMethods") and self.scope.kind == "class":
            self._extend(cls.node)

    def on_meta(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`class << self`."""
        before, self.is_meta = self.is_meta, True
        self.children(parts["body"][0])
        self.is_meta = before
        return 0

    def on_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`alias new old`."""
        self._alias(text_of(parts["new"][0]).lstrip(":"), text_of(parts["old"][0]).lstrip(":"))
        return 0

    def _alias(self, new: str, old: str) -> None:
        prefix = META if self.is_meta else ""
        if self.scope.kind != "class":
            return
        for value in self.scope.attributes.get(prefix + old, ()):
            self.add_member(prefix + new, value)

    def word(self, node: Node, name: str, hint: str) -> int | None:
        """What a word of this kind means; None if it is a call like any other."""
        receiver, listed = node.child_by_field_name("receiver"), node.child_by_field_name("arguments")
        arguments = items([listed]) if listed is not None else []
        block = node.child_by_field_name("block")
        if receiver is not None:
            return self._made_class(node, text_of(receiver), name, hint)
        if name in ("lambda", "proc") and block is not None:
            return self.define(block, {}, hint or self.lambda_name(), shares_self=True)
        if name in _REQUIRING and arguments and arguments[-1].type == "string":
            path = text_of(arguments[-1]).strip("\"'")
            self.summary.facts.setdefault(REQUIRED, []).append((path, name == "require_relative"))
            return None
        return self._class_word(name, arguments, block) if self.scope.kind == "class" else None

    def _class_word(self, name: str, arguments: list[Node], block: Node | None) -> int | None:
        names = [text_of(node).strip(":\"'") for node in arguments if node.type in ("simple_symbol", "string")]
        if name in _MIXING or name == "extend":
            self._mix(name, arguments)
        elif name == "module_function":
            self.both(names, arguments)
        elif name in _ACCESSORS:
            self._accessors(names, *_ACCESSORS[name])
        elif name == "alias_method" and len(names) == 2:
            self._alias(names[0], names[1])
        elif block is None:
            return None
        elif name == "define_method" and names:
            self._define_method(names[0], block)
        elif name in ("included", "prepended", "class_methods"):
            before, self.is_meta = self.is_meta, self.is_meta or name == "class_methods"
            self.children(block)
            self.is_meta = before
        else:
            return None
        return 0

    def _mix(self, name: str, arguments: list[Node]) -> None:
        """`include`, `prepend` and `extend`."""
        cls = self.summary.classes[self.scope.frame.class_index]
        if name in _MIXING and not self.is_meta:
            cls.bases = (*[self.known(self.visit(node)) for node in reversed(arguments)], *cls.bases)
            return
        for node in arguments:
            self._extend(cls.node if node.type == "self" else self.known(self.visit(node)))

    def both(self, names: list[str], arguments: list[Node]) -> None:
        """`module_function`: all methods, or some, are the module's own as well."""
        if not arguments:
            self._extend(self.summary.classes[self.scope.frame.class_index].node)
        self.children_of(arguments)
        for given in [*names, *self._defined(arguments)]:
            for value in self.scope.attributes.get(given, ()):
                self.add_member(META + given, value)

    def children_of(self, nodes: list[Node]) -> None:
        """Walk some nodes."""
        for node in nodes:
            self.visit(node)

    def _defined(self, nodes: list[Node]) -> Iterator[str]:
        for node in nodes:
            if node.type == "method" and (named := node.child_by_field_name("name")) is not None:
                yield text_of(named)

    def _define_method(self, name: str, block: Node) -> None:
        binding = "class" if self.is_meta else "instance"
        value = self.define(block, {}, name, binding=binding)
        self.method_keys[self.function_at[value]] = META + name if self.is_meta else name
        self.add_member(META + name if self.is_meta else name, value)

    def _extend(self, module: int) -> None:
        """The methods of a module become methods of the class itself."""
        cls = self.summary.classes[self.scope.frame.class_index]
        if not cls.metaclass:
            cls.metaclass = module
            return
        if cls.metaclass in self._meta_classes:
            self._meta_classes[cls.metaclass].bases += (module,)
            return
        before, outer = cls.metaclass, self.scope
        node = self.open_class("<extended>", (before, module), cls.line)
        self._meta_classes[node] = self.summary.classes[self.scope.frame.class_index]
        self._closed = self.scope.frame.class_index
        self.end_class()
        self.is_meta = self._was_meta.pop()
        assert self.scope is outer
        cls.metaclass = node

    def _accessors(self, names: list[str], reads: bool, writes: bool) -> None:
        prefix = META if self.is_meta else ""
        for name in names:
            for key, is_there in ((name, reads), (f"{name}=", writes)):
                if is_there:
                    node = self.new_node()
                    self.summary.facts.setdefault(ACCESSORS, []).append((node, f"@{key}"))
                    self.add_member(prefix + key, node)

    def _struct_fields(self, node: Node) -> Iterator[str]:
        """The fields that `Struct.new(:a, :b)` and `Data.define(:a, :b)` give a class."""
        receiver, listed = node.child_by_field_name("receiver"), node.child_by_field_name("arguments")
        if node.type == "call" and receiver is not None and text_of(receiver).lstrip(":") in _STRUCTS:
            for argument in items([listed]) if listed is not None else []:
                if argument.type == "simple_symbol":
                    yield text_of(argument).lstrip(":")

    def _add_fields(self, names: list[str]) -> None:
        if names:
            self._accessors(names, True, True)
            self.summary.classes[self.scope.frame.class_index].annotated = tuple([f"@{name}" for name in names])

    def _made_class(self, node: Node, receiver: str, name: str, hint: str) -> int | None:
        """`Struct.new(:a) do … end`, `Class.new(Base) do … end`."""
        fields = list(self._struct_fields(node)) if name in ("new", "define") else []
        if not fields and (receiver not in ("Class", "Module") or name != "new"):
            return None
        listed, block = node.child_by_field_name("arguments"), node.child_by_field_name("block")
        bases = [] if fields or listed is None else [self.known(self.visit(child)) for child in items([listed])[:1]]
        value = self.open_class(hint or self.class_name(), tuple(bases), line_of(node))
        self._add_fields(fields)
        body = block.child_by_field_name("body") if block is not None else None
        if body is not None:
            self.children(body)
        self.close_class()
        return value
