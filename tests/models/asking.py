"""What the tests of the router share: settings that point at a server, and a log that keeps its records."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from intelligent_office.models.clock import Clock
from intelligent_office.models.quotes import Quote
from intelligent_office.models.router import ModelRouter
from intelligent_office.models.usage import ModelCall, Reservation
from intelligent_office.settings import Settings
from tests.models.wire import Server, Speech

KEY = "sk-secret-123456"
NOBODY = "http://127.0.0.1:9/v1"
"""Nobody listens there."""

MODELS: dict[Speech, str] = {
    "openai": "openai:gpt-4o",
    "google": "google:gemini-2.5-pro",
    "mistral": "mistral:mistral-small-latest",
    "ollama": "ollama:qwen3:8b",
}


class HandClock(Clock):
    """A clock that is moved by hand; who sleeps on it wakes up at once, that much later."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.slept: list[float] = []

    def now(self) -> float:
        return self.time

    def pass_by(self, seconds: float) -> None:
        self.time += seconds

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.pass_by(seconds)
        await asyncio.sleep(0)


class ListedUsage:
    """Keeps the records in a list."""

    def __init__(self) -> None:
        self.calls: list[ModelCall] = []

    async def reserve(self, quote: Quote, seconds: float) -> None:
        """There is always money."""

    async def record(self, call: ModelCall, reservation: Reservation | None = None) -> None:
        self.calls.append(call)

    @property
    def outcomes(self) -> list[str]:
        return [call.outcome for call in self.calls]


def settings(**changes: Any) -> Settings:
    return Settings(_env_file=None, **{"model_seconds": 100.0, **changes})


def pointing_at(*servers: Server, **changes: Any) -> Settings:
    """Settings that know these servers and no others."""
    known: dict[str, Any] = {}
    for server in servers:
        if server.speech == "ollama":
            known["ollama_url"] = server.url
        else:
            known |= {f"{server.speech}_api_key": KEY, f"{server.speech}_base_url": server.url}
    return settings(**known, **changes)


@asynccontextmanager
async def router(chosen: Settings, clock: Clock | None = None) -> AsyncIterator[tuple[ModelRouter, ListedUsage]]:
    """A router and what it records; it hangs up at the end."""
    usage = ListedUsage()
    models = ModelRouter(chosen, usage, pause_seconds=0.001, clock=clock)
    try:
        yield models, usage
    finally:
        await models.close()


async def ask(models: ModelRouter, role: str, schema: type[Any]) -> Any:
    """A question that no built-in rule can answer."""
    values: dict[str, dict[str, Any]] = {
        "ai_tool": {"instruction": "Praise it.", "text": "the sea"},
        "planner": {
            "request": "Praise the sea.",
            "objective": "Praise the sea.",
            "hints": [],
            "tools": [],
            "attachments": [],
            "given": {},
            "criteria": [],
            "lessons": [],
            "objections": [],
            "results": {},
        },
    }
    return await models.ask(role, schema, **values[role])
