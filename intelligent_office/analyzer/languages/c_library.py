"""What the libraries of C and C++ do with functions handed to them, and how values flow through pointers."""

from collections.abc import Sequence
from typing import ClassVar

from intelligent_office.analyzer import values as kinds
from intelligent_office.analyzer.attributes import NOTHING, Members
from intelligent_office.analyzer.flow import Watcher
from intelligent_office.analyzer.languages.models import Model
from intelligent_office.analyzer.languages.solving import FamilySolver

_INSTANCES = (kinds.INSTANCE, kinds.OPEN_INSTANCE)


class CSolver(FamilySolver):
    """Structures that hold functions."""

    models: ClassVar[dict[str, Model]] = {
        **dict.fromkeys(("qsort", "qsort_r"), Model(3, ("argument 0", "argument 0"))),
        "bsearch": Model(4, ("argument 0", "argument 1"), ("argument 1",)),
        **dict.fromkeys(("lfind", "lsearch"), Model(4, ("argument 0", "argument 1"), ("argument 1",))),
        **dict.fromkeys(("tsearch", "tfind", "tdelete"), Model(2, ("argument 0", "argument 0"))),
        "twalk": Model(1),
        "pthread_create": Model(2, ("argument 3",)),
        "thrd_create": Model(1, ("argument 2",)),
        **dict.fromkeys(("pthread_once", "call_once", "signal", "on_exit", "pthread_key_create"), Model(1)),
        "pthread_atfork": Model((0, 1, 2)),
        **dict.fromkeys(("atexit", "at_quick_exit"), Model(0)),
        **dict.fromkeys(("ftw", "nftw"), Model(1)),
        "scandir": Model((2, 3)),
    }

    def _facts(self) -> None:
        super()._facts()
        for node, sources in getattr(self.linked, "several", {}).items():
            for source in sources:
                self.connect(self.linked.root[source], self.linked.root[node])

    def outside(self, name: str) -> int:
        """Structures that are nowhere defined tell nothing."""
        return 0 if " " in name else super().outside(name)

    def _find_members(self, value: int, name: str) -> Members:
        """What a function from outside returns has no known members."""
        if self.table.kind[value] in (kinds.EXTERNAL, kinds.RESULT):
            return NOTHING
        return super()._find_members(value, name)

    def store(self, owner: int, name: str, source: int) -> None:
        """A value given by its place goes to the field in that place."""
        if name.startswith("#"):
            cls = self.table.of[owner]
            if self.table.kind[owner] not in _INSTANCES:
                return
            fields = self.hierarchy.classes[cls].summary.annotated
            place = int(name[1:])
            if place >= len(fields) or not fields[place]:
                return
            name = fields[place]
        super().store(owner, name, source)

    def _on_item(self, news: Sequence[int], watcher: Watcher) -> None:
        """A pointer to a structure may point into an array of them."""
        objects = [value for value in news if self.table.kind[value] in _INSTANCES]
        for value in objects:
            self.add(watcher[2].target, value)
        super()._on_item([value for value in news if value not in objects], watcher)
