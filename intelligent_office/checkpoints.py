"""Where the checkpoints of a task are written and read: LangGraph's saver, encrypted, one statement a superstep.

LangGraph's own saver writes twice for each superstep, with messages for each row: first what the roles wrote, in the
background, and then the checkpoint that takes it in, for which the graph waits. Here the first waits a moment for the
second, and both are one statement. A checkpoint is stored as soon as before; a worker that is killed within this moment
has a role to run again, as one that was killed a moment earlier would.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import (
    WRITES_IDX_MAP,
    ChannelVersions,
    Checkpoint,
    CheckpointMetadata,
    CheckpointTuple,
    get_serializable_checkpoint_metadata,
)
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import Keyring

CIPHER = "aesgcm"
"""Stands in the column `type` of LangGraph's tables, before the id of the key: `msgpack+aesgcm.1a2b3c4d`."""

COMPANY_SECONDS = 0.1
"""How long what a role wrote waits for its checkpoint, which comes later only while another role still works."""
INLINE_CHARACTERS = 200
"""A longer text is stored once for each time it changes, and not again in every checkpoint."""

_PLAIN_DATA = JsonPlusSerializer(allowed_msgpack_modules=None)
"""What is read back from a checkpoint makes no objects of classes that somebody else could name there."""


def saver_of(database: Database, task_id: str, *, new: bool = False) -> "Saver":
    """A saver for the checkpoints of one task: a shared one lets only one task write at a time.

    Args:
        database: where they are.
        task_id: the task.
        new: nobody can have worked on it before, so what this saver has not stored need not be looked for.
    """
    return Saver(database, TaskSerializer(database.keyring, task_id), new=new)


class TaskSerializer(SerializerProtocol):
    """Plain data, sealed for one task if there is a key; what was written before there was one is read all the same."""

    def __init__(self, keyring: Keyring, task_id: str) -> None:
        self._keyring = keyring
        self._sealed = EncryptedSerializer(_TaskCipher(keyring, task_id), _PLAIN_DATA)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        return (self._sealed if self._keyring.writes_with else _PLAIN_DATA).dumps_typed(obj)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        return self._sealed.loads_typed(data)


class _TaskCipher(CipherProtocol):
    def __init__(self, keyring: Keyring, task_id: str) -> None:
        self._keyring = keyring
        self._about = about(task_id)

    def encrypt(self, plaintext: bytes) -> tuple[str, bytes]:
        key_id, sealed = self._keyring.seal(plaintext, self._about)
        return f"{CIPHER}.{key_id}", sealed

    def decrypt(self, ciphername: str, ciphertext: bytes) -> bytes:
        return self._keyring.open(ciphername.removeprefix(f"{CIPHER}."), ciphertext, self._about)


def about(task_id: str) -> str:
    """What the sealed parts of a task's checkpoints are about."""
    return f"checkpoint of task {task_id}"


class _Batch:
    """What roles wrote, on its way to the table."""

    def __init__(self) -> None:
        self.writes: list[dict[str, Any]] = []
        self.packed = bytearray()
        """The values of all rows, one behind the other."""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when somebody has stored the rows, or has failed to: whoever tried tells of it."""

    def pack(self, typed: tuple[str, bytes]) -> dict[str, Any]:
        """Add a value; where it stands, counted as PostgreSQL does."""
        kind, packed = typed
        start = len(self.packed) + 1
        self.packed += packed
        return {"type": kind, "start": start, "length": len(packed)}


class Saver(AsyncPostgresSaver):
    """The saver of one run. Runs that share one would wait for each other at its lock."""

    def __init__(self, database: Database, serializer: SerializerProtocol, *, new: bool) -> None:
        """Make a saver over the open pool of the database; for `new`, see `saver_of`."""
        super().__init__(database.pool, serde=serializer)
        self._database = database
        self._sealing = database.keyring.writes_with is not None
        self._new = new
        self._used: set[tuple[str, str]] = set()
        """Where this saver has stored something: thread and namespace."""
        self._waiting: dict[tuple[str, str], _Batch] = {}
        """By thread and namespace."""
        self._kept: set[tuple[str, str, str, str]] = set()
        """Values that are in the table of their own: thread, namespace, channel, version."""

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        """The checkpoint that the config names, or the last one."""
        at = config["configurable"]
        if self._new and (at["thread_id"], at.get("checkpoint_ns", "")) not in self._used:
            return None
        return await super().aget_tuple(config)

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        """Store a checkpoint, and with it what was written before it.

        Raises:
            Unavailable: the database is away.
        """
        thread, place = config["configurable"]["thread_id"], config["configurable"]["checkpoint_ns"]
        self._used.add((thread, place))
        values, versions = checkpoint["channel_values"], checkpoint["channel_versions"]
        inline = {name: value for name, value in values.items() if self._stands_inline(value)}
        outside = {name: (thread, place, name, str(versions[name])) for name in values if name not in inline}
        # A text that did not change may have stood in the checkpoint until now: there was no key, or another limit.
        fresh = [
            name
            for name, kept in outside.items()
            if name in new_versions or (isinstance(values[name], str) and kept not in self._kept)
        ]
        batch = self._waiting.pop((thread, place), None) or _Batch()
        try:
            await self._database.run(
                "store_checkpoint",
                thread_id=thread,
                place=place,
                checkpoint_id=checkpoint["id"],
                parent_id=config["configurable"].get("checkpoint_id"),
                checkpoint={**checkpoint, "channel_values": inline},
                metadata=dict(get_serializable_checkpoint_metadata(config, metadata)),
                writes=batch.writes,
                values=[
                    {"channel": name, "version": versions[name], **batch.pack(self.serde.dumps_typed(values[name]))}
                    for name in fresh
                ],
                packed=bytes(batch.packed),
            )
        finally:
            batch.over.set_result(None)
        self._kept.update(outside.values())
        return {"configurable": {"thread_id": thread, "checkpoint_ns": place, "checkpoint_id": checkpoint["id"]}}

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a role wrote: together with the next checkpoint, if that comes at once.

        A question, an answer or an error is stored by itself: no checkpoint follows it.

        Raises:
            Unavailable: the database is away.
        """
        if all(channel in WRITES_IDX_MAP for channel, _ in writes):
            await super().aput_writes(config, writes, task_id, task_path)
            return
        at = config["configurable"]
        thread, place = at["thread_id"], at["checkpoint_ns"]
        batch = self._waiting.setdefault((thread, place), _Batch())
        batch.writes += [
            {
                "checkpoint_id": at["checkpoint_id"],
                "task_id": task_id,
                "task_path": task_path,
                "idx": WRITES_IDX_MAP.get(channel, number),
                "channel": channel,
                **batch.pack(self.serde.dumps_typed(value)),
            }
            for number, (channel, value) in enumerate(writes)
        ]
        await asyncio.wait([batch.over], timeout=COMPANY_SECONDS)
        if self._waiting.get((thread, place)) is batch:
            del self._waiting[thread, place]
            try:
                await self._database.run(
                    "store_writes", thread_id=thread, place=place, writes=batch.writes, packed=bytes(batch.packed)
                )
            finally:
                batch.over.set_result(None)
        await batch.over

    def _stands_inline(self, value: Any) -> bool:
        """Whether a value stands in the checkpoint itself, where everybody can read it."""
        if isinstance(value, str):
            return not self._sealing and len(value) <= INLINE_CHARACTERS
        return value is None or isinstance(value, int | float)
