"""What PHP declares: variables, functions, classes and what is in them."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.php_namespaces import CLASSES, FUNCTIONS
from intelligent_office.analyzer.languages.php_types import PhpTypes
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import FunctionSummary

_SPECIAL = {
    "__invoke": "__call__",
    "offsetGet": "__getitem__",
    "offsetSet": "__setitem__",
}
"""Methods that syntax calls, and what the solver calls them."""


class Declarations(PhpTypes):
    """Names of every kind come to be."""

    def file(self, root: Node) -> None:
        """Walk the whole file."""
        self.barriers: set[int] = set()
        super().file(root)

    # Variables

    def variable(self, name: str) -> int:
        """The node of a variable: a function knows none but its own."""
        if self._variable_scope(name) is None:
            self.scope.around(("function", "class", "module")).declare(name)
        return self.scope.node(name)

    def _variable_scope(self, name: str, *passed: str) -> Scope | None:
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.declared and scope.kind not in passed:
                return scope
            if id(scope) in self.barriers or scope.kind == "class":
                return None
            scope = scope.parent
        return None

    def bind_local(self, name: str, value: int) -> None:
        """A variable belongs to the function that binds it."""
        holder = self._variable_scope(name, "narrowed") or self.scope.around(("function", "class", "module"))
        holder.declare(name, value)
        if holder is self.module:
            self.summary.exports[name] = self.module.node(name)

    # Functions

    def called_name(self, name: str) -> str:
        """Methods and properties of one name do not know of each other."""
        return f"{name}()"

    def is_constructor(self, name: str) -> bool:
        """Always the same name."""
        return name == "__construct"

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """A function with its full name, or a method."""
        if self.scope.kind == "class":
            value = super().on_function(node, parts, hint)
            name = text_of(parts["name"][0])
            if name in _SPECIAL:
                self.add_member(_SPECIAL[name], value)
            return value
        name = text_of(parts["name"][0])
        value = self.define(node, parts, name)
        full = f"{self.namespace}.{name}".lstrip(".")
        self.summary.facts.setdefault(FUNCTIONS, []).append((full, value))
        return value

    def on_lambda(self, node: Node, parts: Parts, hint: str) -> int:
        """A closure: it knows the variables that it names, an arrow function all."""
        self._used = (
            [] if "arrow" in parts else [(text_of(child), self.variable(text_of(child))) for child in _used(parts)]
        )
        self._is_arrow = "arrow" in parts
        return super().on_lambda(node, parts, hint)

    _used: list[tuple[str, int]] = []  # noqa: RUF012 - replaced, never changed
    _is_arrow = False

    def parameters(self, function: FunctionSummary, parts: Parts) -> None:
        """Declare parameters, and what a closure takes from outside; comments may tell more of their types."""
        if not self._is_arrow:
            self.barriers.add(id(self.scope))
        used, self._used, self._is_arrow = self._used, [], False
        for name, node in used:
            self.scope.declare(name, node)
        super().parameters(function, parts)
        listed = first(parts, "parameters")
        declaration = listed.parent if listed is not None else None
        nodes = {name: node for name, node, _ in function.positional}
        for tag, said, variable in self.tags(declaration) if declaration is not None else ():
            line = function.line
            if tag == "param" and variable in nodes:
                self.told(nodes[variable], said, line)
            elif tag == "return":
                function.returned = function.returned or self.new_node()
                self.told(function.returned, said, line)

    def on_yield(self, node: Node, _parts: Parts, hint: str) -> int:
        """`yield $value`, `yield $key => $value`, `yield from $values`."""
        given = items([node])
        if given and given[0].type == "array_element_initializer":
            given = items(given)[-1:]
        is_all = text_of(node)[len("yield") :].lstrip().startswith("from ")
        return super().on_yield(node, {"value": given, **({"all": given} if is_all else {})}, hint)

    def parameter(self, function: FunctionSummary, parameter: Node) -> None:
        """A constructor may make a property of what it is given."""
        super().parameter(function, parameter)
        parts = self.parts(parameter)
        if "promoted" in parts and function.positional:
            named = parts["target"][0]
            self.emit(
                ops.SET_ATTRIBUTE, self.self_node(), self.member_name(named), function.positional[-1][1], line_of(named)
            )

    # Classes

    def declare_class(self, name: str, value: int) -> None:
        """A class is known by its full name."""
        self.summary.facts.setdefault(CLASSES, []).append((f"{self.namespace}.{name}".lstrip("."), value))

    def on_traits(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`use Trait { method as other; }`."""
        if self.scope.kind != "class":  # broken syntax
            return 0
        cls = self.summary.classes[self.scope.frame.class_index]
        listed = [child for child in items([node]) if child.type != "use_list"]
        traits = [self.known(self.visit(child)) for child in listed]
        cls.bases = (*traits, *cls.bases)
        for child in items([node]):
            for clause in items([child]) if child.type == "use_list" else []:
                names = [part for part in items([clause]) if part.type == "name"]
                if clause.type == "use_as_clause" and names and traits:
                    old = self.parts(items([clause])[0]).get("name", names)[0]
                    member = self.attribute(traits[0], self.called_name(text_of(old)), line_of(clause))
                    self.add_member(self.called_name(text_of(names[-1])), member)
        return 0

    def on_case(self, node: Node, parts: Parts, _hint: str) -> int:
        """A case of an enumeration is an object of it."""
        if self.scope.kind != "class":  # broken syntax
            return 0
        value = self.new_node()
        cls = self.summary.classes[self.scope.frame.class_index]
        self.emit(ops.EVIDENCE, value, cls.node, "instance", False)
        self.add_member(text_of(parts["name"][0]), value)
        self.visit(node.child_by_field_name("value"))
        return value

    def on_constant(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`const NAME = value`."""
        name = text_of(parts["name"][0])
        value = self.known(self.visit(parts["value"][0], name))
        if self.scope.kind == "class":
            self.add_member(name, value)
        return value

    def on_field(self, node: Node, parts: Parts, hint: str) -> int:
        """A property; what its comment says of its type counts too."""
        declaration = node.parent
        for tag, said, _ in self.tags(declaration) if declaration is not None else ():
            if tag == "var":
                self._told_of_field(
                    self.member_name(parts["name"][0]), said, line_of(node), is_static="static" in parts
                )
        for hook in node.parent.named_children if node.parent is not None else []:
            if hook.type == "property_hook_list":
                self._hooks(hook, self.member_name(parts["name"][0]))
        return super().on_field(node, parts, hint)

    def _told_of_field(self, name: str, said: str, line: int, *, is_static: bool) -> None:
        cls = self.summary.classes[self.scope.frame.class_index]
        held, owner = self.new_node(), cls.node
        self.told(held, said, line)
        if not is_static:
            owner = self.new_node()
            self.emit(ops.EVIDENCE, owner, cls.node, "instance", False)
        self.emit(ops.SET_ATTRIBUTE, owner, name, held, line)

    def _hooks(self, listed: Node, name: str) -> None:
        for hook in items([listed]):
            kind = next((child for child in items([hook]) if child.type == "name"), None)
            body = hook.child_by_field_name("body")
            if kind is None or body is None:
                continue
            parts: Parts = {"body": [body], "parameters": hook.children_by_field_name("parameters")}
            value = self.define(hook, parts, f"{name}.{text_of(kind)}", binding="instance")
            getter, setter = (value, 0) if text_of(kind) == "get" else (0, value)
            target = self.new_node()
            self.emit(ops.ACCESSOR, target, getter, setter)
            self.scope.attributes.setdefault(name, []).append(target)


def _used(parts: Parts) -> list[Node]:
    """The variables a closure takes from outside."""
    named = [child for clause in parts.get("used", []) for child in items([clause])]
    return [items([child])[0] if child.type == "by_ref" else child for child in named]
