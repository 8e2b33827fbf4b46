"""The Finance service: share prices and the growth of an investment, as tools of the Model Context Protocol.

A process of its own: `python examples/services/finance/server.py --port 8802`, or `--stdio`. The prices in `data/` are
samples: the companies and their quotes are made up, and nothing here is advice.
"""

import argparse
import asyncio
import csv
import socket
from decimal import ROUND_HALF_UP, Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import uvicorn
from mcp.server.fastmcp import FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field
from typing_extensions import TypedDict

DATA = Path(__file__).parent / "data"
READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)


class Price(TypedDict):
    symbol: str
    company: str
    day: str
    close: float
    currency: str


class Growth(TypedDict):
    final_value: float
    gain: float
    roi_percent: float


service = FastMCP(
    "finance",
    instructions="Share prices and returns. The prices are samples.",
    log_level="WARNING",
    stateless_http=True,
)


@service.tool(annotations=READS)
def stock_price(
    symbol: Annotated[str, Field(description="The symbol of the share, such as ACME.", max_length=20)],
    day: Annotated[str, Field(description="YYYY-MM-DD; empty for the latest.", max_length=10)] = "",
) -> Price:
    """The closing price of a share on a trading day, by default the latest there is."""
    with (DATA / "prices.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    wanted = symbol.strip().upper()
    quotes = {row["day"]: row for row in rows if row["symbol"] == wanted}
    if not quotes:
        known = sorted({row["symbol"] for row in rows})
        near = get_close_matches(wanted, known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}."
        raise ToolError(f"There is no share {symbol.strip()!r}; {hint}")
    quote = quotes.get(day.strip() or max(quotes))
    if quote is None:
        raise ToolError(
            f"There is no price of {wanted} on {day.strip()!r}; there are days from {min(quotes)} to {max(quotes)}."
        )
    return {
        "symbol": wanted,
        "company": quote["company"],
        "day": quote["day"],
        "close": float(quote["close"]),
        "currency": quote["currency"],
    }


@service.tool(annotations=READS)
def calculate_roi(
    principal: Annotated[float, Field(description="What is invested.", gt=0, le=1e12, allow_inf_nan=False)],
    rate_percent: Annotated[
        float, Field(description="Interest a year, in percent.", gt=-100, le=1000, allow_inf_nan=False)
    ],
    years: Annotated[int, Field(description="Whole years.", ge=0, le=100)],
) -> Growth:
    """What an investment grows to with compound interest, credited once a year, and the return on it (ROI).

    Rounded to cents at the end.
    """
    invested = Decimal(str(principal))
    final = invested * (1 + Decimal(str(rate_percent)) / 100) ** years
    return {
        "final_value": _rounded(final),
        "gain": _rounded(final - invested),
        "roi_percent": _rounded((final - invested) / invested * 100),
    }


def _rounded(value: Decimal) -> float:
    """To cents, halves up. What has no cents left in 28 digits stays as it is."""
    return float(value.quantize(Decimal("0.01"), ROUND_HALF_UP) if value < Decimal("1e24") else value)


async def serve(port: int) -> None:
    """Answer on a port of this machine until told to stop; 0 takes a free one, which is said."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        print(f"finance: http://127.0.0.1:{listener.getsockname()[1]}/mcp", flush=True)
        config = uvicorn.Config(service.streamable_http_app(), log_level="warning", timeout_graceful_shutdown=1)
        await uvicorn.Server(config).serve(sockets=[listener])


def main() -> None:
    parser = argparse.ArgumentParser(description="The Finance service, on sample data.")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--port", type=int, default=8802, help="where to listen on 127.0.0.1 (default 8802)")
    how.add_argument("--stdio", action="store_true", help="speak over standard input and output instead")
    arguments = parser.parse_args()
    if arguments.stdio:
        service.run("stdio")
    else:
        asyncio.run(serve(arguments.port))


if __name__ == "__main__":
    main()
