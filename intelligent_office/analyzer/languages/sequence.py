"""Variables that exist from their declaration on, and may hide others of their name before the block ends."""

from intelligent_office.analyzer.languages.scopes import Scope
from intelligent_office.analyzer.languages.walk import Walk


class Sequence(Walk):
    """Every declaration in a function opens a scope that lasts until the end of the block."""

    def __init__(self, file: str = "") -> None:
        super().__init__(file)
        self._entered: list[Scope] = []
        self._begun: list[Scope] = []

    def enter(self, kind: str) -> Scope:
        """Begin a block."""
        self._entered.append(self.scope)
        self._begun.append(super().enter(kind))
        return self.scope

    def leave(self) -> None:
        """End a block, with all that was declared in it."""
        self._begun.pop()
        self.scope = self._entered.pop()

    def block_scope(self) -> Scope:
        """The scope with which the present block began."""
        return self._begun[-1] if self._begun and self._begun[-1].frame is self.frame else self.frame_scope()

    def frame_scope(self) -> Scope:
        """The scope of the present function, with its parameters."""
        return self.scope.around(("function", "class", "module"))

    def let(self, name: str, value: int) -> None:
        """A variable comes to be; what is walked from now on sees it."""
        if self.scope.around(("function", "class", "module")).kind == "function":
            self.scope = self.new_scope("block", self.scope, self.scope.frame)
        self.scope.declare(name, value)

    def is_in_block(self, name: str) -> bool:
        """Whether the present block has declared the name by now."""
        end = self.block_scope()
        scope: Scope | None = self.scope
        while scope is not None:
            if name in scope.declared:
                return True
            if scope is end:
                return False
            scope = scope.parent
        return False
