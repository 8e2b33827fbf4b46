"""Structured logs on standard error, where they never mix with what a command answers."""

import logging
import re
import sys
from io import StringIO
from typing import Any, Literal, TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, WrappedLogger

from intelligent_office.telemetry.redaction.veil import Redaction

Level = Literal["debug", "info", "warning", "error", "critical"]
Format = Literal["text", "json"]

_NOISY = ("httpx", "httpx2", "httpcore", "chromadb", "asyncio", "urllib3", "google_genai", "langsmith", "procrastinate")
"""Libraries that tell more than anybody wants to know below a warning."""

_OURS = ("intelligent_office", "graph", "nodes", "tools", "server")
"""Whose lines below `info` are written. In those of libraries stand whole requests and events, with words of tasks."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What could command the terminal on which somebody reads a log."""


def configure(level: Level = "warning", form: Format = "text", redaction: Redaction | None = None) -> None:
    """Send every log line of the process, our own and the libraries', to standard error; called once by each door.

    Lines carry the task and the tenant of the coroutine that wrote them.

    Args:
        level: The least serious lines that are written.
        form: For people, or for machines.
        redaction: What no line shows, its traceback included; all that is found, if it is not given.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # loggers are made at import, often before the door has configured them
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(form, redaction or Redaction()),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(max(threshold, logging.INFO))
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.DEBUG if level == "debug" else logging.NOTSET)
    for name in _NOISY:
        logging.getLogger(name).setLevel(max(threshold, logging.WARNING))


def _rendering(form: Format, redaction: Redaction) -> list[Any]:
    """Tracebacks without local variables: those may hold secrets."""

    def hide(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
        # The exception itself is hidden when it has been written.
        return {name: value if name == "exc_info" else redaction.hidden(value) for name, value in event.items()}

    def traceback(stream: TextIO, failure: ExcInfo) -> None:
        written = StringIO()
        structlog.dev.plain_traceback(written, failure)
        stream.write(_visible(redaction.hidden(written.getvalue())))

    if form == "json":
        frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        return [
            structlog.processors.ExceptionRenderer(frames),
            hide,
            structlog.processors.JSONRenderer(default=str, ensure_ascii=False),
        ]
    return [
        _without_empty,
        hide,
        _with_visible_words,
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=traceback),
    ]


def _without_empty(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """A person does not want to read `model=''`."""
    return {name: value for name, value in event.items() if value != ""}


def _with_visible_words(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Libraries put words of strangers into theirs; what stands under our keys is quoted by the renderer."""
    return {**event, "event": _visible(str(event.get("event", "")))}


def _visible(text: str) -> str:
    return _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", text)
