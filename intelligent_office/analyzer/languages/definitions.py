"""Functions: what they are called, whose they are, and what they take and return."""

from collections.abc import Callable
from typing import Any

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.scopes import Frame, Scope
from intelligent_office.analyzer.languages.syntax import Mark, Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import FunctionSummary, ModuleSummary

CONSTRUCTOR = "__init__"
"""The attribute under which every language keeps what runs when an object is made, whatever the source calls it."""


class Definitions:
    """What the walks of all languages do with definitions."""

    self_name = "this"
    scope: Scope
    module: Scope
    marks: dict[int, Mark]

    def __init__(self, file: str = "") -> None:
        self.file_name = file
        self.summary = ModuleSummary()
        self.scopes: list[Scope] = []
        self.declared_names: list[str] = []
        """Every name in the order of its declaration, for whoever exports what a statement declares."""
        self._acts: dict[str, Callable[[Node, Parts, str], int]] = {}
        self._returns: list[tuple[FunctionSummary, int]] = []
        self.function_at: dict[int, int] = {}
        """By its node, the number of a function."""
        self.subjects: list[int] = []
        """What the cases around are about, innermost last."""
        self.self_nodes: dict[int, int] = {}
        """By the node of a function that is no method: its `this`."""

    @property
    def frame(self) -> Frame:
        """The function being walked."""
        return self.scope.frame

    def new_node(self) -> int:
        """A new node."""
        node = self.summary.node_count
        self.summary.node_count = node + 1
        return node

    def emit(self, *operation: Any) -> None:
        """Write down an operation of the present function."""
        self.frame.operations.append(operation)

    def new_scope(self, kind: str, parent: Scope | None, frame: Frame) -> Scope:
        """A scope, to be settled at the end."""
        scope = Scope(kind, parent, frame, self.new_node)
        self.scopes.append(scope)
        return scope

    def self_node(self) -> int:
        """The object that `this` means here."""
        home = self.frame.home
        if not home.self_node:
            home.self_node = self.new_node()
        return home.self_node

    implicit_self = False
    """Whether members are named without `this`; then all fields of a class are declared in it."""

    def owners(self) -> tuple[tuple[int, int], ...]:
        """The classes around, innermost first, each with a node for its object, or for itself in a static method."""
        found: dict[int, int] = {}
        scope: Scope | None = self.scope
        while scope is not None:
            home = scope.frame.home
            if home.class_index >= 0 and home.class_index not in found:
                found[home.class_index] = self._object_of(home) if not found else self._instance_of(home.class_index)
            scope = scope.parent
        return tuple(found.items())

    def _object_of(self, home: Frame) -> int:
        return home.self_node or self.summary.classes[home.class_index].node

    def _instance_of(self, cls: int) -> int:
        node = self.new_node()
        self.emit(ops.EVIDENCE, node, self.summary.classes[cls].node, "instance", False)
        return node

    # Functions

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """A function that is declared by name: in a class, one of its methods."""
        named = first(parts, "name")
        name = self.function_name(named) if named is not None else hint
        if self.scope.kind == "class":
            return self.method(node, parts, name)
        value = self.define(node, parts, name or self.lambda_name())
        if named is not None:
            self.declared_names.append(name)
            self.scope.declare(name, value)
        return value

    def function_name(self, node: Node) -> str:
        """The name in a declaration."""
        return text_of(node)

    def on_closure(self, node: Node, parts: Parts, hint: str) -> int:
        """A function as a value, with a `this` of its own; its own name means itself inside."""
        named = first(parts, "name")
        own = text_of(named) if named is not None else ""
        value = self.define(node, parts, hint or own or self.lambda_name(), own=own)
        if own and node.parent is not None and node.parent.is_error:
            self.scope.declare(own, value)  # a declaration that broken syntax before it makes look like a value
        return value

    def on_lambda(self, node: Node, parts: Parts, hint: str) -> int:
        """A function as a value that shares the `this` around it."""
        return self.define(node, parts, hint or self.lambda_name(), shares_self=True)

    def lambda_name(self) -> str:
        """A number for a function without a name, in the order in which they stand."""
        self.frame.lambda_count += 1
        return f"<lambda{self.frame.lambda_count}>"

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """A function in a class."""
        is_static = "static" in parts
        value = self.define(node, parts, name, binding=self.static_binding if is_static else "instance")
        if "getter" in parts or "setter" in parts:
            self.scope.attributes.setdefault(name, []).append(self._accessor(value, is_getter="getter" in parts))
        else:
            is_constructor = not is_static and self.is_constructor(name)
            self.add_member(self.called_name(name), value, is_constructor=is_constructor)
        return value

    def called_name(self, name: str) -> str:
        """What a function is called among the members and variables that may bear its name, where these are others."""
        return name

    static_binding = "class"
    """How a static method is bound: "class" if `this` is the class in it, "static" if it has none."""

    def add_member(self, name: str, value: int, *, is_constructor: bool = False) -> None:
        """A class has an attribute."""
        self.scope.attributes.setdefault(CONSTRUCTOR if is_constructor else name, []).append(value)

    def is_constructor(self, _name: str) -> bool:
        """Whether a method of that name makes objects of the class being walked."""
        return False

    def _accessor(self, value: int, *, is_getter: bool) -> int:
        target = self.new_node()
        self.emit(ops.ACCESSOR, target, *((value, 0) if is_getter else (0, value)))
        return target

    def define(
        self,
        node: Node,
        parts: Parts,
        name: str,
        *,
        binding: str = "function",
        shares_self: bool = False,
        own: str = "",
    ) -> int:
        """A function with its body; returns the node that holds it."""
        outer = self.scope
        frame = outer.frame
        is_method = outer.kind == "class" and binding != "function"
        kind = ops.METHOD if is_method else ops.LAMBDA if name.startswith("<lambda") else ops.FUNCTION
        function = FunctionSummary(
            self.full_name(name),
            line_of(node),
            int(node.end_point[0]) + 1,
            kind,
            frame.class_index if is_method else -1,
            frame.index,
            self.new_node(),
            is_async="async" in parts,
            binding=binding,
            is_abstract="abstract" in parts,
        )
        index = len(self.summary.functions)
        self.summary.functions.append(function)
        self.function_at[function.node] = index
        inner = Frame(index, function.operations, function.name + ".", frame.home if shares_self else None)
        inner.class_index = frame.class_index
        self.scope = scope = self.new_scope("function", outer, inner)
        function.first_node = self.summary.node_count
        if binding in ("instance", "class"):
            inner.self_node = self.new_node()
            function.positional = ((self.self_name, inner.self_node, 0),)
        if own:
            scope.declare(own, function.node)
        self.declare_generics(parts, 0)
        self.parameters(function, parts)
        if (declared := first(parts, "type")) is not None:
            function.returned = self.typed(0, declared, weak=True)
        if "generator" in parts:
            function.yielded = self.new_node()
        function.first_end = function.body_node = self.summary.node_count
        self.body(first(parts, "body"))
        function.body_end = self.summary.node_count
        self.scope = outer
        if inner.self_node and not is_method:
            self.self_nodes[function.node] = inner.self_node
        return function.node

    def full_name(self, name: str) -> str:
        """The name, in its file, of a function or class that stands here."""
        return self.frame.qualified + name

    def body(self, body: Node | None) -> None:
        """Walk the body of a function: statements, or the expression it returns."""
        if body is None:
            return
        if self.role(body) == "block":
            self.children(body)
        else:
            self.give_back(self.visit(body))

    def parameters(self, function: FunctionSummary, parts: Parts) -> None:
        """Declare parameters: those that a pattern takes apart, too."""
        for parameter in items(parts.get("parameters", [])) + parts.get("parameter", []):
            self.parameter(function, parameter)

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """Declare one parameter: `@parameter` says what its name, type and default are."""
        parts = self.parts(parameter)
        role = self.role(parameter)
        value = self.new_node()
        target = parameter
        fallback = 0
        if role in ("default", "parameter"):
            target = parts["target"][0] if parts.get("target") else parameter
            given = first(parts, "value")
            fallback = self.known(self.visit(given, self.hint(target))) if given is not None else 0
        elif role == "rest":
            target = items([parameter])[-1]
        if (declared := first(parts, "type")) is not None:
            self.evidence(value, declared, weak=False)
        if role == "rest" or "rest" in parts:
            function.rest = value
        else:
            name = text_of(target) if self.role(target) == "name" else ""
            if name and name not in self.scope.nodes:
                self.scope.nodes[name] = value
            function.positional += ((name, value, fallback),)
        self.bind(target, value, self.scope.declare)

    def on_return(self, node: Node, parts: Parts, _hint: str) -> int:
        """`return value`."""
        values = parts.get("value") or items([node])
        for value in values:
            self.give_back(self.visit(value))
        return 0

    def give_back(self, value: int) -> None:
        """The present function returns a value."""
        if value:
            self._returns.append((self.summary.functions[self.frame.index], value))

    def settle_returns(self) -> None:
        """Once names have their meaning: a parameter returned as it came gives each caller its own argument back."""
        aliases = self.summary.aliases
        for function, value in self._returns:
            root = value
            for _ in range(20):
                root = aliases.get(root, root)
            for position, (_, parameter, _default) in enumerate(function.positional):
                if parameter == root:
                    if position not in function.returned_parameters:
                        function.returned_parameters += (position,)
                    break
            else:
                function.returned = function.returned or self.new_node()
                function.operations.append((ops.COPY, function.returned, value))

    def on_yield(self, node: Node, parts: Parts, _hint: str) -> int:
        """`yield value`."""
        function = self.summary.functions[self.frame.index]
        function.yielded = function.yielded or self.new_node()
        value = self.visit(next(iter(parts.get("value") or items([node])), None))
        if value and "all" in parts:
            self.emit(ops.ITERATE, function.yielded, value, line_of(node), False)
        elif value:
            self.emit(ops.COPY, function.yielded, value)
        return self.new_node()

    # Types

    def typed(self, value: int, declared: Node, *, weak: bool) -> int:
        """A node for a value with a declared type, which counts where the value tells nothing."""
        node = self.new_node()
        if value:
            self.emit(ops.COPY, node, value)
        self.evidence(node, declared, weak=weak)
        return node

    def evidence(self, target: int, declared: Node, *, weak: bool) -> None:
        """A declared type tells what a variable may hold."""
        for node in self.types(declared):
            self.emit(ops.EVIDENCE, target, node, "instance", weak)

    def types(self, declared: Node) -> list[int]:
        """The nodes of the classes that a type names."""
        value = self.visit(declared)
        return [value] if value else []

    # What the walk adds

    def visit(self, node: Node | None, hint: str = "") -> int:
        """The node of what the syntax stands for."""
        raise NotImplementedError

    def joined(self, values: list[int]) -> int:
        """A node that may have any of some values."""
        raise NotImplementedError

    def declare_generics(self, parts: Parts, owner: int) -> None:
        """Type parameters are names of types."""
        raise NotImplementedError

    def attribute(self, owner: int, name: str, line: int) -> int:
        """Read an attribute."""
        raise NotImplementedError

    def constant(self, value: object) -> int:
        """A node that holds a literal."""
        raise NotImplementedError

    def container(
        self, kind: str, fields: list[tuple[object, int]] | list[tuple[int, int]], anything: list[int]
    ) -> int:
        """A new container."""
        raise NotImplementedError

    def children(self, node: Node) -> None:
        """Walk what is inside."""
        raise NotImplementedError

    def enter(self, kind: str) -> Scope:
        """Begin a scope inside the present one."""
        raise NotImplementedError

    def leave(self) -> None:
        """End the innermost scope."""
        raise NotImplementedError

    def bind(self, target: Node, value: int, bind: Callable[[str, int], None]) -> None:
        """Bind a target of any form."""
        raise NotImplementedError

    def bound_value(self, target: Node, source: Node | None, parts: Parts) -> int:
        """What a declaration or an assignment binds."""
        raise NotImplementedError

    def bare(self, node: Node) -> Mark | None:
        """What a node is, without anything around it that only hands it through."""
        raise NotImplementedError

    def member_name(self, node: Node) -> str:
        """The name of a member as classes know it."""
        raise NotImplementedError

    def role(self, node: Node | None) -> str:
        """What the query says the node is."""
        raise NotImplementedError

    def parts(self, node: Node) -> Parts:
        """The captured parts of a node."""
        raise NotImplementedError

    def known(self, value: int) -> int:
        """A node for a value, even if nothing is known of it."""
        raise NotImplementedError

    def hint(self, target: Node) -> str:
        """The name of what is bound to a target."""
        raise NotImplementedError
