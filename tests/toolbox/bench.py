"""Tools for the tests of the workshop: their effects can be counted, their failures are scripted."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.policy import Tool, ToolPolicy

SCOPE = ToolScope(task_id="task-1", tenant="acme")


class Effects:
    """What the tool under test did, and what it is to do next."""

    def __init__(self, *script: Exception | Callable[[], Any]) -> None:
        self.script = list(script)
        """For each call: an exception to raise, or a function whose result is the answer."""
        self.done: list[str] = []
        self.scopes: list[ToolScope] = []
        self.entered = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def happen(self, text: str, scope: ToolScope) -> Any:
        self.scopes.append(scope)
        self.entered.set()
        await self.go_on.wait()
        answer = self.script.pop(0) if self.script else None
        if isinstance(answer, Exception):
            raise answer
        self.done.append(text)
        return answer() if answer else {"said": text}


def press(effects: Effects) -> BaseTool:
    """A tool with a countable effect."""

    @tool("press", parse_docstring=True, response_format="content_and_artifact")
    async def press(text: str, scope: Annotated[ToolScope, InjectedToolArg]) -> tuple[str, Any]:
        """Press a text.

        Args:
            text: what to press
        """
        return f"pressed {text}", await effects.happen(text, scope)

    return press


def a_step(action: str = "press", *, key: str = "k1", step_id: str = "s1", **inputs: Any) -> Any:
    return {"step_id": step_id, "action": action, "inputs": inputs or {"text": "hello"}, "idempotency_key": key}


def pressing(effects: Effects, *, idempotent: bool, seconds: float = 300) -> Sequence[Tool]:
    return [Tool(definition=press(effects), policy=ToolPolicy(risk="safe", idempotent=idempotent, seconds=seconds))]
