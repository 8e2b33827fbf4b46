"""What the roles hand to each other: plain, JSON-able data, and the JSON Schemas that outsiders read.

Only `TypedDict`s of plain values, so that a checkpoint can hold them and any engine can carry them.
"""

from typing import Annotated, Any, Literal, NotRequired, get_args

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from intelligent_office.bounds import Bounds

Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
Risk = Literal["safe", "guarded", "dangerous"]
RISKS: tuple[Risk, ...] = get_args(Risk)
"""From the least to the most."""
Verdict = Literal["APPROVED", "REVISE", "ESCALATE", "FAILED"]
Scope = Literal["call", "same", "tool", "tenant"]
"""What a human's yes holds for: this call; in this task, the same tool with the same inputs, or the tool whatever its
inputs; the tool in all tasks of the tenant."""


@with_config(ConfigDict(extra="forbid"))
class Step(TypedDict):
    """One call of one tool."""

    step_id: Identifier
    action: Annotated[str, Field(min_length=1)]
    """The name of a tool."""
    inputs: dict[str, Any]
    """The tool's arguments. `${step_id}` stands for the text of an earlier step, `${step_id.output.key}` for a part
    of its data; `${subtask_id}` reads the result of a subtask this one depends on."""
    idempotency_key: Annotated[str, Field(min_length=1)]
    """Names the effect: the tool call ledger carries out a key once."""
    outputs_expectation: NotRequired[dict[str, Any] | None]
    """JSON Schema that the step's output must satisfy; the reviewer checks it before any opinion."""
    timeout_seconds: NotRequired[Annotated[float, Field(gt=0, le=86_400, json_schema_extra={"default": 300})]]
    parallelizable: NotRequired[Annotated[bool, Field(json_schema_extra={"default": False})]]
    dependencies: NotRequired[list[Identifier]]


class PlanMetadata(TypedDict):
    """What the planner thinks the plan will need."""

    priority: NotRequired[Annotated[int, Field(ge=0)]]
    required_tools: NotRequired[list[str]]
    estimated_cost_tokens: NotRequired[Annotated[int, Field(ge=0)]]
    estimated_duration_seconds: NotRequired[Annotated[float, Field(ge=0)]]


@with_config(ConfigDict(extra="forbid"))
class Plan(TypedDict):
    """How a subtask is to be done. Published at `/schemas/plan.json`."""

    plan_id: Identifier
    task_id: Identifier
    steps: Annotated[list[Step], Field(min_length=1, max_length=100)]
    metadata: PlanMetadata
    generated_at: NotRequired[Annotated[str, Field(json_schema_extra={"format": "date-time"})]]
    confidence: NotRequired[Annotated[float, Field(ge=0, le=1)]]


class Artifact(TypedDict):
    """A large output, kept outside the state."""

    artifact_id: str
    media_type: str
    size: int
    """Bytes."""


class StepResult(TypedDict):
    """What became of a step."""

    step_id: str
    status: Literal["succeeded", "failed", "skipped", "in_doubt"]
    text: str
    """For people and models: what the tool said, or the error. Cut to a preview when `artifact` is set."""
    output: Any
    """For later steps: the tool's data. None when `artifact` holds it."""
    artifact: Artifact | None
    error: str | None
    transient: bool
    """Whether another attempt might have helped. False for successes."""
    attempts: int
    reused: bool
    """True when the ledger already held the effect and nothing was run."""
    started_at: str
    seconds: float
    cost_usd: float
    metadata: dict[str, Any]


class Validation(TypedDict):
    """The validator's word on a plan."""

    verdict: Literal["APPROVED", "REJECTED"]
    reasons: list[str]
    """What the planner must change. Empty if approved."""


class Clearance(TypedDict):
    """What is known of a risky call before a human is asked."""

    decision: Literal["allow", "ask", "refuse"]
    reason: str
    by: str
    """`gatekeeper`, the person whose permit holds for the call, or `policy` where neither could tell."""
    origins: dict[str, str]
    """Where each input of the call comes from."""
    whole_tool: NotRequired[bool]
    """Of a refusal: whether no other call of the tool will do either."""
    bounds: NotRequired[Bounds]
    """What the permit narrows."""
    permit_id: NotRequired[str]
    """The tenant's permit that holds for the call; it counts for one attempt, and is looked for again in the next."""
    attempt: NotRequired[int]
    """In which attempt that was."""
    unfit: NotRequired[str]
    """Why a human's answer to the question about the call cannot be taken, so that they are asked again."""


class Permit(TypedDict):
    """A human's yes that holds for more than the call it was given for."""

    permit_id: str
    """Of one for the whole tenant, which can be revoked; empty for one that ends with its task."""
    tool: str
    inputs: dict[str, Any]
    """Of the call it was given for."""
    scope: Scope
    same_inputs: bool
    """Whether it holds for calls with those inputs only."""
    bounds: Bounds | None
    """What the human has narrowed."""
    by: str
    until: str
    """ISO 8601."""


class Grant(TypedDict):
    """A permission for one step, as asked and as given."""

    step_id: str
    idempotency_key: str
    action: str
    risk: Risk
    decision: Literal["automatic", "approved", "edited", "refused"]
    by: str
    """`policy`, `gatekeeper`, who answered (`user:NAME`, `key:LABEL (ID)`) or whose permit holds for the call, or
    `human` where nobody has said who it was."""
    reason: str
    call: NotRequired[str]
    """SHA-256 of the tool's name and the inputs as planned: no other call is made by it. Missing in old checkpoints."""
    bounds: NotRequired[Bounds]
    """What the call may reach and use; a call that asks for more is not made."""
    answered: NotRequired[bool]
    """Whether a human was asked about this very call."""
    permit_id: NotRequired[str]
    """The tenant's permit by which it was granted."""
    pattern: NotRequired[str]
    """Of a refused one: tells the call when it is planned again, whatever its step is called then."""
    whole_tool: NotRequired[bool]
    """Of a refused one: whether no other call of the tool will do either."""
    clearance: NotRequired[Clearance]
    """Of a risky call: what the gatekeeper said, and where the inputs come from."""


class Review(TypedDict):
    """The reviewer's verdict on one attempt."""

    verdict: Verdict
    finding: str
    """What is wrong and what would mend it. Empty if approved."""
    checks: list[str]
    """The objective checks that were made, each as a sentence with its outcome."""
    by: Literal["rules", "model", "human"]
    error_class: str
    """What kind of failure it is, for the dead letters. Empty if approved."""


class Objection(TypedDict):
    """Why an attempt did not stand; the planner reads these before it plans again."""

    attempt: int
    plan: str
    """Fingerprint of the plan objected to; empty if there was none."""
    role: Literal["planner", "validator", "broker", "executor", "reviewer", "human"]
    reason: str
    error_class: str
    """What kind of failure it is: `PlanRejected`, `CallRefused`, `StepFailed` … or the name of an error."""
    call: NotRequired[dict[str, Any]]
    """`action` and `inputs` of the call that was refused."""


class Subtask(TypedDict):
    """A part of the task that one desk works on."""

    subtask_id: str
    objective: str
    dependencies: list[str]
    tools: list[str]
    """Hints from the analyst; empty means any allowed tool."""
    status: Literal["open", "approved", "failed"]
    answer: str
    """What the user gets for this part; the reason when it failed."""
    output: Any
    """The data of the last step, for subtasks that build on this one. None when an artifact holds it."""
    artifacts: list[Artifact]
    """What is too large for `answer` and `output`."""
    finals: list[StepResult]
    """The results that make up the answer, for subtasks that build on this one."""
    attempts: int
    steps: list[dict[str, Any]]
    """`action` and `inputs` of the last plan's steps, for the archive."""
    history: list[Objection]
    error_class: str
    """What kind of failure it was; empty unless failed."""


class Criterion(TypedDict):
    """A condition for success, fixed before the work starts."""

    text: str
    by: Literal["user", "office"]


class Outcome(TypedDict):
    """How the task ended."""

    status: Literal["completed", "failed"]
    answer: str
    reason: str
    """Empty when completed."""
    error_class: str
    """What kind of failure it was; empty when completed."""
    artifacts: list[Artifact]
    """The whole of what `answer` only previews."""


class Attachment(TypedDict):
    """A file handed in with the task."""

    name: str
    """As the task calls it; no two of a task have the same."""
    media_type: str
    attachment_id: str
    size: int
    """Bytes."""
    preview: str
    """How a text begins; empty for what is none."""


class Lesson(TypedDict):
    """A remembered plan, as the planner sees it."""

    kind: Literal["success", "failure", "feedback"]
    objective: str
    steps: list[dict[str, Any]]
    """Only `action` and `inputs` of each."""
    lesson: str
    """Empty for a success; why it failed, or what the user said."""
    similarity: float


# What models answer, by role.


class SubtaskDraft(TypedDict):
    subtask_id: Identifier
    objective: Annotated[str, Field(min_length=1)]
    dependencies: NotRequired[list[Identifier]]
    tools: NotRequired[list[str]]


class Analysis(TypedDict):
    """The analyst's answer: the parts of a task, as an acyclic graph."""

    subtasks: Annotated[list[SubtaskDraft], Field(min_length=1, max_length=20)]


class StepDraft(TypedDict):
    step_id: Identifier
    action: Annotated[str, Field(min_length=1)]
    inputs: dict[str, Any]
    outputs_expectation: NotRequired[dict[str, Any] | None]
    timeout_seconds: NotRequired[Annotated[float, Field(gt=0, le=86_400)]]
    dependencies: NotRequired[list[Identifier]]


class PlanDraft(TypedDict):
    """The planner's answer. Ids and idempotency keys are not a model's business: the planner adds them."""

    steps: Annotated[list[StepDraft], Field(min_length=1, max_length=100)]
    confidence: NotRequired[Annotated[float, Field(ge=0, le=1)]]
    estimated_cost_tokens: NotRequired[Annotated[int, Field(ge=0)]]
    estimated_duration_seconds: NotRequired[Annotated[float, Field(ge=0)]]


class Flaws(TypedDict):
    """The validator's answer: logical flaws of a plan, each as something the planner can act on."""

    flaws: list[str]


class Judgement(TypedDict):
    """The reviewer's answer."""

    verdict: Verdict
    finding: NotRequired[str]


class Ruling(TypedDict):
    """The gatekeeper's answer on one risky call."""

    decision: Literal["allow", "ask", "refuse"]
    """`ask` puts the call to a human."""
    reason: Annotated[str, Field(min_length=1)]
    whole_tool: NotRequired[bool]
    """Of a refusal: whether no other call of the tool will do either, with whatever arguments."""


class Answer(TypedDict):
    """The ai_tool's answer."""

    text: str


# What people are asked, in the form that LangChain's human-in-the-loop middleware made customary.


class ActionRequest(TypedDict):
    name: str
    args: dict[str, Any]
    description: str
    subtask_id: NotRequired[str]
    step_id: NotRequired[str]
    bounds: NotRequired[Bounds]
    """What the call may reach and use, unless the answer narrows it."""


class ReviewConfig(TypedDict):
    action_name: str
    allowed_decisions: list[Literal["approve", "edit", "reject"]]
    scopes: NotRequired[list[Scope]]
    """What a yes may hold for; this call alone where none are named."""
    limits: NotRequired[Bounds]
    """The largest bounds that an answer may set."""


class HumanRequest(TypedDict):
    action_requests: list[ActionRequest]
    review_configs: list[ReviewConfig]


class EditedAction(TypedDict):
    name: str
    args: dict[str, Any]


class Decision(TypedDict):
    type: Literal["approve", "edit", "reject"]
    edited_action: NotRequired[EditedAction]
    message: NotRequired[str]
    scope: NotRequired[Scope]
    """Of a yes: what it holds for. Of a no: `tool` if no other call of the tool will do either."""
    minutes: NotRequired[float]
    """How long a yes to more than one call holds; an hour if not said."""
    until: NotRequired[str]
    """Instead of minutes, for the scope `tenant`: ISO 8601; a day without time counts to its end, in UTC."""
    same: NotRequired[bool]
    """For the scope `tenant`: whether it holds for the same arguments only."""
    bounds: NotRequired[Bounds]
    """Narrows what the call may reach, and sets limits within those of the tool."""


class HumanAnswer(TypedDict):
    """One decision per action request, in their order."""

    decisions: list[Decision]
    by: NotRequired[str]
    """Who answered. Added by the office, and never taken from an answer."""
