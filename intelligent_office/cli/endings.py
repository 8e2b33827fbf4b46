"""How a command ends: its exit code, and the one line that says what went wrong."""

import signal

import click

from intelligent_office.errors import BadInput, OfficeError, TaskWaits

DONE = 0
FAILED = 1
USAGE = 2
WAITING = 3
INTERRUPTED = 130
TERMINATED = 128 + signal.SIGTERM
"""As shells tell of a process that a signal has ended."""


def innermost(error: Exception) -> Exception:
    """What really happened, where several things could have happened at once and one did."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def exit_code(error: Exception) -> int:
    """2 where the command has to be mended, 1 where it could not be done, 3 where a human has to answer first."""
    if isinstance(error, click.ClickException):
        return error.exit_code
    if isinstance(error, TaskWaits):
        return WAITING
    return USAGE if isinstance(error, BadInput) else FAILED


def last_words(error: Exception, *, command: str) -> str:
    """What a person is told of an error: one line, without a traceback."""
    if isinstance(error, click.UsageError):
        hint = error.ctx.command_path if error.ctx else command
        return f"{_one_line(error.format_message())} See `{hint} --help`."
    if isinstance(error, click.ClickException):
        return _one_line(error.format_message())
    if isinstance(error, OfficeError):
        return _one_line(str(error))
    told = _one_line(str(error))
    return f"unexpected {type(error).__name__}{f': {told}' if told else ''} (say --verbose to see where)"


def _one_line(text: str) -> str:
    return " ".join(text.split())
