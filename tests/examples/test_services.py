"""The example services, each as a process of its own, asked as any client would."""

import sys
from typing import Any

import pytest
from langchain_mcp_adapters.sessions import create_session

from tests.examples.processes import FINANCE, IT, running


async def ask(url: str, tool: str, **inputs: Any) -> Any:
    async with create_session({"transport": "streamable_http", "url": url, "timeout": 100}) as session:
        await session.initialize()
        return await session.call_tool(tool, inputs)


@pytest.fixture(scope="module")
def it():
    with running(IT) as process:
        yield process.url


@pytest.fixture(scope="module")
def finance():
    with running(FINANCE) as process:
        yield process.url


@pytest.mark.parametrize(
    ("principal", "rate", "years", "final"),
    [(10_000, 5, 10, 16_288.95), (1_000, 0, 30, 1_000), (2_500.5, -2.5, 2, 2_377.04), (100, 7, 0, 100)],
)
async def test_interest_is_compounded_once_a_year(finance, principal, rate, years, final):
    answer = await ask(finance, "calculate_roi", principal=principal, rate_percent=rate, years=years)
    growth = answer.structuredContent
    assert growth["final_value"] == final
    assert growth["gain"] == pytest.approx(final - principal)
    assert growth["roi_percent"] == pytest.approx((final - principal) / principal * 100, abs=0.01)


async def test_a_price_is_the_one_of_the_day_or_the_latest(finance):
    latest = await ask(finance, "stock_price", symbol="acme")
    first = await ask(finance, "stock_price", symbol="ACME", day="2026-09-01")
    assert first.structuredContent == {
        "symbol": "ACME",
        "company": "Acme Industries",
        "day": "2026-09-01",
        "close": 118.4,
        "currency": "USD",
    }
    assert latest.structuredContent["day"] > "2026-09-01"


async def test_a_host_is_found_whatever_its_case(it):
    answer = await ask(it, "get_ip", host="WEB-01")
    assert answer.structuredContent == {"host": "web-01", "ip": "192.0.2.10", "site": "Frankfurt"}


async def test_the_metrics_of_a_project_add_up(it):
    metrics = (await ask(it, "jira_metrics", project="office")).structuredContent
    unresolved = metrics["issues"] - metrics["by_status"]["done"]
    assert metrics["issues"] == sum(metrics["by_status"].values()) == 24
    assert sum(metrics["open_by_priority"].values()) == unresolved
    assert 0 < metrics["median_days_to_resolve"] < 28


@pytest.mark.parametrize(
    ("service", "tool", "inputs", "told"),
    [
        ("finance", "stock_price", {"symbol": "ACMI"}, "There is no share 'ACMI'; did you mean ACME?"),
        (
            "finance",
            "stock_price",
            {"symbol": "ACME", "day": "2020-01-01"},
            "There is no price of ACME on '2020-01-01'",
        ),
        ("finance", "calculate_roi", {"principal": -1, "rate_percent": 5, "years": 1}, "greater than 0"),
        ("finance", "calculate_roi", {"principal": 1, "rate_percent": 5, "years": 101}, "less than or equal to 100"),
        ("finance", "calculate_roi", {"principal": 1, "rate_percent": 5}, "years"),
        ("it", "get_ip", {"host": "web01"}, "There is no host 'web01'; did you mean web-01?"),
        ("it", "jira_metrics", {"project": "?"}, "there are INFRA, OFFICE, PORTAL."),
    ],
)
async def test_bad_input_is_told_with_what_would_be_right(request, service, tool, inputs, told):
    answer = await ask(request.getfixturevalue(service), tool, **inputs)
    assert answer.isError
    assert told in answer.content[0].text


async def test_a_service_speaks_over_standard_input_and_output_too():
    connection: Any = {"transport": "stdio", "command": sys.executable, "args": [str(FINANCE), "--stdio"]}
    async with create_session(connection) as session:
        await session.initialize()
        tools = {tool.name for tool in (await session.list_tools()).tools}
    assert tools == {"stock_price", "calculate_roi"}
