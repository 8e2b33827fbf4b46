"""What a phrase can refer to: results that are there before its step runs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from intelligent_office.errors import NoRuleCovers

PLURAL = ("them", "both", "these", "those", "all", "results", "answers", "outputs", "lines")


@dataclass(frozen=True)
class Call:
    """One call of one tool, as the grammar reads it."""

    action: str
    inputs: dict[str, Any]
    follows: bool = False
    """Whether it must wait for the call before it, though it uses nothing of it."""


@dataclass(frozen=True)
class Earlier:
    """A finished subtask, or a step that comes before, and what is known of its result."""

    name: str
    keys: frozenset[str]
    """Of its data."""
    path: str | None = None
    """The file or folder it was about."""
    many: bool = False
    """Whether several calls made it, so that its data is only the last one's."""

    @property
    def text(self) -> str:
        """The result in words; of a file that was read or a page that was fetched, the content and nothing else."""
        key = next((key for key in ("content", "body") if key in self.keys and not self.many), None)
        return f"${{{self.name}.output.{key}}}" if key else f"${{{self.name}}}"

    @property
    def number(self) -> str:
        """The result as a number."""
        return f"${{{self.name}.output.value}}" if "value" in self.keys else f"${{{self.name}}}"


@dataclass(frozen=True)
class Situation:
    """Where in a plan a phrase stands."""

    earlier: tuple[Earlier, ...] = ()
    next_step: int = 1

    def step(self, offset: int = 0) -> str:
        """The id of the step that this phrase will add, or of a later one of the same phrase."""
        return f"s{self.next_step + offset}"

    def text(self, words: str = "it") -> str:
        """What "it", "the chain" or "the results" stands for in a text."""
        results = self._results(words)
        if any(word in PLURAL for word in words.lower().split()):
            return "\n".join(result.text for result in results)
        meant = key_meant(words)
        return next((result for result in reversed(results) if meant in result.keys), results[-1]).text

    def number(self, words: str = "it") -> str:
        """What "it" stands for in a calculation: the last result that has a number."""
        results = self._results(words)
        return next((result for result in reversed(results) if "value" in result.keys), results[-1]).number

    def path(self, words: str = "it") -> str:
        """The file that "it" or "that file" means."""
        for result in reversed(self._results(words)):
            if result.path is not None:
                return result.path
        raise NoRuleCovers(reason=f"It does not say which file `{words}` is.")

    def key(self, key: str, words: str = "it") -> str:
        """A reference to a part of the data of the last result that has it."""
        for result in reversed(self._results(words)):
            if key in result.keys:
                return f"${{{result.name}.output.{key}}}"
        raise NoRuleCovers(reason=f"`{words}` refers to nothing with a {key}.")

    def after(self, calls: list[Call], steps: list[str]) -> "Situation":
        """The same, once these calls have been added under these ids."""
        added = tuple(outcome_of(call, step) for call, step in zip(calls, steps, strict=True))
        return replace(self, earlier=self.earlier + added, next_step=self.next_step + len(calls))

    def _results(self, words: str) -> tuple[Earlier, ...]:
        if not self.earlier:
            raise NoRuleCovers(reason=f"`{words}` refers to a result, but nothing comes before it.")
        return self.earlier


_MEANT = {
    "hops": ("chain", "sequence", "path"),
    "value": ("sum", "product", "difference", "quotient", "total", "number", "value"),
    "content": ("content", "contents", "text"),
    "matches": ("matches", "findings"),
}


def key_meant(words: str) -> str | None:
    """What the data must have to be "the sum" or "the chain"; None if the words leave it open."""
    last = (words.lower().split() or [""])[-1]
    return next((key for key, nouns in _MEANT.items() if last in nouns), None)


KEYS: Mapping[str, frozenset[str]] = {
    "math_calculator": frozenset({"value"}),
    "calculator": frozenset({"value"}),
    "code_analyzer": frozenset({"status", "path", "hops"}),
    "ai_tool": frozenset({"text"}),
    "file_operations read": frozenset({"content"}),
    "file_operations list": frozenset({"files"}),
    "file_operations search": frozenset({"matches"}),
    "file_operations write": frozenset({"path"}),
    "file_operations append": frozenset({"path"}),
    "http_client": frozenset({"status", "url", "body"}),
    "web_search": frozenset({"results"}),
    "todo_store add": frozenset({"number", "text"}),
    "todo_store list": frozenset({"todos"}),
}
"""What the data of a call has, by tool and operation."""


def outcome_of(call: Call, name: str) -> Earlier:
    """What will be known of a call's result."""
    kind = f"{call.action} {call.inputs.get('operation', '')}".strip()
    path = call.inputs.get("path", call.inputs.get("folder"))
    return Earlier(name, KEYS.get(kind, KEYS.get(call.action, frozenset())), path)


def literal(text: str) -> str:
    """The user's own text as an input: what looks like a reference in it is none."""
    return text.replace("${", "$${")
