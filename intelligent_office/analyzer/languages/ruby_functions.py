"""Ruby's functions: methods of objects and of classes, blocks, lambdas, and parameters of every kind."""

from tree_sitter import Node

from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.ruby_names import BLOCK, BLOCKS, META
from intelligent_office.analyzer.languages.ruby_statements import Statements
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, items, text_of
from intelligent_office.analyzer.summary import FunctionSummary

ITEM_METHODS = {"[]": "__getitem__", "[]=": "__setitem__"}
"""Methods that square brackets call, and what the solver calls them."""


class Functions(Statements):
    """What is defined, and what it takes."""

    def on_function(self, node: Node, parts: Parts, _hint: str) -> int:
        """A method: of the class around, of its objects, or of everything."""
        name = text_of(parts["name"][0]).replace(" ", "")
        around = self._class_around()
        if around is None:
            value = self.define(node, parts, name)
            self.declare_function(name, value)
            return 0
        outer, self.scope = self.scope, around
        is_single = "object" in parts
        binding = "class" if self.is_meta or is_single else "instance"
        self.add_method(name, self.define(node, parts, name, binding=binding), is_single=is_single)
        self.scope = outer
        return 0

    def _class_around(self) -> Scope | None:
        """The class whose body the code stands in, be it in a block there."""
        scope: Scope | None = self.scope
        while scope is not None and scope.kind != "class" and id(scope) not in self.barriers:
            scope = scope.parent
        return scope if scope is not None and scope.kind == "class" else None

    def declare_function(self, name: str, value: int) -> None:
        """A method outside of classes is everywhere."""
        self.scope.declare(f"{name}()", value)
        if self.scope is self.module:
            self.summary.exports[f"{name}()"] = self.module.node(f"{name}()")

    def add_method(self, name: str, value: int, *, is_single: bool = False) -> None:
        """The class around has a method."""
        is_meta = self.is_meta or is_single
        is_constructor = name == "initialize" and not is_meta
        key = ITEM_METHODS.get(name, name)
        self.add_member(f"{META}{key}" if is_meta else key, value, is_constructor=is_constructor)
        if name == "method_missing" and not is_meta:
            self.add_member("__getattr__", value)

    def parameters(self, function: FunctionSummary, _parts: Parts) -> None:
        """Declare parameters of every kind; only here is a function told apart that begins anew with its names."""
        node = self._defining
        if function.binding == "class":
            self.metas.add(id(self.frame))
        if node is None:
            return
        if node.type in ("method", "singleton_method"):
            self.barriers.add(id(self.scope))
            name = function.name.rpartition(".")[2]
            self.method_keys[self.frame.index] = (
                f"{META}{name}" if function.binding == "class" else CONSTRUCTOR if name == "initialize" else name
            )
        listed = node.child_by_field_name("parameters")
        if listed is None and node.type in ("block", "do_block", "lambda"):
            self._numbered(function)
        for parameter in items([listed]) if listed is not None else []:
            self._parameter(function, parameter)

    def _numbered(self, function: FunctionSummary) -> None:
        """`it`, `_1` and `_2` of a block that names no parameters."""
        for names in (("it", "_1"), ("_2",)):
            value = self.new_node()
            for name in names:
                self.scope.declare(name, value)
            if names == ("it", "_1"):
                function.positional += (("it", value, 0),)

    def _parameter(self, function: FunctionSummary, node: Node) -> None:
        named, given = node.child_by_field_name("name"), node.child_by_field_name("value")
        value = self.new_node()
        name = text_of(named) if named is not None else text_of(node) if node.type == "identifier" else ""
        if name and "splat" not in node.type:
            self.scope.nodes.setdefault(name, value)
        fallback = self.known(self.visit(given)) if given is not None else 0
        if node.type in ("splat_parameter", "forward_parameter"):
            function.rest = value
        elif node.type == "hash_splat_parameter":
            function.keyword_rest = value
        elif node.type == "block_parameter":
            value = self.block_of(self.frame.index)
            self.scope.nodes[name or BLOCK] = value
        elif node.type == "keyword_parameter":
            function.keyword_only += ((name, value, fallback),)
        elif node.type == "destructured_parameter":
            function.positional += (("", value, 0),)
            self.bind(node, value, self.scope.declare)
        elif node.type != "hash_splat_nil":
            function.positional += ((name, value, fallback),)
        if name:
            self.scope.declare(name, value)

    def define(self, node: Node, parts: Parts, name: str, **more: object) -> int:
        """A function; its parameters are found at its node."""
        before, self._defining = self._defining, node
        try:
            return super().define(node, parts, name, **more)  # type: ignore[arg-type]
        finally:
            self._defining = before

    def body(self, body: Node | None) -> None:
        """The last statement is what comes back."""
        node, self._defining = self._defining, None
        inner = body if body is not None else node.child_by_field_name("body") if node is not None else None
        if inner is not None and inner.type in ("block", "do_block"):
            inner = inner.child_by_field_name("body")
        self.give_back(self.visit(inner))

    def on_block_function(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A block: a function that belongs to the method it stands in."""
        value = self.define(node, {}, self.lambda_name(), shares_self=True)
        self.summary.facts.setdefault(BLOCKS, []).append(self.function_at[value])
        return value

    def on_lambda(self, node: Node, _parts: Parts, hint: str) -> int:
        """`->(a) { … }`."""
        return self.define(node, {}, hint or self.lambda_name(), shares_self=True)

    def block_of(self, index: int) -> int:
        """The node of the block that a function is given."""
        function = self.summary.functions[index]
        for name, node, _ in function.keyword_only:
            if name == BLOCK:
                return node
        node = self.new_node()
        function.keyword_only += ((BLOCK, node, 0),)
        return node
