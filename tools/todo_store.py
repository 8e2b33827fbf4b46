"""`todo_store`: the tenant's list of things to do."""

from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from intelligent_office.database.pool import Database
from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Inputs, ToolPolicy

Answer = tuple[str, dict[str, Any]]

LONGEST = 2_000
"""Characters of one entry."""


def todo_store(database: Database) -> BaseTool:
    """Make the tool for one database."""

    @tool("todo_store", parse_docstring=True, response_format="content_and_artifact")
    async def keep(
        operation: Literal["add", "list", "complete", "delete"],
        scope: Annotated[ToolScope, InjectedToolArg],
        text: str = "",
        number: int = 0,
    ) -> Answer:
        """Keep a list of things to do.

        Args:
            operation: What to do with the list.
            scope: For whom and where.
            text: For `add`: what is to be done. For `complete` and `delete`: what the entry says, if its number is
                not known.
            number: For `complete` and `delete`: the number of the entry.
        """
        if operation == "add":
            return await _add(database, scope.tenant, text.strip())
        if operation == "list":
            return await _list(database, scope.tenant)
        return await _change(database, scope.tenant, operation, number or await _named(database, scope.tenant, text))

    return keep


def _demands(inputs: Inputs) -> list[str]:
    operation = inputs["operation"]
    if operation == "add" and not str(inputs.get("text", "")).strip():
        return ["`todo_store` needs `text` to add: what is to be done."]
    named = inputs.get("number") or str(inputs.get("text", "")).strip()
    if operation in {"complete", "delete"} and not named:
        return [f"`todo_store` needs the `number` of the entry to {operation}, or its `text`."]
    return []


def _repeatable(inputs: Inputs) -> bool:
    """An entry that was deleted by its text is not found again, nor told from one that never was."""
    operation = inputs.get("operation")
    return operation in {"list", "complete"} or (operation == "delete" and bool(inputs.get("number")))


POLICY = ToolPolicy(
    risk="safe",
    idempotent=_repeatable,
    seconds=30,
    network="none",
    files="none",
    cost=0.0,
    demands=_demands,
    examples=[{"operation": "add", "text": "buy milk"}, {"operation": "complete", "number": 2}],
)


async def _add(database: Database, tenant: str, text: str) -> Answer:
    if len(text) > LONGEST:
        raise ToolError(reason=f"An entry may have {LONGEST} characters; this one has {len(text)}.")
    todo = await database.one("add_todo", tenant=tenant, text=text)
    assert todo is not None, "an insert answers with its row"
    return f"Added todo {todo['number']}: {todo['text']}", todo


async def _list(database: Database, tenant: str) -> Answer:
    todos = await database.all("list_todos", tenant=tenant)
    lines = [f"{todo['number']}. [{'x' if todo['done'] else ' '}] {todo['text']}" for todo in todos]
    return "\n".join(lines) or "The todo list is empty.", {"todos": todos}


async def _named(database: Database, tenant: str, text: str) -> int:
    """The number of the one entry that says this; of several, the one that is still open."""
    wanted = " ".join(text.split()).casefold()
    todos = await database.all("list_todos", tenant=tenant)
    found = [todo for todo in todos if " ".join(todo["text"].split()).casefold() == wanted]
    undone = [todo for todo in found if not todo["done"]]
    if len(found) == 1 or len(undone) == 1:
        return int((undone or found)[0]["number"])
    if found:
        numbers = ", ".join(str(todo["number"]) for todo in found)
        raise ToolError(reason=f"Several todos say `{text:.80}`: {numbers}. Say which, by its number.")
    said = ", ".join(f"{todo['number']} `{todo['text']:.40}`" for todo in todos[:10])
    raise ToolError(reason=f"No todo says `{text:.80}`; {f'there are {said}' if said else 'the list is empty'}.")


async def _change(database: Database, tenant: str, operation: Literal["complete", "delete"], number: int) -> Answer:
    """Complete or delete an entry. Deleting twice is no error: a call may be repeated after a crash."""
    done = "Completed" if operation == "complete" else "Deleted"
    todo = await database.one(f"{operation}_todo", tenant=tenant, number=number)
    if todo:
        return f"{done} todo {number}: {todo['text']}", todo
    counter = await database.one("last_todo_number", tenant=tenant)
    deleted = counter is not None and 0 < number <= counter["last"]
    if deleted and operation == "delete":
        return f"Todo {number} was deleted before.", {"number": number, "text": ""}
    numbers = [str(todo["number"]) for todo in await database.all("list_todos", tenant=tenant)][:20]
    there = f"there are {', '.join(numbers)}" if numbers else "the list is empty"
    raise ToolError(reason=f"There is no todo {number}{': it was deleted' if deleted else ''}; {there}.")
