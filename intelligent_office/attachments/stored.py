"""Where attachments are kept: of a tenant, the same content once, however many tasks use it."""

import asyncio
import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from typing import Annotated, Self, cast

from pydantic import BaseModel, ConfigDict, Field, model_validator

from intelligent_office.attachments.kinds import is_text, kind_of, text_of
from intelligent_office.contracts import Attachment
from intelligent_office.database.pool import Database, Row
from intelligent_office.errors import InvalidRequest, Missing
from intelligent_office.settings import Settings

PREVIEW_CHARACTERS = 300

Name = Annotated[str, Field(min_length=1, max_length=255)]


class AttachmentRequest(BaseModel):
    """A file for a task: its content here, or the id of one that was handed in before."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    """What the task calls it; a name that says what it is helps."""
    media_type: str | None = Field(default=None, max_length=255)
    """What it is; if not said, its first bytes tell."""
    text: str | None = None
    data: str | None = None
    """The content in base64."""
    attachment_id: str | None = Field(default=None, max_length=64)

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        if sum(given is not None for given in (self.text, self.data, self.attachment_id)) != 1:
            raise ValueError("give one of `text`, `data` and `attachment_id`")
        if self.attachment_id is None and self.name is None:
            raise ValueError("it needs a `name`")
        if self.attachment_id is not None and self.media_type is not None:
            raise ValueError("what was handed in before has its `media_type`")
        return self

    def content(self) -> bytes:
        """What is here of it.

        Raises:
            InvalidRequest: it is no base64.
        """
        if self.text is not None:
            return self.text.encode("utf-8", "surrogatepass")
        try:
            return base64.b64decode("".join((self.data or "").split()), validate=True)
        except (binascii.Error, ValueError):
            raise InvalidRequest(reason=f"The `data` of the attachment `{self.name}` is no base64") from None


class Attachments:
    """The attachments of all tenants; a tenant is shown its own and nobody else's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    async def store(self, tenant: str, name: str, media_type: str | None, content: bytes) -> Attachment:
        """Keep a file; one that is there already is not kept again.

        Raises:
            InvalidRequest: it is too large or nothing that can be attached, or the tenant has no room left.
        """
        name = _plain(name)
        most = self._settings.attachment_bytes
        if len(content) > most:
            raise InvalidRequest(reason=f"The attachment `{name}` has {len(content)} bytes, and {most} are allowed")
        kind, attachment_id, preview = await asyncio.to_thread(_examined, media_type, content, name)
        await self._database.insist_on_keys()
        key_id, sealed = self._database.keyring.seal(content, about(tenant, attachment_id))
        async with self._database.transaction() as statements:
            await statements.run("lock_room", tenant=tenant)
            row = await statements.one(
                "store_attachment",
                tenant=tenant,
                attachment_id=attachment_id,
                name=name,
                media_type=kind,
                size=len(content),
                content=sealed,
                key_id=key_id,
                room=self._settings.attachment_bytes_per_tenant,
            )
        if row is None:
            room = self._settings.attachment_bytes_per_tenant
            reason = f"There is no room for the attachment `{name}`: all attachments together may have {room} bytes"
            raise InvalidRequest(reason=reason)
        return {
            "name": name, "media_type": kind, "attachment_id": attachment_id, "size": len(content), "preview": preview,
        }  # fmt: skip

    async def read(self, tenant: str, attachment_id: str) -> tuple[Attachment, bytes]:
        """A file, whole.

        Raises:
            Missing: the tenant has no such attachment.
            UnknownKey, SealBroken: it cannot be decrypted.
        """
        row = await self._database.one("read_attachment", tenant=tenant, attachment_id=attachment_id)
        if row is None:
            raise Missing(kind="attachment", name=attachment_id)
        content = await asyncio.to_thread(self._opened, row, tenant)
        return _known(row, _preview(row["media_type"], content, row["name"])), content

    async def accept(self, tenant: str, asked: Sequence[AttachmentRequest]) -> list[Attachment]:
        """What a task is given: contents are kept, and ids are looked up.

        Raises:
            InvalidRequest: there are too many, one cannot be attached, one is not there, or two have the same name.
        """
        most = self._settings.attachments_per_task
        if len(asked) > most:
            raise InvalidRequest(reason=f"There are {len(asked)} attachments, and {most} are allowed")
        found = [await self._accepted(tenant, one) for one in asked]
        names = [attachment["name"] for attachment in found]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            raise InvalidRequest(reason=f"Two attachments are called `{twice}`; give each a `name` of its own")
        return found

    async def given(self, task_id: str, tenant: str) -> list[Attachment]:
        """What was attached to a task; nothing if there is no such task."""
        row = await self._database.one("read_task", task_id=task_id, tenant=tenant)
        return list(row["attachments"]) if row else []

    async def _accepted(self, tenant: str, asked: AttachmentRequest) -> Attachment:
        if asked.attachment_id is None:
            content = await asyncio.to_thread(asked.content)
            return await self.store(tenant, asked.name or "", asked.media_type, content)
        try:
            attachment, _ = await self.read(tenant, asked.attachment_id)
        except Missing as missing:
            raise InvalidRequest(reason=str(missing).removesuffix(".")) from None
        return {**attachment, "name": _plain(asked.name or attachment["name"])}

    def _opened(self, row: Row, tenant: str) -> bytes:
        return self._database.keyring.open(row["key_id"], bytes(row["content"]), about(tenant, row["attachment_id"]))


def about(tenant: str, attachment_id: str) -> str:
    """What the sealed content of an attachment is about."""
    return f"attachment {attachment_id} of {tenant}"


def _examined(media_type: str | None, content: bytes, name: str) -> tuple[str, str, str]:
    kind = kind_of(media_type, content, name)
    digest = hashlib.sha256(kind.encode() + b"\0" + content).hexdigest()[:32]
    return kind, digest, _preview(kind, content, name)


def _known(row: Row, preview: str) -> Attachment:
    known = ("name", "media_type", "attachment_id", "size")
    return cast("Attachment", {**{name: row[name] for name in known}, "preview": preview})


def _preview(kind: str, content: bytes, name: str) -> str:
    """How a text begins: whole lines, so that nothing private is shown in part and not recognised as such."""
    if not is_text(kind):
        return ""
    text = text_of(content, name)
    beginning = text[:PREVIEW_CHARACTERS]
    return beginning if len(text) == len(beginning) else beginning[: beginning.rfind("\n") + 1]


def _plain(name: str) -> str:
    """A name without its folders.

    Raises:
        InvalidRequest: nothing is left of it, or it cannot be written.
    """
    last = re.split(r"[/\\]", name.strip())[-1].strip()
    if last in ("", ".", "..") or not last.isprintable():  # nor may it turn its letters around
        raise InvalidRequest(reason=f"{name!r:.80} is no name of an attachment")
    return last
