"""Rust: paths through modules, methods in `impl` blocks, patterns, and macros whose arguments are expressions."""

from typing import ClassVar

import tree_sitter_rust
from tree_sitter import Node, Tree

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.declared_types import ELEMENT, ITSELF, TEXT, VALUE
from intelligent_office.analyzer.languages.language import Family, Language, grammar
from intelligent_office.analyzer.languages.rust_library import RustSolver
from intelligent_office.analyzer.languages.rust_modules import PARTS, TRAITS, RustLinked
from intelligent_office.analyzer.languages.rust_paths import Paths
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, parsed, text_of
from intelligent_office.analyzer.summary import FunctionSummary

_OPERATORS = {
    "+": "add",
    "-": "sub",
    "*": "mul",
    "/": "div",
    "%": "rem",
    "==": "eq",
    "!=": "eq",
    "<": "partial_cmp",
    ">": "partial_cmp",
    "<=": "partial_cmp",
    ">=": "partial_cmp",
    "+=": "add_assign",
    "-=": "sub_assign",
    "*=": "mul_assign",
    "/=": "div_assign",
    "&": "bitand",
    "|": "bitor",
    "^": "bitxor",
    "<<": "shl",
    ">>": "shr",
}
_HOLDERS = (
    *("Option", "Result", "Box", "Rc", "Arc", "Cell", "RefCell", "Mutex", "RwLock", "Pin", "Cow", "Ref", "RefMut"),
    *("MutexGuard", "RwLockReadGuard", "RwLockWriteGuard", "OnceCell", "OnceLock", "LazyLock", "Lazy", "ManuallyDrop"),
)
_LISTS = (
    *("Vec", "VecDeque", "HashSet", "BTreeSet", "LinkedList", "BinaryHeap", "Iter", "IntoIter", "Peekable", "Sender"),
    *("Receiver", "SmallVec", "IndexSet"),
)


class Rust(Paths):
    """What the query cannot say of Rust."""

    self_name = "self"
    static_binding = "static"
    known_types: ClassVar[dict[str, str]] = {
        **dict.fromkeys(_HOLDERS, ITSELF),
        **dict.fromkeys(_LISTS, ELEMENT),
        **dict.fromkeys(("HashMap", "BTreeMap", "IndexMap"), VALUE),
        "String": TEXT,
    }

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._open: list[Scope] = []
        self._trees: list[Tree] = []
        self._of_any: dict[int, str] = {}
        """By class: the type parameter that a trait is implemented for."""

    # Files and modules

    def file(self, root: Node) -> None:
        """Types first: what implements them may stand before."""
        self._items(root)

    def finish(self) -> None:
        """Types are complete once all blocks that implement them are known."""
        for scope in self._open:
            self._fields.append([])
            self.scope = scope
            self.end_class()
        for name in self.module.declared:
            self.summary.exports[name] = self.module.node(name)

    # Types

    def types(self, declared: Node) -> list[int]:
        """Tuples, and whatever is no name."""
        if declared.type == "tuple_type":
            return [
                self.container("tuple", [(at, self.instance(part)) for at, part in enumerate(items([declared]))], [])
            ]
        if declared.type == "primitive_type":
            return [self.constant(("str" if text_of(declared) == "str" else "int",))]
        if declared.type in ("unit_type", "never_type", "function_type"):
            return []
        return super().types(declared)

    def held_by(self, name: str) -> str:
        """Types of the library may have their path before them."""
        return super().held_by(name.rpartition("::")[2])

    def on_tuple_type(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """A type as a value."""
        return 0

    def on_class(self, node: Node, parts: Parts, _hint: str) -> int:
        """`struct`, `enum` or `trait`."""
        name = text_of(parts["name"][0])
        value, outer = self.new_node(), self.scope
        home = self.block_scope() if outer.kind != "class" else outer
        home.declare(name, value)
        self.scope = self.new_scope("block", outer, outer.frame)
        self.declare_generics(parts, value)
        bases = tuple([self.known(self.visit(base)) for base in parts.get("base", [])])
        scope = self.begin_class(name, value, bases, line_of(node))
        self._open_class(scope, value)
        self._classes.setdefault(id(home), {})[name] = scope
        index = scope.frame.class_index
        if "trait" in parts:
            self.summary.facts.setdefault(TRAITS, []).append(index)
        for fields in parts.get("fields", []):
            self._declare_fields(value, index, fields)
        for variants in parts.get("variants", []):
            for variant in items([variants]):
                self._variant(value, variant)
        for body in parts.get("body", []):
            self.children(body)
        self.scope = outer
        return 0

    def _open_class(self, scope: Scope, value: int) -> None:
        self._open.append(scope)
        scope.declare("Self", value)
        scope.types.add("Self")

    def _declare_fields(self, cls: int, index: int, fields: Node) -> None:
        names: list[str] = []
        if fields.type == "ordered_field_declaration_list":
            declared = list(fields.children_by_field_name("type"))
            names = [str(at) for at in range(len(declared))]
        else:
            inner = [child for child in items([fields]) if child.type == "field_declaration"]
            declared = [part for child in inner if (part := child.child_by_field_name("type")) is not None]
            names = [text_of(part) for child in inner if (part := child.child_by_field_name("name")) is not None]
        for name, kind in zip(names, declared, strict=False):
            owner = self.new_node()
            self.emit(ops.EVIDENCE, owner, cls, "instance", False)
            self.emit(ops.SET_ATTRIBUTE, owner, name, self.instance(kind), line_of(kind))
        self.summary.classes[index].annotated = tuple(names)

    def _variant(self, enum: int, variant: Node) -> None:
        """A variant is a class below its enumeration; without fields it is its only object as well."""
        named = variant.child_by_field_name("name")
        if named is None:
            return
        name, value = text_of(named), self.new_node()
        scope = self.begin_class(name, value, (enum,), line_of(variant))
        body = variant.child_by_field_name("body")
        if body is not None:
            self._declare_fields(value, scope.frame.class_index, body)
        self._fields[-1] = []
        self.end_class()
        self.add_member(name, value)

    def on_impl(self, node: Node, parts: Parts, _hint: str) -> int:
        """`impl Type` and `impl Trait for Type`: the methods are those of the type."""
        declared = parts["type"][0]
        outer = self.scope
        self.scope = self.new_scope("block", outer, outer.frame)
        plain = _plain_type(declared)
        name = text_of(plain)
        holder = self.scope.holder(name) if plain.type == "type_identifier" else None
        scope = self._classes.get(id(holder), {}).get(name) if holder is not None else None
        owner = self.visit(plain) if scope is None else self.summary.classes[scope.frame.class_index].node
        self._impl_generics(parts, declared, owner)
        is_any = name in self.scope.declared
        if scope is None:
            node_of_class = self.new_node() if is_any else self.known(owner)
            scope = self.begin_class(name.rpartition("::")[2], node_of_class, (), line_of(node))
            self._open_class(scope, owner)
            if is_any:
                self._of_any[scope.frame.class_index] = name
            else:
                self.summary.facts.setdefault(PARTS, []).append((owner, scope.frame.class_index))
        else:
            self._share_generics(scope)
        if "trait" in parts:
            self.scope = scope
            base = self.visit(_plain_type(parts["trait"][0]))
            if base:
                self.summary.classes[scope.frame.class_index].bases += (base,)
        self.scope = scope
        for body in parts.get("body", []):
            self.children(body)
        self.scope = outer
        return 0

    def _impl_generics(self, parts: Parts, declared: Node, owner: int) -> None:
        self.declare_generics(parts, 0)
        arguments = declared.child_by_field_name("type_arguments")
        for place, argument in enumerate(items([arguments]) if arguments is not None and owner else []):
            if argument.type == "type_identifier" and text_of(argument) in self.scope.declared:
                self.scope.declare(text_of(argument), self.attribute(owner, f"<{place}>", line_of(argument)))

    def _share_generics(self, scope: Scope) -> None:
        """Methods of a type look for its parameters around the type itself."""
        around = scope.parent
        for name, values in self.scope.declared.items():
            for value in values:
                if around is not None:
                    around.declare(name, value)

    def declare_generics(self, parts: Parts, owner: int) -> None:
        """What `where` says of a type parameter is a bound as well."""
        super().declare_generics(parts, owner)
        for predicate in parts.get("where", []):
            left, bounds = predicate.child_by_field_name("left"), predicate.child_by_field_name("bounds")
            if left is None or bounds is None or text_of(left) not in self.scope.declared:
                continue
            value = self.new_node()
            for bound in items([bounds]):
                self.evidence(value, bound, weak=True)
            self.scope.declare(text_of(left), value)

    def on_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`type Name = Other;`."""
        name = text_of(parts["name"][0])
        if self.scope.kind != "class":
            value = self.new_node()
            for node in self.types(parts["type"][0]):
                self.emit(ops.COPY, value, node)
            self.block_scope().declare(name, value)
        return 0

    def on_constant(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`const` and `static`."""
        name = text_of(parts["name"][0])
        value = self.visit(first(parts, "value"), name)
        if "type" in parts:
            value = self.typed(value, parts["type"][0], weak=bool(value))
        if self.scope.kind == "class":
            self.add_member(name, self.known(value))
        else:
            self.block_scope().declare(name, self.known(value))
        return 0

    # Functions

    def on_function(self, node: Node, parts: Parts, hint: str) -> int:
        """Functions are known all over their block."""
        if self.scope.kind == "class":
            return super().on_function(node, parts, hint)
        name = text_of(parts["name"][0])
        home, here = self.block_scope(), self.scope
        self.scope = home
        value = self.define(node, parts, name)
        self.scope = here
        home.declare(name, value)
        return value

    def method(self, node: Node, parts: Parts, name: str) -> int:
        """A function without `self` belongs to the type, not to its objects."""
        has_self = any(
            child.type == "self_parameter"
            or (child.type == "parameter" and text_of(child.child_by_field_name("pattern") or child) == "self")
            for child in items(parts.get("parameters", []))
        )
        return super().method(node, parts if has_self else {**parts, "static": [node]}, name)

    def parameters(self, function: FunctionSummary, parts: Parts) -> None:
        """Parameters are patterns."""
        for parameter in items(parts.get("parameters", [])):
            if parameter.type in ("self_parameter", "attribute_item", "variadic_parameter"):
                continue
            pattern = parameter.child_by_field_name("pattern") if parameter.type == "parameter" else parameter
            declared = parameter.child_by_field_name("type") if parameter.type == "parameter" else None
            if pattern is None or pattern.type == "self":
                continue
            value = self.new_node()
            if declared is not None:
                self.evidence(value, declared, weak=False)
            name = text_of(pattern) if pattern.type == "identifier" else ""
            function.positional += ((name, value, 0),)
            if name:
                self.scope.declare(name, value)
            else:
                self.match(pattern, value)

    def body(self, body: Node | None) -> None:
        """The last expression of a body is what it returns."""
        if body is not None:
            self.give_back(self.visit(body))

    def on_self(self, _node: Node, _parts: Parts, _hint: str) -> int:
        """The object; where a trait is implemented for all of some kind, whatever is of that kind."""
        index = self.frame.home.class_index
        if index in self._of_any:
            return self.scope.node(self._of_any[index])
        return self.self_node() if index >= 0 else 0

    # Expressions

    def on_call(self, node: Node, parts: Parts, hint: str) -> int:
        """Methods of one name are read before what they are called with."""
        callee = parts["callee"][0]
        if callee.type == "generic_function":
            inner = callee.child_by_field_name("function")
            parts = {**parts, "callee": [inner or callee]}
        return super().on_call(node, parts, hint)

    def on_struct(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`Type { field: value, .. }`."""
        target = self.new_node()
        self.evidence(target, parts["name"][0], weak=False)
        for entry in items(parts["body"]):
            named = entry.child_by_field_name("field")
            source = entry.child_by_field_name("value")
            if entry.type == "shorthand_field_initializer":
                named = source = entry.named_children[-1]
            if named is None or source is None:
                self.children(entry)
                continue
            if value := self.visit(source, text_of(named) if entry.type == "field_initializer" else ""):
                self.emit(ops.SET_ATTRIBUTE, target, text_of(named), value, line_of(named))
        return target

    def on_tuple(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`(a, b)`."""
        values = [self.visit(child) for child in items([node])]
        return self.container("tuple", [(at, value) for at, value in enumerate(values) if value], [])

    def on_operation(self, node: Node, parts: Parts, _hint: str) -> int:
        """An operator calls a method, if the type has one."""
        left, right = self.visit(parts["left"][0]), self.visit(parts["right"][0])
        name = _OPERATORS.get(text_of(parts["operator"][0]))
        if not left or name is None:
            return 0
        target = self.new_node()
        self.emit(ops.SPECIAL, target, left, (name,), (right,), line_of(node))
        return target

    def on_macro(self, _node: Node, parts: Parts, _hint: str) -> int:
        """The arguments of a macro are read as a list of expressions."""
        tokens = parts["tokens"][0]
        inner = (tokens.text or b"")[1:-1]
        if b"(" not in inner and text_of(parts["name"][0]) != "vec":
            return 0
        parser, query = grammar("rust")
        source = b"\n" * tokens.start_point[0] + b"fn m(){[" + inner + b"\n]}"
        tree, marks = parsed(parser, query, source)
        self._trees.append(tree)
        self.marks.update(marks)
        found = [child for child in tree.root_node.named_children if child.type == "function_item"]
        body = found[0].child_by_field_name("body") if found else None
        value = self.visit(body) if body is not None else 0
        return value if text_of(parts["name"][0]) == "vec" else 0


def _plain_type(declared: Node) -> Node:
    """A type without its arguments, and without what leads to it."""
    while declared.type in ("generic_type", "reference_type", "dynamic_type", "pointer_type"):
        inner = declared.child_by_field_name("type") or declared.child_by_field_name("trait")
        if inner is None:
            break
        declared = inner
    return declared


LANGUAGE = Language("rust", tree_sitter_rust.language, "tree-sitter-rust", Rust)
FAMILY = Family(RustLinked, RustSolver)
