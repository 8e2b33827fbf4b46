"""Where attachments are kept: once a tenant, encrypted if there is a key, as long as a task may need them."""

import asyncio
from typing import Any

import pytest
from pydantic import SecretStr

from intelligent_office.attachments.stored import AttachmentRequest, Attachments
from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import new_key
from intelligent_office.errors import InvalidRequest, Missing, SealBroken
from intelligent_office.records import Task
from intelligent_office.reencryption import reencrypt
from intelligent_office.retention import Retention
from intelligent_office.settings import Settings
from intelligent_office.task_requests import TaskRequest
from intelligent_office.tasks import Tasks

SECRET = b"swordfish swordfish swordfish"


async def rows(database: Database, query: str) -> list[Any]:
    async with database.pool.connection() as connection:
        cursor = await connection.execute(query.encode())
        return await cursor.fetchall() if cursor.description else []


async def submit(database: Database, settings: Settings, *attachments: dict[str, str], tenant: str = "acme") -> Task:
    given = [AttachmentRequest.model_validate(one) for one in attachments]
    request = TaskRequest(description="do it", attachments=given)
    return await Tasks(database, settings).submit(request, tenant=tenant, origin="test")


async def test_the_same_content_is_kept_once_a_tenant_and_is_nobody_elses(database: Database, settings: Settings):
    stored = Attachments(database, settings)
    first = await stored.store("acme", "a.txt", None, SECRET)
    again = await stored.store("acme", "b.txt", "text/plain", SECRET)
    assert first["attachment_id"] == again["attachment_id"]
    assert (await stored.read("acme", first["attachment_id"]))[1] == SECRET
    with pytest.raises(Missing):
        await stored.read("other", first["attachment_id"])
    await stored.store("other", "a.txt", None, SECRET)
    assert len(await rows(database, "SELECT 1 FROM attachments")) == 2


async def test_a_file_is_encrypted_and_opens_for_its_own_tenant_alone(database: Database, settings: Settings):
    keyed = settings.model_copy(update={"encryption_key": SecretStr(new_key())})
    plain = (await Attachments(database, settings).store("acme", "a.txt", None, b"earlier"))["attachment_id"]
    async with Database(keyed) as sealed:
        stored = Attachments(sealed, keyed)
        secret = (await stored.store("acme", "a.txt", None, SECRET))["attachment_id"]
        [row] = await rows(database, f"SELECT content FROM attachments WHERE attachment_id = '{secret}'")
        assert b"swordfish" not in bytes(row["content"])
        assert (await stored.read("acme", secret))[1] == SECRET
        assert (await stored.read("acme", plain))[1] == b"earlier"
        assert await reencrypt(sealed) == 1
        assert (await stored.read("acme", plain))[1] == b"earlier"
        await rows(database, "UPDATE attachments SET tenant = 'other'")
        with pytest.raises(SealBroken):
            await stored.read("other", secret)


async def test_a_tenant_has_so_much_room_and_what_is_there_already_takes_no_more(
    database: Database, settings: Settings
):
    settings = settings.model_copy(update={"attachment_bytes_per_tenant": 10})
    stored = Attachments(database, settings)
    for content in (b"12345", b"67890", b"12345"):
        await stored.store("acme", "a", None, content)
    with pytest.raises(InvalidRequest, match="room"):
        await stored.store("acme", "a", None, b"1")
    await stored.store("other", "a", None, b"1")


async def test_a_tenants_room_holds_when_all_files_come_at_once(database: Database, settings: Settings):
    size = 1_000_000
    stored = Attachments(database, settings.model_copy(update={"attachment_bytes_per_tenant": 2 * size}))
    files = [stored.store("acme", "a", None, b"%05d" % number * (size // 5)) for number in range(20)]
    ends = await asyncio.gather(*files, return_exceptions=True)
    assert sum(isinstance(end, InvalidRequest) for end in ends) == 18


async def test_a_preview_shows_whole_lines(database: Database, settings: Settings):
    stored = Attachments(database, settings)
    long = await stored.store("acme", "a", None, b"a line\n" + b"4111 1111 1111 1111 " * 50)
    assert long["preview"] == "a line\n"
    assert (await stored.store("acme", "a", None, b"x" * 1000))["preview"] == ""
    assert (await stored.store("acme", "a", None, b"short"))["preview"] == "short"


async def test_what_a_task_uses_outlives_its_age_until_the_task_has_ended(database: Database, settings: Settings):
    task = await submit(database, settings, {"name": "a", "text": "used"}, {"name": "b", "text": "used too"})
    await Attachments(database, settings).store("acme", "c", None, b"not used")
    retention = Retention(database, settings)
    await rows(database, "UPDATE attachments SET last_used_at = now() - interval '100 days'")
    assert (await retention.preview()).attachments == 1
    assert (await retention.prune()).attachments == 1
    assert len(await rows(database, "SELECT 1 FROM attachments")) == 2
    await rows(
        database,
        "UPDATE tasks SET status = 'completed', finished_at = now() - interval '100 days' "
        f"WHERE task_id = '{task.task_id}'",
    )
    assert (await retention.preview()).attachments == 2
    assert (await retention.prune()).attachments == 2
    assert await rows(database, "SELECT 1 FROM task_attachments") == []


async def test_a_file_that_a_new_task_is_given_counts_as_used(database: Database, settings: Settings):
    stored = await Attachments(database, settings).store("acme", "a", None, b"used")
    await rows(database, "UPDATE attachments SET last_used_at = now() - interval '100 days'")
    await submit(database, settings, {"attachment_id": stored["attachment_id"]})
    await rows(database, "UPDATE tasks SET status = 'completed', finished_at = now() - interval '95 days'")
    assert (await Retention(database, settings).prune()).attachments == 0


async def test_a_task_is_not_accepted_with_a_file_of_another_tenant(database: Database, settings: Settings):
    stored = await Attachments(database, settings).store("acme", "a", None, b"theirs")
    with pytest.raises(InvalidRequest, match=stored["attachment_id"]):
        await submit(database, settings, {"attachment_id": stored["attachment_id"]}, tenant="other")
    assert await rows(database, "SELECT 1 FROM tasks") == []
