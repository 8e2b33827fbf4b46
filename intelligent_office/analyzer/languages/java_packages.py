"""How Java's files name each other: packages, imports, and what needs none."""

from typing import NamedTuple

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import ClassSummary, Operation

PACKAGE, STARS, STATIC_STARS = "package", "stars", "static stars"
"""Facts: the package of a file, the packages and types whose types it imports, the types whose members it imports."""


class _Type(NamedTuple):
    module: Module
    cls: ClassSummary

    @property
    def node(self) -> int:
        """The type's node in the program."""
        return self.module.base + self.cls.node


class JavaLinked(FamilyLinked):
    """Types go by their package, whatever the folder."""

    top_level = False

    def _roots_of_folders(self) -> None:
        self._types: dict[str, list[_Type]] = {}
        for module in self.modules:
            package = module.summary.facts.get(PACKAGE, "")
            for cls in module.summary.classes:
                self._types.setdefault(f"{package}.{cls.name}".lstrip("."), []).append(_Type(module, cls))

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported but types."""
        return None

    def _type(self, name: str, module: Module) -> _Type | None:
        """The type of a full name; of several, the one nearest to a file."""
        found = self._types.get(name)
        if not found:
            return None
        return max(found, key=lambda it: _shared(it.module.source.name, module.source.name))

    def _link_import(self, module: Module, operation: Operation) -> None:
        _, target, name, _, attribute, _ = operation
        found = self._type(f"{name}.{attribute}".lstrip("."), module)
        if found is not None:
            self.root[module.base + target] = found.node

    def free(self, module: Module, name: str) -> int:
        """A type of the package or of one that is imported as a whole, or an imported static member."""
        facts = module.summary.facts
        for package in (facts.get(PACKAGE, ""), *facts.get(STARS, ()), *facts.get(STATIC_STARS, ())):
            found = self._type(f"{package}.{name}".lstrip("."), module)
            if found is not None:
                return found.node
        for star in facts.get(STATIC_STARS, ()):
            owner = self._type(star, module)
            node = owner.cls.attributes.get(name) if owner is not None else None
            if owner is not None and node:
                return owner.module.base + node
        return 0

    def qualified(self, module: Module, name: str) -> str:
        """The type that a file is named after is not repeated."""
        last = module.name.rpartition(".")[2]
        if not name or name == last:
            return module.name
        return module.name + name.removeprefix(last) if name.startswith(last + ".") else f"{module.name}.{name}"

    def other_names(self) -> OtherNames:
        """Types go by their package."""
        names: OtherNames = []
        for full, found in self._types.items():
            meant = [self.qualified(it.module, it.cls.name) for it in found if it.cls.owner < 0]
            if meant and meant != [full]:
                names.append((full, meant))
        return names


def _shared(one: str, other: str) -> int:
    """How many folders two files have in common, from the top."""
    count = 0
    for left, right in zip(one.split("/"), other.split("/"), strict=False):
        if left != right:
            break
        count += 1
    return count
