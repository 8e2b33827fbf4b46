"""The reviewer's rules: what succeeded and meets every criterion that can be checked."""

from collections.abc import Mapping
from typing import Any

from intelligent_office.contracts import Judgement, StepResult
from intelligent_office.models.rules.criteria import met


def reviewer(values: Mapping[str, Any]) -> Judgement:
    """Approve what succeeded and meets every criterion; hand on what only a model or a person can judge."""
    results: Mapping[str, StepResult] = values["results"]
    undone = [_undone(step["step_id"], results) for step in values["steps"]]
    if any(undone):
        return {"verdict": "REVISE", "finding": " ".join(filter(None, undone))}
    found = [results[step["step_id"]] for step in values["steps"]]
    whole = values["objective"] == values["request"]
    unmet, open_questions = [], []
    for criterion in values["criteria"]:
        verdict = True if criterion["by"] == "office" else met(criterion["text"], found)
        if verdict is None:
            open_questions.append(f"No rule can judge whether `{criterion['text']}`: a model or a person must.")
        elif not verdict and whole:
            unmet.append(f"The result does not meet the criterion `{criterion['text']}`.")
        elif not verdict:
            open_questions.append(
                f"This part does not meet `{criterion['text']}`: a model or a person must say whether another will."
            )
    if unmet:
        return {"verdict": "REVISE", "finding": " ".join(unmet)}
    if open_questions:
        return {"verdict": "ESCALATE", "finding": " ".join(open_questions)}
    return {"verdict": "APPROVED", "finding": ""}


def _undone(step_id: str, results: Mapping[str, StepResult]) -> str:
    if step_id not in results:
        return f"Step {step_id} was not carried out."
    result = results[step_id]
    if result["status"] == "succeeded":
        return ""
    return (
        f"Step {step_id} {result['status'].replace('_', ' ')}: {result['error'] or result['text'] or 'no reason given'}"
    )
