"""Everything that can go wrong and is told to a person.

A class's docstring is its message; `{facts}` in it are filled from the keyword arguments at the `raise`.

    OfficeError
    ├── BadInput                what was asked cannot be done as asked: mend the request
    │   ├── InvalidRequest, InvalidSetting, InvalidFile, InvalidPlugin, InvalidAnswer
    │   └── Missing             no such thing
    ├── Conflict                somebody else was first
    ├── Unauthenticated         nobody knows who asks (Forbidden: somebody known, who may not)
    ├── Throttled               too much was asked in too short a time
    ├── Unavailable             a part the office needs is away: try again later
    │   └── AnswerLost          somebody was asked and may have done it, but the answer never came
    ├── OddAnswer               somebody was asked and answered, but not as announced
    ├── UnknownKey, SealBroken  what is stored cannot be decrypted
    ├── ModelError              no model could answer
    ├── BudgetExceeded          no model may be asked: the money is used up
    └── ToolError               a tool could not do what it was asked (TransientToolError: a retry may help)
        └── RequestRefused      the office does not call whom it was to call (Unreachable: there is no connection)
"""

from inspect import cleandoc


class OfficeError(Exception):
    """Something went wrong in the office."""

    status_code = 500
    """The HTTP status a door answers with."""

    def __init__(self, **facts: object) -> None:
        super().__init__(cleandoc(type(self).__doc__ or "").format(**facts))
        self.facts = facts


class BadInput(OfficeError):
    """The request cannot be carried out as it stands."""

    status_code = 422


class InvalidRequest(BadInput):
    """{reason}"""


class InvalidSetting(BadInput):
    """The setting {name} is not usable: {reason}"""


class InvalidFile(BadInput):
    """{place}: {reason}"""


class InvalidPlugin(BadInput):
    """{reason}"""


class InvalidAnswer(BadInput):
    """The answer does not fit the question: {reason}"""


class KeyReused(BadInput):
    """The key `{key}` belongs to another request ({first}), with another {part}: a new request needs a new key."""


class Missing(BadInput):
    """There is no {kind} `{name}`."""

    status_code = 404


class Conflict(OfficeError):
    """{reason}"""

    status_code = 409


class TaskBusy(Conflict):
    """Task {task_id} is being worked on by {worker}."""


class TurnAwaited(Conflict):
    """Task {task_id} waits for its turn: as many tasks of the tenant `{tenant}` are being worked on as may be."""


class TaskEnded(Conflict):
    """Task {task_id} has already ended: {status}."""


class TaskWaits(Conflict):
    """Task {task_id} waits for an answer to {questions} open question(s); see `office approve {task_id}`."""


class AlreadyAnswered(Conflict):
    """Approval {approval_id} was already answered: {answer}."""


class RequestUnderWay(Conflict):
    """The first request with the key `{key}` has not been answered yet: ask again in a moment."""


class WebhookStopped(Conflict):
    """{url} is told nothing more; enable it first: `office webhooks enable {url}`."""


class LetterClosed(Conflict):
    """The dead letter of task {task_id} was already {status} by {by}{successor}."""


class NoCheckpoint(Conflict):
    """Task {task_id} has left no checkpoint to go on from: have it done again from the start."""


class LostClaim(Conflict):
    """Task {task_id} is no longer this worker's: its lease ran out or the task was cancelled."""


class Throttled(OfficeError):
    """{reason}"""

    status_code = 429

    def __init__(self, *, seconds: float, **facts: object) -> None:
        super().__init__(seconds=seconds, **facts)
        self.seconds = seconds
        """When to come back."""


class TooManyRequests(Throttled):
    """{who} may make {limit} requests a minute: come back in {seconds:g} seconds."""


class TooManyListeners(Throttled):
    """A tenant may follow {limit} tasks at once: end one of the streams, or come back in {seconds:g} seconds."""


class QuotaUsedUp(Throttled):
    """{reason}"""


class Unauthenticated(OfficeError):
    """{reason}. Send a key as `Authorization: Bearer KEY` or `X-API-Key: KEY`; `office keys create` makes one."""

    status_code = 401


class Forbidden(OfficeError):
    """{reason}"""

    status_code = 403


class Unavailable(OfficeError):
    """{part} is not available: {reason}"""

    status_code = 503


class AnswerLost(Unavailable):
    """{reason}"""

    status_code = 504


class OddAnswer(OfficeError):
    """{reason}"""

    status_code = 502


class UnknownKey(OfficeError):
    """The stored {about} is encrypted with the key `{key}`, which OFFICE_ENCRYPTION_KEY does not hold: add it there."""


class SealBroken(OfficeError):
    """The stored {about} cannot be decrypted with its key `{key}`: it was damaged, or put there by somebody else."""


class ModelError(OfficeError):
    """No model could answer for the {role}: {reason}"""

    status_code = 502


class NoRuleCovers(ModelError):
    """No built-in rule covers this request, and no model is connected. {reason}

    Without one, it understands plain wishes about calls in source code, sums, files and todos, alone or joined by
    "then": `how does main reach save in ./src`, `who calls parse in src`, `what is 15 * 23`, `search for TODO in src`,
    `add "buy milk" to my todo list`, `write "hello" to a.txt`. The task `help` lists more.

    Connect one: set OPENAI_API_KEY, GOOGLE_API_KEY or MISTRAL_API_KEY, or point OFFICE_OLLAMA_URL at an Ollama
    server or OFFICE_OPENAI_BASE_URL (with OFFICE_OPENAI_MODEL) at any OpenAI-compatible one.
    """


class BudgetExceeded(OfficeError):
    """{reason}"""

    status_code = 402


class ToolError(OfficeError):
    """{reason}"""

    status_code = 422


class BeyondGrant(ToolError):
    """The call of `{tool}` asks for more than it was granted: {excess}."""


class NotGranted(ToolError):
    """The call of `{tool}` was not made: nobody has granted it with these arguments."""


class PermitEnded(ToolError):
    """The call of `{tool}` was not made: the permit {permit} that allowed it was revoked or has expired."""


class TransientToolError(ToolError):
    """{reason}"""

    status_code = 503


class RequestRefused(ToolError):
    """{reason}"""


class Unreachable(TransientToolError):
    """{reason}"""


class StepTimedOut(ToolError):
    """The step was stopped after {seconds:g} seconds."""
