"""What a role tells of itself while it works."""

import asyncio
from typing import Any

from langgraph.graph import START, StateGraph
from typing_extensions import TypedDict

from graph.roles import role


class Note(TypedDict, total=False):
    words: str


async def told_of(work: Any, heard: asyncio.Event | None = None) -> list[tuple[str, str]]:
    """The news of one role, by kind; `heard` is set when it has told that it started."""
    graph: Any = StateGraph(Note).add_node("work", role(work)).add_edge(START, "work").compile()
    news = []
    async for told in graph.astream({"words": "x"}, stream_mode="custom"):
        news.append((told["kind"], told["role"]))
        if heard and told["kind"] == "role.started":
            heard.set()
    return news


async def test_a_role_that_is_done_at_once_tells_what_it_wrote_and_not_that_it_began():
    async def clerk(state: Note) -> Note:
        return {"words": state["words"] + "y"}

    assert await told_of(clerk) == [("role.finished", "clerk")]


async def test_a_role_that_takes_its_time_tells_that_it_has_begun():
    heard = asyncio.Event()

    async def clerk(state: Note) -> Note:
        await heard.wait()
        return state

    assert await told_of(clerk, heard) == [("role.started", "clerk"), ("role.finished", "clerk")]
