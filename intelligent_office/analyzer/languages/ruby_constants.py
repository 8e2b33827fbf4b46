"""How Ruby's files come together: constants are known everywhere, classes are opened again and again."""

import posixpath
from typing import NamedTuple

from intelligent_office.analyzer.languages.linking import FamilyLinked
from intelligent_office.analyzer.languages.ruby_names import CONSTANTS, REQUIRED
from intelligent_office.analyzer.linking import ClassRecord, Module
from intelligent_office.analyzer.summary import Operation


class _Constant(NamedTuple):
    module: Module
    node: int
    """The node in the program."""


class RubyLinked(FamilyLinked):
    """Constants by their full names; methods outside of classes by the files that are asked for."""

    def _roots_of_folders(self) -> None:
        self.whole: dict[int, int] = {}
        """By its number, the class that one is a part of."""
        self._missed: list[tuple[int, str, str]] = []
        self._constants: dict[str, list[_Constant]] = {}
        self._classes = {cls.module.base + cls.summary.node: cls for cls in self.classes}
        self._paths: dict[int, str] = {}
        for module in self.modules:
            for path, node in module.summary.facts.get(CONSTANTS, ()):
                self._constants.setdefault(path, []).append(_Constant(module, module.base + node))
                self._paths.setdefault(module.base + node, path)
        self._required = {module.index: self._asked_for(module) for module in self.modules}
        for found in self._constants.values():
            self._join([cls for it in found if (cls := self._classes.get(it.node)) is not None])

    def _asked_for(self, module: Module) -> set[str]:
        """The files that a file asks for."""
        folder = posixpath.dirname(module.source.name)
        found: set[str] = set()
        for path, is_relative in module.summary.facts.get(REQUIRED, ()):
            plain = path.removesuffix(".rb").removeprefix("./") + ".rb"
            ends = [posixpath.normpath(posixpath.join(folder, plain))] if is_relative else [plain, f"lib/{plain}"]
            found.update(end for end in ends if end in self.by_name)
        return found

    def _join(self, parts: list[ClassRecord]) -> None:
        """What is opened several times is one class; two programs in one folder may have one each of a name."""
        wholes: list[ClassRecord] = []
        for part in parts:
            whole = next((it for it in wholes if self._belongs(part, it)), None)
            if whole is None:
                wholes.append(part)
                continue
            meta = part.summary.metaclass
            annotated = part.summary.annotated
            shift = part.module.base - whole.module.base
            self.join_classes(part, whole)
            whole.summary.metaclass = whole.summary.metaclass or (meta + shift if meta else 0)
            whole.summary.annotated = whole.summary.annotated or annotated
            self.whole[part.index] = whole.index

    def _belongs(self, part: ClassRecord, whole: ClassRecord) -> bool:
        if part.module is whole.module or not part.summary.attributes.keys() & whole.summary.attributes.keys():
            return True
        return self._reaches(part.module, whole.module) or self._reaches(whole.module, part.module)

    def _reaches(self, start: Module, end: Module) -> bool:
        """Whether one file asks for another, be it through others."""
        seen = {start.index}
        pending = [start]
        while pending:
            module = pending.pop()
            if module is end:
                return True
            for name in self._required[module.index]:
                asked = self.by_name[name]
                if asked.index not in seen:
                    seen.add(asked.index)
                    pending.append(asked)
        return False

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported by name."""
        return None

    def outside_name(self, _name: str, attribute: str) -> str:
        """What is not in the program stands in no module of it."""
        return attribute

    def _constant(self, module: Module, nesting: str, path: str) -> int:
        """The node of a constant as code in some modules sees it; 0 if the program has none."""
        prefix = nesting
        while True:
            found = self._constants.get(f"{prefix}.{path}".lstrip("."))
            if found:
                return self._nearest(found, module).node
            if not prefix:
                return 0
            prefix = prefix.rpartition(".")[0]

    def _nearest(self, found: list[_Constant], module: Module) -> _Constant:
        own = [it for it in found if it.module is module]
        classes = [it for it in found if it.node in self._classes]
        if own or len({self.root[it.node] for it in classes or found}) == 1:
            return (own or classes or found)[0]
        asked = [it for it in found if self._reaches(module, it.module)]
        return asked[0] if asked else max(found, key=lambda it: _shared(it.module.source.name, module.source.name))

    def _link_import(self, module: Module, operation: Operation) -> None:
        _, target, nesting, _, path, _ = operation
        node = self._constant(module, nesting, path)
        if node:
            self.root[module.base + target] = node
        elif nesting or "." in path:
            self._missed.append((module.base + target, nesting, path))

    def _link(self) -> None:
        super()._link()
        found = [
            (target, node) for target, nesting, path in self._missed if (node := self._inherited(nesting, path, 0))
        ]
        for target, node in found:
            self.root[target] = node
        for node in range(len(self.root)) if found else ():
            if self.root[node] != node:
                self.root[node] = self._find(node)

    def _inherited(self, nesting: str, path: str, depth: int) -> int:
        """A constant of a base class or of a module that is mixed in."""
        owner, _, name = path.rpartition(".")
        place = f"{nesting}.{owner}".strip(".") if owner and not depth else nesting
        for one in self._constants.get(place, self._constants.get(owner, []) if not depth else []):
            cls = self._classes.get(self.root[one.node])
            for base in cls.summary.bases if cls is not None and depth < 10 else ():
                assert cls is not None
                above = self._paths.get(self._find(cls.module.base + base), "")
                found = self._constants.get(f"{above}.{name}") if above else None
                if found:
                    return self.root[found[0].node]
                if above and (deeper := self._inherited(above, name, depth + 1)):
                    return deeper
        return 0

    def free(self, module: Module, name: str) -> int:
        """A method outside of classes, or a global variable: of a file that is asked for, or the only one."""
        found = self._everywhere.get(name, ())
        near = [it for it in found if self._reaches(module, it.module)]
        chosen = near or (found if len(found) == 1 else ())
        return chosen[0].node if chosen else 0

    @property
    def _everywhere(self) -> dict[str, list[_Constant]]:
        if self._global_names is None:
            self._global_names = {}
            for module in self.modules:
                for name, node in module.summary.exports.items():
                    self._global_names.setdefault(name, []).append(_Constant(module, module.base + node))
        return self._global_names

    _global_names: dict[str, list[_Constant]] | None = None


def _shared(one: str, other: str) -> int:
    """How many folders two files have in common, from the top."""
    return len(posixpath.commonpath([f"/{one}", f"/{other}"]))
