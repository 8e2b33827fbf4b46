"""Checkpoints at rest: with a key, nothing of a task's state can be read in the tables, and it goes on all the same."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import SecretStr

from intelligent_office import reencryption
from intelligent_office.checkpoints import TaskSerializer
from intelligent_office.database.pool import Database, Statements
from intelligent_office.database.sealing import Keyring, new_key
from intelligent_office.errors import InvalidSetting, SealBroken
from intelligent_office.records import Task
from intelligent_office.reencryption import reencrypt
from intelligent_office.settings import Settings
from intelligent_office.task_requests import Resumption
from intelligent_office.toolbox.artifacts import about, stored_artifact
from tests.firm import Firm, analysis, plan

MARKED = "swordfish"
OLD, NEW = new_key(), new_key()
YES = {"decisions": [{"type": "approve"}]}


@asynccontextmanager
async def with_keys(settings: Settings, *keys: str) -> AsyncIterator[Firm]:
    """A firm on the same database, whose processes have these keys."""
    changed = settings.model_copy(update={"encryption_key": SecretStr(",".join(keys))})
    async with Database(changed) as database:
        firm = Firm(changed, database)
        firm.toolbox.risky.add("say")
        yield firm


async def ask(firm: Firm) -> Task:
    """Bring a task to its question; the word that is looked for is in all of its state."""
    task = await firm.submit(success_criteria=[f"it says '{MARKED}'"])
    worker = firm.worker(analyst=[analysis(MARKED)], planner=[plan(("say", MARKED))])
    assert await worker.work_on(await worker.take(task)) == "waiting"
    return task


async def go_on(firm: Firm, task: Task) -> str:
    await firm.tasks.answer(task.task_id, "default", YES, by="tester")
    worker = firm.worker()
    return await worker.work_on(await worker.take(task))


async def legible(firm: Firm, word: str) -> list[str]:
    """The tables of checkpoints in which the word can be read."""
    found = []
    async with firm.database.pool.connection() as connection:
        for table, blob in (("checkpoints", False), ("checkpoint_blobs", True), ("checkpoint_writes", True)):
            text = f"to_jsonb({table}){' - ' + chr(39) + 'blob' + chr(39) if blob else ''}"
            query = f"SELECT count(*) AS n FROM {table} WHERE strpos(({text})::text, %(word)s) > 0"
            if blob:
                query += " OR position(convert_to(%(word)s, 'UTF8') IN blob) > 0"
            row: Any = await (await connection.execute(query.encode(), {"word": word})).fetchone()
            found += [table] * bool(row["n"])
    return found


async def test_without_a_key_checkpoints_can_be_read_by_whoever_reads_the_tables(
    settings: Settings, database: Database
):
    async with with_keys(settings) as firm:
        await ask(firm)
        assert await legible(firm, MARKED) == ["checkpoint_blobs", "checkpoint_writes"]
        assert "checkpoints" in await legible(firm, "do it")


async def test_with_a_key_nothing_of_the_state_can_be_read_and_the_task_goes_on(settings: Settings, database: Database):
    async with with_keys(settings, OLD) as firm:
        task = await ask(firm)
        assert await legible(firm, MARKED) == []
        assert await legible(firm, "do it") == []
        assert await go_on(firm, task) == "completed"
        assert await legible(firm, MARKED) == []
        assert (await firm.look(task)).outcome["answer"] == MARKED  # type: ignore[index]


async def test_a_task_from_before_there_was_a_key_goes_on_and_is_encrypted_from_then_on(
    settings: Settings, database: Database
):
    async with with_keys(settings) as before:
        task = await ask(before)
    async with with_keys(settings, OLD) as firm:
        assert await go_on(firm, task) == "completed"
        await firm.worker().tidy()
        assert "checkpoints" not in await legible(firm, "do it")


async def test_what_an_old_key_wrote_is_read_while_a_new_one_writes(settings: Settings, database: Database):
    async with with_keys(settings, OLD) as firm:
        task = await ask(firm)
    async with with_keys(settings, NEW, OLD) as firm:
        assert await go_on(firm, task) == "completed"


async def test_a_worker_that_lacks_a_key_takes_no_task(settings: Settings, database: Database):
    async with with_keys(settings, OLD) as firm:
        task = await ask(firm)
        await firm.tasks.answer(task.task_id, "default", YES, by="tester")
    async with with_keys(settings, NEW) as firm:
        with pytest.raises(InvalidSetting, match="OFFICE_ENCRYPTION_KEY"):
            await firm.worker().take(task)
        assert (await firm.look(task)).status == "queued"


async def test_a_task_that_cannot_be_decrypted_fails_with_the_setting_to_mend_and_goes_on_when_that_is_done(
    settings: Settings, database: Database
):
    async with with_keys(settings, OLD) as firm:
        task = await ask(firm)
        await firm.tasks.answer(task.task_id, "default", YES, by="tester")
    async with with_keys(settings, NEW, OLD) as late:
        worker = late.worker()
        claim = await worker.take(task)
        late.database.__dict__["keyring"] = Keyring.of(SecretStr(NEW))  # as if the key had come into use a moment ago
        assert await worker.work_on(claim) == "failed"
        told = (await late.look(task)).outcome
        assert told is not None
        assert told["error_class"] == "UnknownKey"
        assert "OFFICE_ENCRYPTION_KEY" in told["reason"]
        assert late.archive.buried == {}
    async with with_keys(settings, NEW, OLD) as firm:
        await firm.tasks.resume(task.task_id, "default", Resumption())
        worker = firm.worker()
        assert await worker.work_on(await worker.take(task)) == "completed"


def test_a_checkpoint_of_one_task_does_not_open_as_that_of_another():
    keys = Keyring.of(SecretStr(OLD))
    stored = TaskSerializer(keys, "one").dumps_typed({"request": MARKED})
    assert TaskSerializer(keys, "one").loads_typed(stored) == {"request": MARKED}
    with pytest.raises(SealBroken):
        TaskSerializer(keys, "two").loads_typed(stored)


async def test_encrypting_anew_brings_everything_under_the_new_key_and_the_old_one_can_go(
    settings: Settings, database: Database
):
    async with with_keys(settings) as plain, with_keys(settings, OLD) as old:
        before, middle = await ask(plain), await ask(old)
        await keep_artifact(plain, before)
        await keep_artifact(old, middle)
    async with with_keys(settings, NEW, OLD) as firm:
        assert await reencrypt(firm.database) > 10
        assert await reencrypt(firm.database) == 0
    async with with_keys(settings, NEW) as firm:
        assert await legible(firm, MARKED) == []
        assert await legible(firm, "do it") == []
        for task in (before, middle):
            assert await stored_artifact(firm.database, task.task_id, "a") == ("text/plain", MARKED.encode())
            assert await go_on(firm, task) == "completed"


async def test_encrypting_anew_that_was_broken_off_loses_nothing_keeps_the_old_key_known_and_goes_on(
    settings: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
):
    async with with_keys(settings, OLD) as firm:
        tasks = [await ask(firm) for _ in range(3)]
    monkeypatch.setattr(reencryption, "TASKS_AT_ONCE", 1)
    seal, sealed = reencryption._artifacts, list[str]()

    async def broken_off(database: Database, statements: Statements, task_ids: tuple[str, ...]) -> int:
        if len(sealed) == 1:
            raise ConnectionAbortedError
        sealed.extend(task_ids)
        return await seal(database, statements, task_ids)

    async with with_keys(settings, NEW, OLD) as firm:
        with monkeypatch.context() as patch:
            patch.setattr(reencryption, "_artifacts", broken_off)
            with pytest.raises(ConnectionAbortedError):
                await reencrypt(firm.database)
        assert await go_on(firm, tasks[0]) == "completed"
        assert await go_on(firm, tasks[1]) == "completed"
    async with with_keys(settings, NEW) as firm:
        assert len(await firm.database.missing_keys()) == 1
    async with with_keys(settings, NEW, OLD) as firm:
        assert await reencrypt(firm.database) > 0
    async with with_keys(settings, NEW) as firm:
        assert await go_on(firm, tasks[2]) == "completed"


async def test_nothing_is_encrypted_anew_without_a_key_or_while_one_is_missing(settings: Settings, database: Database):
    async with with_keys(settings, OLD) as firm:
        await ask(firm)
    for keys in ([], [NEW]):
        async with with_keys(settings, *keys) as firm:
            with pytest.raises(InvalidSetting, match="OFFICE_ENCRYPTION_KEY"):
                await reencrypt(firm.database)


async def keep_artifact(firm: Firm, task: Task) -> None:
    key_id, content = firm.database.keyring.seal(MARKED.encode(), about(task.task_id, "a"))
    async with firm.database.pool.connection() as connection:
        await connection.execute(
            "INSERT INTO artifacts (task_id, artifact_id, tenant, media_type, content, key_id) "
            "VALUES (%s, 'a', 'default', 'text/plain', %s, %s)",
            (task.task_id, content, key_id),
        )
