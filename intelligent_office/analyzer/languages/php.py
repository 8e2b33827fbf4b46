"""PHP: namespaces, traits, properties and methods of one name, callables of every kind."""

import tree_sitter_php
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.php_library import PhpSolver
from intelligent_office.analyzer.languages.php_namespaces import CLASSES, FUNCTIONS, PhpLinked
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
Keywords = tuple[tuple[str | None, int], ...]


class Php(PhpTypes):
    """What the query cannot say of PHP."""

    def file(self, root: Node) -> None:
        """Walk the whole file."""
        self.barriers: set[int] = set()
        super().file(root)

    # Variables

    def on_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A variable of the function."""
        name = text_of(node)
        return self.self_node() if name == "$this" else self.variable(name)

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

    def on_global(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`global $name`: the variable outside of functions."""
        for child in items([node]):
            name = text_of(child)
            self.scope.around(("function", "module")).declare(name, self.module.node(name))
        return 0

    def on_assign(self, node: Node, parts: Parts, _hint: str) -> int:
        """`target = value`."""
        target, source = parts["target"][0], parts["value"][0]
        value = self.known(self.visit(source, self.hint(target)))
        statement = node.parent if node.parent is not None else node
        for tag, said, variable in self.tags(statement):
            if tag == "var" and variable in ("", text_of(target)):
                typed = self.new_node()
                self.emit(ops.COPY, typed, value)
                self.told(typed, said, line_of(node))
                value = typed
        if "kept" in parts:
            value = self.joined([self.visit(target), value])
        self.bind(target, value, self.bind_local)
        return value

    def hint(self, target: Node) -> str:
        """The name of what is bound."""
        if self.role(target) == "member":
            return self.member_name(self.parts(target)["name"][0])
        return text_of(target).lstrip("$") if self.role(target) == "name" else ""

    def bind(self, target: Node, value: int, bind: object) -> None:
        """Bind a target of any form."""
        role, line = self.role(target), line_of(target)
        if role == "array":
            self._take_apart(target, value)
        elif role == "item":
            owner, *keys = [self.visit(child) for child in items([target])]
            if owner and value:
                self.emit(ops.SET_ITEM, owner, self.known(keys[0]) if keys else 0, value, line)
            inner = items([target])[0]
            if self.role(inner) == "item":  # an array within an array comes to be when something is put into it
                self.bind(inner, self.container("list", [], [value] if value else []), bind)
        elif role == "static_member":
            parts = self.parts(target)
            if (owner := self.visit(parts["scope"][0])) and value:
                self.emit(ops.SET_ATTRIBUTE, owner, self.member_name(parts["name"][0]), value, line)
        elif role == "through":
            self.bind(items([target])[-1], value, bind)
        else:
            super().bind(target, value, bind)  # type: ignore[arg-type]

    def _take_apart(self, target: Node, value: int) -> None:
        for index, entry in enumerate(items([target])):
            children = items([entry]) if entry.type in ("array_element_initializer", "pair") else [entry]
            part = self.new_node()
            key = self.visit(children[0]) if len(children) > 1 else self.constant(index)
            self.emit(ops.ITEM, part, self.known(value), self.known(key), line_of(entry))
            self.bind(children[-1], part, self.bind_local)

    def on_declare(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`static $name = value`."""
        value = self.visit(first(parts, "value"))
        self.bind(parts["target"][0], value, self.bind_local)
        return value

    def on_iterate(self, node: Node, parts: Parts, _hint: str) -> int:
        """`foreach`: its variables stay."""
        if "source" not in parts:  # a comment in between, or broken syntax
            self.children(node)
            return 0
        source = self.known(self.visit(parts["source"][0]))
        element = self.new_node()
        self.emit(ops.ITERATE, element, source, line_of(node), False)
        target = parts["target"][0]
        for tag, said, _ in self.tags(node):
            if tag == "var":
                self.told(element, said, line_of(node))
        self.bind(items([target])[-1] if target.type == "pair" else target, element, self.bind_local)
        if target.type == "pair":
            self.bind(items([target])[0], self.new_node(), self.bind_local)
        for body in parts.get("body", []):
            self.visit(body)
        return 0

    def on_catch(self, _node: Node, parts: Parts, _hint: str) -> int:
        """An error of one of some classes."""
        error = self.new_node()
        self.evidence(error, parts["type"][0], weak=False)
        for target in parts.get("target", []):
            self.bind(target, error, self.bind_local)
        for body in parts.get("body", []):
            self.visit(body)
        return 0

    def on_block(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Blocks have no names of their own."""
        self.children(node)
        return 0

    # Values

    def on_array(self, node: Node, _parts: Parts, hint: str) -> int:
        """`[a, key => b, ...c]`."""
        fields: list[tuple[object, int]] = []
        anything: list[int] = []
        has_keys = False
        for index, entry in enumerate(items([node])):
            children = items([entry])
            if not children:
                continue
            if self.role(children[-1]) == "spread":
                element = self.new_node()
                self.emit(ops.ITERATE, element, self.known(self.visit(children[-1])), line_of(entry), False)
                anything.append(element)
                continue
            key = self.visit(children[0]) if len(children) > 1 else 0
            has_keys = has_keys or len(children) > 1
            named = self.summary.constants.get(key) if key else None
            known = index if len(children) == 1 else named if isinstance(named, str | int) else None
            value = self.visit(children[-1], f"{hint}.{known}" if hint and isinstance(known, str) else "")
            if known is not None:
                fields.append((known, value))
            else:
                anything.append(value)
        kept = [(key, value) for key, value in fields if value]
        return self.container("dict" if has_keys else "list", kept, [value for value in anything if value])

    def string(self, node: Node) -> str:
        """The content of a string."""
        return "".join(text_of(child) for child in node.named_children) if node.type == "string" else text_of(node)

    def on_text(self, node: Node, _parts: Parts, _hint: str) -> int:
        """What becomes a part of a text is asked for it; several may come one after the other."""
        for child in items([node]):
            value = self.visit(child)
            if value and value not in self.summary.constants:
                self.call(self.attribute(value, "__toString()", line_of(child)), (), line_of(child))
        plain = node.type == "encapsed_string" and all(child.type == "string_content" for child in node.named_children)
        return self.constant(self.string_of(node) if plain else ("str",)) if node.type != "echo_statement" else 0

    def string_of(self, node: Node) -> str:
        """The content of a string in double quotes."""
        return text_of(node).strip('"')[:200]

    def on_match(self, node: Node, parts: Parts, _hint: str) -> int:
        """Any of the branches."""
        self.visit(node.child_by_field_name("condition"))
        found: list[int] = []
        for arm in items(parts["body"]):
            given = arm.child_by_field_name("return_expression")
            for child in items([arm]):
                value = self.visit(child)
                if given is not None and child.id == given.id:
                    found.append(value)
        return self.joined(found)

    def member_name(self, node: Node) -> str:
        """Properties bear their names without the sign."""
        return text_of(node).lstrip("$")

    def on_member(self, node: Node, parts: Parts, hint: str) -> int:
        """`$object->name`, or `$object->$name`."""
        if parts["name"][0].type == "name":
            return super().on_member(node, parts, hint)
        owner, key = self.visit(parts["object"][0]), self.visit(parts["name"][0])
        target = self.new_node()
        self.emit(ops.ITEM, target, self.known(owner), self.known(key), line_of(node))
        return target

    def on_static_member(self, node: Node, parts: Parts, _hint: str) -> int:
        """`Class::NAME`, `Class::$name`, `Class::class`."""
        owner = self.visit(parts["scope"][0])
        name = self.member_name(parts["name"][0])
        if name == "class":
            is_class = parts["scope"][0].type != "variable_name"
            return owner if is_class or not owner else self.attribute(owner, "__class__", line_of(node))
        return self.attribute(owner, name, line_of(node)) if owner else 0

    def on_item(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`$array[key]`."""
        owner, *keys = [self.visit(child) for child in items([node])]
        target = self.new_node()
        self.emit(ops.ITEM, target, self.known(owner), self.known(keys[0]) if keys else 0, line_of(node))
        return target

    # Calls

    def handed(self, listed: list[Node]) -> tuple[tuple[int, ...], Keywords]:
        """Arguments by position, and by name."""
        positional: list[int] = []
        keywords: list[tuple[str | None, int]] = []
        for argument in items(listed):
            named = argument.child_by_field_name("name")
            inner = [child for child in items([argument]) if named is None or child.id != named.id]
            if not inner:
                continue
            value = self.visit(inner[-1])
            if named is not None:
                keywords.append((f"${text_of(named)}", self.known(value)))
            else:
                positional.append(-self.known(value) if self.role(inner[-1]) == "spread" else value)
        return tuple(positional), tuple(keywords)

    def made(self, callee: int, listed: list[Node], line: int, name: str = "") -> int:
        """Call something; `f(...)` is the function itself."""
        if any(child.type == "variadic_placeholder" for child in items(listed)):
            return callee
        positional, keywords = self.handed(listed)
        target = self.new_node()
        self.emit(ops.CALL, target, callee, positional, keywords, line, name, False)
        return target

    def on_call(self, node: Node, parts: Parts, _hint: str) -> int:
        """`f(…)`, `$f(…)`."""
        called = parts["callee"][0]
        is_named = called.type in ("name", "qualified_name", "relative_name")
        callee = self.function_of(called) if is_named else self.visit(called)
        return self.made(self.known(callee), parts["arguments"], line_of(node))

    def on_method_call(self, node: Node, parts: Parts, _hint: str) -> int:
        """`$object->name(…)`, `Class::name(…)`."""
        named = parts["name"][0]
        line = line_of(named)
        scope = first(parts, "scope")
        if scope is not None and text_of(scope) == "parent":
            owner = self.on_super(node, {}, "")
        elif scope is not None and text_of(scope) == "static":
            owner = self.self_node()
        else:
            owner = self.known(self.visit(scope if scope is not None else parts["object"][0]))
        if named.type != "name":
            key, method = self.visit(named), self.new_node()
            self.emit(ops.ITEM, method, owner, self.known(key), line)
            return self.made(method, parts["arguments"], line)
        name = text_of(named)
        key_name = "__init__" if name == "__construct" else self.called_name(name)
        return self.made(self.attribute(owner, key_name, line), parts["arguments"], line, name)

    def on_new(self, node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(…)`, `new class { … }`."""
        if "callee" not in parts:  # broken syntax
            return 0
        made = parts["callee"][0]
        arguments = parts.get("arguments", []) or self.parts(made).get("arguments", [])
        return self.made(self.known(self.visit(made)), arguments, line_of(node))

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


LANGUAGE = Language("php", tree_sitter_php.language_php, "tree-sitter-php", Php)
FAMILY = Family(PhpLinked, PhpSolver)
