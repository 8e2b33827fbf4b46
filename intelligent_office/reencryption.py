"""Encrypts anew what is stored without a key or with another than the first: so that the others can be retired."""

from collections.abc import AsyncIterator

from intelligent_office import checkpoints
from intelligent_office.attachments import stored as attachments
from intelligent_office.checkpoints import CIPHER, TaskSerializer
from intelligent_office.database.pool import Database, Row, Statements
from intelligent_office.database.sealing import SETTING
from intelligent_office.errors import InvalidSetting
from intelligent_office.toolbox import artifacts

TASKS_AT_ONCE = 50
ATTACHMENTS_AT_ONCE = 10


async def reencrypt(database: Database) -> int:
    """Bring everything under the key that writes, and forget the others; how many pieces that were.

    Processes that still write with another key must have ended before: what they wrote could not be read without it.
    It may be stopped at any time, and goes on where there is something left to do.

    Raises:
        InvalidSetting: there is no key, or one is missing that something is encrypted with.
    """
    key_id = database.keyring.writes_with
    if key_id is None:
        raise InvalidSetting(name=SETTING, reason="it is not set, so there is nothing to encrypt with")
    await database.insist_on_keys()
    changed = 0
    async for task_ids in _tasks(database):
        async with database.transaction() as statements:
            changed += await _checkpoints(database, statements, task_ids)
            changed += await _artifacts(database, statements, task_ids)
    while count := await _attachments(database):
        changed += count
    await database.run("forget_other_keys", key_id=key_id)
    return changed


async def _tasks(database: Database) -> AsyncIterator[tuple[str, ...]]:
    after = ""
    while rows := await database.all("tasks_in_order", after=after, limit=TASKS_AT_ONCE):
        yield tuple(row["task_id"] for row in rows)
        after = rows[-1]["task_id"]


async def _checkpoints(database: Database, statements: Statements, task_ids: tuple[str, ...]) -> int:
    cipher = f"{CIPHER}.{database.keyring.writes_with}"
    blobs = await statements.all("blobs_to_seal", task_ids=task_ids, cipher=cipher)
    for row in blobs:
        await statements.run("seal_blob", **_sealed(database, row))
    writes = await statements.all("writes_to_seal", task_ids=task_ids, cipher=cipher)
    for row in writes:
        await statements.run("seal_write", **_sealed(database, row))
    texts = await statements.all("texts_to_seal", task_ids=task_ids)
    for row in texts:
        kind, blob = TaskSerializer(database.keyring, row["thread_id"]).dumps_typed(row["text"])
        known = {name: row[name] for name in ("thread_id", "checkpoint_ns", "checkpoint_id", "channel", "version")}
        await statements.run("seal_text", **known, type=kind, blob=blob)
    return len(blobs) + len(writes) + len(texts)


def _sealed(database: Database, row: Row) -> Row:
    """A row of LangGraph's tables under the other key; what it holds need not be understood for that."""
    keyring, about = database.keyring, checkpoints.about(row["thread_id"])
    kind, _, cipher = row["type"].partition("+")
    plain = keyring.open(cipher.removeprefix(f"{CIPHER}.") or None, bytes(row["blob"]), about)
    key_id, blob = keyring.seal(plain, about)
    return {**row, "type": f"{kind}+{CIPHER}.{key_id}", "blob": blob}


async def _artifacts(database: Database, statements: Statements, task_ids: tuple[str, ...]) -> int:
    keyring = database.keyring
    rows = await statements.all("artifacts_to_seal", task_ids=task_ids, key_id=keyring.writes_with)
    for row in rows:
        about = artifacts.about(row["task_id"], row["artifact_id"])
        key_id, content = keyring.seal(keyring.open(row["key_id"], bytes(row["content"]), about), about)
        await statements.run("seal_artifact", **{**row, "key_id": key_id, "content": content})
    return len(rows)


async def _attachments(database: Database) -> int:
    keyring = database.keyring
    async with database.transaction() as statements:
        rows = await statements.all("attachments_to_seal", key_id=keyring.writes_with, limit=ATTACHMENTS_AT_ONCE)
        for row in rows:
            about = attachments.about(row["tenant"], row["attachment_id"])
            key_id, content = keyring.seal(keyring.open(row["key_id"], bytes(row["content"]), about), about)
            await statements.run("seal_attachment", **{**row, "key_id": key_id, "content": content})
    return len(rows)
