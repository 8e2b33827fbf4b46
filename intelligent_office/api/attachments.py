"""Attachments: files for tasks, handed in once and given to tasks by their ids."""

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from intelligent_office.api.bodies import CheckedRequest
from intelligent_office.api.openapi import ATTACHMENT, RAW_BODY, problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.problems import BadRequest
from intelligent_office.api.views import View
from intelligent_office.attachments.stored import Attachments

router = APIRouter(prefix="/attachments", tags=["attachments"])


class AttachmentView(View):
    """A file that was handed in."""

    attachment_id: str = Field(description="The same for the same content.")
    name: str = Field(description="What tasks call it if they do not say otherwise.")
    media_type: str
    size: int = Field(description="Bytes.")
    preview: str = Field(description="How a text begins.")


@router.post("", status_code=HTTPStatus.CREATED, openapi_extra=RAW_BODY, responses=problems(413, 415, 422, 503))
async def hand_in(
    request: Request,
    response: Response,
    who: Who,
    office: Office,
    name: Annotated[str, Query(min_length=1, max_length=255)] = "attachment",
) -> AttachmentView:
    """Hand in a file: the body is its content, `Content-Type` says what it is."""
    kind = request.headers.get("content-type")
    if kind and kind.lower().startswith("multipart/"):
        raise BadRequest(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Forms are not read: send the file itself as the body, with its own Content-Type, and `name` in the query.",
        )
    content = await CheckedRequest(request.scope, request.receive, most_bytes=office.settings.attachment_bytes).body()
    stored = Attachments(office.database, office.settings)
    found = await stored.store(who.tenant, name, kind, content)
    response.headers["Location"] = request.url_for("read_attachment", attachment_id=found["attachment_id"]).path
    return AttachmentView.model_validate(found)


@router.get("/{attachment_id}", response_class=Response, responses={**ATTACHMENT, **problems(404, 503)})
async def read_attachment(attachment_id: str, who: Who, office: Office) -> Response:
    """The content of a file. Browsers are told to save and not to show it: it may be anything."""
    found, content = await Attachments(office.database, office.settings).read(who.tenant, attachment_id)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found['name'], safe='')}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=found["media_type"], headers=headers)
