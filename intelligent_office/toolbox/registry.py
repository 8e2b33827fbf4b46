"""The tools by name, and what planners are shown of them."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cached_property

from pydantic import BaseModel

from intelligent_office.bounds import Bounds, excess
from intelligent_office.cards import ToolAbsence, ToolCard
from intelligent_office.contracts import Risk
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.inputs import InputSchema, listed
from intelligent_office.toolbox.policy import Inputs, Tool


class RegisteredTool:
    """A tool, ready to be called."""

    def __init__(self, tool: Tool) -> None:
        self.tool = tool
        quiet = {"handle_tool_error": False, "handle_validation_error": False}
        self.definition = tool.definition.model_copy(update=quiet)
        """The tool, raising its errors instead of answering with their text."""

    @cached_property
    def inputs(self) -> InputSchema:
        """What it takes."""
        return InputSchema(self.tool.definition, self.tool.policy.demands)

    @cached_property
    def takes_scope(self) -> bool:
        """Whether the tool has a hidden argument for the circumstances of the call."""
        if "scope" in self.inputs.parameters["properties"]:
            return False
        schema = self.tool.definition.args_schema
        return isinstance(schema, type) and issubclass(schema, BaseModel) and "scope" in schema.model_fields

    def card(self) -> ToolCard:
        """The tool as planners and people see it."""
        return {
            "name": self.tool.name,
            "description": self.tool.definition.description,
            "parameters": self.inputs.parameters,
            "risk": self.tool.policy.risk,
            "source": self.tool.source,
            "policy": self.tool.terms(),
            "examples": [*self.tool.policy.examples],
        }


class Registry:
    """Every tool the office has."""

    def __init__(self, tools: Iterable[Tool], absences: Sequence[ToolAbsence] = ()) -> None:
        self.absences = absences
        self._tools: dict[str, RegisteredTool] = {}
        for tool in tools:
            if tool.name in self._tools:
                raise ValueError(f"two tools are called {tool.name!r}")
            self._tools[tool.name] = RegisteredTool(tool)

    def cards(self, allowed: Sequence[str] = ()) -> list[ToolCard]:
        """The usable tools, by name; all of them if `allowed` is empty."""
        return [self._tools[name].card() for name in sorted(self._tools) if not allowed or name in allowed]

    def card(self, name: str) -> ToolCard:
        """One tool.

        Raises:
            ToolError: there is none of that name.
        """
        return self.named(name).card()

    def bounds(self, action: str, inputs: Inputs | None) -> Bounds:
        """What a call may reach and use, or any call at most; nothing said of a tool nobody knows."""
        found = self._tools.get(action)
        if found is None:
            return {}
        return found.tool.widest if inputs is None else found.tool.bounds(inputs)

    def excess(self, action: str, inputs: Inputs, granted: Bounds) -> list[str]:
        """What a call asks for beyond these bounds."""
        found = self._tools.get(action)
        return excess(found.tool.asks(inputs), granted) if found else []

    def lowered(self, action: str, inputs: Inputs, granted: Bounds) -> Inputs:
        """The inputs of a call, without those that ask for more than these bounds and could be left out."""
        found = self._tools.get(action)
        return found.tool.lowered(inputs, granted) if found else inputs

    def faults(self, action: str, inputs: Inputs) -> list[str]:
        """What is wrong with a call, as sentences a planner can act on."""
        try:
            return self.named(action).inputs.faults(inputs)
        except ToolError as unknown:
            return [str(unknown)]
        except RecursionError:
            return [f"The inputs of `{action}` are nested too deeply."]

    def refusals(self, action: str, inputs: Inputs, scope: ToolScope) -> list[str]:
        """Why the tool would refuse a call where it is to be made, as far as that shows without making it."""
        found = self._tools.get(action)
        return found.tool.refusals(inputs, scope) if found else []

    def price(self, action: str) -> float:
        """What a call of the tool is declared to cost, in US dollars."""
        found = self._tools.get(action)
        return found.tool.price if found else 0.0

    def risk(self, action: str, inputs: Inputs) -> Risk:
        """The risk class of a call; a tool nobody knows is dangerous."""
        found = self._tools.get(action)
        return found.tool.risk(inputs) if found else "dangerous"

    def idempotent(self, action: str, inputs: Inputs) -> bool:
        """Whether a call may be repeated; one of a tool nobody knows may not."""
        found = self._tools.get(action)
        return found.tool.idempotent(inputs) if found else False

    def named(self, action: str) -> RegisteredTool:
        """The tool of that name.

        Raises:
            ToolError: there is none; near names are told, or why it is not there.
        """
        if action not in self._tools:
            absent = next((one for one in self.absences if fnmatchcase(action, one["name"])), None)
            if absent:
                raise ToolError(reason=f"The tool `{action}` cannot be used now: {absent['reason']}")
            near = get_close_matches(action, self._tools, n=3, cutoff=0.5)
            known = f"did you mean {listed(near)}?" if near else f"there are {listed(sorted(self._tools))}."
            raise ToolError(reason=f"There is no tool `{action}`; {known}")
        return self._tools[action]
