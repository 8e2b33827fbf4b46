"""Files whose classes go by the name of a package or namespace, wherever they are."""

from typing import NamedTuple

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import ClassSummary, Operation


class Type(NamedTuple):
    module: Module
    cls: ClassSummary
    place: int
    """Among the classes of the module."""

    @property
    def node(self) -> int:
        """The type's node in the program."""
        return self.module.base + self.cls.node


class PackagesLinked(FamilyLinked):
    """Types by their full names."""

    top_level = False

    def _roots_of_folders(self) -> None:
        self.types: dict[str, list[Type]] = {}
        for module in self.modules:
            for index, cls in enumerate(module.summary.classes):
                full = f"{self.package_of(module, index)}.{cls.name}".lstrip(".")
                self.types.setdefault(full, []).append(Type(module, cls, index))

    def package_of(self, module: Module, cls: int) -> str:
        """The package of a class of a file."""
        raise NotImplementedError

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported but types."""
        return None

    def named(self, name: str, module: Module) -> Type | None:
        """The type of a full name; of several, the one nearest to a file."""
        found = self.types.get(name)
        if not found:
            return None
        return max(found, key=lambda it: _shared(it.module.source.name, module.source.name))

    def _link_import(self, module: Module, operation: Operation) -> None:
        _, target, name, _, attribute, _ = operation
        found = self.named(f"{name}.{attribute}".lstrip("."), module)
        if found is not None:
            self.root[module.base + target] = found.node

    def qualified(self, module: Module, name: str) -> str:
        """The type that a file is named after is not repeated."""
        last = module.name.rpartition(".")[2]
        if not name or name == last:
            return module.name
        return module.name + name.removeprefix(last) if name.startswith(last + ".") else f"{module.name}.{name}"

    def other_names(self) -> OtherNames:
        """Types go by their package or namespace."""
        names: OtherNames = []
        for full, found in self.types.items():
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
