"""JavaScript: modules of both kinds, prototypes, object literals, and the library's functions that take functions."""

import re

import tree_sitter_javascript
from tree_sitter import Node

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.javascript_library import JavaScriptSolver
from intelligent_office.analyzer.languages.javascript_modules import LITERAL, WHOLE, JavaScriptLinked
from intelligent_office.analyzer.languages.javascript_prototypes import Prototypes
from intelligent_office.analyzer.languages.language import Family, Language
from intelligent_office.analyzer.languages.syntax import Parts, items, line_of, text_of
from intelligent_office.analyzer.languages.walk import Walk

_PATH = re.compile(r"[\w$]+(\.[\w$]+)*")
_SCRIPT = "is_script"
_WELL_KNOWN = {"[Symbol.iterator]": "__iter__", "[Symbol.asyncIterator]": "__aiter__"}


class JavaScript(Walk):
    """What the query cannot say of JavaScript."""

    def file(self, root: Node) -> None:
        """A file is a script until something shows that it is a module."""
        self._prototypes = Prototypes(self)
        self._export_reads: list[tuple[int, str]] = []
        self.summary.facts[_SCRIPT] = True
        super().file(root)

    def finish(self) -> None:
        """Names that a script declares at its top are seen by other scripts; a module may read its own exports."""
        self._prototypes.make_classes()
        exports = self.summary.exports
        for node, name in self._export_reads:
            if name in exports:
                self.summary.aliases[node] = exports[name]
        for name, node in exports.items() if WHOLE in exports else ():
            if name != WHOLE:
                self.emit(ops.SET_ATTRIBUTE, exports[WHOLE], name, node, 1)
        if self.summary.facts[_SCRIPT]:
            self.summary.facts["globals"] = {name: self.module.node(name) for name in self.module.declared}

    def string(self, node: Node) -> str:
        """The content of a string literal, or the name that is a key."""
        text = text_of(node)
        return text[1:-1] if text[:1] in "\"'`" else text

    def member_name(self, node: Node) -> str:
        """Strings and computed symbols are names too."""
        text = self.string(node)
        return _WELL_KNOWN.get(text, text)

    function_name = member_name

    def is_constructor(self, name: str) -> bool:
        """Always the same name."""
        return name == "constructor"

    # Values

    def on_template(self, node: Node, _parts: Parts, _hint: str) -> int:
        """A template: of one that begins or ends with text, that is known."""
        children = node.named_children
        for child in children:
            self.visit(child)
        if not any(child.type == "template_substitution" for child in children):
            return self.on_string(node, {}, "")
        prefix = text_of(children[0]) if children[0].type == "string_fragment" else ""
        suffix = text_of(children[-1]) if children[-1].type == "string_fragment" else ""
        if not prefix and not suffix:
            return self.constant(("str",))
        target = self.new_node()
        self.emit(ops.FORMAT_NAME, target, prefix, suffix)
        return target

    def on_object(self, node: Node, _parts: Parts, hint: str) -> int:
        """An object literal is a container whose keys are its attributes; `this` in its functions is the literal."""
        fields, anything = self.object_fields(node, hint)
        return self.object_of(fields, anything)

    def object_of(self, fields: list[tuple[object, int]], anything: list[int]) -> int:
        """The object that a literal makes."""
        target = self.container("object", [(key, value) for key, value in fields if value], anything)
        for _, value in fields:
            if value in self.self_nodes:
                self.emit(ops.COPY, self.self_nodes[value], target)
        return target

    def object_fields(self, node: Node, hint: str) -> tuple[list[tuple[object, int]], list[int]]:
        """The values of an object literal by name, and those whose names are not known."""
        prefix = f"{hint}." if hint else ""
        fields: list[tuple[object, int]] = []
        anything: list[int] = []
        for child in items([node]):
            role, parts = self.role(child), self.parts(child)
            if role == "function":
                key = self.function_name(parts["name"][0])
                value = self.define(child, parts, prefix + key)
                fields.append((key, self.call(value, (), line_of(child)) if "getter" in parts else value))
            elif role == "pair" and parts["key"][0].type == "computed_property_name":
                self.visit(parts["key"][0])
                anything.append(self.visit(parts["value"][0]))
            elif role == "pair":
                key = self.string(parts["key"][0])
                fields.append((key, self.visit(parts["value"][0], prefix + key)))
            elif role == "spread":
                element = self.new_node()
                self.emit(ops.ITEM, element, self.known(self.visit(child)), 0, line_of(child))
                anything.append(element)
            else:
                fields.append((text_of(child), self.visit(child)))
        return fields, [value for value in anything if value]

    def on_pair(self, node: Node, _parts: Parts, _hint: str) -> int:
        """Only objects and patterns know what to do with a pair."""
        self.children(node)
        return 0

    # Calls

    def on_tagged(self, node: Node, parts: Parts, _hint: str) -> int:
        """A function called with a template."""
        arguments = tuple([self.visit(child) for child in parts["template"][0].named_children])
        return self.call(self.visit(parts["callee"][0]), (0, *arguments), line_of(node))

    def on_super_call(self, node: Node, parts: Parts, _hint: str) -> int:
        """`super(...)`: the constructor of the base class."""
        arguments = self.arguments(items(parts["arguments"]))
        owner = self.on_super(node, {}, "")
        return self.call(self.attribute(owner, "__init__", line_of(node)), arguments, line_of(node))

    def on_element(self, node: Node, parts: Parts, _hint: str) -> int:
        """An element calls its component with the attributes; small letters are no components."""
        fields: list[tuple[object, int]] = []
        for child in node.children_by_field_name("attribute"):
            values = items([child])
            if child.type == "jsx_attribute" and len(values) > 1:
                inner = items([values[1]]) if values[1].type == "jsx_expression" else [values[1]]
                fields.append((text_of(values[0]), self.visit(inner[0]) if inner else 0))
            else:
                self.visit(child)
        name = parts["name"][0]
        if self.role(name) == "name" and text_of(name)[:1].islower():
            plain = f"<{text_of(name)}>"
            callee = self.attribute(self.new_node(), plain, line_of(node))
            return self.call(callee, tuple([value for _, value in fields]), line_of(node), plain)
        handed = self.container("object", [(key, value) for key, value in fields if value], [])
        return self.call(self.visit(name), (handed,), line_of(node))

    # Statements

    def on_iterate(self, node: Node, parts: Parts, hint: str) -> int:
        """`for … of`; `for … in` gives keys."""
        declared = node.child_by_field_name("kind")
        if declared is None:
            parts = {**parts, "assigned": parts["target"]}
        return super().on_iterate(node, parts, hint)

    def on_catch(self, _node: Node, parts: Parts, _hint: str) -> int:
        """What was thrown is unknown."""
        self.enter("block")
        for target in parts.get("target", []):
            self.bind(target, self.new_node(), self.scope.declare)
        for body in parts.get("body", []):
            self.visit(body)
        self.leave()
        return 0

    def on_static(self, _node: Node, parts: Parts, _hint: str) -> int:
        """Code that runs when the class is made."""
        scope = self.scope
        self.enter("block")
        self.children(parts["body"][0])
        self.scope = scope
        return 0

    # Modules

    def on_require(self, node: Node, parts: Parts, _hint: str) -> int:
        """`require("./file")`."""
        self.summary.facts[_SCRIPT] = False
        return self.imported(self.string(parts["source"][0]), WHOLE, line_of(node))

    def on_import_call(self, node: Node, parts: Parts, _hint: str) -> int:
        """`import("./file")`."""
        source = parts["source"][0]
        return self.imported(self.string(source), "", line_of(node)) if self.role(source) == "string" else 0

    def imported(self, source: str, name: str, line: int) -> int:
        """A node for what another file exports under a name; without a name, for all of it."""
        target = self.new_node()
        self.emit(ops.IMPORT, target, source.removeprefix("node:"), 0, name, line)
        return target

    def on_import(self, node: Node, parts: Parts, _hint: str) -> int:
        """`import a, { b as c } from "./file"`."""
        self.summary.facts[_SCRIPT] = False
        source, line = self.string(parts["source"][0]), line_of(node)
        for name in parts.get("default", []):
            self.scope.declare(text_of(name), self.imported(source, "default", line))
        for name in parts.get("namespace", []):
            self.scope.declare(text_of(name), self.imported(source, "", line))
        for specifier in parts.get("specifier", []):
            there, here = _names(specifier, self)
            self.scope.declare(here, self.imported(source, there, line))
        return 0

    def on_export(self, node: Node, parts: Parts, _hint: str) -> int:
        """Every form of `export`."""
        self.summary.facts[_SCRIPT] = False
        if "source" in parts:
            self._hand_on(self.string(parts["source"][0]), parts, line_of(node))
            return 0
        exports = self.summary.exports
        for specifier in parts.get("specifier", []):
            here, there = _names(specifier, self)
            exports[there] = self.scope.node(here)
        before = len(self.declared_names)
        for inner in (*parts.get("declaration", []), *parts.get("value", [])):
            value = self.visit(inner, "default" if "default" in parts else "")
            if "default" in parts and value:
                exports["default"] = value
        if "default" not in parts:
            for name in self.declared_names[before:]:
                if name in self.module.declared:
                    exports[name] = self.module.node(name)
        return 0

    def _hand_on(self, source: str, parts: Parts, line: int) -> None:
        """`export … from "./file"`."""
        for specifier in parts.get("specifier", []):
            there, here = _names(specifier, self)
            self.summary.exports[here] = self.imported(source, there, line)
        for name in parts.get("namespace", []):
            self.summary.exports[self.string(name)] = self.imported(source, "", line)
        if "star" in parts and "namespace" not in parts:
            self.summary.stars += ((source, 0),)

    # Assignment to exports and prototypes

    def hint(self, target: Node) -> str:
        """What is exported goes by its own name, a method of a prototype by that of its class."""
        if self.role(target) != "member":
            return super().hint(target)
        owner, name = text_of(self.parts(target)["object"][0]), self.member_name(self.parts(target)["name"][0])
        if owner in ("exports", WHOLE):
            return name
        if (owner, name) == ("module", "exports"):
            return "exports"
        return f"{owner}.{name}" if _PATH.fullmatch(owner) else name

    def full_name(self, name: str) -> str:
        """What is set on `this` is named after the class or function whose object that is."""
        if not name.startswith("this."):
            return super().full_name(name)
        home = self.frame.home
        owner = self.summary.classes[home.class_index].name + "." if home.class_index >= 0 else home.qualified
        return owner + name.removeprefix("this.")

    def on_assign(self, node: Node, parts: Parts, hint: str) -> int:
        """Exports and prototypes are made by assignment."""
        target = parts["target"][0]
        if self.role(target) == "member":
            owner, name = text_of(self.parts(target)["object"][0]), self.member_name(self.parts(target)["name"][0])
            if (owner in ("exports", WHOLE) or (owner, name) == ("module", "exports")) and self._is_free(owner):
                return self._export(name if owner != "module" else WHOLE, parts["value"][0])
            if name == "prototype" or owner.endswith(".prototype"):
                return self._prototypes.assign(owner, name, parts["value"][0])
        value = super().on_assign(node, parts, hint)
        if value in self.self_nodes and self.role(target) == "member":
            self.emit(ops.COPY, self.self_nodes[value], self.known(self.visit(self.parts(target)["object"][0])))
        return value

    def on_member(self, node: Node, parts: Parts, hint: str) -> int:
        """A file may call what it exports."""
        owner = parts["object"][0]
        if text_of(owner) in ("exports", WHOLE) and self._is_free(text_of(owner)):
            target = self.new_node()
            self._export_reads.append((target, self.member_name(parts["name"][0])))
            return target
        return super().on_member(node, parts, hint)

    def _is_free(self, owner: str) -> bool:
        return self.scope.holder(owner.partition(".")[0]) is None

    def _export(self, name: str, source: Node) -> int:
        """`exports.name = value`, or `module.exports = value`: a literal exports what is in it by name."""
        self.summary.facts[_SCRIPT] = False
        exports = self.summary.exports
        if name == WHOLE and self.role(source) == "object":
            fields, anything = self.object_fields(source, "")
            value = self.object_of(fields, anything)
            for key, node in fields:
                exports.setdefault(str(key), self.known(node))
            self.summary.facts[LITERAL] = not anything and WHOLE not in exports
        else:
            value = self.known(self.visit(source, "exports" if name == WHOLE else name))
            self.summary.facts[LITERAL] = self.summary.facts.get(LITERAL, False) and name != WHOLE
        exports[name] = self.joined([exports[name], value]) if name in exports else value
        return value


def _names(specifier: Node, walk: JavaScript) -> tuple[str, str]:
    """The name in the other file, and the name here."""
    name = specifier.child_by_field_name("name")
    alias = specifier.child_by_field_name("alias")
    assert name is not None
    return walk.string(name), walk.string(alias if alias is not None else name)


LANGUAGE = Language("javascript", tree_sitter_javascript.language, "tree-sitter-javascript", JavaScript)
FAMILY = Family(JavaScriptLinked, JavaScriptSolver)
