"""Classes and their order: linear method resolution, subclasses, and where an attribute is found."""

from intelligent_office.analyzer.linking import ClassRecord

_HARMLESS = frozenset(
    {
        *("builtins.object", "typing.Generic", "typing.Protocol", "abc.ABC", "typing_extensions.Protocol"),
        *("typing_extensions.Generic", "enum.Enum", "enum.IntEnum", "enum.Flag", "typing.NamedTuple"),
        *("typing_extensions.TypedDict", "typing.TypedDict", "enum.StrEnum"),
    }
)
_PROTOCOLS = frozenset({"typing.Protocol", "typing_extensions.Protocol"})
FEW = 4
"""So many times as many subclasses as classes with an attribute make it worth to begin with the latter."""


class Hierarchy:
    """The classes of a program, once their bases are known."""

    def __init__(self, classes: list[ClassRecord], bases: list[list[int]], external: list[list[str]]) -> None:
        self.classes = classes
        self.bases = bases
        self.external_bases = external
        self._orders: dict[int, list[int]] = {}
        self.subclasses: list[list[int]] = [[] for _ in classes]
        for cls in classes:
            for base in bases[cls.index]:
                self.subclasses[base].append(cls.index)
        self._by_name: dict[str, list[int]] = {}
        for cls in classes:
            self._by_name.setdefault(cls.summary.name.rpartition(".")[2], []).append(cls.index)
        self._descendants: dict[int, list[int]] = {}
        self._below: dict[int, frozenset[int]] = {}
        self._definers: dict[str, list[int]] = {}
        for cls in classes:
            for name in cls.summary.attributes:
                self._definers.setdefault(name, []).append(cls.index)
        self._found: dict[tuple[int, str], int] = {}
        self._overrides: dict[tuple[int, str], list[int]] = {}
        self._implement_protocols()

    def order(self, cls: int) -> list[int]:
        """The class and its ancestors in the order in which attributes are looked up (C3)."""
        order = self._orders.get(cls)
        if order is None:
            self._orders[cls] = [cls]  # a ring of classes that inherit each other ends here
            order = self._orders[cls] = [cls, *self._merge(cls)]
        return order

    def _merge(self, cls: int) -> list[int]:
        bases = [base for base in self.bases[cls] if base != cls]
        rows = [list(self.order(base)) for base in bases] + [bases]
        merged: list[int] = []
        while rows := [row for row in rows if row]:
            for row in rows:
                if not any(row[0] in other[1:] for other in rows):
                    chosen = row[0]
                    break
            else:
                chosen = rows[0][0]
            merged.append(chosen)
            rows = [[item for item in row if item != chosen] for row in rows]
        return [ancestor for ancestor in merged if ancestor != cls]

    def named(self, name: str) -> list[int]:
        """The classes of a short name, unless there are several."""
        found = self._by_name.get(name, [])
        return found if len(found) == 1 else []

    def descendants(self, cls: int) -> list[int]:
        """All subclasses, of any depth."""
        found = self._descendants.get(cls)
        if found is None:
            seen: dict[int, None] = {}
            pending = list(self.subclasses[cls])
            while pending:
                child = pending.pop()
                if child not in seen and child != cls:
                    seen[child] = None
                    pending.extend(self.subclasses[child])
            found = self._descendants[cls] = sorted(seen)
        return found

    def defines(self, names: tuple[str, ...]) -> bool:
        """Whether any class has any of the attributes."""
        return any(name in self._definers for name in names)

    def find(self, cls: int, name: str) -> int:
        """The class that gives `cls` the attribute, or -1."""
        key = (cls, name)
        found = self._found.get(key)
        if found is None:
            found = -1
            if name in self._definers:
                for ancestor in self.order(cls):
                    if name in self.classes[ancestor].summary.attributes:
                        found = ancestor
                        break
            self._found[key] = found
        return found

    def find_after(self, cls: int, after: int, name: str) -> int:
        """As `find`, but beginning behind the class `after`: what `super()` does."""
        order = self.order(cls)
        start = order.index(after) + 1 if after in order else 0
        for ancestor in order[start:]:
            if name in self.classes[ancestor].summary.attributes:
                return ancestor
        return -1

    def overrides(self, cls: int, name: str) -> list[int]:
        """The classes that give the attribute to subclasses of `cls` where `cls` itself has another or none."""
        key = (cls, name)
        found = self._overrides.get(key)
        if found is None:
            own = self.find(cls, name)
            found = []
            if name in self._definers and self.subclasses[cls]:
                found = sorted(self._definers_below(cls, name) - {own, -1})
            self._overrides[key] = found
        return found

    def _definers_below(self, cls: int, name: str) -> set[int]:
        """The classes that give the attribute to subclasses: of many, few are likely to define it."""
        children, definers = self.descendants(cls), self._definers[name]
        if len(definers) * FEW > len(children):
            return {self.find(child, name) for child in children}
        below = self._below.get(cls)
        if below is None:
            below = self._below[cls] = frozenset(children)
        return {
            definer
            for definer in definers
            if definer in below
            or any(child in below and self.find(child, name) == definer for child in self.descendants(definer))
        }

    def is_subclass(self, cls: int, ancestor: int) -> bool:
        """Whether `cls` is `ancestor` or inherits it."""
        return ancestor in self.order(cls)

    def outside_base(self, cls: int) -> str | None:
        """The dotted name of an ancestor outside the program that may hold any attribute; None if there is none."""
        for ancestor in self.order(cls):
            for name in self.external_bases[ancestor]:
                if name not in _HARMLESS:
                    return name
        return None

    def _implement_protocols(self) -> None:
        """A class with all methods of a protocol counts as its subclass."""
        for cls in self.classes:
            if not _PROTOCOLS.intersection(self.external_bases[cls.index]):
                continue
            names = self._required(cls.index)
            if not names:
                continue
            rarest = min(names, key=lambda name: len(self._definers[name]))
            for other in self._definers[rarest]:
                if other != cls.index and not self.is_subclass(cls.index, other) and self._has_all(other, names):
                    self.subclasses[cls.index].append(other)

    def _required(self, protocol: int) -> list[str]:
        """The methods of a protocol and of those it inherits."""
        asked = [cls for cls in self.order(protocol) if _PROTOCOLS.intersection(self.external_bases[cls])]
        names = dict.fromkeys(name for cls in asked for name in self.classes[cls].summary.attributes)
        return [name for name in names if not name.startswith("__") or name == "__call__"]

    def _has_all(self, cls: int, names: list[str]) -> bool:
        return all(self.find(cls, name) >= 0 for name in names)
