"""How C# files name each other: namespaces, `using`, and classes in several parts."""

from collections.abc import Iterator
from dataclasses import replace

from intelligent_office.analyzer.languages.packages import PackagesLinked, Type
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import Operation

NAMESPACES, PARTS, EXTENSIONS = "namespaces", "parts", "extensions"
"""Facts: the namespace of each class, the classes that are parts of one, by name the methods for objects of others."""
USES, STATIC_USES, GLOBAL_USES = "uses", "static uses", "global uses"
"""Facts: the namespaces a file uses, the types whose members it uses, the namespaces that it uses for all files."""


class CSharpLinked(PackagesLinked):
    """Namespaces see those around them; classes in parts are one."""

    def _roots_of_folders(self) -> None:
        super()._roots_of_folders()
        self._for_all = [use for module in self.modules for use in module.summary.facts.get(GLOBAL_USES, ())]
        self.part_of: dict[int, int] = {}
        """The class that speaks for the whole, by each of its other parts."""
        for full, found in self.types.items():
            parts = [part for part in found if part.place in part.module.summary.facts.get(PARTS, ())]
            if len(parts) > 1:
                self.types[full] = [self._joined(parts)]

    def _joined(self, parts: list[Type]) -> Type:
        """The first part gets what the others have, and is their base."""
        whole, *others = parts
        attributes, bases = dict(whole.cls.attributes), list(whole.cls.bases)
        for part in others:
            shift = part.module.base - whole.module.base
            for name, node in part.cls.attributes.items():
                attributes.setdefault(name, node + shift)
            bases += [base + shift for base in part.cls.bases]
            record = self.classes[part.module.first_class + part.place]
            record.summary = replace(part.cls, attributes={}, bases=(whole.node - part.module.base,))
            self.part_of[record.index] = whole.module.first_class + whole.place
        record = self.classes[whole.module.first_class + whole.place]
        record.summary = replace(whole.cls, attributes=attributes, bases=tuple(bases))
        return whole._replace(cls=record.summary)

    def package_of(self, module: Module, cls: int) -> str:
        """The namespace it stands in."""
        return str(module.summary.facts[NAMESPACES][cls])

    def _places(self, module: Module) -> Iterator[str]:
        """Where a file looks for types: its namespaces and those around them, then what it uses."""
        for space in dict.fromkeys(module.summary.facts.get(NAMESPACES, ())):
            while space:
                yield space
                space = space.rpartition(".")[0]
        yield ""
        yield from module.summary.facts.get(USES, ())
        yield from self._for_all

    def free(self, module: Module, name: str) -> int:
        """A type of a namespace near, or an imported static member."""
        for place in self._places(module):
            found = self.named(f"{place}.{name}".lstrip("."), module)
            if found is not None:
                return found.node
        for use in module.summary.facts.get(STATIC_USES, ()):
            owner = self._anywhere(use, module)
            node = owner.cls.attributes.get(name) if owner is not None else None
            if owner is not None and node:
                return owner.module.base + node
        return 0

    def _anywhere(self, name: str, module: Module) -> Type | None:
        """The type of a name that may begin in a namespace around."""
        names = (f"{place}.{name}".lstrip(".") for place in ("", *self._places(module)))
        return next((found for full in names if (found := self.named(full, module)) is not None), None)

    def _link_import(self, module: Module, operation: Operation) -> None:
        """A full name is that of a type, or of a static member of one."""
        _, target, name, _, attribute, _ = operation
        found = self._anywhere(f"{name}.{attribute}".lstrip("."), module)
        if found is not None:
            self.root[module.base + target] = found.node
            return
        owner = self._anywhere(name, module)
        node = owner.cls.attributes.get(attribute) if owner is not None else None
        if owner is not None and node:
            self.root[module.base + target] = owner.module.base + node
