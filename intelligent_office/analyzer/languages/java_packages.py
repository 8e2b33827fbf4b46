"""How Java's files name each other: packages, imports, and what needs none."""

from intelligent_office.analyzer.languages.packages import PackagesLinked
from intelligent_office.analyzer.linking import Module

PACKAGE, STARS, STATIC_STARS = "package", "stars", "static stars"
"""Facts: the package of a file, the packages and types whose types it imports, the types whose members it imports."""


class JavaLinked(PackagesLinked):
    """A file has one package; it need not import that."""

    def package_of(self, module: Module, _cls: int) -> str:
        """That of the file."""
        return str(module.summary.facts.get(PACKAGE, ""))

    def free(self, module: Module, name: str) -> int:
        """A type of the package or of one that is imported as a whole, or an imported static member."""
        facts = module.summary.facts
        for package in (facts.get(PACKAGE, ""), *facts.get(STARS, ()), *facts.get(STATIC_STARS, ())):
            found = self.named(f"{package}.{name}".lstrip("."), module)
            if found is not None:
                return found.node
        for star in facts.get(STATIC_STARS, ()):
            owner = self.named(star, module)
            node = owner.cls.attributes.get(name) if owner is not None else None
            if owner is not None and node:
                return owner.module.base + node
        return 0
