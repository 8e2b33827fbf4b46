"""What a server said instead of answering, whichever provider's client it was that raised the error."""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_SPAN = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_IN_WORDS = re.compile(r"(?:try again|retry) (?:after|in) ((?:\d+(?:\.\d+)?(?:ms|s|m|h))+)", re.IGNORECASE)
_DELAY = re.compile(r'"retryDelay":\s*"([^"]+)"')
"""Gemini's `google.rpc.RetryInfo`."""


class WebPage(Exception):
    """A page for people came where an answer was to come."""


@dataclass(frozen=True)
class Complaint:
    """An answer that is none."""

    status: int
    """The HTTP status."""
    message: str = ""
    """What it says to people."""
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)

    def wait_seconds(self) -> float | None:
        """How long the server wants to be left alone; None if it does not say.

        `Retry-After` in both of its forms (RFC 9110), OpenAI's `retry-after-ms` and `x-ratelimit-reset-*`, Gemini's
        `retryDelay`, and what is written out in words.
        """
        headers = self.headers
        readings = (
            _number(headers.get("retry-after-ms", ""), 0.001),
            _number(headers.get("retry-after", "")),
            _until(headers.get("retry-after", ""), headers.get("date", "")),
            _span(found[1]) if (found := _DELAY.search(self.body)) else None,
            _span(found[1]) if (found := _IN_WORDS.search(self.message)) else None,
            _reset(headers) if self.status == 429 else None,
        )
        return next((max(0.0, seconds) for seconds in readings if seconds is not None), None)


def complaint_of(error: BaseException) -> Complaint | None:
    """What the server said, wherever the client's error keeps it; None if it said nothing."""
    for link in chain(error):
        response = getattr(link, "response", None)
        for holder in (link, response):
            for name in ("status_code", "code", "status"):
                status = getattr(holder, name, None)
                if isinstance(status, int) and 400 <= status <= 599:
                    body = _body(link, response)
                    return Complaint(status, _message(body) or str(error), body, _headers(response))
        if isinstance(link, ValueError) and link.args and isinstance(link.args[0], dict):
            return _of_body(link.args[0])
    return None


def _of_body(error: Mapping[str, Any]) -> Complaint | None:
    """A complaint under the status 200, as proxies pass on what a provider behind them said; OpenRouter does."""
    status = error.get("code")
    if not isinstance(status, int) or not 400 <= status <= 599:
        return None
    return Complaint(status, str(error.get("message", "")), json.dumps(error, default=str))


def chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what led to it. Some clients hide the cause with `from None`."""
    found: BaseException | None = error
    for _ in range(10):
        if found is None:
            return
        yield found
        found = found.__cause__ or (found.__context__ if found.__suppress_context__ else None)


def _headers(response: Any) -> Mapping[str, str]:
    return {str(name).lower(): str(value) for name, value in dict(getattr(response, "headers", None) or {}).items()}


def _body(link: BaseException, response: Any) -> str:
    for holder, name in ((response, "text"), (link, "error")):
        text = getattr(holder, name, None)
        if isinstance(text, str):
            return text
    return ""


def _message(body: str) -> str:
    """The message in a body: each provider has its own place for it."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return "" if body.lstrip().startswith("<") else body
    for name in ("error", "message", "detail"):
        inner = found.get(name) if isinstance(found, dict) else None
        if isinstance(inner, dict):
            found, inner = inner, inner.get("message")
        if isinstance(inner, str):
            return inner
    return body


def _number(text: str, unit: float = 1.0) -> float | None:
    try:
        number = float(text) * unit
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _until(date: str, now: str) -> float | None:
    """The seconds until an HTTP date, by the server's own clock where it shows it."""
    try:
        end = parsedate_to_datetime(date)
    except ValueError:
        return None
    try:
        begin = parsedate_to_datetime(now)
    except ValueError:
        begin = datetime.now(UTC)
    if end.tzinfo is None or begin.tzinfo is None:
        return None
    return (end - begin).total_seconds()


def _span(text: str) -> float | None:
    """Read `1m30.5s`, `358ms`."""
    found = _SPAN.findall(text)
    return sum(float(number) * _UNITS[unit] for number, unit in found) if found else None


def _reset(headers: Mapping[str, str]) -> float | None:
    """When the limits that are used up begin anew, by OpenAI's headers."""
    spans = {
        name.removeprefix("x-ratelimit-reset-"): _span(value)
        for name, value in headers.items()
        if name.startswith("x-ratelimit-reset-")
    }
    used_up = [span for name, span in spans.items() if span and headers.get(f"x-ratelimit-remaining-{name}") == "0"]
    return max(used_up, default=None)
