"""Artifacts: outputs too large for a task's result, whole."""

from fastapi import APIRouter, Response

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import ARTIFACT, problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.errors import Missing
from intelligent_office.toolbox.artifacts import stored_artifact

router = APIRouter(prefix="/tasks/{task_id}/artifacts", tags=["tasks"], route_class=JsonRoute)


@router.get("/{artifact_id}", response_class=Response, responses={**ARTIFACT, **problems(404, 503)})
async def read_artifact(task_id: str, artifact_id: str, who: Who, office: Office) -> Response:
    """The whole of an output that a result only previews."""
    await office.tasks.get(task_id, who.tenant)
    found = await stored_artifact(office.database, task_id, artifact_id)
    if found is None:
        raise Missing(kind="artifact", name=artifact_id)
    media_type, content = found
    return Response(content, media_type=media_type, headers={"X-Content-Type-Options": "nosniff"})
