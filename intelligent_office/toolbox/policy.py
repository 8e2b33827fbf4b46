"""What the office must know of a tool beside what the tool says of itself."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.tools import BaseTool

from intelligent_office.contracts import Risk, ToolAbsence
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.references import refers

Inputs = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class ToolPolicy:
    """How much a tool is trusted, and what may be done when it fails.

    A tool that raises `ToolError` vouches that the call had no effect; `TransientToolError` adds that a retry may help.
    """

    risk: Risk = "dangerous"
    """The highest risk class any call can have."""
    risk_of: Callable[[Inputs], Risk] | None = None
    """The risk class of one call, where it depends on the inputs. It sees unresolved references too."""
    idempotent: bool | Callable[[Inputs], bool] = False
    """Whether a call may be repeated without a second effect. Where in doubt, say no."""
    seconds: float = 300.0
    """The longest a call may take, retries included; a step may ask for less."""
    demands: Callable[[Inputs], list[str]] | None = None
    """What the JSON Schema cannot say: the faults of these inputs, as sentences."""
    refuses: Callable[[Inputs, ToolScope], None] | None = None
    """Raises the `ToolError` that a call would meet where it is to be made, without making it. It may look at files,
    and sees no input that holds an unresolved reference."""


@dataclass(frozen=True, kw_only=True)
class Tool:
    """A tool of the office: its definition, its policy, and where it came from."""

    definition: BaseTool
    policy: ToolPolicy
    source: str = "built-in"

    @property
    def name(self) -> str:
        return self.definition.name

    def risk(self, inputs: Inputs) -> Risk:
        """The risk class of this call; the highest of the tool for inputs that its policy cannot make sense of."""
        try:
            return self.policy.risk_of(inputs) if self.policy.risk_of else self.policy.risk
        except Exception:  # noqa: BLE001  # plans are looked at before they are validated
            return self.policy.risk

    def refusals(self, inputs: Inputs, scope: ToolScope) -> list[str]:
        """Why the call would be refused where it is to be made, as far as that shows without making it."""
        if self.policy.refuses is None:
            return []
        try:
            self.policy.refuses({name: value for name, value in inputs.items() if not refers(value)}, scope)
        except ToolError as refusal:
            return [str(refusal)]
        except Exception:  # noqa: BLE001  # what cannot be judged now is judged at the call
            return []
        return []

    def idempotent(self, inputs: Inputs) -> bool:
        """Whether this call may be repeated without a second effect; not if the policy cannot make sense of it."""
        claim = self.policy.idempotent
        try:
            return claim(inputs) if callable(claim) else claim
        except Exception:  # noqa: BLE001  # as above
            return False


class Source(Protocol):
    """Tools that have to be looked for: they come and go, or cannot be known when the process starts."""

    async def refresh(self) -> bool:
        """Look, if it is time to; whether anything changed."""
        ...

    def tools(self) -> Sequence[Tool]:
        """What can be called."""
        ...

    def absences(self) -> Sequence[ToolAbsence]:
        """What cannot, and why."""
        ...
