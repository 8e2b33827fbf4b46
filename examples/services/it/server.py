"""The IT service: metrics of issues and the addresses of hosts, as tools of the Model Context Protocol.

A process of its own: `python examples/services/it/server.py --port 8801`, or `--stdio`. It answers from the files in
`data/`, which are samples: no real project, and addresses that RFC 5737 sets aside for documentation.
"""

import argparse
import asyncio
import csv
import socket
from collections import Counter
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from statistics import median
from typing import Annotated

import uvicorn
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict

DATA = Path(__file__).parent / "data"
READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)


class Metrics(TypedDict):
    project: str
    issues: int
    by_status: dict[str, int]
    open_by_priority: dict[str, int]
    median_days_to_resolve: float | None


class Host(TypedDict):
    host: str
    ip: str
    site: str


service = FastMCP(
    "it", instructions="Issues and hosts. The data are samples.", log_level="WARNING", stateless_http=True
)


@service.tool(annotations=READS)
def jira_metrics(
    project: Annotated[str, Field(description="The key of the project, such as OFFICE.", max_length=50)],
) -> Metrics:
    """How many issues a project has, by status and priority, and how long it takes to resolve one."""
    rows = _rows("issues.csv")
    key = project.strip().upper()
    issues = [row for row in rows if row["project"] == key]
    if not issues:
        raise _unknown("project", project, {row["project"] for row in rows})
    days = [_days(row) for row in issues if row["resolved"]]
    return {
        "project": key,
        "issues": len(issues),
        "by_status": dict(sorted(Counter(row["status"] for row in issues).items())),
        "open_by_priority": dict(sorted(Counter(row["priority"] for row in issues if not row["resolved"]).items())),
        "median_days_to_resolve": median(days) if days else None,
    }


@service.tool(annotations=READS)
def get_ip(host: Annotated[str, Field(description="The name of the host, such as web-01.", max_length=253)]) -> Host:
    """The IP address of a host, and where it stands."""
    rows = _rows("hosts.csv")
    for row in rows:
        if row["host"] == host.strip().lower():
            return {"host": row["host"], "ip": row["ip"], "site": row["site"]}
    raise _unknown("host", host, {row["host"] for row in rows})


def _rows(name: str) -> list[dict[str, str]]:
    """Read anew for each call: whoever edits the file sees it at once."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _days(issue: dict[str, str]) -> int:
    return (date.fromisoformat(issue["resolved"]) - date.fromisoformat(issue["created"])).days


def _unknown(what: str, name: str, known: set[str]) -> ToolError:
    near = get_close_matches(name.strip().casefold(), {one.casefold(): one for one in known}, n=1)
    hint = next((f"did you mean {one}?" for one in known if one.casefold() in near), f"there are {_listed(known)}.")
    return ToolError(f"There is no {what} {name.strip()!r}; {hint}")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


async def serve(port: int) -> None:
    """Answer on a port of this machine until told to stop; 0 takes a free one, which is said."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"it: http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
        config = uvicorn.Config(service.streamable_http_app(), log_level="warning", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description="The IT service, on sample data.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--port", type=int, default=8801, help="where to listen on 127.0.0.1 (default 8801)")
    how.add_argument("--stdio", action="store_true", help="speak over standard input and output instead")
    arguments = parser.parse_args()
    if arguments.stdio:
        service.run("stdio")
    else:
        asyncio.run(serve(arguments.port))


if __name__ == "__main__":
    main()
