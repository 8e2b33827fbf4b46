"""What functions of a language's library do with functions handed to them, in a few words."""

from dataclasses import dataclass
from typing import Protocol

from intelligent_office.analyzer.sites import Site


@dataclass(frozen=True, slots=True)
class Model:
    """What a function or method of the language's library does with a function handed to it, and what it returns.

    The words for values: "element" (of what the method belongs to), "receiver" (that itself), "accumulated" (elements
    and what came back before), "argument N", "rest" (the arguments behind the callback), nothing for what is unknown.
    """

    callback: int | tuple[int, ...] = ()
    """Places of arguments that are called."""
    given: tuple[str, ...] = ()
    """What the callback is called with."""
    result: tuple[str, ...] = ()
    """What comes back: the words above, or "returned" (by the callback)."""
    in_list: bool = False
    """Whether the result is a new list of that."""
    added: tuple[str, ...] = ()
    """What becomes an element of the receiver."""


class Asked(Protocol):
    """What the words of a model need of a solver."""

    def new_node(self) -> int:
        """Add a node."""

    def connect(self, source: int, target: int) -> None:
        """Whatever the source may have, the target may have too."""

    def iterate(self, source: int, target: int, caller: int, line: int) -> None:
        """The target gets the elements of what the source holds."""

    def argument(self, site: Site, place: int) -> int:
        """The node of an argument; 0 if there is none."""


class Words:
    """The nodes that the words of a model mean at one site."""

    def __init__(self, solver: "Asked", site: Site, receiver: int, returned: int) -> None:
        self._solver = solver
        self._site = site
        self._receiver = receiver
        self._returned = returned
        self._element = 0
        self._accumulated = 0

    def node(self, word: str) -> int:
        """The node of a word."""
        if word == "element":
            if not self._element and self._receiver:
                self._element = self._solver.new_node()
                self._solver.iterate(self._receiver, self._element, self._site.caller, self._site.line)
            return self._element
        if word == "accumulated" and not self._accumulated:
            solver = self._solver
            self._accumulated = solver.new_node()
            for source in (self._returned, self.node("element"), self.node("argument 1")):
                solver.connect(source, self._accumulated)
        known = {"receiver": self._receiver, "returned": self._returned, "accumulated": self._accumulated}
        if word in known:
            return known[word]
        _, _, place = word.partition("argument ")
        return self._solver.argument(self._site, int(place)) if place else 0
