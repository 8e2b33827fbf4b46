"""C++: namespaces, classes whose methods are defined elsewhere, constructors without `new`."""

from collections.abc import Callable
from typing import ClassVar

import tree_sitter_cpp
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.c import C, has_word
from intelligent_office.analyzer.languages.c_includes import DECLARED, PARTS, PLACEHOLDERS, TAGS, USED
from intelligent_office.analyzer.languages.classes import OVERLOADS
from intelligent_office.analyzer.languages.cpp_library import CPP_TYPES
from intelligent_office.analyzer.languages.declarators import Declarator, declarator
from intelligent_office.analyzer.languages.definitions import CONSTRUCTOR
from intelligent_office.analyzer.languages.language import Language
from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of
from intelligent_office.analyzer.summary import ClassSummary

BY_VALUE = "!"
"""What stands behind the name of a field that holds an object itself, not a pointer to one."""
DESTRUCTOR = "~"
_SPECIAL = {"operator()": "__call__"}


class Cpp(C):
    """What the query cannot say of C++."""

    grammar_name = "cpp"
    implicit_self = True
    static_binding = "static"
    known_types: ClassVar[dict[str, str]] = CPP_TYPES

    def file(self, root: Node) -> None:
        """Names outside of functions are kept with their namespaces."""
        self._namespaces: list[str] = []
        self._defined_types: set[str] = set()
        self._globals: set[int] = set()
        self._short: dict[str, str] = {}
        self._parameters: list[set[str]] = []
        self._opened: dict[str, Scope] = {}
        super().file(root)

    def finish(self) -> None:
        """Classes that are only continued here are closed."""
        for scope in self._opened.values():
            self.scope = scope
            self.end_class()
        self.scope = self.module
        overloads = self.summary.facts.setdefault(OVERLOADS, [])
        for name, values in self.module.declared.items():
            if len(values) > 1 and all(value in self.function_at for value in values) and self._differ(values):
                overloads.append(self.module.node(name))
        tags = self.summary.facts.get(TAGS, ())
        self.summary.facts[TAGS] = [name for name in tags if name not in self._defined_types]
        super().finish()

    def _differ(self, values: list[int]) -> bool:
        counts = [len(self.summary.functions[self.function_at[value]].positional) for value in values]
        return len(set(counts)) == len(counts)

    # Names

    def put(self, name: str, value: int, *, is_private: bool = False) -> None:
        """A name of a namespace bears that before it; in a class it is a member."""
        if self.scope is self.module:
            super().put(self.full(name), value)
            if is_private:
                self._private.add(self.full(name))
        elif self.scope.kind == "class":
            self.add_member(name, value)
        else:
            self.scope.declare(name, value)

    def full(self, name: str) -> str:
        """A name with the namespaces around."""
        return ".".join([*self._namespaces, name])

    def full_name(self, name: str) -> str:
        """Functions and classes bear their namespaces."""
        return self.frame.qualified + name if self.frame.qualified else self.full(name)

    def global_node(self, name: str) -> int:
        """A name outside of functions, as it is seen from the namespaces around."""
        node = self.module.node(f"{name}@{'.'.join(self._namespaces)}")
        self._globals.add(node)
        return node

    def call(self, callee: int, arguments: tuple[int, ...], line: int, name: str = "") -> int:
        """Every call chooses among overloads by itself."""
        if callee in self._globals:
            chosen = self.new_node()
            self.emit(ops.MEMBER, chosen, (), name, callee, line)
            callee = chosen
        return super().call(callee, arguments, line, name)

    def read_name(self, name: str, line: int) -> int:
        """A local variable, a member, or a name of a namespace."""
        holder = self.scope.holder(name)
        if holder is not None and holder is not self.module:
            return self.scope.node(name)
        node = self.global_node(self._short.get(name, name))
        owners = self.owners()
        if not owners:
            return node
        target = self.new_node()
        self.emit(ops.MEMBER, target, owners, name, node, line)
        return target

    def on_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A variable is read."""
        return self.read_name(text_of(node), line_of(node))

    def on_type_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A type, unless it is a parameter of a template."""
        name = text_of(node)
        return 0 if any(name in names for names in self._parameters) else self.read_name(name, line_of(node))

    def on_path(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`a::b::c`."""
        if not text_of(node).startswith("::"):
            return self.at_path(path_of(node), line_of(node))
        around, self._namespaces = self._namespaces, []
        value = self.global_node(".".join(path_of(node)))
        self._namespaces = around
        return value

    def at_path(self, names: list[str], line: int) -> int:
        """What a path names: something in namespaces, or what a class has or inherits."""
        if not names or any(names[0] in known for known in self._parameters):
            return 0
        names = [*self._short.get(names[0], names[0]).split("."), *names[1:]]
        if len(names) == 1:
            return self.global_node(names[0])
        whole = self.global_node(".".join(names))
        owner = self.read_name(names[0], line) if len(names) == 2 else self.at_path(names[:-1], line)
        target = self.new_node()
        self.emit(ops.MEMBER, target, owner, names[-1], whole, line)
        return target

    def on_template(self, _node: Node, parts: Parts, hint: str) -> int:
        """`name<arguments>`."""
        return self.visit(parts["name"][0], hint)

    def _bind_name(self, name: str, value: int, bind: Callable[[str, int], None], line: int) -> None:
        """A variable that is not declared in the function may be a member, or one of a namespace."""
        holder = self.scope.holder(name)
        if bind != self.scope.assign or (holder is not None and holder is not self.module):
            bind(name, value)
            return
        owners = self.owners()
        for _, owner in owners if value else ():
            self.emit(ops.SET_ATTRIBUTE, owner, name, value, line)
        if value and not owners:
            self.emit(ops.COPY, self.global_node(name), value)

    # Types

    def types(self, declared: Node) -> list[int]:
        """`std::vector<T>`, `const T`, `auto`."""
        if declared.type == "qualified_identifier":
            last = declared
            while last.type == "qualified_identifier":
                inner = last.child_by_field_name("name")
                if inner is None:
                    return []
                last = inner
            if last.type == "template_type" and self.held_by(text_of(self.parts(last)["name"][0])):
                return self.types(last)
            if self.held_by(text_of(last)):
                return super().types(last)
        return super().types(declared)

    def on_typedef(self, node: Node, parts: Parts, hint: str) -> int:
        """C knows a structure by its plain name only if it is defined as one."""
        self._defined_types.update(declarator(part).name for part in parts["declarator"])
        return super().on_typedef(node, parts, hint)

    # Classes

    def on_struct(self, node: Node, parts: Parts, hint: str) -> int:
        """A class, with its members or by name only."""
        named, body = first(parts, "name"), first(parts, "body")
        name = ".".join(path_of(named)) if named is not None else hint
        if body is None:
            return self.at_path(name.split("."), line_of(node))
        value = self.new_node()
        bases = [base for clause in parts.get("bases", []) for child in _bases(clause) for base in self.types(child)]
        outer = self.scope
        if named is not None and outer is not self.module:
            self.put(name, value)
            outer.types.add(name)
        self.begin_class(name or self.class_name(), value, tuple(bases), line_of(named or node))
        full = self.summary.classes[-1].name
        if named is not None and (outer is self.module or outer.kind == "class"):
            self.module.declare(full, value)
            self.summary.facts.setdefault(TAGS, []).append(full)
        self._namespaces += name.split(".")
        self.children(body)
        del self._namespaces[-len(name.split(".")) :]
        self.end_class()
        return value

    def end_class(self) -> ClassSummary:
        """A method that is declared here and defined here needs no place for another definition."""
        waiting = set(self.summary.facts.setdefault(PLACEHOLDERS, []))
        for name, nodes in self.scope.attributes.items():
            real = [node for node in nodes if node not in waiting]
            self.scope.attributes[name] = real or nodes[:1]
        return super().end_class()

    def on_fields(self, node: Node, parts: Parts, _hint: str) -> int:
        """Fields, and methods that are defined elsewhere."""
        if self.scope.kind != "class":
            return super().on_declaration(node, parts, "")  # broken syntax around
        declared = [declarator(part) for part in parts.get("declarator", [])]
        types = self.types_of(parts, declared[0].name if declared else "")
        cls = self.summary.classes[self.scope.frame.class_index]
        given = node.child_by_field_name("default_value")
        for one in declared:
            if one.is_function:
                self._declare_method(node, one, parts, is_pure=given is not None)
                continue
            self.add_member(one.name, self.held(one, types, given))
            cls.annotated += (one.name,)
            if not one.is_indirect and not one.is_list:
                self.add_member(one.name + BY_VALUE, types[0] if types else 0)
        if not declared:
            cls.bases += tuple(types)
            cls.annotated += ("",)
        return 0

    def on_prototype(self, node: Node, parts: Parts, _hint: str) -> int:
        """A constructor, destructor or conversion that is defined elsewhere."""
        if self.scope.kind == "class":
            for part in parts["declarator"]:
                one = declarator(part)
                if one.is_function:
                    self._declare_method(node, one, {}, is_pure=False)
        return 0

    def _declare_method(self, node: Node, declared: Declarator, parts: Parts, *, is_pure: bool) -> None:
        name = _SPECIAL.get(declared.name, declared.name)
        cls = self.summary.classes[self.scope.frame.class_index]
        self._note(f"{cls.name}.{declared.name}", node, declared)
        if is_pure:
            inside: Parts = {"parameters": declared.parameters, "abstract": [node], "type": parts.get("type", [])}
            value = self.define(node, inside, declared.name, binding="instance")
            self.summary.functions[self.function_at[value]].line = declared.line
        else:
            value = self.new_node()
            self.summary.facts.setdefault(PLACEHOLDERS, []).append(value)
        self._add_method(name, value)

    def _note(self, full: str, node: Node, declared: Declarator) -> None:
        """What only a declaration says of a function: how many arguments may be left out, and whether it is static."""
        listed = items(declared.parameters)
        optional = sum(parameter.type == "optional_parameter_declaration" for parameter in listed)
        if optional or (has_word(node, "static") and self.scope.kind == "class"):
            count = sum(not _is_void(parameter) for parameter in listed)
            told = [count, optional, has_word(node, "static") and self.scope.kind == "class"]
            self.summary.facts.setdefault(DECLARED, []).append([full, told])

    def _add_method(self, name: str, value: int) -> None:
        own = self.summary.classes[self.scope.frame.class_index].name.rpartition(".")[2]
        self.add_member(DESTRUCTOR if name.startswith("~") else name, value, is_constructor=name == own)

    # Functions

    def on_definition(self, node: Node, parts: Parts, hint: str) -> int:
        """A function; in a class, or with a class before its name, a method."""
        declared = declarator(parts["declarator"][0])
        if "body" not in parts:
            return self.on_prototype(node, parts, hint) if node.child_by_field_name("default_method_clause") else 0
        if declared.node is None or not declared.is_function:
            if declared.node is None or declared.node.type != "operator_cast":
                self.children(node)
            return 0
        names = path_of(declared.node)
        inside: Parts = {"parameters": declared.parameters, "body": parts["body"], "type": parts.get("type", [])}
        if len(names) == 1 and self.scope.kind != "class":
            return self.defined(node, declared, parts)
        outer = self.scope
        if len(names) > 1:
            self.scope = self._continued(".".join(names[:-1]), line_of(declared.node))
        is_static = has_word(node, "static")
        self._namespaces += names[:-1]
        value = self.define(node, inside, names[-1], binding="static" if is_static else "instance")
        del self._namespaces[len(self._namespaces) - len(names) + 1 :]
        self.summary.functions[self.function_at[value]].line = declared.line
        self._add_method(_SPECIAL.get(names[-1], names[-1]), value)
        full = self.summary.functions[self.function_at[value]].name
        self.scope = outer
        if outer is self.module or outer.kind == "class":
            self.module.declare(full, value)
        return value

    def _continued(self, path: str, line: int) -> Scope:
        """The scope of a class whose methods are defined outside of it."""
        scope = self._opened.get(self.full(path))
        if scope is None:
            self.scope = self.module
            scope = self._opened[self.full(path)] = self.begin_class(path, self.new_node(), (), line)
            key = f"{path}@{'.'.join(self._namespaces)}"
            self.summary.facts.setdefault(PARTS, []).append([scope.frame.class_index, key])
        return scope

    def body(self, body: Node | None) -> None:
        """A constructor makes the parts of its object first."""
        around = body.parent if body is not None else None
        frame = self.frame
        if around is not None and around.type == "function_definition" and frame.class_index >= 0:
            name = self.summary.functions[frame.index].name.rpartition(".")[2]
            if name == self.summary.classes[frame.class_index].name.rpartition(".")[2]:
                self._make_parts(around)
        super().body(body)

    def _make_parts(self, definition: Node) -> None:
        listed = [child for child in definition.named_children if child.type == "field_initializer_list"]
        says_base = False
        for initializer in items(listed):
            if initializer.type != "field_initializer" or not initializer.named_children:
                continue
            named, *rest = initializer.named_children
            names, line = path_of(named), line_of(named)
            arguments = self.arguments(items(rest))
            is_field = named.type == "field_identifier" and not names[-1][:1].isupper()
            if is_field:
                self.call(self.attribute(self.self_node(), names[0] + BY_VALUE, line), arguments, line)
                if len(arguments) == 1 and arguments[0]:
                    self.emit(ops.SET_ATTRIBUTE, self.self_node(), names[0], arguments[0], line)
            else:
                says_base = True
                self.call(self.at_path(names, line), arguments, line)
        if not says_base:
            line = self.summary.functions[self.frame.index].line
            base = self.on_super(definition, {}, "")
            self.call(self.attribute(base, CONSTRUCTOR, line), (), line)

    def on_lambda(self, node: Node, parts: Parts, hint: str) -> int:
        """`[captured](parameters) { … }`."""
        for child in node.named_children:
            if child.type == "lambda_capture_specifier":
                for capture in items([child]):
                    if capture.type == "lambda_capture_initializer":
                        left, right = capture.child_by_field_name("left"), capture.child_by_field_name("right")
                        if left is not None:
                            self.scope.declare(text_of(left), self.visit(right))
        return super().on_lambda(node, parts, hint)

    # Variables

    def on_declaration(self, node: Node, parts: Parts, hint: str) -> int:
        """Variables, prototypes, constructors that are called by a declaration."""
        if self.scope.kind == "class":
            return (
                self.on_prototype(node, parts, hint)
                if "declarator" in parts
                else super().on_declaration(node, parts, hint)
            )
        return super().on_declaration(node, parts, hint)

    def variable(self, node: Node, declared: Declarator, types: list[int]) -> None:
        """A variable of a class is made by its constructor."""
        if declared.node is not None and declared.node.type == "structured_binding_declarator":
            value = self.visit(declared.value)
            for name in items([declared.node]):
                self.scope.declare(text_of(name), value)
            return
        in_function = self.scope.around(("function", "class", "module")).kind == "function"
        if declared.is_function:
            if in_function and types and not declared.is_indirect:
                self._made(declared, types, [self._misread(part) for part in items(declared.parameters)])
            else:
                self._note(self.full(declared.name), node, declared)
            return
        if declared.node is not None and declared.node.type == "qualified_identifier":
            self.visit(declared.value)
            return
        given = declared.value
        is_object = bool(types) and not declared.is_indirect and not declared.is_list
        is_object = is_object and not declared.is_pointer_to_function and not has_word(node, "extern")
        if is_object and (given is None or given.type in ("argument_list", "initializer_list")):
            arguments = self.arguments(items([given])) if given is not None and given.type == "argument_list" else ()
            fields = self.initial(given, types, is_list=False) if given is not None and not arguments else 0
            if given is not None and given.type == "initializer_list":
                arguments = tuple([0] * len(items([given])))
            self._made(declared, types, list(arguments), fields)
            return
        super().variable(node, declared, types)

    def _made(self, declared: Declarator, types: list[int], arguments: list[int], fields: int = 0) -> None:
        node = self.new_node()
        if fields:
            self.emit(ops.COPY, node, fields)
        for cls in types:
            self.emit(ops.EVIDENCE, node, cls, "exact", False)
            self.emit(ops.CALL, self.new_node(), cls, tuple(arguments), (), declared.line, "", False)
        self.put(declared.name, node)

    def _misread(self, parameter: Node) -> int:
        """An argument that looks like the type of a parameter: `Class object(argument);`."""
        kind = parameter.child_by_field_name("type")
        return (
            self.read_name(text_of(kind), line_of(kind)) if kind is not None and kind.type == "type_identifier" else 0
        )

    def held(self, declared: Declarator, types: list[int], given: Node | None = None) -> int:
        """A function gets the name of the variable."""
        if given is not None and self.role(given) == "lambda":
            return self.visit(given, declared.name)
        return super().held(declared, types, given)

    def on_range(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`for (auto& element : container)`."""
        source, line = self.visit(parts["source"][0]), line_of(parts["source"][0])
        self.enter("block")
        element = self.new_node()
        if source:
            self.emit(ops.ITERATE, element, source, line, False)
        declared = declarator(first(parts, "declarator"))
        for kind in parts.get("type", []):
            element = self.typed(element, kind, weak=True)
        if declared.node is not None and declared.node.type == "structured_binding_declarator":
            for name in items([declared.node]):
                self.scope.declare(text_of(name), element)
        elif declared.name:
            self.scope.declare(declared.name, element)
        self.visit(parts["body"][0])
        self.leave()
        return 0

    # Expressions

    def on_call(self, node: Node, parts: Parts, hint: str) -> int:
        """Casts, `make_unique<Class>(…)`, and calls."""
        callee = parts["callee"][0]
        inner = callee
        while inner.type == "qualified_identifier" and (last := inner.child_by_field_name("name")) is not None:
            inner = last
        if self.role(inner) == "template":
            name = text_of(self.parts(inner)["name"][0])
            given = items(self.parts(inner)["arguments"])
            arguments = self.arguments(items(parts["arguments"]))
            if name.endswith("_cast") and given and arguments:
                return self.narrowed(arguments[0], given[0]) if arguments[0] else self.instance(given[0])
            if name in ("make_unique", "make_shared", "any_cast", "get_if") and given:
                types = self.types(given[0])
                made = [self.call(cls, arguments, line_of(callee)) for cls in types] if name.startswith("make_") else []
                return self.joined(made) or self.instance(given[0])
        return super().on_call(node, parts, hint)

    def on_new(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`new Class(arguments)`."""
        arguments = self.arguments(items(parts.get("arguments", [])))
        types = self.types(parts["callee"][0])
        return self.joined([self.call(cls, arguments, line_of(parts["callee"][0])) for cls in types])

    def on_delete(self, node: Node, parts: Parts, _hint: str) -> int:
        """`delete object` runs its destructor."""
        value = self.visit(parts["value"][-1])
        if value:
            self.emit(ops.SPECIAL, 0, value, (DESTRUCTOR,), (), line_of(node))
        return 0

    def on_operation(self, node: Node, parts: Parts, _hint: str) -> int:
        """An operator that a class may define."""
        left, right = self.visit(parts["left"][0]), self.visit(parts["right"][0])
        operator = node.child_by_field_name("operator")
        if not left or operator is None:
            return left
        target = self.new_node()
        self.emit(ops.SPECIAL, target, left, (f"operator{text_of(operator)}",), (right,), line_of(operator))
        self.emit(ops.COPY, target, left)
        return target

    # Namespaces

    def on_namespace(self, _node: Node, parts: Parts, _hint: str) -> int:
        """Names inside bear the namespace; one without a name is not seen from elsewhere."""
        named = first(parts, "name")
        names = path_of(named) if named is not None else []
        before = set(self.module.declared)
        self._namespaces += names
        self.children(parts["body"][0])
        if names:
            del self._namespaces[-len(names) :]
        else:
            self._private |= set(self.module.declared) - before
        return 0

    def on_namespace_alias(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`namespace fs = std::filesystem;`."""
        self._short[text_of(parts["name"][0])] = ".".join(path_of(parts["value"][-1]))
        return 0

    def on_using(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`using namespace a;` or `using a::name;`."""
        for part in items([node]):
            names = path_of(part)
            if any(child.type == "namespace" for child in node.children):
                self.summary.facts.setdefault(USED, []).append(".".join(names))
            elif self.scope.kind != "class":
                self.put(names[-1], self.global_node(".".join(names)), is_private=True)
        return 0

    def on_other_type(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`using Name = Type;`."""
        name = text_of(parts["name"][0])
        types = self.types(parts["type"][0])
        if "function" in parts["type"][0].type or not types:
            self.put(name, 0, is_private=True)
        else:
            self.put(name, types[0], is_private=True)
            if self.scope.kind == "class":
                self.scope.types.add(name)
        return 0

    def on_generics(self, node: Node, parts: Parts, _hint: str) -> int:
        """The parameters of a template are types of which nothing is known."""
        names: set[str] = set()
        for parameter in items(parts["parameters"]):
            names.update(text_of(child) for child in parameter.named_children if child.type == "type_identifier")
        self._parameters.append(names)
        for child in node.named_children:
            if child.id != parts["parameters"][0].id:
                self.visit(child)
        self._parameters.pop()
        return 0


def path_of(node: Node) -> list[str]:
    """The names in `a::b<c>::d`; of something else, its text."""
    if node.type in ("qualified_identifier", "nested_namespace_specifier"):
        return [name for child in node.named_children for name in path_of(child)]
    if node.type in ("template_type", "template_function", "template_method"):
        named = node.child_by_field_name("name")
        return path_of(named) if named is not None else []
    if node.type in ("dependent_name", "pointer_type_declarator"):
        return path_of(node.named_children[-1])
    return ["".join(text_of(node).split())]


def _bases(clause: Node) -> list[Node]:
    return [child for child in items([clause]) if child.type not in ("access_specifier", "virtual")]


def _is_void(parameter: Node) -> bool:
    return text_of(parameter) == "void"


LANGUAGE = Language("cpp", tree_sitter_cpp.language, "tree-sitter-cpp", Cpp)
