"""Scripted twins of the office's seams: what `intelligent_office.seams` promises, decided by the test."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from intelligent_office.access.keys import Recognised
from intelligent_office.bounds import Bounds, excess
from intelligent_office.cards import RoleModels, ToolAbsence, ToolCard
from intelligent_office.contracts import Lesson, Permit, Risk, StepResult
from intelligent_office.errors import ModelError
from intelligent_office.models.embedding.local import HashEmbedder
from intelligent_office.seams import Author, ToolScope, Vectors
from intelligent_office.toolbox.references import resolve


class TrustingKeys:
    """Takes every key for one of the tenant `default` that may hand in tasks."""

    async def recognise(self, text: str) -> Recognised:
        return Recognised(
            key_id="k",
            tenant="default",
            label="",
            scopes=["submit"],
            created_at=datetime(2026, 1, 1, tzinfo=UTC),
            created_by="",
            expires_at=None,
            revoked_at=None,
            last_used_at=None,
            requests_per_minute=None,
            tasks_per_day=100,
        )

    async def insist_on(self, key_id: str) -> None:
        pass


class ScriptedModels:
    """Answers each role from its own list, in order; an exception in the list is raised."""

    def __init__(self, *, connected: bool = True, author: Author = "model", **answers: Sequence[Any]) -> None:
        self.author = author
        self.answers = {role: list(given) for role, given in answers.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.kept: list[tuple[str, dict[str, Any], Any]] = []
        self.forgot = 0
        """How often everything that was kept had to go."""
        self._connected = connected

    async def ask(self, role: str, schema: type[Any], /, **values: Any) -> Any:
        self.asked.append((role, values))
        if not self.answers.get(role):
            raise ModelError(role=role, reason="the script has no more answers")
        answer = self.answers[role].pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def answered(self, role: str, schema: type[Any], /, **values: Any) -> tuple[Any, Author]:
        return await self.ask(role, schema, **values), self.author

    async def recall(self, role: str, schema: type[Any], /, **premises: Any) -> Any:
        return next((answer for kept, known, answer in self.kept if (kept, known) == (role, premises)), None)

    async def keep(self, role: str, schema: type[Any], answer: Any, /, **premises: Any) -> None:
        self.kept.append((role, premises, answer))

    async def forget(self) -> None:
        self.kept.clear()
        self.forgot += 1

    def connected(self, role: str) -> bool:
        return self._connected and role != "validator"

    @property
    def encoder(self) -> str:
        return ""

    async def embed(self, texts: Sequence[str]) -> Vectors:
        return HashEmbedder().embed(texts)

    def require(self, model: str) -> None:
        """Every model can be had."""

    def overview(self) -> list[RoleModels]:
        return []

    async def close(self) -> None:
        """There are no lines to hang up."""

    def values(self, role: str) -> list[dict[str, Any]]:
        """What the role was asked, each time."""
        return [values for asked, values in self.asked if asked == role]


Work = Callable[[dict[str, Any]], Awaitable[Any]]


BOUNDS: Bounds = {"network": "none", "files": "none", "seconds": 60}
"""What a call of a scripted tool may reach and use."""


class ScriptedToolbox:
    """Tools made of plain coroutine functions; `risky` ones need a human, and `unheard_of` are texts they refuse."""

    def __init__(
        self,
        *,
        risky: Sequence[str] = (),
        dangerous: Sequence[str] = (),
        not_repeatable: Sequence[str] = (),
        unheard_of: Sequence[str] = (),
        **tools: Work,
    ) -> None:
        self.tools = tools
        self.unheard_of = set(unheard_of)
        self.too_dear: list[str] = []
        self.risky = set(risky)
        self.dangerous = set(dangerous)
        self.not_repeatable = set(not_repeatable)
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.scopes: list[ToolScope] = []
        """Of the calls."""
        self.permitted: list[Permit] = []
        self.audited: list[tuple[str, dict[str, Any]]] = []
        """Decisions on risky calls."""
        self.harmless: list[tuple[str, dict[str, Any]]] = []
        """Those on safe ones."""
        self.released: list[str] = []
        self.done: dict[str, StepResult] = {}

    def cards(self, allowed: Sequence[str] = ()) -> list[ToolCard]:
        return [
            {"name": name, "description": name, "parameters": {}, "risk": self.risk(name, {}), "source": "test"}
            for name in self.tools
            if not allowed or name in allowed
        ]

    def card(self, name: str) -> ToolCard:
        return self.cards([name])[0]

    async def close(self) -> None:
        """There are no lines to hang up."""

    def absences(self) -> list[ToolAbsence]:
        return []

    async def refresh(self) -> None:
        pass

    def faults(self, action: str, inputs: dict[str, Any]) -> list[str]:
        return [] if action in self.tools else [f"there is no tool `{action}`"]

    async def refusals(self, action: str, inputs: dict[str, Any], scope: Any) -> list[str]:
        return [f"nobody may {action} that"] if inputs.get("text") in self.unheard_of else []

    async def unaffordable(self, steps: Sequence[Any], scope: Any) -> list[str]:
        return [f"there is no money to {name}" for name in self.too_dear if name in [one["action"] for one in steps]]

    def risk(self, action: str, inputs: dict[str, Any]) -> Risk:
        return "dangerous" if action in self.dangerous else "guarded" if action in self.risky else "safe"

    def bounds(self, action: str, inputs: dict[str, Any] | None) -> Bounds:
        return BOUNDS

    def excess(self, action: str, inputs: dict[str, Any], granted: Bounds) -> list[str]:
        return excess({"seconds": inputs["seconds"]}, granted) if "seconds" in inputs else []

    def lowered(self, action: str, inputs: dict[str, Any], granted: Bounds) -> dict[str, Any]:
        return {name: value for name, value in inputs.items() if name != "seconds"}

    async def permits(self, scope: Any) -> list[Permit]:
        return self.permitted

    def idempotent(self, action: str, inputs: dict[str, Any]) -> bool:
        return action not in self.not_repeatable

    async def invoke(self, step: Any, sources: dict[str, Any], scope: Any) -> StepResult:
        known = self.done.get(step["idempotency_key"])
        if known:
            return {**known, "reused": True}
        try:
            inputs = await resolve(step["inputs"], sources)
            self.calls.append((step["action"], inputs))
            self.scopes.append(scope)
            output = await self.tools[step["action"]](inputs)
        except ValueError as error:
            return step_result(step["step_id"], status="failed", text=str(error), error=str(error))
        result = step_result(step["step_id"], text=str(output), output={"value": output})
        self.done[step["idempotency_key"]] = result
        return result

    async def release(self, task_id: str, idempotency_key: str) -> None:
        self.released.append(idempotency_key)

    async def audit(self, grants: Sequence[Any], scope: Any) -> None:
        for grant in grants:
            kind = "refused" if grant["decision"] == "refused" else "granted"
            (self.audited if grant["risk"] != "safe" else self.harmless).append((kind, dict(grant)))


class ListArchive:
    """Remembers in lists; recalls what the test put into `lessons`."""

    def __init__(self, lessons: Sequence[Lesson] = ()) -> None:
        self.lessons = list(lessons)
        self.memories: list[dict[str, Any]] = []
        self.attempts: list[dict[str, Any]] = []
        self.buried: dict[str, dict[str, Any]] = {}
        self.recalled: dict[str, list[str]] = defaultdict(list)

    async def recall(self, tenant: str, objective: str, *, limit: int = 3) -> list[Lesson]:
        self.recalled[tenant].append(objective)
        return self.lessons[:limit]

    async def remember(self, **memory: Any) -> None:
        self.memories.append(memory)

    async def record_attempt(self, **attempt: Any) -> None:
        self.attempts.append(attempt)

    async def bury(self, **letter: Any) -> None:
        self.buried[letter["task_id"]] = letter


def step_result(step_id: str, **changes: Any) -> StepResult:
    """The result of a step that went well, with changes."""
    result: dict[str, Any] = {
        "step_id": step_id,
        "status": "succeeded",
        "text": "",
        "output": None,
        "artifact": None,
        "error": None,
        "transient": False,
        "attempts": 1,
        "reused": False,
        "started_at": "2026-01-01T00:00:00+00:00",
        "seconds": 0.0,
        "cost_usd": 0.0,
        "metadata": {},
    }
    return {**result, **changes}  # type: ignore[typeddict-item]
