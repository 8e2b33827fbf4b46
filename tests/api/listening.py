"""Listens to server-sent events, as a browser would."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass
class Heard:
    """One event of a stream; a comment is an event of no kind."""

    kind: str = ""
    number: int | None = None
    data: Any = None
    comment: str = ""


async def listen(http: httpx.AsyncClient, path: str, **options: Any) -> AsyncGenerator[Heard]:
    """The events of a stream, as they come, until it ends."""
    async with http.stream("GET", path, **options) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        heard = Heard()
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if not line:
                yield heard
                heard = Heard()
            elif name == "id":
                heard.number = int(value)
            elif name == "event":
                heard.kind = value
            elif name == "data":
                heard.data = json.loads(value)
            elif not name:  # `: a comment`
                heard.comment = value


async def told(http: httpx.AsyncClient, task_id: str, **options: Any) -> list[Heard]:
    """Every event of a task until its stream ends."""
    return [heard async for heard in listen(http, f"/tasks/{task_id}/events", **options) if heard.kind]
