"""What became of a call, as the step result that the other roles read."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from time import monotonic
from typing import Any, Literal

from intelligent_office.contracts import Step, StepResult
from intelligent_office.toolbox.plain import plain, plain_text


@dataclass(frozen=True)
class Ended:
    """How the attempts at a call ended."""

    status: Literal["succeeded", "failed", "in_doubt"]
    text: str
    output: Any = None
    transient: bool = False
    attempts: int = 0
    error_class: str = ""


@dataclass(frozen=True)
class Stopwatch:
    """When a step began."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    ticks: float = field(default_factory=monotonic)

    @property
    def seconds(self) -> float:
        return monotonic() - self.ticks


def result_of(step: Step, ended: Ended, watch: Stopwatch) -> StepResult:
    """The step's result, whole."""
    text = plain_text(ended.text)
    metadata = {"error_class": ended.error_class} if ended.error_class else {}
    return {
        "step_id": step["step_id"],
        "status": ended.status,
        "text": text,
        "output": plain(ended.output),
        "artifact": None,
        "error": None if ended.status == "succeeded" else text,
        "transient": ended.transient,
        "attempts": ended.attempts,
        "reused": False,
        "started_at": watch.at.isoformat(),
        "seconds": round(watch.seconds, 6),
        "cost_usd": 0.0,
        "metadata": {"tool": step["action"], **metadata},
    }
