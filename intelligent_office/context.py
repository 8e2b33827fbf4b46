"""What a caller may choose for one run: JSON only, every field has a default, editable in Studio."""

from dataclasses import dataclass, field
from typing import Literal


@dataclass(kw_only=True)
class Context:
    tenant: str = "default"
    """Whose task this is."""
    folder: str = "."
    """The working folder: file tools see this folder and nothing outside it."""
    allowed_tools: list[str] = field(default_factory=list)
    """Names of tools the task may use; empty means all."""
    max_iterations: int = 3
    """How often a subtask may be planned before it counts as failed."""
    max_duration: float = 3600.0
    """Seconds of work after which the task fails."""
    max_steps: int | None = None
    """How many calls of tools the task may take in all; None means no limit."""
    max_cost_usd: float | None = None
    """Money that models and tools may cost; None means no limit."""
    approval_hours: float | None = None
    """How long questions to humans wait before they count as refused; None means the office's setting."""
    success_criteria: list[str] = field(default_factory=list)
    """Conditions the result must meet, fixed before the work starts."""
    approval: Literal["ask", "never", "always"] = "ask"
    """Risky calls: ask a human, refuse them all, or wave them through."""
    model: str = ""
    """`provider:model` to prefer over the configured candidates of every role."""
    use_cache: bool = True
    """Whether earlier answers of models may be used again."""
