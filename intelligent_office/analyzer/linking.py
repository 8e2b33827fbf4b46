"""Join module summaries into one program: number all nodes, and give imported names the node they stand for."""

import builtins
import sys
from dataclasses import dataclass, field

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.discovery import SourceFile
from intelligent_office.analyzer.summary import ClassSummary, FunctionSummary, ModuleSummary

BUILTIN_NAMES = frozenset(dir(builtins)) | {"reveal_type", "unicode", "xrange", "raw_input", "basestring", "long"}


@dataclass(slots=True, eq=False)
class Module:
    """A module of the program; its node n is node `base + n` of the program, or that node's root."""

    index: int
    source: SourceFile
    summary: ModuleSummary
    base: int
    first_function: int
    first_class: int

    @property
    def name(self) -> str:
        """Its dotted name."""
        return self.source.module


@dataclass(slots=True, eq=False)
class FunctionRecord:
    """A function of the program."""

    index: int
    module: Module
    summary: FunctionSummary
    name: str
    owner: int = field(init=False)
    """The class in whose body it stands, or -1."""

    def __post_init__(self) -> None:
        self.owner = self.module.first_class + self.summary.owner if self.summary.owner >= 0 else -1


@dataclass(slots=True, eq=False)
class ClassRecord:
    """A class of the program."""

    index: int
    module: Module
    summary: ClassSummary
    name: str


class Linked:
    """All modules, with one numbering of nodes, functions and classes."""

    def __init__(self, sources: list[tuple[SourceFile, ModuleSummary]], folder: str = "") -> None:
        self._folder = folder
        self.modules: list[Module] = []
        self.functions: list[FunctionRecord] = []
        self.classes: list[ClassRecord] = []
        self.by_name: dict[str, Module] = {}
        self.namespaces: dict[str, list[str]] = {}
        self._prefixes: dict[tuple[str, str], str | None] = {}
        self._stars_running: set[int] = set()
        base = 1
        for source, summary in sources:
            base = self._add(source, summary, base)
        self.node_count = base
        self.builtin_nodes: dict[str, int] = {}
        self.root = list(range(base))
        self._roots_of_folders()
        self._link()

    def _add(self, source: SourceFile, summary: ModuleSummary, base: int) -> int:
        module = Module(len(self.modules), source, summary, base, len(self.functions), len(self.classes))
        self.modules.append(module)
        if source.is_package or module.name not in self.by_name:
            self.by_name[module.name] = module
        prefix = module.name + "." if module.name else ""
        for function in summary.functions:
            name = prefix + function.name if function.name else module.name
            self.functions.append(FunctionRecord(len(self.functions), module, function, name))
        for cls in summary.classes:
            self.classes.append(ClassRecord(len(self.classes), module, cls, prefix + cls.name))
        return base + summary.node_count

    # Finding modules

    def _roots_of_folders(self) -> None:
        """Folders that are no packages are places from which absolute imports may start."""
        roots: dict[str, None] = {"": None}
        for module in self.modules:
            parts = module.name.split(".")
            for end in range(1, len(parts)):
                folder = ".".join(parts[:end])
                self.namespaces.setdefault(folder, [])
                holder = self.by_name.get(folder)
                if holder is None or not holder.source.is_package:
                    roots[folder + "."] = None
        self.import_roots = sorted(roots, key=lambda root: (root.count("."), root != "src.", root))

    def find_module(self, name: str, importer: str) -> str | None:
        """The full name of a module or namespace imported by an absolute name, or None for one from outside."""
        top, _, _ = name.partition(".")
        key = (importer.rpartition(".")[0], top)
        if key not in self._prefixes:
            self._prefixes[key] = self._prefix_for(top, importer)
        prefix = self._prefixes[key]
        return self._inside(name) if prefix is None else prefix + name

    def _inside(self, name: str) -> str | None:
        """The folder may be a part of a larger package, and its modules may name each other in full."""
        parts = name.split(".")
        if self._folder not in parts:
            return None
        place = parts.index(self._folder)
        for first in (place, place + 1):
            full = ".".join(parts[first:])
            if full and self.is_module(full):
                return full
        return None

    def _prefix_for(self, top: str, importer: str) -> str | None:
        parts = importer.split(".")[:-1]
        near = [".".join(parts[:end]) + "." for end in range(len(parts), 0, -1)]
        near = [prefix for prefix in near if prefix in self.import_roots]
        far = [] if top in sys.stdlib_module_names else self.import_roots
        for prefix in ["", *near, *far]:
            if self.is_module(prefix + top) and prefix + top != importer:
                return prefix
        return "" if importer == top else self._beside(top, importer)

    def _beside(self, top: str, importer: str) -> str | None:
        """Scripts inside a package folder import their neighbours by bare name."""
        parts = importer.split(".")[:-1]
        for end in range(len(parts), 0, -1):
            prefix = ".".join(parts[:end]) + "."
            if prefix + top in self.by_name and prefix + top != importer and top not in sys.stdlib_module_names:
                return prefix
        return None

    def is_module(self, name: str) -> bool:
        """Whether a full name is that of a module or of a folder of modules."""
        return name in self.by_name or name in self.namespaces

    def absolute(self, module: Module, name: str, level: int) -> str | None:
        """The full name of an imported module, None if it is not part of the program."""
        if not level:
            return self.find_module(name, module.name)
        parts = module.name.split(".")
        drop = level - 1 if module.source.is_package else level
        if drop > len(parts):
            return None
        kept = parts[: len(parts) - drop]
        full = ".".join([*kept, name] if name else kept)
        return full if self.is_module(full) or not full else None

    # Names

    def export(self, module: Module, name: str) -> int:
        """The node of a module's name; 0 if it has none."""
        node = module.summary.exports.get(name)
        if node is not None:
            return module.base + node if node else 0
        return self.from_stars(module, name)

    def from_stars(self, module: Module, name: str) -> int:
        """The node a star import brings in."""
        if name.startswith("__") or module.index in self._stars_running:
            return 0
        self._stars_running.add(module.index)
        try:
            for target, level in reversed(module.summary.stars):
                full = self.absolute(module, target, level)
                source = self.by_name.get(full) if full is not None else None
                if source is None or not _is_public(source, name):
                    continue
                node = self.export(source, name)
                if node:
                    return node
        finally:
            self._stars_running.discard(module.index)
        return 0

    def _link(self) -> None:
        root = self.root
        for module in self.modules:
            base = module.base
            root[base] = 0
            for node, target in module.summary.aliases.items():
                root[base + node] = base + target
            for name, node in module.summary.unresolved.items():
                exported = module.summary.exports.get(name)
                if exported is not None:
                    root[base + node] = base + exported if exported else 0
                    continue
                brought = self.from_stars(module, name)
                if brought:
                    root[base + node] = brought
                elif name in BUILTIN_NAMES:
                    root[base + node] = self.builtin_nodes.setdefault(name, base + node)
            for function in module.summary.functions:
                for operation in function.operations:
                    if operation[0] == ops.IMPORT and operation[1] and operation[4]:
                        self._link_import(module, operation)
        for node in range(len(root)):
            if root[node] != node:
                root[node] = self._find(node)

    def _link_import(self, module: Module, operation: ops.Operation) -> None:
        _, target, name, level, attribute, _ = operation
        full = self.absolute(module, name, level)
        source = self.by_name.get(full) if full is not None else None
        if source is None or source is module:
            return
        node = self.export(source, attribute)
        if node:
            self.root[module.base + target] = node

    def _find(self, node: int) -> int:
        """Follow aliases to their end; a ring of imports that import each other has none and means nothing."""
        root = self.root
        seen = []
        while root[node] != node:
            seen.append(node)
            node = root[node]
            if len(seen) > 100 and node in seen:
                node = 0
                break
        for passed in seen:
            root[passed] = node
        return node


def _is_public(module: Module, name: str) -> bool:
    if module.summary.public is not None:
        return name in module.summary.public or bool(module.summary.stars)
    return not name.startswith("_")
