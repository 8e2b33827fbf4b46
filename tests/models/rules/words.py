"""What the tests of the rules share: the office's tools, and short ways to ask."""

from typing import Any

from intelligent_office.cards import ToolCard
from intelligent_office.contracts import Subtask
from intelligent_office.models.rules.offline import answer

NAMES = (
    *("code_analyzer", "math_calculator", "calculator", "todo_store", "file_operations", "echo", "ai_tool"),
    *("http_client", "web_search"),
)


def cards(*names: str) -> list[ToolCard]:
    return [
        {"name": name, "description": name, "parameters": {}, "risk": "safe", "source": "built-in"}
        for name in names or NAMES
    ]


def plan(objective: str, *, tools: list[ToolCard] | None = None, **given: Subtask) -> list[tuple[str, dict[str, Any]]]:
    """The calls that the planner's rules make of an objective."""
    return [(step["action"], step["inputs"]) for step in steps(objective, tools=tools, **given)]


def steps(objective: str, *, tools: list[ToolCard] | None = None, **given: Subtask) -> list[dict[str, Any]]:
    draft = answer("planner", {"objective": objective, "given": given, "tools": tools or cards()})
    found: list[dict[str, Any]] = draft["steps"]
    return found


def subtasks(request: str) -> list[tuple[str, list[str]]]:
    """The objectives that the analyst's rules cut a request into, each with its dependencies."""
    analysis = answer("analyst", {"request": request, "tools": cards(), "attachments": []})
    return [(subtask["objective"], subtask["dependencies"]) for subtask in analysis["subtasks"]]


def finished(objective: str, text: str = "", output: Any = None) -> Subtask:
    return {
        "subtask_id": "t1",
        "objective": objective,
        "dependencies": [],
        "tools": [],
        "status": "approved",
        "answer": text,
        "output": output,
        "artifacts": [],
        "finals": [],
        "attempts": 1,
        "steps": [],
        "history": [],
        "error_class": "",
    }
