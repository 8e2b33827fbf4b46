"""How PHP's files name each other: classes and functions by their full names, wherever they are."""

import posixpath
from typing import NamedTuple

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import Operation

CLASSES, FUNCTIONS = "classes", "functions"
"""Facts: full names with their nodes; also what an import asks for."""


class _Named(NamedTuple):
    module: Module
    node: int
    """In the program."""


class PhpLinked(FamilyLinked):
    """Classes and functions by full name."""

    top_level = False

    def _roots_of_folders(self) -> None:
        self._named: dict[str, dict[str, list[_Named]]] = {CLASSES: {}, FUNCTIONS: {}}
        self._node_names: dict[int, str] = {}
        for module in self.modules:
            for kind, names in self._named.items():
                for full, node in module.summary.facts.get(kind, ()):
                    names.setdefault(full.lower(), []).append(_Named(module, module.base + node))
                    self._node_names[module.base + node] = full

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported but classes and functions."""
        return None

    def _link_import(self, module: Module, operation: Operation) -> None:
        _, target, kind, _, names, _ = operation
        for name in names.split("|"):
            found = self._named[kind].get(name.lower())
            if found:
                self.root[module.base + target] = self._nearest(found, module).node
                return

    def _nearest(self, found: list[_Named], module: Module) -> _Named:
        if len(found) == 1:
            return found[0]
        own = posixpath.dirname(f"/{module.source.name}")
        return max(
            found, key=lambda it: (it.module is module, len(posixpath.commonpath([own, f"/{it.module.source.name}"])))
        )

    def outside_name(self, _name: str, attribute: str) -> str:
        """Of what is outside, a function without a namespace is everybody's."""
        return attribute.rpartition("|")[2]

    def function_named(self, full: str, module: Module) -> int:
        """The node of a function by its full name; 0 if there is none."""
        found = self._named[FUNCTIONS].get(full.strip("\\").replace("\\", ".").lower())
        return self.root[self._nearest(found, module).node] if found else 0

    def class_named(self, full: str, module: Module) -> int:
        """The node of a class by its full name; 0 if there is none."""
        found = self._named[CLASSES].get(full.strip("\\").replace("\\", ".").lower())
        return self.root[self._nearest(found, module).node] if found else 0

    def free(self, module: Module, name: str) -> int:
        """A global variable of another file, if only one has it."""
        found = [it for it in self.modules if name in it.summary.exports and it is not module]
        return found[0].base + found[0].summary.exports[name] if len(found) == 1 else 0

    def qualified(self, module: Module, name: str) -> str:
        """The class that a file is named after is not repeated."""
        last = module.name.rpartition(".")[2]
        if not name or name == last:
            return module.name
        return module.name + name.removeprefix(last) if name.startswith(last + ".") else f"{module.name}.{name}"

    def other_names(self) -> OtherNames:
        """Classes and functions go by their namespace."""
        names: OtherNames = []
        places = {cls.module.base + cls.summary.node: cls.name for cls in self.classes}
        places |= {it.module.base + it.summary.node: it.name for it in self.functions if it.summary.node}
        for node, full in self._node_names.items():
            meant = places.get(node)
            if meant is not None and meant != full:
                names.append((full, [meant]))
        return names
