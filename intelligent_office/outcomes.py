"""How a task ends."""

from collections.abc import Iterable

from intelligent_office.contracts import Outcome, Subtask


def failed(reason: str, error_class: str, *, answer: str = "") -> Outcome:
    """The end of a task that could not be done; `answer` is what was achieved before."""
    return {
        "status": "failed",
        "answer": answer,
        "reason": reason,
        "error_class": error_class,
        "artifacts": [],
    }


def cancelled(outcome: Outcome | None = None) -> Outcome:
    """The end of a task that somebody did not want any more; `outcome` is the one that it would have had."""
    ended = failed("The task was cancelled.", "Cancelled", answer=outcome["answer"] if outcome else "")
    ended["artifacts"] = outcome["artifacts"] if outcome else []
    return ended


def conclude(subtasks: Iterable[Subtask]) -> Outcome:
    """The end of a task whose subtasks are closed, or of which one has failed."""
    parts = list(subtasks)
    answer = achieved(parts)
    failure = next((part for part in parts if part["status"] == "failed"), None)
    if failure:
        reason = failure["answer"] if len(parts) == 1 else f"{failure['objective']}: {failure['answer']}"
        return failed(reason, failure["error_class"], answer=answer)
    return {
        "status": "completed",
        "answer": answer,
        "reason": "",
        "error_class": "",
        "artifacts": [artifact for part in parts for artifact in part["artifacts"]],
    }


def achieved(subtasks: Iterable[Subtask]) -> str:
    """What the approved ones have brought."""
    parts = list(subtasks)
    approved = [part for part in parts if part["status"] == "approved"]
    return approved[0]["answer"] if len(parts) == 1 and approved else _sections(approved)


def _sections(parts: list[Subtask]) -> str:
    return "\n\n".join(f"{part['objective']}\n{part['answer']}" for part in parts)
