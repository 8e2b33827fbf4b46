"""Ruby's statements, each of which has a value, and the variables that they bind."""

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.ruby_class_words import ClassWords
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of


class Statements(ClassWords):
    """Branches, loops, errors, what comes back."""

    def bind_local(self, name: str, value: int) -> None:
        """A variable belongs to the method, or to the block, that binds it first."""
        holder = self.variable_scope(name) or self.scope.around(("function", "class", "module"))
        holder.declare(name, value)
        holder.types.add(name)  # in the body of a class, too, it is seen by the blocks there

    def on_iterate(self, node: Node, parts: Parts, _hint: str) -> int:
        """`for`: its variables stay."""
        element = self.new_node()
        self.emit(ops.ITERATE, element, self.known(self.visit(parts["source"][0])), line_of(node), False)
        self.bind(parts["target"][0], element, self.bind_local)
        self.visit(parts["body"][0])
        return 0

    def on_sequence(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Statements: the last has the value, or those for errors."""
        value, others = 0, []
        for child in items([node]):
            found = self.visit(child)
            if child.type in ("rescue", "else"):
                others.append(found)
            elif child.type != "ensure":
                value = found
        return self.joined([value, *others])

    def on_branch(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Any of the branches gives the value; tests do not."""
        fields = ("condition", "value", "pattern", "guard")
        tests = {child.id for field in fields for child in node.children_by_field_name(field)}
        children = items([node])
        if node.type.endswith("modifier"):
            children.reverse()
        if node.type == "in_clause":
            self._pattern(node.child_by_field_name("pattern"))
            children = [child for child in children if child.id not in tests]
        values = [(child, self.visit(child)) for child in children if child.type != "pattern"]
        for child in children:
            if child.type == "pattern":
                self.children(child)
        return self.joined([value for child, value in values if child.id not in tests])

    def on_rescue(self, node: Node, _parts: Parts, _hint: str) -> int:
        """An error of one of some classes."""
        error = self.new_node()
        for listed in node.children_by_field_name("exceptions"):
            for child in items([listed]):
                if value := self.visit(child):
                    self.emit(ops.EVIDENCE, error, value, "instance", False)
        for variable in node.children_by_field_name("variable"):
            self.bind(items([variable])[0], error, self.bind_local)
        return self.visit(node.child_by_field_name("body"))

    def on_ensure(self, node: Node, _parts: Parts, _hint: str) -> int:
        """What is done at the end gives no value."""
        self.children(node)
        return 0

    def on_return(self, _node: Node, parts: Parts, _hint: str) -> int:
        """`return` leaves the method, from a block in it too."""
        values = [self.visit(child) for child in items(parts.get("value", []))]
        value = values[0] if len(values) == 1 else self.container("list", list(enumerate(values)), []) if values else 0
        self._gives(self.frame.home.index, value)
        return 0

    def on_next(self, node: Node, _parts: Parts, _hint: str) -> int:
        """`next value` is what a block gives."""
        for listed in items([node]):
            for child in items([listed]):
                self._gives(self.frame.index, self.visit(child))
        return 0

    def _gives(self, index: int, value: int) -> None:
        if value:
            self._returns.append((self.summary.functions[index], value))

    def _pattern(self, node: Node | None) -> None:
        """The pattern of `in`: names in it are variables."""
        if node is None or node.type == "variable_reference_pattern":
            return
        named = node.child_by_field_name("name")
        if node.type == "identifier":
            self.bind_local(text_of(node), self.new_node())
        elif node.type in ("constant", "scope_resolution"):
            self.visit(node)
        elif named is not None:
            value, said = self.new_node(), node.child_by_field_name("value")
            if said is not None and said.type in ("constant", "scope_resolution"):
                self.emit(ops.EVIDENCE, value, self.visit(said), "instance", False)
            self.bind_local(text_of(named), value)
        elif node.type == "keyword_pattern" and node.child_by_field_name("value") is None:
            for key in node.children_by_field_name("key"):
                self.bind_local(text_of(key), self.new_node())
        else:
            for child in items([node]):
                self._pattern(child)
