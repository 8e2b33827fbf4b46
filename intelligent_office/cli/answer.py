"""What the user gets: the whole answer, the report on a task, the summary of its cost."""

import re
from typing import Any

from intelligent_office.cli.house import House
from intelligent_office.cli.story import Story
from intelligent_office.errors import ToolError
from intelligent_office.records import Task, Usage

_CUT = re.compile(r"\n… \((\d+) more bytes; the whole is kept as artifact ([0-9a-f]+)\)")
"""How the preview of a large text ends."""
_PAGE = 1000


async def whole_answer(house: House, task: Task) -> str:
    """The answer, with the whole of what its outcome only previews."""
    from intelligent_office.toolbox.artifacts import read_artifact

    outcome = task.outcome or {}
    answer = str(outcome.get("answer", ""))
    for artifact in outcome.get("artifacts", []):
        cut = next((match for match in _CUT.finditer(answer) if match[2] == artifact["artifact_id"]), None)
        if cut is None:
            continue
        try:
            text = (await read_artifact(house.database, task.task_id, artifact))["text"].encode()
        except ToolError:  # no longer kept: the preview is what there is
            continue
        shown = text[: len(text) - int(cut[1])].decode("utf-8", "ignore")
        if answer[: cut.start()].endswith(shown):
            answer = answer[: cut.start() - len(shown)] + text.decode() + answer[cut.end() :]
    return answer


async def iterations(house: House, task: Task) -> int:
    """The most often that any part of the task was planned."""
    story, after = Story(), 0
    while events := await house.tasks.events(task.task_id, house.tenant, after=after, limit=_PAGE):
        for event in events:
            story.tell(event)
        after = events[-1].number
    return story.attempts


async def report(house: House, task: Task) -> dict[str, Any]:
    """All that is known of a task, for `--json`."""
    usage = await house.tasks.usage(task.task_id, house.tenant)
    waiting = await house.tasks.approvals(task.task_id, house.tenant)
    return {
        **task.as_json(),
        "answer": await whole_answer(house, task) if task.outcome else None,
        "reason": task.outcome["reason"] if task.outcome else None,
        "iterations": await iterations(house, task),
        "usage": usage.as_json(),
        "approvals": [approval.as_json() for approval in waiting],
    }


def summary(task: Task, usage: Usage, attempts: int) -> str:
    """How it ended and what it took, in one line."""
    parts = [
        f"{task.status} in {task.worked_seconds:.1f} s",
        counted(attempts, "iteration"),
        counted(usage.calls, "model call") + (f", {usage.cached} more answered from the cache" if usage.cached else ""),
        counted(usage.input_tokens + usage.output_tokens, "token"),
        f"${usage.cost_usd:.4f}",
    ]
    return " · ".join(parts)


def counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}".replace(",", " ")
