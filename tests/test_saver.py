import asyncio
from operator import or_
from typing import Annotated, Any

import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, empty_checkpoint
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import START, StateGraph
from langgraph.types import Command, Send, interrupt
from typing_extensions import TypedDict

from intelligent_office.checkpoints import saver_of
from intelligent_office.database.pool import Database
from intelligent_office.errors import Unavailable

TABLES = {
    "checkpoints": "checkpoint_ns, checkpoint_id, parent_checkpoint_id, checkpoint, metadata",
    "checkpoint_blobs": "checkpoint_ns, channel, version, type, blob",
    "checkpoint_writes": "checkpoint_ns, checkpoint_id, task_id, task_path, idx, channel, type, blob",
}


async def query(database: Database, sql: str, *parameters: Any) -> list[Any]:
    async with database.pool.connection() as connection:
        return await (await connection.execute(sql, parameters)).fetchall()


async def rows_of(database: Database, thread: str) -> dict[str, list[Any]]:
    """Everything that is kept of a thread, by table, without the thread's name."""
    found = {}
    for table, columns in TABLES.items():
        rows = await query(database, f"SELECT {columns} FROM {table} WHERE thread_id = %s", thread)
        found[table] = sorted(rows, key=str)
    return found


def at(thread: str, checkpoint_id: str | None = None, place: str = "") -> RunnableConfig:
    return {"configurable": {"thread_id": thread, "checkpoint_ns": place, "checkpoint_id": checkpoint_id}}


def a_checkpoint(checkpoint_id: str = "2", /, **values: Any) -> Any:
    versions = dict.fromkeys(values, f"{checkpoint_id}.0")
    return {**empty_checkpoint(), "id": checkpoint_id, "channel_values": values, "channel_versions": versions}


# A graph as the office's: desks that work side by side, one of which asks


class Note(TypedDict, total=False):
    name: str
    words: dict[str, str]


class Sheet(TypedDict, total=False):
    count: int
    words: Annotated[dict[str, str], or_]


def an_office() -> StateGraph[Any, Any, Any, Any]:
    async def write(state: Note) -> Note:
        return {"words": {state["name"]: "written"}}

    async def ask(state: Note) -> Note:
        answer = interrupt("go on?") if state["name"] == "b" else "of course"
        return {"words": {state["name"]: answer}}

    desk: StateGraph[Any, Any, Any, Any] = StateGraph(Note)
    desk.add_node("write", write).add_node("ask", ask)
    desk.add_edge(START, "write").add_edge("write", "ask")

    async def begin(state: Sheet) -> Sheet:
        return {"count": 1}

    async def end(state: Sheet) -> Sheet:
        return {"count": state["count"] + 1}

    async def hand_out(state: Sheet) -> list[Send]:
        return [Send("desk", {"name": "a"}), Send("desk", {"name": "b"})]

    office: StateGraph[Any, Any, Any, Any] = StateGraph(Sheet)
    office.add_node("begin", begin).add_node("desk", desk.compile()).add_node("end", end)
    office.add_edge(START, "begin").add_conditional_edges("begin", hand_out, ["desk"]).add_edge("desk", "end")
    return office


# Storing


async def test_the_rows_are_those_of_langgraphs_own_saver_except_for_longer_texts(database):
    ours, theirs = saver_of(database, "t"), AsyncPostgresSaver(database.pool)
    values: dict[str, Any] = {
        "number": 1,
        "none": None,
        "yes": True,
        "share": 0.5,
        "brief": "text",
        "nested": {"list": [1, {"é": 2}]},
    }
    for saver, thread in ((ours, "ours"), (theirs, "theirs")):
        await saver.aput_writes(at(thread, "1"), [("nested", {"x": [1]}), ("none", None)], "task-a", "path")
        await saver.aput_writes(at(thread, "1"), [("__interrupt__", ["why?"])], "task-b")
        versions: ChannelVersions = dict.fromkeys(values, "2.0")
        stored = await saver.aput(at(thread, "1"), a_checkpoint(**values) | {"ts": "now"}, {"step": 3}, versions)
        assert stored == at(thread, "2")

    assert await rows_of(database, "ours") == await rows_of(database, "theirs")


async def test_a_checkpoint_and_its_values_are_one_transaction_and_what_it_takes_in_is_not_stored_beside_it(database):
    saver = saver_of(database, "t")

    writing = asyncio.create_task(saver.aput_writes(at("t", "1"), [("words", ["a"])], "task"))
    await asyncio.sleep(0)
    await saver.aput(at("t", "1"), a_checkpoint(words=["a"]), {}, {"words": "2.0"})
    await writing

    found = await query(
        database, " UNION ".join(f"SELECT '{table}' AS name, xmin::text FROM {table}" for table in TABLES)
    )
    assert sorted(row["name"] for row in found) == ["checkpoint_blobs", "checkpoints"]
    assert len({row["xmin"] for row in found}) == 1


async def test_what_a_role_writes_over_the_next_checkpoint_is_not_taken_for_a_part_of_it(database):
    saver = saver_of(database, "t")

    writing = asyncio.create_task(saver.aput_writes(at("t", "2"), [("words", ["b"])], "task"))
    await asyncio.sleep(0)
    await saver.aput(at("t", "1"), a_checkpoint("2", words=["a"]), {}, {"words": "2.0"})
    await writing

    [left] = await query(database, "SELECT checkpoint_id, channel FROM checkpoint_writes")
    assert (left["checkpoint_id"], left["channel"]) == ("2", "words")


async def test_what_a_graph_makes_of_its_input_alone_is_not_stored_and_nobody_misses_it(database):
    config: RunnableConfig = {"configurable": {"thread_id": "t"}}
    graph = an_office().compile(saver_of(database, "t", new=True))
    await graph.ainvoke({"count": 0}, config, durability="sync")
    await graph.ainvoke(Command(resume="yes"), config, durability="sync")

    sources = await query(database, "SELECT DISTINCT metadata ->> 'source' AS source FROM checkpoints")
    assert [row["source"] for row in sources] == ["loop"]
    orphans = await query(
        database,
        "SELECT checkpoint_id FROM checkpoints AS child WHERE parent_checkpoint_id IS NOT NULL AND NOT EXISTS ("
        "SELECT FROM checkpoints AS parent WHERE parent.checkpoint_ns = child.checkpoint_ns "
        "AND parent.checkpoint_id = child.parent_checkpoint_id)",
    )
    assert orphans == []


async def test_what_a_role_wrote_is_stored_soon_while_another_one_still_works(database):
    saver = saver_of(database, "t")

    await asyncio.gather(*(saver.aput_writes(at("t", "1"), [("words", [name])], name) for name in ("a", "b")))

    assert [row["task_id"] for row in await query(database, "SELECT task_id FROM checkpoint_writes ORDER BY 1")] == [
        "a",
        "b",
    ]


async def test_the_checkpoint_of_another_desk_takes_nothing_with_it(database):
    saver = saver_of(database, "t")

    writing = asyncio.create_task(saver.aput_writes(at("t", "1", "desk:a"), [("words", ["a"])], "task"))
    await asyncio.sleep(0)
    await saver.aput(at("t", "1", "desk:b"), a_checkpoint(), {}, {})
    await writing

    places = "SELECT checkpoint_ns FROM checkpoint_writes"
    assert [row["checkpoint_ns"] for row in await query(database, places)] == ["desk:a"]


async def test_a_long_text_is_kept_once_however_many_checkpoints_follow(database):
    saver, request = saver_of(database, "t"), "what? " * 1000

    await saver.aput(at("t"), a_checkpoint("1", request=request), {}, {"request": "1.0"})
    for number in range(2, 6):
        checkpoint = a_checkpoint(str(number), request=request) | {"channel_versions": {"request": "1.0"}}
        await saver.aput(at("t", str(number - 1)), checkpoint, {}, {})

    [blobs] = await query(database, "SELECT count(*), max(length(blob)) AS length FROM checkpoint_blobs")
    [inline] = await query(database, "SELECT max(length(checkpoint::text)) AS length FROM checkpoints")
    assert (blobs["count"], blobs["length"] >= len(request), inline["length"] < 1000) == (1, True, True)
    found = await saver.aget_tuple(at("t"))
    assert found
    assert found.checkpoint["channel_values"] == {"request": request}


async def test_a_long_text_that_stood_in_the_checkpoint_is_not_lost_when_it_does_not_change(database):
    request = "what? " * 1000
    versions: ChannelVersions = {"request": "1.0"}
    await AsyncPostgresSaver(database.pool).aput(at("t"), a_checkpoint("1", request=request), {}, versions)

    saver = saver_of(database, "t")
    checkpoint = a_checkpoint("2", request=request) | {"channel_versions": versions}
    await saver.aput(at("t", "1"), checkpoint, {}, {})

    found = await saver.aget_tuple(at("t"))
    assert found
    assert found.checkpoint["channel_values"] == {"request": request}


async def test_nobody_waits_for_a_checkpoint_that_could_not_be_stored(settings):
    async with Database(settings) as database:
        saver = saver_of(database, "t")
    writing = asyncio.create_task(saver.aput_writes(at("t", "1"), [("words", ["a"])], "task"))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await saver.aput(at("t", "1"), a_checkpoint(), {}, {})
    await writing
    with pytest.raises(Unavailable):
        await saver.aput_writes(at("t", "1"), [("words", ["a"])], "task")


async def test_a_graph_that_was_interrupted_goes_on_from_what_was_stored(database):
    config: RunnableConfig = {"configurable": {"thread_id": "t"}}
    asked = await an_office().compile(saver_of(database, "t")).ainvoke({"count": 0}, config, durability="sync")
    assert [one.value for one in asked["__interrupt__"]] == ["go on?"]

    graph = an_office().compile(saver_of(database, "t"))
    assert (await graph.ainvoke(Command(resume="yes"), config, durability="sync"))["count"] == 2
    assert [one.values.get("count") async for one in graph.aget_state_history(config)][:3] == [2, 1, 1]


async def test_a_saver_of_a_new_task_finds_what_it_has_stored_and_looks_for_nothing_else(database):
    await saver_of(database, "t").aput(at("t", place="other"), a_checkpoint("1"), {}, {})

    saver = saver_of(database, "t", new=True)
    assert await saver.aget_tuple(at("t")) is None
    assert await saver.aget_tuple(at("t", place="other")) is None, "nobody else can have stored it"
    await saver.aput(at("t"), a_checkpoint("2"), {}, {})
    found = await saver.aget_tuple(at("t"))
    assert found
    assert found.checkpoint["id"] == "2"


# Pruning


@pytest.mark.parametrize("ended", [True, False])
async def test_pruning_leaves_what_langgraphs_own_pruning_leaves(database, ended):
    """Of a graph that has ended its last checkpoint; of one that has not also the desks that are at work."""
    saver, config = saver_of(database, "t"), RunnableConfig(configurable={"thread_id": "ours"})
    graph = an_office().compile(saver)
    await graph.ainvoke({"count": 0}, config, durability="sync")
    if ended:
        await graph.ainvoke(Command(resume="yes"), config, durability="sync")
    for table, columns in TABLES.items():
        await query(
            database,
            f"INSERT INTO {table} (thread_id, {columns})"
            f" SELECT copy, {columns} FROM {table}, unnest(%s::text[]) AS copy RETURNING thread_id",
            ["theirs", "untouched"],
        )
    before = await rows_of(database, "untouched")

    await saver.aprune(["theirs"], strategy="keep_latest")
    await database.run("prune_checkpoints", thread_ids=("ours", "nobody's"))

    left = await rows_of(database, "ours")
    assert left == await rows_of(database, "theirs")
    assert len(left["checkpoints"]) == (1 if ended else 3)
    assert await rows_of(database, "untouched") == before


async def test_a_graph_that_waits_goes_on_after_it_was_pruned(database):
    config: RunnableConfig = {"configurable": {"thread_id": "t"}}
    graph = an_office().compile(saver_of(database, "t"))
    await graph.ainvoke({"count": 0}, config, durability="sync")

    await database.run("prune_checkpoints", thread_ids=("t",))

    assert (await graph.ainvoke(Command(resume="yes"), config, durability="sync"))["count"] == 2
