"""Rust modules: a tree of files below the root of each crate, and paths that lead through it."""

import posixpath

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames
from intelligent_office.analyzer.linking import Module
from intelligent_office.analyzer.summary import Operation

TRAITS, PARTS, STARS, INLINE = "traits", "parts", "stars", "inline"
"""Facts: classes that are traits; classes whose type is a node declared elsewhere (node, index); paths whose names
are all imported; classes that stand for modules in the file."""
_STANDARD = frozenset({"std", "core", "alloc", "proc_macro", "test"})
_DEEPEST = 12
"""Imports that lead to imports, one after the other."""


class RustLinked(FamilyLinked):
    """Paths lead from the crate, from the module, or from another crate of the folder."""

    top_level = False

    def _roots_of_folders(self) -> None:
        self._crate_of: dict[int, str] = {}
        self._path_of: dict[int, tuple[str, ...]] = {}
        self._at: dict[tuple[str, tuple[str, ...]], list[Module]] = {}
        self._crates: dict[str, str] = {}
        self._found: dict[tuple[str, ...], tuple[int, Module | None]] = {}
        self._tried: set[tuple[str, ...]] = set()
        self._imports = {
            module.base + operation[1]: (module, operation[2])
            for module in self.modules
            for function in module.summary.functions
            for operation in function.operations
            if operation[0] == ops.IMPORT
        }
        roots = {_folder(m) for m in self.modules if posixpath.basename(m.source.name) in ("lib.rs", "main.rs")}
        for module in self.modules:
            root = self._root(_folder(module), roots)
            path = _module_path(module, root)
            self._crate_of[module.index], self._path_of[module.index] = root, path
            self._at.setdefault((root, path), []).append(module)
        for root in sorted(roots):
            home = posixpath.dirname(root) if posixpath.basename(root) == "src" else root
            self._crates.setdefault((posixpath.basename(home) or self._folder).replace("-", "_"), root)

    def _root(self, folder: str, roots: set[str]) -> str:
        place = folder
        while place not in roots:
            if not place:
                return folder
            place = posixpath.dirname(place)
        return place

    # Paths

    def _leads_to(self, module: Module, path: list[str]) -> tuple[int, Module | None]:
        """The node or the file to which a path leads; neither if that is outside of the program."""
        key = (module.source.name, *path)
        if key not in self._found:
            self._tried.clear()
            self._found[key] = self._target(module, path, 0)
        return self._found[key]

    def _target(self, module: Module, path: list[str], depth: int) -> tuple[int, Module | None]:
        """As `_leads_to`; modules may import all of each other, so no path is followed twice in one search."""
        key = (module.source.name, *path)
        if key in self._tried:
            return 0, None
        self._tried.add(key)
        root, place = self._crate_of[module.index], self._path_of[module.index]
        names = list(path)
        own = True
        if names and names[0] == "crate":
            names.pop(0)
            place = ()
        elif names and names[0] in ("self", "super"):
            while names and names[0] in ("self", "super"):
                place = place[:-1] if names.pop(0) == "super" else place
        elif names:
            found = self._follow(module, root, place, names, depth)
            if found != (0, None):
                return found
            crate = self._crate(names[0])
            if crate is None:
                return 0, None
            root, place, names = crate, (), names[1:]
            own = crate == self._crate_of[module.index]
        return self._follow(module if own else None, root, place, names, depth)

    def _crate(self, name: str) -> str | None:
        """The root of a crate of the folder: named like it, or with what all its crates are called before that."""
        if name in self._crates or name in _STANDARD:
            return self._crates.get(name)
        ends = [root for known, root in self._crates.items() if name.endswith(f"_{known}")]
        return ends[0] if len(ends) == 1 else None

    def _file(self, module: Module | None, root: str, place: tuple[str, ...]) -> Module | None:
        files = self._at.get((root, place), [])
        if module in files:
            return module
        main = [file for file in files if file.source.name.endswith("lib.rs")]
        return next(iter(main or files), None)

    def _follow(
        self, module: Module | None, root: str, place: tuple[str, ...], names: list[str], depth: int
    ) -> tuple[int, Module | None]:
        """From a module on, through the files and names in it."""
        file = self._file(module, root, place)
        if not names or depth > _DEEPEST:
            return 0, file if depth <= _DEEPEST else None
        name, rest = names[0], names[1:]
        for inner in ((*place, name), (*place[:-1], name)):
            if (root, inner) in self._at and inner != place and (inner[:-1] == place or self._is_root(file)):
                found = self._follow(None, root, inner, rest, depth + 1)
                if found != (0, None):
                    return found
        return self._in_file(file, name, rest, depth) if file is not None else (0, None)

    def _is_root(self, file: Module | None) -> bool:
        """Whether a file may be a crate by itself, whose modules stand beside it: a test, an example."""
        return file is not None and len(self._path_of[file.index]) == 1

    def _in_file(self, module: Module, name: str, rest: list[str], depth: int) -> tuple[int, Module | None]:
        node = module.summary.exports.get(name)
        if not node:
            for star in module.summary.facts.get(STARS, ()):
                if star != ["super"] or module.index:
                    found = self._target(module, [*star, name, *rest], depth + 1) if depth < _DEEPEST else (0, None)
                    if found != (0, None):
                        return found
            return 0, None
        return self._below(module.base + self._alias(module, node), rest, depth)

    def _alias(self, module: Module, node: int) -> int:
        for _ in range(20):
            node = module.summary.aliases.get(node, node)
        return node

    def _below(self, node: int, rest: list[str], depth: int) -> tuple[int, Module | None]:
        if not rest:
            return node, None
        imported = self._imports.get(node)
        if imported is not None:
            return (
                self._target(imported[0], imported[1].split("::") + rest, depth + 1) if depth < _DEEPEST else (0, None)
            )
        for cls in self._classes_at(node):
            owner, attributes = cls
            if rest[0] in attributes:
                return self._below(owner.base + self._alias(owner, attributes[rest[0]]), rest[1:], depth)
        return 0, None

    def _classes_at(self, node: int) -> list[tuple[Module, dict[str, int]]]:
        if not hasattr(self, "_by_node"):
            self._by_node: dict[int, list[tuple[Module, dict[str, int]]]] = {}
            for cls in self.classes:
                place = cls.module.base + self._alias(cls.module, cls.summary.node)
                self._by_node.setdefault(place, []).append((cls.module, cls.summary.attributes))
        return self._by_node.get(node, [])

    # The family

    def absolute(self, module: Module, name: str, _level: int) -> str | None:
        """A file, if a path leads to one."""
        found = self._leads_to(module, name.split("::"))[1]
        return found.source.name if found is not None else None

    def is_whole(self, _full: str, _attribute: str) -> bool:
        """A path leads to the thing itself."""
        return True

    def outside_name(self, name: str, _attribute: str) -> str:
        """With dots."""
        return name.replace("::", ".")

    def _link_import(self, module: Module, operation: Operation) -> None:
        target = module.base + operation[1]
        node, _ = self._leads_to(module, operation[2].split("::"))
        if node and node != target:
            self.root[target] = node

    def free(self, module: Module, name: str) -> int:
        """What a star brings in."""
        for star in module.summary.facts.get(STARS, ()):
            node, _ = self._leads_to(module, [*star, name])
            if node:
                return node
        return 0

    def export(self, module: Module, name: str) -> int:
        """A name of a file, or what a star brings in there."""
        node = module.summary.exports.get(name)
        return module.base + node if node else self.free(module, name)

    def _link(self) -> None:
        super()._link()
        at = {
            self.root[cls.module.base + cls.summary.node]: cls
            for cls in reversed(self.classes)
            if not self._is_part(cls.module, cls.index)
        }
        for module in self.modules:
            for node, index in module.summary.facts.get(PARTS, ()):
                whole = at.get(self.root[module.base + node]) if node else None
                part = self.classes[module.first_class + index]
                if whole is not None and whole is not part:
                    self.join_classes(part, whole)

    def _is_part(self, module: Module, cls: int) -> bool:
        return any(module.first_class + index == cls for _, index in module.summary.facts.get(PARTS, ()))

    def other_names(self) -> OtherNames:
        """Modules go by their path in the crate."""
        names: dict[str, list[str]] = {}
        called = {root: name for name, root in self._crates.items()}
        for module in self.modules:
            root, path = self._crate_of[module.index], self._path_of[module.index]
            for first in dict.fromkeys(("crate", called.get(root, "crate"), "")):
                name = ".".join(part for part in (first, *path) if part)
                if name and name != module.name:
                    names.setdefault(name, []).append(module.name)
        return list(names.items())


def _folder(module: Module) -> str:
    return posixpath.dirname(module.source.name)


def _module_path(module: Module, root: str) -> tuple[str, ...]:
    relative = posixpath.relpath(module.source.name, root) if root else module.source.name
    parts = relative.removesuffix(".rs").split("/")
    if parts[-1] == "mod" or (len(parts) == 1 and parts[0] in ("lib", "main")):
        parts.pop()
    return tuple(parts)
