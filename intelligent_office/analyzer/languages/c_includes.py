"""How files of C and C++ name each other: includes, and what the linker joins."""

import posixpath
from dataclasses import replace

from intelligent_office.analyzer.languages.linking import FamilyLinked, OtherNames, joined_path
from intelligent_office.analyzer.linking import ClassRecord, Module

INCLUDES, PRIVATE, TAGS, USED, INLINE = "includes", "private", "tags", "used", "inline"
"""Facts: the texts of a file's includes, the names that no other file sees unless it includes this one, the names that
are those of classes, the namespaces whose names need no namespace, those whose names need only the one around."""
PARTS, PLACEHOLDERS, DECLARED = "parts", "placeholders", "declared"
"""Facts: classes that are continued, each with the name it goes by; nodes of methods that are defined elsewhere; how
many parameters of a declared function there are and may be left out, and whether it is static."""
TAG = "struct "
"""What stands before the names of structures and unions, which are not those of variables."""


class CLinked(FamilyLinked):
    """Names are visible by inclusion, or in the whole program."""

    top_level = False

    def absolute(self, _module: Module, _name: str, _level: int) -> str | None:
        """Nothing is imported by name."""
        return None

    def _roots_of_folders(self) -> None:
        self.several: dict[int, tuple[int, ...]] = {}
        """Nodes that stand for several definitions of one name, with those."""
        self.overloaded: list[int] = []
        """Those of them whose definitions are meant together."""
        self._joined: dict[tuple[int, ...], int] = {}
        self._visible: dict[int, frozenset[int]] = {}
        self._by_file: dict[str, list[Module]] = {}
        self._holders: dict[str, list[Module]] = {}
        for module in self.modules:
            self._by_file.setdefault(posixpath.basename(module.source.name), []).append(module)
            for name in module.summary.exports:
                self._holders.setdefault(name, []).append(module)
        self._secrets = {module.index: frozenset(module.summary.facts.get(PRIVATE, ())) for module in self.modules}
        self._tags = {module.index: frozenset(module.summary.facts.get(TAGS, ())) for module in self.modules}
        spaces = (space for module in self.modules for space in module.summary.facts.get(INLINE, ()))
        self._inline = sorted(dict.fromkeys(spaces), key=len)
        self._join_parts()
        self._apply_declarations()

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
        """What a name means that its file does not declare; in C++ it says from which namespace it is seen."""
        plain, at, context = name.partition("@")
        if not at:
            found = [it for it in self.holders(module, name) if name not in self._tags[it.index]]
            if not found and name.startswith(TAG):
                name = name.removeprefix(TAG)
                found = self.holders(module, name)
            return self.one_of([it.base + it.summary.exports[name] for it in found])
        for full in self.candidates(module, plain, context):
            if full in module.summary.exports:
                return module.base + module.summary.exports[full]
            if found := self.holders(module, full):
                return self.one_of([it.base + it.summary.exports[full] for it in found])
        return 0

    def candidates(self, module: Module, name: str, context: str) -> list[str]:
        """The full names that a name may stand for, the nearest first."""
        parts = context.split(".") if context else []
        around = [".".join([*parts[:end], name]) for end in range(len(parts), -1, -1)]
        used = dict.fromkeys(
            space for index in self.visible(module) for space in self.modules[index].summary.facts.get(USED, ())
        )
        inside = [f"{outer}.{space}.{name}" for space in used for outer in parts[:1]]
        found = [*around, *(f"{space}.{name}" for space in used), *inside, TAG + name]
        for space in self._inline:
            outer = space.rpartition(".")[0] + "."
            found += [f"{space}.{full[len(outer) :]}" for full in found if full.startswith(outer)]
        return found

    def _join_parts(self) -> None:
        parts = {(module.index, index) for module in self.modules for index, _ in module.summary.facts.get(PARTS, ())}
        wholes: dict[str, list[ClassRecord]] = {}
        for module in self.modules:
            for index in range(len(module.summary.classes)):
                if (module.index, index) not in parts:
                    cls = self.classes[module.first_class + index]
                    wholes.setdefault(cls.summary.name, []).append(cls)
        self.continued: list[tuple[str, str]] = []
        for module in self.modules:
            for index, key in module.summary.facts.get(PARTS, ()):
                name, _, context = key.partition("@")
                visible = self.visible(module)
                for full in self.candidates(module, name, context):
                    found = wholes.get(full, [])
                    if found:
                        whole = max(found, key=lambda it: (it.module.index in visible, nearness(it.module, module)))
                        self._continue(self.classes[module.first_class + index], whole)
                        break

    def _continue(self, part: ClassRecord, whole: ClassRecord) -> None:
        """Methods that are defined outside of their class take the places of their declarations."""
        self.continued.append((whole.name, part.name))
        waiting = whole.module.summary.facts.get(PLACEHOLDERS, ())
        known = dict(whole.summary.attributes)
        for name, node in part.summary.attributes.items():
            if name not in known:
                continue
            defined, declared = part.module.base + node, whole.module.base + known[name]
            if known[name] in waiting:
                self.root[declared] = defined
                known[name] = defined - whole.module.base
            else:
                both = self.one_of([declared, defined])
                self.overloaded.append(both)
                known[name] = both - whole.module.base
        self.join_classes(part, whole)
        whole.summary = replace(whole.summary, attributes={**whole.summary.attributes, **known})

    def _apply_declarations(self) -> None:
        """A definition does not repeat what its declaration says."""
        told: dict[str, list[list[int]]] = {}
        for module in self.modules:
            for full, said in module.summary.facts.get(DECLARED, ()):
                told.setdefault(full, []).append(said)
        for record in self.functions if told else ():
            for count, optional, is_static in told.get(record.summary.name, ()):
                summary = record.summary
                first = 1 if summary.binding == "instance" else 0
                if len(summary.positional) - first != count:
                    continue
                positional = summary.positional
                kept = len(positional) - optional
                given = tuple((name, node, default or node) for name, node, default in positional[kept:])
                positional = (*positional[:kept], *given)
                record.summary = replace(summary, positional=positional)
                if is_static and first:
                    back = tuple(place - 1 for place in summary.returned_parameters if place)
                    record.summary = replace(
                        summary, positional=positional[1:], returned_parameters=back, binding="static"
                    )

    def other_names(self) -> OtherNames:
        """Methods go by the file of their class as well."""
        names: dict[str, dict[str, None]] = {}
        for whole, part in self.continued:
            if whole != part:
                names.setdefault(whole, {})[part] = None
        return [(whole, list(parts)) for whole, parts in names.items()]

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
