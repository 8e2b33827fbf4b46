"""The commands about money: what was spent, and what a tenant may spend."""

import asyncio
import csv
import sys
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import click

from intelligent_office.cli.endings import DONE
from intelligent_office.cli.invocation import Invocation, Moment, OfficeCommand, json_option
from intelligent_office.cli.terminal import print_json, say

if TYPE_CHECKING:
    from intelligent_office.models.spending import Line, Report, TenantBudget

WAYS = ["tenant", "day", "model", "role", "task"]
_HEADINGS = ("calls", "failed", "tokens in", "out", "cost", "a call", "approved", "a task")


@click.command(cls=OfficeCommand)
@click.option("--by", type=click.Choice(WAYS), default="model", show_default=True, help="One line for each.")
@click.option("--since", type=Moment(), metavar="TIME", help="Only calls from then on (a date is its beginning, UTC).")
@click.option("--until", type=Moment(), metavar="TIME", help="Only calls before then.")
@click.option("--tenant", metavar="NAME", help="Only calls of this tenant.")
@click.option("--task", metavar="TASK", help="Only calls of this task.")
@click.option("--csv", "as_csv", is_flag=True, help="Print comma-separated values, and nothing else.")
@json_option
@click.pass_obj
def usage(invocation: Invocation, /, *, as_json: bool, as_csv: bool, **choices: Any) -> int:
    """What was asked of models and tools, and what that cost."""
    if as_json and as_csv:
        raise click.UsageError("Either --json or --csv, not both.")
    return asyncio.run(_usage(invocation.settings(), as_json=as_json, as_csv=as_csv, **choices))


@click.command(cls=OfficeCommand)
@click.argument("tenant", required=False)
@click.option("--monthly", type=float, metavar="USD", help="Give it this budget for each month.")
@click.option("--default", "usual", is_flag=True, help="Give it the one of OFFICE_TENANT_BUDGET_USD again.")
@json_option
@click.pass_obj
def budget(invocation: Invocation, /, tenant: str | None, *, monthly: float | None, usual: bool, as_json: bool) -> int:
    """What a TENANT may spend in a month, and has spent.

    Without one, the tenant OFFICE_TENANT.
    """
    if usual and monthly is not None:
        raise click.UsageError("Either --monthly or --default, not both.")
    change = usual or monthly is not None
    settings = invocation.settings()
    return asyncio.run(_budget(settings, tenant or settings.tenant, monthly, change=change, as_json=as_json))


async def _usage(settings: Any, *, task: str | None, as_json: bool, as_csv: bool, **choices: Any) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.models.spending import Spending

    async with open_house(settings) as house:
        task_id = (await house.find(task)).task_id if task else None
        report = await Spending(house.database).report(task_id=task_id, **choices)
    if as_json:
        lines = [line.as_json() for line in report.lines]
        print_json({"by": report.by, "lines": lines, "total": report.total.as_json(), "left_out": report.left_out})
    elif as_csv:
        _print_csv(report)
    elif not report.lines:
        say("no model has been asked")
    else:
        _print_table(report)
    if report.left_out:
        say(f"office: {report.left_out} more lines are left out, but counted in the total", err=True)
    return DONE


async def _budget(settings: Any, tenant: str, monthly: float | None, *, change: bool, as_json: bool) -> int:
    from intelligent_office.cli.house import open_house
    from intelligent_office.models.spending import Spending

    async with open_house(settings) as house:
        spending = Spending(house.database, settings.tenant_budget_usd)
        found = await spending.set_budget(tenant, monthly) if change else await spending.budget(tenant)
    print_json(found.as_json()) if as_json else say(_standing(found))
    return DONE


def _standing(budget: "TenantBudget") -> str:
    from intelligent_office.models.quotes import usd

    held = f", {usd(budget.held_usd)} held for calls under way" if budget.held_usd else ""
    limit = "without a limit"
    if budget.monthly_usd is not None:
        limit = f"of {usd(budget.monthly_usd)} a month ({'its own' if budget.own else 'OFFICE_TENANT_BUDGET_USD'})"
    return f"{budget.tenant}: {usd(budget.spent_usd)} spent this month{held}, {limit}"


def _print_csv(report: "Report") -> None:
    """Every figure in full."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    names = list(report.total.figures())
    writer.writerow([report.by if name == "key" else name for name in names])
    for line in report.lines:
        writer.writerow([f"{value:f}" if isinstance(value, Decimal) else value for value in line.figures().values()])


def _print_table(report: "Report") -> None:
    body = [_cells(line, line.key or "(no task)") for line in report.lines]
    table = [(report.by, *_HEADINGS), *body, _cells(report.total, "total")]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for name, *figures in table:
        cells = (figure.rjust(width) for figure, width in zip(figures, widths[1:], strict=True))
        say("  ".join([name.ljust(widths[0]), *cells]))
    for remark in _remarks(report.total):
        say(remark)


def _cells(line: "Line", name: str) -> tuple[str, ...]:
    from intelligent_office.models.quotes import usd

    share, each = line.failed_share, line.usd_per_approved_task
    return (
        name,
        f"{line.calls}",
        "-" if share is None else f"{share:.0%}",
        f"{line.input_tokens}",
        f"{line.output_tokens}",
        usd(line.cost_usd),
        "-" if line.seconds is None else f"{line.seconds:.1f} s",
        f"{line.approved_tasks}",
        "-" if each is None else usd(each),
    )


def _remarks(total: "Line") -> Sequence[str]:
    """What the table does not say."""
    from intelligent_office.models.quotes import usd

    known = f"{usd(total.guessed_usd)} of it is a guess: models without a published price, and calls that were lost"
    cached = f"{total.cached} more answers came from the cache"
    return [text for text, told in ((known, total.guessed_usd), (cached, total.cached)) if told]
