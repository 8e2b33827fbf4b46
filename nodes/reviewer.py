"""The reviewer: has the last word on every attempt. What can be checked is checked before anybody's opinion."""

import json
from dataclasses import dataclass, field
from typing import Any, Literal

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from intelligent_office.context import Context
from intelligent_office.contracts import (
    HumanAnswer,
    HumanRequest,
    Judgement,
    Objection,
    PlanDraft,
    Review,
    StepResult,
    Subtask,
)
from intelligent_office.errors import ModelError
from intelligent_office.models.rules.criteria import is_exact, met
from intelligent_office.plans import REFUSED_AGAIN, draft_of, fingerprint, outline, premises, repeats
from intelligent_office.seams import Archive, Models, Toolbox, scope_of
from intelligent_office.state import Desk
from intelligent_office.toolbox.schema_checks import BoundedSchema, Uncheckable

AGAIN = "What was in doubt did not take effect: make the same call again."
"""What a planner is told where a human wants that, and says nothing more."""


async def reviewer(
    state: Desk, runtime: Runtime[Context], *, models: Models, toolbox: Toolbox, archive: Archive
) -> Desk:
    """Judge the attempt; on a second visit after ESCALATE, ask a human. A closed subtask goes back to the manager."""
    human_is_asked = state.get("review", {}).get("verdict") == "ESCALATE"
    if human_is_asked:
        review, objection = _heard(state, interrupt(_question(state), response_schema=HumanAnswer))
        if review["verdict"] == "REVISE":
            await _release_doubts(state, toolbox, scope_of(runtime).task_id)
    else:
        review, objection = await _judged(state, runtime.context, models)
    scope = scope_of(runtime)
    await archive.record_attempt(
        tenant=scope.tenant,
        task_id=scope.task_id,
        subtask_id=state["subtask"]["subtask_id"],
        attempt=state["attempt"],
        plan=state["plan"],
        results=_results(state),
        review=review,
    )
    update: Desk = {"review": review}
    if objection:
        update["objections"] = [objection]
    if review["verdict"] in ("APPROVED", "FAILED"):
        closed = _closed(state, review, [*state.get("objections", []), *update.get("objections", [])])
        update["subtasks"] = {closed["subtask_id"]: closed}
    if state["plan"] and _exemplary(state, review):
        known = premises(state, toolbox.cards(runtime.context.allowed_tools))
        await models.keep("planner", PlanDraft, draft_of(state["plan"]), **known)
    return update


def _exemplary(state: Desk, review: Review) -> bool:
    """Whether the same objective deserves the same plan: it did everything, as a model had made it, by itself."""
    return (
        (review["verdict"], state["attempt"], state.get("planned_by")) == ("APPROVED", 1, "model")
        and review["by"] != "human"
        and all(grant["decision"] != "edited" for grant in state["grants"].values())
    )


@dataclass
class _Findings:
    """What the objective checks brought to light."""

    checks: list[str] = field(default_factory=list)
    reason: str = ""
    error_class: str = ""
    in_doubt: bool = False


async def _judged(state: Desk, context: Context, models: Models) -> tuple[Review, Objection | None]:
    earlier = state.get("objections", [])
    if _stopped_early(state):
        return _setback(state, context, models, _Findings(reason=earlier[-1]["reason"]), earlier), None
    findings = _check(state)
    if findings.reason:
        objection = _objection(
            state, findings, role="reviewer" if findings.error_class == "NotApproved" else "executor"
        )
        return _setback(state, context, models, findings, [*earlier, objection]), objection
    try:
        judgement, by = await models.answered(
            "reviewer",
            Judgement,
            request=state["request"],
            objective=state["subtask"]["objective"],
            criteria=state.get("criteria", []),
            steps=(state["plan"] or {"steps": []})["steps"],
            results=_results(state),
            checks=findings.checks,
        )
    except ModelError as error:
        judgement, by = {"verdict": "ESCALATE", "finding": f"Nobody could judge the result. {error}"}, "rules"
    if judgement["verdict"] == "APPROVED":
        return _review("APPROVED", checks=findings.checks, by=by), None
    findings.reason = judgement.get("finding") or "The reviewer gave no reason."
    findings.error_class = "NotApproved"
    objection = _objection(state, findings, role="reviewer")
    if judgement["verdict"] == "REVISE":
        return _setback(state, context, models, findings, [*earlier, objection], by=by), objection
    verdict = "FAILED" if context.approval == "never" else judgement["verdict"]
    return _review(verdict, findings.reason, findings.checks, by=by, error_class="NotApproved"), objection


def _stopped_early(state: Desk) -> bool:
    """Whether the plan never came to be carried out: none was made, it was rejected, or a call was refused."""
    if state["plan"] is None or state["validation"]["verdict"] == "REJECTED":
        return True
    return any(grant["decision"] == "refused" for grant in state["grants"].values())


def _check(state: Desk) -> _Findings:
    """Everything about the results that needs no opinion."""
    plan, results = state["plan"], _results(state)
    assert plan is not None
    findings = _Findings()
    for step in plan["steps"]:
        result = results[step["step_id"]]
        findings.checks.append(f"Step {step['step_id']} ({step['action']}): {result['status']}.")
        if result["status"] == "in_doubt":
            findings.in_doubt = True
        if result["status"] in ("failed", "in_doubt"):
            findings.error_class = findings.error_class or "StepFailed"
            findings.reason += f"{result['error'] or result['text']}\n"
            continue
        if step.get("outputs_expectation") and _set_aside(result):
            findings.checks.append(
                f"The output of step {step['step_id']} is too large to hold against its expectation."
            )
        fault = _unexpected(step.get("outputs_expectation"), result)
        if fault:
            findings.error_class = findings.error_class or "UnexpectedOutput"
            findings.reason += f"The output of step {step['step_id']} is not as expected: {fault}\n"
    findings.reason = findings.reason.strip()
    if not findings.reason and not _answer(state).strip():
        findings.reason, findings.error_class = "The plan was carried out, but there is no answer.", "NoAnswer"
    if not findings.reason:
        _check_criteria(state, findings)
    return findings


def _check_criteria(state: Desk, findings: _Findings) -> None:
    """What the user wants, where that is exact. What one part of a task misses, another part may bring."""
    final = _final_steps(state)
    exact = [criterion["text"] for criterion in state.get("criteria", []) if is_exact(criterion["text"])]
    verdicts = {text: met(text, final) for text in exact} if len(final) == 1 else {}
    findings.checks += [
        f"Criterion `{text}`: {'met' if verdict else 'not met'}."
        for text, verdict in verdicts.items()
        if verdict is not None
    ]
    unmet = [text for text, verdict in verdicts.items() if verdict is False]
    if unmet and state["subtask"]["objective"] == state["request"]:
        findings.reason = " ".join(f"The result does not meet the criterion `{text}`." for text in unmet)
        findings.error_class = "NotApproved"


def _set_aside(result: StepResult) -> bool:
    """Whether the output is kept elsewhere; of a result with a long text alone it is still here."""
    return result["artifact"] is not None and result["output"] is None


def _unexpected(expectation: dict[str, Any] | None, result: StepResult) -> str:
    """How the output misses the plan's JSON Schema for it; empty if it does not, or is kept elsewhere."""
    if not expectation or result["status"] != "succeeded" or _set_aside(result):
        return ""
    try:
        fault = next(BoundedSchema(expectation).faults(result["output"]), None)
    except Uncheckable as odd:
        return f"the expectation {odd.facts['reason']}"
    return f"`{fault.json_path}`: {fault.message}" if fault else ""


def _setback(
    state: Desk, context: Context, models: Models, findings: _Findings, objections: list[Objection], by: Any = "rules"
) -> Review:
    """What follows from an attempt that did not stand: another one, a human, or the end."""
    error_class = findings.error_class or objections[-1]["error_class"]
    refused_again = any((one["attempt"], one["error_class"]) == (state["attempt"], REFUSED_AGAIN) for one in objections)
    if findings.in_doubt or ((refused_again or repeats(objections)) and models.connected("planner")):
        verdict = "FAILED" if context.approval == "never" else "ESCALATE"
    elif state["attempt"] >= state["patience"] or not models.connected("planner"):
        verdict = "FAILED"  # the built-in rules would only plan the same again
    else:
        verdict = "REVISE"
    return _review(verdict, findings.reason, findings.checks, by=by, error_class=error_class)


def _review(
    verdict: Any, finding: str = "", checks: list[str] | None = None, *, by: Any = "rules", error_class: str = ""
) -> Review:
    return {"verdict": verdict, "finding": finding, "checks": checks or [], "by": by, "error_class": error_class}


def _objection(state: Desk, findings: _Findings, *, role: Any) -> Objection:
    return {
        "attempt": state["attempt"],
        "plan": fingerprint(state["plan"]),
        "role": role,
        "reason": findings.reason,
        "error_class": findings.error_class,
    }


def _question(state: Desk) -> HumanRequest:
    review, doubts = state["review"], _doubts(state)
    approve: list[Literal["approve"]] = [] if _stopped_early(state) else ["approve"]
    args = {"finding": review["finding"], "answer": _answer(state), "feedback": ""}
    return {
        "action_requests": [
            {
                "name": "review",
                "args": {**args, "calls_in_doubt": doubts} if doubts else args,
                "subtask_id": state["subtask"]["subtask_id"],
                "description": _told_of_doubts(doubts)
                if doubts
                else (
                    f"The reviewer cannot decide on “{state['subtask']['objective']}”. "
                    f"{'Approve the result as it is, reject' if approve else 'There is no result: reject'} it, "
                    "or edit `feedback` to have it planned again."
                ),
            }
        ],
        "review_configs": [{"action_name": "review", "allowed_decisions": [*approve, "edit", "reject"]}],
    }


def _doubts(state: Desk) -> list[dict[str, Any]]:
    """The calls of which nobody knows whether they took effect, as far as is known."""
    steps = {step["step_id"]: step for step in (state["plan"] or {"steps": []})["steps"]}
    return [
        {
            "step_id": name,
            "action": steps[name]["action"],
            "inputs": result["metadata"].get("inputs", steps[name]["inputs"]),
            "started_at": result["started_at"],
            "known": result["error"],
        }
        for name, result in _results(state).items()
        if result["status"] == "in_doubt"
    ]


def _told_of_doubts(doubts: list[dict[str, Any]]) -> str:
    calls = " ".join(
        f"`{call['action']}` {json.dumps(call['inputs'], ensure_ascii=False)} in step {call['step_id']}, started at "
        f"{call['started_at'] or 'an unknown time'}."
        for call in doubts
    )
    return (
        f"Nobody knows whether {'this call' if len(doubts) == 1 else 'these calls'} took effect: {calls} See whether "
        "it did. Approve: it happened, and counts as done. Edit (with or without `feedback`): it did not happen, and "
        "is done again. Reject: give up."
    )


def _heard(state: Desk, answer: HumanAnswer) -> tuple[Review, Objection | None]:
    """The human's word is final: approve, reject, or edit the feedback to have another attempt."""
    decision = answer["decisions"][0] if answer["decisions"] else {"type": "reject"}
    checks, finding = state["review"]["checks"], state["review"]["finding"]
    if decision["type"] == "approve" and not _stopped_early(state):
        return _review("APPROVED", checks=checks, by="human"), None
    if decision["type"] != "edit":
        reason = decision.get("message") or finding
        return _review("FAILED", reason, checks, by="human", error_class="RejectedByHuman"), None
    given = decision.get("edited_action", {}).get("args", {}).get("feedback")
    feedback = str(given or (AGAIN if _doubts(state) else finding))
    objection: Objection = {
        "attempt": state["attempt"],
        "plan": fingerprint(state["plan"]),
        "role": "human",
        "reason": feedback,
        "error_class": "RejectedByHuman",
    }
    return _review("REVISE", feedback, checks, by="human", error_class="RejectedByHuman"), objection


async def _release_doubts(state: Desk, toolbox: Toolbox, task_id: str) -> None:
    plan, results = state["plan"], _results(state)
    for step in plan["steps"] if plan else []:
        if step["step_id"] in results and results[step["step_id"]]["status"] == "in_doubt":
            await toolbox.release(task_id, step["idempotency_key"])


def _results(state: Desk) -> dict[str, StepResult]:
    """The results of this attempt's plan; none if it was stopped before the executor saw it."""
    return {} if _stopped_early(state) else state["results"]


def _final_steps(state: Desk) -> list[StepResult]:
    """The results that no other step builds on: these are the answer."""
    if _stopped_early(state) or state["plan"] is None:
        return []
    steps = state["plan"]["steps"]
    used = {name for step in steps for name in step.get("dependencies", [])}
    return [state["results"][step["step_id"]] for step in steps if step["step_id"] not in used]


def _answer(state: Desk) -> str:
    return "\n".join(result["text"] for result in _final_steps(state))


def _accepted(result: StepResult) -> str:
    """What an approved step adds to the answer; one that a human approved all the same says what it is."""
    if result["status"] == "succeeded":
        return result["text"]
    return f"Step `{result['step_id']}` was accepted by a human as it is: {result['text']}"


def _closed(state: Desk, review: Review, history: list[Objection]) -> Subtask:
    approved = review["verdict"] == "APPROVED"
    final = _final_steps(state) if approved else []
    return {
        **state["subtask"],
        "status": "approved" if approved else "failed",
        "answer": "\n".join(map(_accepted, final)) if approved else review["finding"],
        "output": final[-1]["output"] if final else None,
        "artifacts": [result["artifact"] for result in final if result["artifact"]],
        "finals": final,
        "attempts": state["attempt"],
        "steps": outline(state["plan"]),
        "history": history,
        "error_class": review["error_class"],
    }
