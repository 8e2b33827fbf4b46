"""Where the checkpoints of a task are written and read: LangGraph's saver, encrypted, one statement a superstep.

LangGraph's own saver writes twice for each superstep, with messages for each row: first what the roles wrote, in the
background, and then the checkpoint that takes it in, for which the graph waits. Here the first waits a moment for the
second, and need not be stored if that comes: it stands in it. A checkpoint is stored as soon as before; a worker that
is killed within this moment has a role to run again, as one that was killed a moment earlier would.

Nor is the checkpoint stored that a graph makes of its input before anything has happened: the one in which the graph
has taken it in follows at once, before the first role.
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


class _Written:
    """What roles wrote over one checkpoint, while the next one may come at any moment."""

    def __init__(self) -> None:
        self.rows: list[tuple[dict[str, Any], Any]] = []
        """What tells a row from others, and its value."""
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done when they are stored or need not be, or when somebody has failed to store them: whoever tried tells."""


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
        self._waiting: dict[tuple[str, str, str | None], _Written] = {}
        """By thread, namespace and checkpoint."""
        self._left_out: set[str] = set()
        """Checkpoints that were not stored."""
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
        """Store a checkpoint; what was written before it stands in it.

        Raises:
            Unavailable: the database is away.
        """
        at = config["configurable"]
        thread, place, parent = at["thread_id"], at["checkpoint_ns"], at.get("checkpoint_id")
        stored: RunnableConfig = {
            "configurable": {"thread_id": thread, "checkpoint_ns": place, "checkpoint_id": checkpoint["id"]}
        }
        if metadata.get("source") == "input" and not parent:
            self._left_out.add(checkpoint["id"])
            return stored
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
        taken_in = self._waiting.pop((thread, place, parent), None)
        try:
            pieces, packed = self._packed(
                [({"channel": name, "version": versions[name]}, values[name]) for name in fresh]
            )
            await self._database.run(
                "store_checkpoint",
                thread_id=thread,
                place=place,
                checkpoint_id=checkpoint["id"],
                parent_id=None if parent in self._left_out else parent,
                checkpoint={**checkpoint, "channel_values": inline},
                metadata=dict(get_serializable_checkpoint_metadata(config, metadata)),
                values=pieces,
                packed=packed,
            )
        finally:
            if taken_in:
                taken_in.over.set_result(None)
        self._kept.update(outside.values())
        return stored

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        """Store what a role wrote, unless the next checkpoint comes at once.

        A question, an answer or an error is stored by itself: no checkpoint follows it.

        Raises:
            Unavailable: the database is away.
        """
        if all(channel in WRITES_IDX_MAP for channel, _ in writes):
            await super().aput_writes(config, writes, task_id, task_path)
            return
        at = config["configurable"]
        thread, place = at["thread_id"], at["checkpoint_ns"]
        key = thread, place, at["checkpoint_id"]
        written = self._waiting.setdefault(key, _Written())
        written.rows += [
            (
                {
                    "checkpoint_id": at["checkpoint_id"],
                    "task_id": task_id,
                    "task_path": task_path,
                    "idx": WRITES_IDX_MAP.get(channel, number),
                    "channel": channel,
                },
                value,
            )
            for number, (channel, value) in enumerate(writes)
        ]
        await asyncio.wait([written.over], timeout=COMPANY_SECONDS)
        if self._waiting.get(key) is written:
            del self._waiting[key]
            try:
                pieces, packed = self._packed(written.rows)
                await self._database.run("store_writes", thread_id=thread, place=place, writes=pieces, packed=packed)
            finally:
                written.over.set_result(None)
        await written.over

    def _packed(self, rows: Sequence[tuple[dict[str, Any], Any]]) -> tuple[list[dict[str, Any]], bytes]:
        """Rows with where their values stand, counted as PostgreSQL does, and the values, one behind the other."""
        pieces, packed = [], bytearray()
        for row, value in rows:
            kind, piece = self.serde.dumps_typed(value)
            pieces.append({**row, "type": kind, "start": len(packed) + 1, "length": len(piece)})
            packed += piece
        return pieces, bytes(packed)

    def _stands_inline(self, value: Any) -> bool:
        """Whether a value stands in the checkpoint itself, where everybody can read it."""
        if isinstance(value, str):
            return not self._sealing and len(value) <= INLINE_CHARACTERS
        return value is None or isinstance(value, int | float)
