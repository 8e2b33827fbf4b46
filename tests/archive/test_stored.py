import subprocess
import sys
from typing import Any

from intelligent_office.archive.stored import StoredArchive
from tests.fakes import ScriptedModels

STEPS = [{"action": "code_analyzer", "inputs": {"start": "main"}}]


async def remember(archive, objective="Trace main to save", *, tenant="acme", kind="success", steps=None, lesson=""):
    await archive.remember(
        tenant=tenant, task_id="t1", kind=kind, objective=objective, steps=steps or STEPS, lesson=lesson
    )


async def test_the_plan_for_the_most_similar_objective_comes_first(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive, "Convert 30 euros to dollars", steps=[{"action": "calculator", "inputs": {}}])
    await remember(archive, "Trace the calls from main to save")

    lessons = await archive.recall("acme", "Trace the calls from main to load", limit=2)

    assert [lesson["objective"] for lesson in lessons] == [
        "Trace the calls from main to save",
        "Convert 30 euros to dollars",
    ]
    assert lessons[0]["steps"] == STEPS
    assert lessons[0]["kind"] == "success"
    assert 1 >= lessons[0]["similarity"] > 0.5 > lessons[1]["similarity"] >= 0


async def test_a_tenant_never_sees_the_plans_of_another(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive, tenant="other")
    assert await archive.recall("acme", "Trace main to save") == []


async def test_no_more_lessons_than_wanted_are_recalled(database):
    archive = StoredArchive(database, ScriptedModels())
    for number in range(5):
        await remember(archive, f"Trace main to save {number}")
    assert len(await archive.recall("acme", "Trace main to save", limit=2)) == 2


async def test_what_another_process_remembered_later_is_recalled(database):
    reader, writer = StoredArchive(database, ScriptedModels()), StoredArchive(database, ScriptedModels())
    await remember(writer, "Trace main to save")
    assert len(await reader.recall("acme", "Trace main")) == 1

    await remember(writer, "Trace main to load")

    assert len(await reader.recall("acme", "Trace main")) == 2


async def test_the_same_plan_for_the_same_objective_is_kept_once_and_counted(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive, "Trace main  to save")
    await remember(archive, "Trace main to save")
    await remember(archive, "Trace main to save", steps=[{"action": "echo", "inputs": {}}])

    assert len(await archive.recall("acme", "Trace main to save")) == 2
    async with database.pool.connection() as connection:
        cursor = await connection.execute("SELECT times FROM memories ORDER BY times")
        assert [row["times"] for row in await cursor.fetchall()] == [1, 2]


async def test_two_remarks_on_one_plan_are_both_kept(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive, kind="feedback", lesson="Too long.")
    await remember(archive, kind="feedback", lesson="Wrong file.")
    lessons = await archive.recall("acme", "Trace main to save")
    assert {lesson["lesson"] for lesson in lessons} == {"Too long.", "Wrong file."}


async def test_of_equally_similar_plans_the_one_with_feedback_comes_first(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive)
    await remember(archive, kind="failure", lesson="No such function.")
    await remember(archive, kind="feedback", lesson="Too long.")
    lessons = await archive.recall("acme", "Trace main to save")
    assert [lesson["kind"] for lesson in lessons] == ["feedback", "failure", "success"]


async def test_a_plan_whose_row_was_deleted_is_forgotten(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive)
    assert await archive.recall("acme", "Trace main to save")
    async with database.pool.connection() as connection:
        await connection.execute("DELETE FROM memories")
    assert await archive.recall("acme", "Trace main to save") == []
    assert await StoredArchive(database, ScriptedModels()).recall("acme", "Trace main to save") == []


async def test_an_index_built_again_from_the_rows_finds_the_same(database):
    archive = StoredArchive(database, ScriptedModels())
    await remember(archive, lesson="Mind the imports.")
    before = await archive.recall("acme", "Trace main to save")

    another = StoredArchive(database, ScriptedModels())

    assert [lesson["lesson"] for lesson in before] == ["Mind the imports."]
    assert await another.recall("acme", "Trace main to save") == before


def test_an_office_without_memories_never_imports_chroma(settings):
    script = (
        "import asyncio, sys\n"
        "from intelligent_office.archive.stored import StoredArchive\n"
        "from intelligent_office.database import Database\n"
        "from intelligent_office.settings import Settings\n"
        "from tests.fakes import ScriptedModels\n"
        "async def recall():\n"
        "    settings = Settings(database_url=sys.argv[1], _env_file=None)\n"
        "    database = Database(settings)\n"
        "    print(await StoredArchive(database, ScriptedModels()).recall('acme', 'Anything'))\n"
        "    await database.close()\n"
        "asyncio.run(recall())\n"
        "print('chromadb' in sys.modules)\n"
    )
    url = settings.database_url.get_secret_value()
    told = subprocess.run([sys.executable, "-c", script, url], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["[]", "False"]


async def test_an_attempt_recorded_twice_is_kept_as_it_was_last(database):
    archive = StoredArchive(database, ScriptedModels())
    review: Any = {"verdict": "REVISE", "finding": "no", "checks": [], "by": "rules"}
    attempt: Any = {"tenant": "acme", "task_id": "t1", "subtask_id": "s1", "attempt": 1, "plan": None, "results": {}}
    await archive.record_attempt(**attempt, review=review)
    await archive.record_attempt(**attempt, review=review | {"verdict": "APPROVED"})
    async with database.pool.connection() as connection:
        cursor = await connection.execute("SELECT review ->> 'verdict' AS verdict, plan FROM executions")
        assert await cursor.fetchall() == [{"verdict": "APPROVED", "plan": None}]


async def test_text_that_postgres_refuses_does_not_keep_a_task_from_its_grave(database):
    await StoredArchive(database, ScriptedModels()).bury(
        tenant="acme",
        task_id="t1",
        error_class="Bug",
        reason="a\0b",
        state={"x\0": float("nan")},
        history=[{"y": "\ud800"}],
    )
    letter = await database.one("read_dead_letter", task_id="t1", tenant="acme")
    assert letter is not None
    assert (letter["reason"], letter["state"], letter["history"]) == ("a\ufffdb", {"x\ufffd": None}, [{"y": "\ufffd"}])
