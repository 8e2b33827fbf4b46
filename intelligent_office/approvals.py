"""Questions to a human and their answers: what fits, who was first, and what happens when nobody answers."""

from collections.abc import Sequence
from typing import Any

from uuid_utils import uuid7

from intelligent_office.bounds import Bounds, faults
from intelligent_office.contracts import ActionRequest, Decision, HumanAnswer, HumanRequest, ReviewConfig
from intelligent_office.database.audit import excerpt
from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.errors import AlreadyAnswered, InvalidAnswer, InvalidRequest, Missing, TaskEnded
from intelligent_office.permits import PERMIT_MINUTES, minutes_fault, permit, term_fault
from intelligent_office.records import ENDED, Approval
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Redaction

TIMED_OUT = "denied by time-out"
LONGEST_MESSAGE = 10_000
"""Characters of a refusal: it is written into events and the audit trail, and shown to the planner."""
CLOCK = "time-out"
"""Who answered when nobody did."""

_FIELDS = {
    "approve": {"type", "scope", "minutes", "until", "same", "bounds"},
    "edit": {"type", "edited_action", "bounds"},
    "reject": {"type", "message", "scope"},
}


class Approvals:
    """Takes answers."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._redaction = Redaction(settings.redaction, settings.secrets)

    async def answer(self, task_id: str, tenant: str, answer: Any, *, approval_id: str | None, by: str) -> Approval:
        """Answer an open question, once, and send the task back to work.

        Raises:
            Missing: no such task, or no such question.
            TaskEnded: nobody waits for the answer any more.
            AlreadyAnswered: somebody was faster, or the time to answer is over.
            InvalidAnswer: it does not fit the question.
        """
        for due in await self._database.all("due_approvals_of_task", task_id=task_id, tenant=tenant):
            await self._expire(due)  # what comes too late is refused, also where no worker has looked yet
        async with self._database.transaction() as statements:
            task = await statements.one("lock_task", task_id=task_id, tenant=tenant)
            if task is None:
                raise Missing(kind="task", name=task_id)
            if task["status"] in ENDED:
                raise TaskEnded(task_id=task_id, status=task["status"])
            rows = await statements.all("read_approvals", task_id=task_id, tenant=tenant, open_only=False)
            asked = _chosen([Approval.from_row(row) for row in rows], task_id, approval_id)
            return await self._close(statements, asked, "answered", fitting(asked.request, answer), by)

    async def expire(self) -> list[Approval]:
        """Answer what was not answered in time, as refused, and send the tasks back to work."""
        refused = [await self._expire(due) for due in await self._database.all("due_approvals")]
        return [approval for approval in refused if approval]

    async def warn(self) -> list[Approval]:
        """Tell of questions for which most of the time is over, each once."""
        warned: list[Approval] = []
        for due in await self._database.all("expiring_approvals"):
            async with self._database.transaction() as statements:
                await statements.one("lock_task", task_id=due["task_id"], tenant=due["tenant"])
                row = await statements.one("warn_of_expiry", approval_id=due["approval_id"])
                if row:  # it may have been answered meanwhile, or somebody else was faster
                    asked = Approval.from_row(row)
                    facts = {
                        "approval_id": asked.approval_id,
                        "interrupt_id": asked.interrupt_id,
                        "expires_at": asked.expires_at.isoformat(timespec="seconds"),
                    }
                    await statements.run("tell", task_id=asked.task_id, kind="approval.expiring", data=facts)
                    warned.append(asked)
        return warned

    async def _expire(self, due: Row) -> Approval | None:
        """Refuse one question whose time is over; None if it was answered meanwhile."""
        async with self._database.transaction() as statements:
            await statements.one("lock_task", task_id=due["task_id"], tenant=due["tenant"])
            row = await statements.one("lock_due_approval", approval_id=due["approval_id"])
            if row is None:
                return None
            asked = Approval.from_row(row)
            return await self._close(statements, asked, "expired", refusal(asked.request, TIMED_OUT), CLOCK)

    async def _close(
        self, statements: Statements, asked: Approval, status: str, answer: HumanAnswer, by: str
    ) -> Approval:
        """Write the answer of a question whose task's row is locked, and wake the task."""
        row = await statements.one(
            "answer_approval", approval_id=asked.approval_id, status=status, answer=answer, answered_by=by
        )
        assert row is not None, "the task's row is locked, so the question is still open"
        closed = Approval.from_row(row)
        said = [
            {"decision": decision, **await self._permitted(statements, asked, action, decision, by)}
            for action, decision in zip(asked.request["action_requests"], answer["decisions"], strict=True)
        ]
        await _audit(statements, asked, "answered", by, said, self._redaction)
        facts = {
            "approval_id": asked.approval_id,
            "interrupt_id": asked.interrupt_id,
            "answer": closed.answer,
            "by": by,
        }
        await statements.run("tell", task_id=asked.task_id, kind=f"approval.{status}", data=facts)
        await statements.run("queue_waiting_task", task_id=asked.task_id)
        return closed

    async def _permitted(
        self, statements: Statements, asked: Approval, action: ActionRequest, decision: Decision, by: str
    ) -> dict[str, str]:
        """Keep the permit that a decision gives to the whole tenant, if it does; says which."""
        if decision["type"] != "approve" or decision.get("scope") != "tenant":
            return {}
        place = {"task_id": asked.task_id, "tenant": asked.tenant, "approval_id": asked.approval_id}
        return {"permit_id": await permit(statements, action, decision, **place, by=by)}


async def ask(
    statements: Statements,
    *,
    task_id: str,
    tenant: str,
    questions: Sequence[dict[str, Any]],
    settings: Settings,
    hours: float | None = None,
) -> None:
    """Put questions to humans, each `{interrupt_id, request}`; one that is open already is not asked again.

    They wait for so many hours, or for those of the settings.
    """
    for question in questions:
        row = await statements.one(
            "ask",
            approval_id=str(uuid7()),
            task_id=task_id,
            tenant=tenant,
            hours=hours or settings.approval_hours,
            **question,
        )
        if row:
            asked = Approval.from_row(row)
            said = [
                {
                    "arguments": action["args"],
                    "question": action.get("description", ""),
                    **({"bounds": action["bounds"]} if "bounds" in action else {}),
                }
                for action in asked.request["action_requests"]
            ]
            await _audit(statements, asked, "asked", "policy", said, Redaction(settings.redaction, settings.secrets))
            facts = {"approval_id": asked.approval_id, "interrupt_id": asked.interrupt_id, "request": asked.request}
            await statements.run("tell", task_id=task_id, kind="approval.asked", data=facts)


def fitting(request: HumanRequest, answer: Any) -> HumanAnswer:
    """The answer, checked against the question.

    Raises:
        InvalidAnswer: it says what would fit.
    """
    if not isinstance(answer, dict) or set(answer) != {"decisions"} or not isinstance(answer["decisions"], list):
        raise InvalidAnswer(reason='it must be {"decisions": [...]}, with one decision for each action')
    actions, decisions = request["action_requests"], answer["decisions"]
    if len(decisions) != len(actions):
        names = ", ".join(f"`{action['name']}`" for action in actions)
        reason = f"{len(actions)} decision(s) are asked for ({names}), and it holds {len(decisions)}"
        raise InvalidAnswer(reason=reason)
    for action, decision in zip(actions, decisions, strict=True):
        fault = _fault(action, decision, _config(request, action["name"]))
        if fault:
            raise InvalidAnswer(reason=f"the decision on `{action['name']}` {fault}")
    return {"decisions": decisions}


def refusal(request: HumanRequest, message: str) -> HumanAnswer:
    """The answer that refuses everything."""
    decisions: list[Decision] = [{"type": "reject", "message": message} for _ in request["action_requests"]]
    return {"decisions": decisions}


def _config(request: HumanRequest, name: str) -> ReviewConfig:
    for config in request["review_configs"]:
        if config["action_name"] == name:
            return config
    return {"action_name": name, "allowed_decisions": ["approve", "reject"]}


def _fault(action: ActionRequest, decision: Any, config: ReviewConfig) -> str:
    """What is wrong with one decision; empty if nothing is."""
    allowed: list[str] = [*config["allowed_decisions"]]
    kind = decision.get("type") if isinstance(decision, dict) else None
    if not isinstance(kind, str) or kind not in allowed or kind not in _FIELDS:
        return f"must have a type of {', '.join(allowed)}"
    unknown = sorted(set(map(str, decision)) - _FIELDS[kind])
    if unknown:
        return f"has unknown fields for `{kind}`: {', '.join(unknown)}"
    if not isinstance(decision.get("message", ""), str):
        return "has a message that is no text"
    if len(decision.get("message", "")) > LONGEST_MESSAGE:
        return f"has a message of more than {LONGEST_MESSAGE} characters"
    if kind == "reject":
        return "" if decision.get("scope", "call") in ("call", "tool") else "must have a scope of call, tool"
    if "bounds" in decision and (wrong := faults(decision["bounds"], _reach(action, kind), config.get("limits", {}))):
        return f"has bounds that cannot be set: {'; '.join(wrong)}"
    if kind == "approve":
        return _scope_fault(decision, [*config.get("scopes", ["call"])])
    if kind == "edit":
        edited = decision.get("edited_action")
        if not isinstance(edited, dict) or set(edited) != {"name", "args"} or not isinstance(edited["args"], dict):
            return 'must have an edited_action {"name": ..., "args": {...}}'
        if edited["name"] != action["name"]:
            return "may edit the arguments, but not the name of the action"
    return ""


def _scope_fault(decision: dict[str, Any], offered: list[str]) -> str:
    """What is wrong with what a yes is to hold for; empty if nothing is."""
    scope = decision.get("scope", "call")
    if scope not in offered:
        return f"must have a scope of {', '.join(offered)}"
    if scope == "tenant":
        return term_fault(decision) or (
            "" if isinstance(decision.get("same", False), bool) else "has a `same` that is not true or false"
        )
    if odd := [name for name in ("until", "same") if name in decision]:
        return f"has `{odd[0]}`, which goes with the scope tenant"
    if scope == "call" and "minutes" in decision:
        return "has `minutes`, which go with a scope of more than one call"
    return minutes_fault(decision.get("minutes", PERMIT_MINUTES))


def _reach(action: ActionRequest, kind: str) -> Bounds:
    """What the call reaches, as far as that is known here: an edited one is looked at again by the broker."""
    return action.get("bounds", {}) if kind == "approve" else {}


def _chosen(approvals: list[Approval], task_id: str, approval_id: str | None) -> Approval:
    """The approval that is meant: the named one, or the only open one."""
    waiting = [approval for approval in approvals if approval.status == "open"]
    if approval_id is None:
        if len(waiting) == 1:
            return waiting[0]
        if waiting:
            names = ", ".join(approval.approval_id for approval in waiting)
            raise InvalidRequest(reason=f"Task {task_id} has several open questions; name one of them: {names}")
        if not approvals:
            raise Missing(kind="open question of task", name=task_id)
        approval_id = approvals[-1].approval_id
    named = next((approval for approval in approvals if approval.approval_id == approval_id), None)
    if named is None:
        raise Missing(kind="approval", name=approval_id)
    if named.status != "open":
        raise AlreadyAnswered(approval_id=approval_id, answer=_in_words(named))
    return named


def _in_words(approval: Approval) -> str:
    if approval.answer is None:
        return approval.status
    kinds = ", ".join(decision["type"] for decision in approval.answer["decisions"])
    return f"{kinds} by {approval.answered_by}"


async def _audit(
    statements: Statements,
    approval: Approval,
    kind: str,
    who: str,
    said: Sequence[dict[str, Any]],
    redaction: Redaction,
) -> None:
    """One entry for each call that the approval is about."""
    lines = [
        {
            "kind": kind,
            "who": who,
            "subtask_id": action.get("subtask_id"),
            "step_id": action.get("step_id", ""),
            "tool": action["name"],
            "data": {
                "approval_id": approval.approval_id,
                **{name: excerpt(value, redaction) for name, value in data.items()},
            },
            "fact": f"{kind} {approval.approval_id} {place}",
        }
        for place, (action, data) in enumerate(zip(approval.request["action_requests"], said, strict=True))
    ]
    await statements.run("add_audit_entries", task_id=approval.task_id, tenant=approval.tenant, lines=lines)
