"""What one call of `office` carries along: how much it says, and the settings it was started with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from intelligent_office.settings import Settings


@dataclass
class Invocation:
    """Made by `main`, found by every command with `@click.pass_obj`."""

    verbose: bool = False

    def settings(self, *, serving: bool = False) -> "Settings":
        """Read the settings and start the logs.

        A command that answers a person logs nothing unless it is asked to: what went wrong is its last line.

        Raises:
            InvalidSetting: the environment is not usable.
            click.ClickException: there is no place to start from.
        """
        try:
            Path.cwd()
        except FileNotFoundError:
            raise click.ClickException("The folder that you are in is no longer there: go to another one.") from None
        from intelligent_office.settings import load_settings
        from intelligent_office.telemetry.logs import configure
        from intelligent_office.telemetry.redaction.veil import Redaction

        settings = load_settings()
        wanted = serving or "log_level" in settings.model_fields_set
        level = settings.log_level if wanted else "critical"
        if self.verbose and level not in ("debug", "info"):
            level = "info"
        configure(level, settings.log_format, Redaction(settings.redaction, settings.secrets))
        return settings


def _make_verbose(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.ensure_object(Invocation).verbose = True


class OfficeCommand(click.Command):
    """A command that knows `--verbose`."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self.params.append(verbose_option())


class OfficeGroup(click.Group):
    """Lists its commands in the order in which they were added: the way people meet them."""

    command_class = OfficeCommand

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command, help is what was asked for."""
        return super().parse_args(ctx, args or ["--help"])

    def list_commands(self, _: click.Context) -> list[str]:
        return list(self.commands)


class Moment(click.ParamType[datetime]):
    """A date or a time as ISO 8601 writes it; without a zone it is UTC."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date: write 2026-11-01, or 2026-11-01T08:00:00+01:00", param, ctx)
        return moment.replace(tzinfo=moment.tzinfo or UTC)


def verbose_option() -> click.Option:
    return click.Option(
        ["-v", "--verbose"],
        is_flag=True,
        expose_value=False,
        callback=_make_verbose,
        help="Write logs, and the traceback of an unexpected error, to standard error.",
    )


def json_option(command: Callable[..., Any]) -> Callable[..., Any]:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, and nothing else, on standard output.")(
        command
    )


def tenant_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--tenant`, by default the one of the settings."""
    option = click.option("--tenant", metavar="NAME", default=_own_tenant, show_default="OFFICE_TENANT", help="Whose.")
    return option(command)


def _own_tenant() -> str:
    from intelligent_office.settings import load_settings

    return load_settings().tenant


def task_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """TASK: an id, four or more characters of its beginning or end, or `last`."""
    return click.argument("name", metavar="TASK")(command)
