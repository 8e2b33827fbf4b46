"""PHP: namespaces, traits, properties and methods of one name, callables of every kind."""

import tree_sitter_php
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.php_declarations import Declarations
from intelligent_office.analyzer.languages.php_library import PhpSolver
from intelligent_office.analyzer.languages.php_namespaces import PhpLinked
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of

Keywords = tuple[tuple[str | None, int], ...]


class Php(Declarations):
    """What the query cannot say of PHP."""

    # Variables

    def on_name(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A variable of the function."""
        name = text_of(node)
        return self.self_node() if name == "$this" else self.variable(name)

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


LANGUAGE = Language("php", tree_sitter_php.language_php, "tree-sitter-php", Php)
FAMILY = Family(PhpLinked, PhpSolver)
