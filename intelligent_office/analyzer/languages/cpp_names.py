"""Names of C++: namespaces, paths, templates, and from where a name is seen."""

from collections.abc import Callable

from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.c import C
from intelligent_office.analyzer.languages.c_includes import INLINE, USED
from intelligent_office.analyzer.languages.syntax import Parts, first, items, line_of, text_of


class CppNames(C):
    """Names outside of functions are kept with their namespaces."""

    def file(self, root: Node) -> None:
        """No namespace is open yet."""
        self._namespaces: list[str] = []
        self._globals: set[int] = set()
        self._short: dict[str, str] = {}
        self._parameters: list[set[str]] = []
        super().file(root)

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

    # Namespaces

    def on_namespace(self, node: Node, parts: Parts, _hint: str) -> int:
        """Names inside bear the namespace; one without a name is not seen from elsewhere."""
        named = first(parts, "name")
        names = path_of(named) if named is not None else []
        before = set(self.module.declared)
        self._namespaces += names
        if len(self._namespaces) > 1 and any(child.type == "inline" for child in node.children):
            self.summary.facts.setdefault(INLINE, []).append(".".join(self._namespaces))
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
