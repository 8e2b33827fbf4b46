"""Join the summaries of a family of languages: what one file means by a name of another."""

import posixpath
from dataclasses import replace

from intelligent_office.analyzer import summary as ops
from intelligent_office.analyzer.discovery import SourceFile
from intelligent_office.analyzer.linking import ClassRecord, Linked, Module
from intelligent_office.analyzer.summary import ModuleSummary

OtherNames = list[tuple[str, list[str]]]


class FamilyLinked(Linked):
    """All files of a family; modules go by the paths of their files, since their dotted names may be alike."""

    top_level = True
    """Whether code may stand outside of functions; if not, the top level is a function where something is in it."""

    def __init__(self, sources: list[tuple[SourceFile, ModuleSummary]], folder: str = "") -> None:
        self.outside_nodes: dict[str, int] = {}
        """Nodes of names that nothing in the program binds."""
        self.hidden: set[int] = set()
        """Functions that are none of their own in the graph, once the program is solved."""
        self.wholes: dict[int, int] = {}
        """By the index of a class that is a part of another: the index of the whole."""
        super().__init__(sources, folder)

    # What a language says

    def absolute(self, module: Module, name: str, _level: int) -> str | None:
        """The key of an imported file in `by_name`, None if it is not part of the program."""
        raise NotImplementedError

    def free(self, _module: Module, _name: str) -> int:
        """The node of a name that is visible without import; 0 if the program has none."""
        return 0

    def outside_name(self, name: str, attribute: str) -> str:
        """What an import from outside the program is called."""
        return f"{name}.{attribute}" if attribute else name

    def is_whole(self, _full: str, attribute: str) -> bool:
        """Whether what is imported under a name is all that a file exports."""
        return not attribute

    def qualified(self, module: Module, name: str) -> str:
        """The dotted name of something in a file."""
        return f"{module.name}.{name}" if name else module.name

    def other_names(self) -> OtherNames:
        """Further names of functions and classes, with the names in the graph that they stand for."""
        return []

    # How it is done

    def join_classes(self, part: ClassRecord, whole: ClassRecord) -> None:
        """A class may be defined in several places: whatever stands in one of them belongs to the whole."""
        shift = part.module.base - whole.module.base
        moved = {name: node + shift for name, node in part.summary.attributes.items()}
        whole.summary = replace(whole.summary, attributes={**moved, **whole.summary.attributes})
        bases = tuple([base + shift for base in part.summary.bases if base])
        whole.summary.bases += bases
        part.summary = replace(part.summary, attributes={}, bases=())
        part.name = whole.name
        self.wholes[part.index] = whole.index
        self.root[part.module.base + part.summary.node] = whole.module.base + whole.summary.node
        for function in self.functions[part.module.first_function :]:
            if function.module is not part.module:
                break
            if function.owner == part.index:
                function.owner = whole.index

    def _add(self, source: SourceFile, summary: ModuleSummary, base: int) -> int:
        first_function, first_class = len(self.functions), len(self.classes)
        end = super()._add(source, summary, base)
        module = self.modules[-1]
        if self.by_name.get(module.name) is module:
            del self.by_name[module.name]
        self.by_name[source.name] = module
        for function in self.functions[first_function:]:
            function.name = self.qualified(module, function.summary.name)
        for cls in self.classes[first_class:]:
            cls.name = self.qualified(module, cls.summary.name)
        return end

    def _roots_of_folders(self) -> None:
        """There is nothing to prepare."""

    def is_module(self, name: str) -> bool:
        """Whether a key is that of a file."""
        return name in self.by_name

    def from_stars(self, module: Module, name: str) -> int:
        """The node of a name that a file hands on from another."""
        if module.index in self._stars_running:
            return 0
        self._stars_running.add(module.index)
        try:
            for target, level in module.summary.stars:
                full = self.absolute(module, target, level)
                source = self.by_name.get(full) if full is not None else None
                node = self.export(source, name) if source is not None else 0
                if node:
                    return node
        finally:
            self._stars_running.discard(module.index)
        return 0

    def export(self, module: Module, name: str) -> int:
        """The node of a name that others may import; 0 if there is none."""
        node = module.summary.exports.get(name)
        return module.base + node if node else self.from_stars(module, name)

    def _link(self) -> None:
        root = self.root
        for module in self.modules:
            base = module.base
            root[base] = 0
            for node, target in module.summary.aliases.items():
                root[base + node] = base + target
        for module in self.modules:
            self._link_names(module)
            for function in module.summary.functions:
                for operation in function.operations:
                    if operation[0] == ops.IMPORT and operation[1] and operation[4]:
                        self._link_import(module, operation)
        for node in range(len(root)):
            if root[node] != node:
                root[node] = self._find(node)

    def _link_names(self, module: Module) -> None:
        for name, node in module.summary.unresolved.items():
            place = module.base + node
            self.root[place] = self.free(module, name) or self.outside_nodes.setdefault(name, place)


def joined_path(file: str, relative: str) -> str:
    """A path relative to the folder, from one relative to a file; it begins with `..` if it leads out of the folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), relative))
