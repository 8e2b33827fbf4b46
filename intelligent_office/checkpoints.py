"""Where the checkpoints of a task are written and read: LangGraph's saver, with the office's encryption at rest."""

from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.base import CipherProtocol, SerializerProtocol
from langgraph.checkpoint.serde.encrypted import EncryptedSerializer
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import Keyring

CIPHER = "aesgcm"
"""Stands in the column `type` of LangGraph's tables, before the id of the key: `msgpack+aesgcm.1a2b3c4d`."""

_PLAIN_DATA = JsonPlusSerializer(allowed_msgpack_modules=None)
"""What is read back from a checkpoint makes no objects of classes that somebody else could name there."""


def saver_of(database: Database, task_id: str) -> AsyncPostgresSaver:
    """A saver for the checkpoints of one task: a shared one lets only one task write at a time."""
    if database.keyring.writes_with is None:
        return AsyncPostgresSaver(database.pool, serde=TaskSerializer(database.keyring, task_id))
    return _SealingSaver(database.pool, serde=TaskSerializer(database.keyring, task_id))


class TaskSerializer(SerializerProtocol):
    """Plain data, sealed for one task if there is a key; what was written before there was one is read all the same."""

    def __init__(self, keyring: Keyring, task_id: str) -> None:
        self._keyring = keyring
        self._sealed = EncryptedSerializer(_TaskCipher(keyring, task_id), _PLAIN_DATA)

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        value = obj.text if isinstance(obj, _Text) else obj
        return (self._sealed if self._keyring.writes_with else _PLAIN_DATA).dumps_typed(value)

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


class _Text:
    """A text that is to be stored like all other data, not beside it."""

    def __init__(self, text: str) -> None:
        self.text = text


class _SealingSaver(AsyncPostgresSaver):
    """Takes texts of the state by way of the serializer; LangGraph's saver puts them into the checkpoint's own JSON."""

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        texts = {name: _Text(value) for name, value in checkpoint["channel_values"].items() if isinstance(value, str)}
        values: dict[str, Any] = {**checkpoint["channel_values"], **texts}
        # A text that did not change may have been stored in the JSON, before there was a key.
        versions = {**new_versions, **{name: checkpoint["channel_versions"][name] for name in texts}}
        sealed: Checkpoint = {**checkpoint, "channel_values": values}
        return await super().aput(config, sealed, metadata, versions)
