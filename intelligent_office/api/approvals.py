"""Approvals: the questions of a task to humans, and their answers."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import BaseModel, ConfigDict, Field

from intelligent_office.api.bodies import JsonRoute
from intelligent_office.api.openapi import ANSWERS, problems
from intelligent_office.api.parts import Office, Who
from intelligent_office.api.views import ApprovalList, ApprovalView

router = APIRouter(prefix="/tasks/{task_id}/approvals", tags=["approvals"], route_class=JsonRoute)


class AnswerRequest(BaseModel):
    """One decision for each action that was asked about, in their order."""

    model_config = ConfigDict(extra="forbid")

    approval_id: str | None = Field(default=None, description="Which question; may be left out if only one is open.")
    decisions: list[dict[str, Any]] = Field(
        description="Of `type` approve (`scope`: `call`, `same` inputs or `tool`, in this task, for so many `minutes`, "
        "or `tenant`: the tool in all tasks, `until` a date, with the `same` inputs if you say so), reject (`message`: "
        "why; `scope`: `tool` if no other call of it will do) or edit (`edited_action`: the same `name`, new `args`). "
        "Approve and edit may set `bounds`: less than what the question shows, limits within those of the tool."
    )


@router.get("", responses=problems(404, 503))
async def list_approvals(
    task_id: str,
    who: Who,
    office: Office,
    open_only: Annotated[bool, Query(alias="open", description="Leave out what needs no answer any more.")] = True,
) -> ApprovalList:
    """The task's questions, oldest first."""
    found = await office.tasks.approvals(task_id, who.tenant, open_only=open_only)
    return ApprovalList(approvals=[ApprovalView.model_validate(approval) for approval in found])


@router.post("", status_code=HTTPStatus.OK, responses=problems(404, 409, 422, 503))
async def answer_approval(
    task_id: str, answer: Annotated[AnswerRequest, Body(openapi_examples=ANSWERS)], who: Who, office: Office
) -> ApprovalView:
    """Answer a question, once; the task goes on."""
    approval = await office.tasks.answer(
        task_id, who.tenant, {"decisions": answer.decisions}, approval_id=answer.approval_id, by=who.name
    )
    return ApprovalView.model_validate(approval)
