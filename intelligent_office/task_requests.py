"""What is asked for at the doors: a task with its limits, or that one goes on."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from intelligent_office.attachments.stored import AttachmentRequest
from intelligent_office.context import Context

LONGEST_URL = 2_000
"""Characters of the address of a webhook."""
MOST_USD = 1_000_000.0
"""A larger budget of a task is a slip of the hand."""


def _without_nul(text: str) -> str:
    if "\0" in text:
        raise ValueError("it must not contain NUL characters")
    return text


def _not_blank(text: str) -> str:
    if not text.strip():
        raise ValueError("it must not be empty")
    return text.strip()


def _number(value: object) -> object:
    if isinstance(value, bool | str):
        raise ValueError("it must be a number")  # noqa: TRY004 - pydantic tells of this one
    return value


Number = BeforeValidator(_number)
"""A number of JSON: 5 and 5.0, but neither "5" nor true."""
Text = Annotated[str, AfterValidator(_without_nul)]
Words = Annotated[Text, AfterValidator(_not_blank)]
ToolNames = Annotated[list[Annotated[Text, Field(max_length=200)]], Field(max_length=500)]
"""Kept with the task and shown to roles: no room for a book."""
Seconds = Annotated[float, Field(gt=0, le=31_536_000), Number]
Attempts = Annotated[int, Field(ge=1, le=20), Number]
Steps = Annotated[int, Field(ge=1, le=10_000), Number]
Dollars = Annotated[float, Field(ge=0, le=MOST_USD), Number]


class Constraints(BaseModel):
    """Limits that the task must keep to."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    max_duration: Seconds = Context.max_duration
    """Seconds of work."""
    allowed_tools: ToolNames = []
    """Names of tools; empty means all."""
    max_iterations: Attempts = Context.max_iterations
    max_steps: Steps | None = None
    """Calls of tools in all; by default as many as it takes."""
    max_cost_usd: Dollars | None = None
    """What models and tools may cost; 0 leaves only those that cost nothing, and the built-in rules."""
    approval_hours: Annotated[float, Field(gt=0, le=8_760), Number] | None = None
    """How long its questions wait for an answer before they count as refused; by default OFFICE_APPROVAL_HOURS."""


class TaskRequest(BaseModel):
    """A task as it is asked for at any door."""

    model_config = ConfigDict(extra="forbid")

    description: Words
    """The task, in plain words."""
    constraints: Constraints = Field(default_factory=Constraints)
    priority: Annotated[int, Field(ge=0, le=9), Number] = 5
    """9 goes first."""
    success_criteria: list[Words] = []
    attachments: list[AttachmentRequest] = []
    """Files to work on."""
    folder: Text | None = None
    """The working folder; by default the one that the office was started in."""
    approval: Literal["ask", "never", "always"] = "ask"
    """Risky calls: ask a human, refuse them all, or wave them through."""
    model: Text = ""
    """`provider:model` to prefer over the configured ones."""
    use_cache: Annotated[bool, Field(strict=True)] = True
    """Whether earlier answers of models may be used again."""
    webhook_url: Annotated[str, Field(max_length=LONGEST_URL)] | None = None
    """Where to tell of what becomes of the task, signed; see `docs/webhooks.md`."""

    def to_context(self, tenant: str) -> Context:
        """What the roles are told of the request, beside the description."""
        return Context(
            tenant=tenant,
            folder=self.folder or Context.folder,
            success_criteria=self.success_criteria,
            approval=self.approval,
            model=self.model,
            use_cache=self.use_cache,
            **self.constraints.model_dump(),
        )


class Resumption(BaseModel):
    """With what a task goes on that failed for want of money."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    max_cost_usd: Annotated[float, Field(gt=0, le=MOST_USD), Number] | None = None
    """The new budget, with what is spent already; by default the old one."""
