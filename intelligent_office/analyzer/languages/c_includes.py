"""How files of C and C++ name each other: includes, and what the linker joins."""

import posixpath

from intelligent_office.analyzer.languages.linking import FamilyLinked, joined_path
from intelligent_office.analyzer.linking import Module

INCLUDES, PRIVATE = "includes", "private"
"""Facts: the texts of a file's includes, and the names that no other file sees unless it includes this one."""


class CLinked(FamilyLinked):
    """Names are visible by inclusion, or in the whole program."""

    top_level = False

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported by name."""
        return None

    def _roots_of_folders(self) -> None:
        self.several: dict[int, tuple[int, ...]] = {}
        """Nodes that stand for several definitions of one name, with those."""
        self._joined: dict[tuple[int, ...], int] = {}
        self._visible: dict[int, frozenset[int]] = {}
        self._by_file: dict[str, list[Module]] = {}
        self._holders: dict[str, list[Module]] = {}
        for module in self.modules:
            self._by_file.setdefault(posixpath.basename(module.source.name), []).append(module)
            for name in module.summary.exports:
                self._holders.setdefault(name, []).append(module)
        self._secrets = {module.index: frozenset(module.summary.facts.get(PRIVATE, ())) for module in self.modules}

    def included(self, module: Module, text: str) -> Module | None:
        """The file that an include means: beside the including one, else the nearest whose path ends so."""
        path = text.strip('"<>')
        candidates = self._by_file.get(posixpath.basename(path), [])
        beside = joined_path(module.source.name, path)
        if text.startswith('"'):
            for candidate in candidates:
                if candidate.source.name == beside:
                    return candidate
        plain = path.lstrip("./")
        fitting = [it for it in candidates if f"/{it.source.name}".endswith(f"/{plain}")]
        return max(fitting, key=lambda it: nearness(it, module), default=None)

    def visible(self, module: Module) -> frozenset[int]:
        """The files that a file includes, directly or not."""
        found = self._visible.get(module.index)
        if found is None:
            seen = {module.index}
            pending = [module]
            while pending:
                here = pending.pop()
                for text in here.summary.facts.get(INCLUDES, ()):
                    target = self.included(here, text)
                    if target is not None and target.index not in seen:
                        seen.add(target.index)
                        pending.append(target)
            found = self._visible[module.index] = frozenset(seen)
        return found

    def free(self, module: Module, name: str) -> int:
        """What a name means that its file does not declare."""
        return self.one_of([it.base + it.summary.exports[name] for it in self.holders(module, name)])

    def holders(self, module: Module, name: str) -> list[Module]:
        """The files that may define a name: those that are included, else those that are linked."""
        candidates = [it for it in self._holders.get(name, ()) if it is not module]
        if not candidates:
            return []
        visible = self.visible(module)
        seen = [it for it in candidates if it.index in visible]
        if seen:
            return seen
        linked = [it for it in candidates if name not in self._secrets[it.index]]
        nearest = max((nearness(it, module) for it in linked), default=0)
        return [it for it in linked if nearness(it, module) == nearest]

    def one_of(self, nodes: list[int]) -> int:
        """One node for any of some."""
        if len(nodes) < 2:
            return nodes[0] if nodes else 0
        key = tuple(nodes)
        if key not in self._joined:
            self._joined[key] = self.new_node()
            self.several[self._joined[key]] = key
        return self._joined[key]

    def new_node(self) -> int:
        """A node that belongs to no file."""
        self.root.append(self.node_count)
        self.node_count += 1
        return self.node_count - 1


def nearness(one: Module, other: Module) -> int:
    """How many folders two files have in common, from the top."""
    count = 0
    for left, right in zip(one.source.name.split("/")[:-1], other.source.name.split("/")[:-1], strict=False):
        if left != right:
            break
        count += 1
    return count
