"""What goes wrong when a model is asked, told apart by what helps."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import httpx

Outcome = Literal[
    "answered",
    "answered_unpriced",
    "malformed",
    "refused",
    "timed_out",
    "rate_limited",
    "server_error",
    "unreachable",
    "rejected",
    "failed",
    "cancelled",
]

LONGEST = 200
_CREDENTIALS = re.compile(r"(?<=://)[^/\s@]+@|(?<=[?&]key=)[^&\s'\"]+|(?<=Bearer )\S+|\bsk-[\w*-]+", re.IGNORECASE)
_FORM = re.compile(r"response_format|json_schema|structured output", re.IGNORECASE)
_UNREACHABLE = (
    "ConnectError",
    "APIConnectionError",
    "ClientConnectionError",
    "ConnectionError",
    "ModelConnectionError",
)
_TIMED_OUT = ("TimeoutException", "TimeoutError", "APITimeoutError", "ModelTimeoutError")


@dataclass(frozen=True)
class Failure:
    """Why a call brought no answer."""

    outcome: Outcome
    reason: str
    transient: bool = False
    """Whether the same call may well succeed in a moment."""
    form_refused: bool = False
    """Whether the server takes no JSON Schema, and may answer without one."""


class CallFailed(Exception):
    """One call brought no answer."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.reason)
        self.failure = failure


def failure_of(error: BaseException, seconds: float, secrets: Sequence[str] = ()) -> Failure:
    """Tell apart what a provider's client raised; each has errors of its own.

    A call that took all its time is not repeated: it would take as long again.
    """
    said = scrubbed(str(error), secrets)
    if _is_named(error, _TIMED_OUT):
        return Failure("timed_out", f"no answer within {seconds:g} s")
    status = _status(error)
    if status == 429:
        return Failure("rate_limited", "429, too many requests", transient=True)
    if status is not None and (status >= 500 or status == 408):
        return Failure("server_error", f"{status}, a fault of the server", transient=True)
    if status in (401, 403):
        return Failure("rejected", f"{status}, the key was refused")
    if status is not None:
        return Failure("rejected", f"{status}, {said}", form_refused=_FORM.search(str(error)) is not None)
    if _is_named(error, _UNREACHABLE) or isinstance(error, OSError | httpx.RequestError):
        return Failure("unreachable", "it cannot be reached", transient=True)
    if type(error).__name__ == "LengthFinishReasonError":
        return Failure("malformed", "the answer was cut off")
    if type(error).__name__ == "ContentFilterFinishReasonError":
        return Failure("refused", "the answer was withheld")
    if isinstance(error, ValueError | TypeError | AttributeError | LookupError):
        return Failure("malformed", f"a body that its client cannot read ({type(error).__name__})")
    return Failure("failed", f"{type(error).__name__}: {said}")


def scrubbed(text: str, secrets: Sequence[str] = ()) -> str:
    """One short line of a message, without anything secret."""
    line = " ".join(text.split())
    for secret in secrets:
        line = line.replace(secret, "***")
    line = _CREDENTIALS.sub("***", line)
    return line if len(line) <= LONGEST else line[:LONGEST] + " …"


def _chain(error: BaseException) -> Iterator[BaseException]:
    found: BaseException | None = error
    for _ in range(5):
        if found is None:
            return
        yield found
        found = found.__cause__


def _status(error: BaseException) -> int | None:
    """The HTTP status, wherever the client's error keeps it."""
    for link in _chain(error):
        for holder in (link, getattr(link, "response", None)):
            for name in ("status_code", "code", "status"):
                value = getattr(holder, name, None)
                if isinstance(value, int) and 400 <= value <= 599:
                    return value
    return None


def _is_named(error: BaseException, names: tuple[str, ...]) -> bool:
    """By name, so that no provider's library is imported to look for its errors."""
    return any(kind.__name__ in names for link in _chain(error) for kind in type(link).__mro__)
