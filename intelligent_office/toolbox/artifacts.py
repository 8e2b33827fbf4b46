"""Outputs too large for the state: kept once, outside, and read when a reference asks for them."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from intelligent_office.contracts import Artifact, StepResult
from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import Keyring
from intelligent_office.errors import ToolError

MEDIA_TYPE = "application/json"


@dataclass(frozen=True)
class Kept:
    """The whole of a result, on its way into storage: JSON with `text` and `output`."""

    artifact: Artifact
    content: bytes

    def sealed(self, keyring: Keyring, task_id: str) -> tuple[str | None, bytes]:
        """The id of the key, if there is one, and what to store."""
        return keyring.seal(self.content, about(task_id, self.artifact["artifact_id"]))


def set_aside(result: StepResult, limit: int) -> tuple[StepResult, Kept | None]:
    """Take what is over the limit out of a result; a preview of the text stays.

    Args:
        result: what a tool said, whole.
        limit: bytes that the text, and the output as JSON, may have.
    """
    text, output = result["text"].encode(), json.dumps(result["output"], ensure_ascii=False).encode()
    if len(text) <= limit and len(output) <= limit:
        return result, None
    content = json.dumps({"text": result["text"], "output": result["output"]}, ensure_ascii=False).encode()
    artifact: Artifact = {
        "artifact_id": hashlib.sha256(content).hexdigest()[:32],
        "media_type": MEDIA_TYPE,
        "size": len(content),
    }
    smaller: StepResult = {**result, "artifact": artifact}
    if len(output) > limit:
        smaller["output"] = None
    if len(text) > limit:
        smaller["text"] = _preview(text, limit, artifact["artifact_id"])
        smaller["error"] = smaller["text"] if result["error"] is not None else None
    return smaller, Kept(artifact, content)


async def read_artifact(database: Database, task_id: str, artifact: Artifact) -> dict[str, Any]:
    """The whole `text` and `output` that were set aside.

    Raises:
        ToolError: it is no longer kept.
        UnknownKey, SealBroken: it cannot be decrypted.
    """
    found = await stored_artifact(database, task_id, artifact["artifact_id"])
    if found is None:
        raise ToolError(reason=f"The output kept as artifact {artifact['artifact_id']} is no longer there.")
    whole: dict[str, Any] = json.loads(found[1])
    return whole


async def stored_artifact(database: Database, task_id: str, artifact_id: str) -> tuple[str, bytes] | None:
    """An artifact's media type and content; None if it is not kept.

    Raises:
        UnknownKey, SealBroken: it cannot be decrypted.
    """
    row = await database.one("read_artifact", task_id=task_id, artifact_id=artifact_id)
    if row is None:
        return None
    return row["media_type"], database.keyring.open(row["key_id"], bytes(row["content"]), about(task_id, artifact_id))


def about(task_id: str, artifact_id: str) -> str:
    """What the sealed content of an artifact is about."""
    return f"artifact {artifact_id} of task {task_id}"


def _preview(text: bytes, limit: int, artifact_id: str) -> str:
    shown = text[:limit].decode("utf-8", "ignore")
    return f"{shown}\n… ({len(text) - limit} more bytes; the whole is kept as artifact {artifact_id})"
