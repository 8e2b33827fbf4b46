"""Artifacts: outputs too large for a task's result, whole."""

from fastapi import APIRouter, Response

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import ARTIFACT, problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.errors import Missing

router = APIRouter(prefix="/tasks/{task_id}/artifacts", tags=["tasks"], route_class=JsonRoute)


@router.get("/{artifact_id}", response_class=Response, responses={**ARTIFACT, **problems(404, 503)})
async def read_artifact(task_id: str, artifact_id: str, who: Who, office: Office) -> Response:
    """The whole of an output that a result only previews."""
    await office.tasks.get(task_id, who.tenant)
    row = await office.database.one("read_artifact", task_id=task_id, artifact_id=artifact_id)
    if row is None:
        raise Missing(kind="artifact", name=artifact_id)
    return Response(bytes(row["content"]), media_type=row["media_type"], headers={"X-Content-Type-Options": "nosniff"})
