"""What goes wrong when a model is asked, told apart by what helps."""

import re
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

from intelligent_office.models.complaints import Complaint, WebPage, chain, complaint_of

Outcome = Literal[
    "answered",
    "cached",
    "malformed",
    "refused",
    "timed_out",
    "rate_limited",
    "out_of_quota",
    "server_error",
    "unreachable",
    "too_long",
    "rejected",
    "failed",
    "cancelled",
]

SICK: frozenset[Outcome] = frozenset({"timed_out", "rate_limited", "out_of_quota", "server_error", "unreachable"})
"""What counts towards opening a circuit. The others show that somebody is there who answers."""

LONGEST = 200
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@|(?<=[?&]key=)[^&\s'\"]+|(?<=Bearer )\S+|\bsk-[\w*-]+", re.IGNORECASE)
_FORM = re.compile(
    r"response.?format|schema|json.?mode|structured.?output|grammar|\btool|function.?call", re.IGNORECASE
)
_CLUMSY = re.compile(r"json_validate_failed|tool_use_failed|failed_generation|model output error", re.IGNORECASE)
"""A server that checks the form itself says so of an answer that missed it; Groq does."""
_QUOTA = re.compile(
    r"insufficient.?(?:quota|balance|credits?|funds)|credit balance|billing.?(?:hard.?limit|not.?active)|"
    r"PerDay|limit: 0\b",
    re.IGNORECASE,
)
"""What another minute does not bring back: money, and the allowance of a day."""
_TOO_LONG = re.compile(
    r"context.{0,3}(?:length|window|size)|maximum context|prompt is too long|too many (?:input )?tokens|"
    r"input token count|token limit|maximum number of tokens|reduce the length|prompt contains \d+ tokens",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"max_?(?:completion|output|new)?_?tokens|(?:completion|output) tokens|in the completion", re.IGNORECASE
)
"""The longest answer is more than the model can give, or more than the prompt leaves room for."""
_WITHHELD = re.compile(r"content.?filter|content management policy|safety system|data_inspection_failed", re.IGNORECASE)
_TIMED_OUT = ("TimeoutException", "TimeoutError", "APITimeoutError", "ModelTimeoutError")
_UNREACHABLE = (
    "ConnectError",
    "APIConnectionError",
    "ClientConnectionError",
    "ConnectionError",
    "ModelConnectionError",
)
_UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What a client raises that finds something else than it looked for."""


@dataclass(frozen=True)
class Failure:
    """Why a call brought no answer."""

    outcome: Outcome
    reason: str
    transient: bool = False
    """Whether the same call may well succeed in a moment."""
    wait_seconds: float | None = None
    """How long the server wants to be left alone; None if it does not say."""
    form_refused: bool = False
    """Whether the server may answer when it is told in another manner what form is wanted."""
    limit_refused: bool = False
    """Whether the server may answer when it is asked for a shorter answer."""
    no_answer: bool = False
    """Whether what came was no model's answer at all."""

    @property
    def sick(self) -> bool:
        """Whether it counts towards opening the circuit."""
        return self.no_answer or self.outcome in SICK


class CallFailed(Exception):
    """One call brought no answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def failure_of(error: BaseException, seconds: float, secrets: Sequence[str] = ()) -> Failure:
    """Tell apart what a provider's client raised; each has errors of its own.

    A call that took all its time is not repeated: it would take as long again.
    """
    if _is_named(error, _TIMED_OUT):
        return Failure("timed_out", f"time-out after {seconds:g} s")
    if any(isinstance(link, WebPage) for link in chain(error)):
        return Failure("malformed", "a web page instead of an answer", no_answer=True)
    complaint = complaint_of(error)
    if complaint is not None:
        return _of_complaint(complaint, scrubbed(complaint.message, secrets))
    said = scrubbed(str(error), secrets)
    if _is_named(error, ("ContextOverflowError",)) or (_TOO_LONG.search(said) and not isinstance(error, OSError)):
        return Failure("too_long", "the prompt is too long for it")
    if isinstance(error, NotImplementedError):
        return Failure("rejected", "its client takes no tools", form_refused=True)
    if _is_named(error, ("UnsupportedProtocol", "InvalidURL")):
        return Failure("unreachable", "its address is no URL")
    if _is_named(error, _UNREACHABLE) or isinstance(error, OSError | httpx.RequestError):
        return _of_connection(error)
    if isinstance(error, _UNREADABLE):
        return Failure("malformed", f"a body that its client cannot read ({type(error).__name__})", no_answer=True)
    return Failure("failed", f"{type(error).__name__}: {said}")


def scrubbed(text: str, secrets: Sequence[str] = ()) -> str:
    """One short line of a message, without anything secret."""
    line = " ".join(text.split())
    for secret in secrets:
        line = line.replace(secret, "***")
    line = _CREDENTIALS.sub("***", line)
    return line if len(line) <= LONGEST else line[:LONGEST] + " …"


def _of_complaint(complaint: Complaint, said: str) -> Failure:
    status, all_said = complaint.status, f"{complaint.message} {complaint.body}"
    if status == 402 or (status in (400, 403, 429) and _QUOTA.search(all_said)):
        return Failure("out_of_quota", f"{status}, the quota is used up")
    if status == 429:
        return Failure("rate_limited", "429", transient=True, wait_seconds=complaint.wait_seconds())
    if (status >= 500 and status != 501) or status in (408, 409):
        return Failure("server_error", str(status), transient=True, wait_seconds=complaint.wait_seconds())
    if status in (401, 403):
        return Failure("rejected", f"{status}, the key was refused")
    limit_refused = _LIMIT.search(all_said) is not None
    if _TOO_LONG.search(all_said) or status == 413:
        return Failure("too_long", "the prompt is too long for it", limit_refused=limit_refused)
    if _WITHHELD.search(all_said):
        return Failure("refused", "the answer was withheld")
    if _CLUMSY.search(all_said):
        return Failure("malformed", f"{status}, an answer that does not fit", transient=True)
    form_refused = _FORM.search(all_said) is not None
    return Failure("rejected", f"{status}, {said}", form_refused=form_refused, limit_refused=limit_refused)


def _of_connection(error: BaseException) -> Failure:
    """What kept two machines from talking to each other."""
    links = list(chain(error))
    for link in links:
        if isinstance(link, ssl.SSLError):
            reason = getattr(link, "verify_message", "") or getattr(link, "reason", "") or "no secure connection"
            return Failure("unreachable", f"TLS: {reason.lower().replace('_', ' ')}")
        if isinstance(link, socket.gaierror):
            return Failure("unreachable", "the host name is not known", transient=True)
    if any(isinstance(link, ConnectionRefusedError) for link in links):
        return Failure("unreachable", "connection refused", transient=True)
    if _is_named(error, ("RemoteProtocolError", "ReadError", "ConnectionResetError", "IncompleteReadError")):
        return Failure("unreachable", "the connection broke off", transient=True)
    return Failure("unreachable", "it cannot be reached", transient=True)


def _is_named(error: BaseException, names: tuple[str, ...]) -> bool:
    """By name, so that no provider's library is imported to look for its errors."""
    return any(kind.__name__ in names for link in chain(error) for kind in type(link).__mro__)
