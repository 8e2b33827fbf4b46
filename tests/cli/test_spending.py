"""`office usage`, `office budget` and `office resume --budget`."""

import asyncio
import csv
import io
import json

import psycopg
import pytest

from tests.cli.conftest import Office, one_line
from tests.models.wire import Reply, serve

PLAN = {"steps": [{"step_id": "s1", "action": "ai_tool", "inputs": {"instruction": "Praise the sea."}}]}
ANSWERS = [{"subtasks": [{"subtask_id": "t1", "objective": "praise"}]}, PLAN, {"flaws": []}, {"text": "Deep."}]
SCRIPT = [*(Reply(json.dumps(answer)) for answer in ANSWERS), Reply('{"verdict": "APPROVED"}')]
DEAR = {"OFFICE_OPENAI_MODEL": "any", "OFFICE_UNKNOWN_PRICE_INPUT_USD": "1000", "OFFICE_MODEL_OUTPUT_TOKENS": "300"}


def record(office: Office, *calls: str) -> None:
    """Write calls into the ledger."""
    with psycopg.connect(office.environment["OFFICE_DATABASE_URL"], autocommit=True) as connection:
        for call in calls:
            connection.execute(
                f"INSERT INTO usage (tenant, role, provider, model, seconds, outcome, cost_usd, at) VALUES ({call})"
            )


def test_an_empty_ledger_says_so(office):
    done = office("usage")
    assert (done.returncode, done.stdout) == (0, "no model has been asked\n")
    assert json.loads(office("usage", "--json").stdout)["lines"] == []


def test_usage_is_a_table_for_people_and_exact_figures_for_programs(office):
    record(
        office,
        "'acme', 'planner', 'openai', 'gpt-4o', 2, 'answered', 0.000075, '2026-03-01T23:30:00Z'",
        "'acme', 'planner', 'openai', 'gpt-4o', 4, 'timed_out', 0, '2026-03-02T00:30:00Z'",
        "'b', 'reviewer', 'google', 'gemini', 4, 'answered', 7, '2026-03-02T00:30:00Z'",
    )
    table = office("usage", "--by", "tenant").stdout.splitlines()
    assert table[0].split()[:3] == ["tenant", "calls", "failed"]
    assert [line.split()[0] for line in table[1:]] == ["b", "acme", "total"]
    assert {len(line) for line in table} == {len(table[0])}
    assert "50%" in table[2]

    lines = list(csv.DictReader(io.StringIO(office("usage", "--by", "day", "--tenant", "acme", "--csv").stdout)))
    assert [(line["day"], line["calls"], line["cost_usd"]) for line in lines] == [
        ("2026-03-01", "1", "0.000075"),
        ("2026-03-02", "1", "0"),
    ]
    since = json.loads(office("usage", "--since", "2026-03-02", "--until", "2026-03-03", "--json").stdout)
    assert (since["total"]["calls"], since["total"]["cost_usd"]) == (2, 7.0)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["usage", "--by", "colour"], "--by"),
        (["usage", "--since", "yesterday"], "--since"),
        (["usage", "--since", "2026-03-02", "--until", "2026-03-01"], "there is no time"),
        (["usage", "--json", "--csv"], "not both"),
        (["budget", "acme", "--monthly", "nan"], "amount"),
        (["budget", "acme", "--monthly", "-5"], "amount"),
        (["run", "--budget", "nan", "what is 2 + 2?"], "--budget"),
        (["run", "--budget", "-1", "what is 2 + 2?"], "--budget"),
        (["run", "--budget", "1e12", "what is 2 + 2?"], "--budget"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(arguments, told, office):
    done = office(*arguments)
    assert done.returncode == 2
    assert told in one_line(done.stderr)


def test_a_tenants_budget_is_set_shown_and_taken_back(office):
    assert office("budget").stdout == "default: $0.00 spent this month, without a limit\n"
    assert office("budget", OFFICE_TENANT="acme").stdout.startswith("acme: $0.00 spent")
    assert "of $12.50 a month (its own)" in office("budget", "acme", "--monthly", "12.5").stdout
    shown = json.loads(office("budget", "acme", "--json", OFFICE_TENANT_BUDGET_USD="3").stdout)
    assert (shown["monthly_usd"], shown["own"]) == (12.5, True)
    assert (
        "of $3.00 a month (OFFICE_TENANT_BUDGET_USD)"
        in office("budget", "acme", "--default", OFFICE_TENANT_BUDGET_USD="3").stdout
    )


async def test_a_run_that_is_out_of_money_goes_on_with_more_and_its_cost_is_the_ledgers(office):
    async def run(*arguments: str) -> tuple[int, str]:
        running = office.start(*arguments, OFFICE_OPENAI_BASE_URL=server.url, **DEAR)
        done = await asyncio.to_thread(running.end)
        return done.returncode, done.stdout or done.stderr

    async with serve("openai", *SCRIPT) as server:
        code, story = await run("run", "Praise the sea.", "--budget", "0.5")
        assert code == 1, story
        assert "failed: The task's budget of $0.50 is used up" in story
        assert len(server.requests) < 5
        code, story = await run("resume", "last", "--budget", "90")
        assert code == 0, story
        assert "Deep." in story
        assert len(server.requests) == 5
        _, told = await run("usage", "--by", "task", "--task", "last", "--json")
    cost = sum(0.1 + 10 * 75e-6 for _ in range(5))
    assert f"5 model calls · 550 tokens · ${cost:.4f}" in story
    ledger = json.loads(told)
    assert ledger["total"]["cost_usd"] == pytest.approx(cost)
    assert ledger["total"]["usd_per_approved_task"] == pytest.approx(cost)
