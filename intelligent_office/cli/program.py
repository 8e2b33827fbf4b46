"""The `office` program: its commands, and the boundary at which every error becomes one line and an exit code."""

import signal
import sys
import traceback
from collections.abc import Sequence
from types import FrameType

import click

from intelligent_office.cli.approve import approve
from intelligent_office.cli.audit import audit
from intelligent_office.cli.dead import dead
from intelligent_office.cli.diagnosis import doctor
from intelligent_office.cli.doors import serve, worker
from intelligent_office.cli.drawing import draw
from intelligent_office.cli.endings import DONE, INTERRUPTED, TERMINATED, exit_code, innermost, last_words
from intelligent_office.cli.inquiries import cancel, list_tasks, logs, status
from intelligent_office.cli.invocation import Invocation, OfficeGroup, verbose_option
from intelligent_office.cli.keys import keys
from intelligent_office.cli.models import models
from intelligent_office.cli.permits import permits
from intelligent_office.cli.queue import queue
from intelligent_office.cli.run import resume, run
from intelligent_office.cli.source import graph, trace
from intelligent_office.cli.spending import budget, usage
from intelligent_office.cli.tenants import tenants
from intelligent_office.cli.terminal import say, speak_any_encoding, stop_speaking
from intelligent_office.cli.tools import tools
from intelligent_office.cli.upkeep import prune, reencrypt
from intelligent_office.cli.webhooks import webhooks

EPILOG = """
Exit codes: 0 done (a task: approved), 1 failed or cancelled, 2 wrong usage or bad input, 3 waiting for a human.
A TASK is an id, four or more characters of its beginning or end, or `last`.
"""


@click.group(
    cls=OfficeGroup,
    params=[verbose_option()],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    epilog=EPILOG,
)
@click.version_option(package_name="intelligent-office", message="%(package)s %(version)s")
def office() -> None:
    """An office of agents: it plans, asks, does and reviews until the result is approved."""


for command in (
    run, status, list_tasks, logs, audit, approve, permits, cancel, resume, serve, worker, queue, trace, graph, tools,
    models, usage, budget, dead, webhooks, keys, tenants, doctor, prune, reencrypt, draw,
):  # fmt: skip
    office.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Carry out one command and end the process."""
    signal.signal(signal.SIGTERM, _end)
    if signal.getsignal(signal.SIGHUP) is signal.SIG_DFL:  # `nohup` has it overheard
        signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    sys.exit(carry_out(sys.argv[1:] if arguments is None else arguments))


def _end(_: int, __: FrameType | None) -> None:
    """Leave in order whatever was entered, such as the embedded database, which would stay behind."""
    sys.exit(TERMINATED)


def carry_out(arguments: Sequence[str]) -> int:
    """Carry out one command; its exit code."""
    speak_any_encoding()
    invocation = Invocation()
    try:
        with office.make_context("office", list(arguments), obj=invocation) as context:
            code = office.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as ending:
        return ending.exit_code
    except BrokenPipeError:
        stop_speaking()
        return DONE
    except (KeyboardInterrupt, click.Abort):
        say("office: interrupted", err=True)
        return INTERRUPTED
    except Exception as failure:  # noqa: BLE001 - the boundary: a person is told in one line
        error = innermost(failure)
        if invocation.verbose:
            traceback.print_exception(error)
        say(f"office: {last_words(error, command='office')}", err=True)
        return exit_code(error)
    return code if isinstance(code, int) else DONE
