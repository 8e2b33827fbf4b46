"""`web_search`: pages of the web about something."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from langchain_core.tools import BaseTool, tool
from pydantic import Field

from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.toolbox.policy import Inputs, ToolPolicy
from intelligent_office.toolbox.search_engines import SearchEngine, first_answer


def web_search(engines: Sequence[SearchEngine], redaction: Redaction) -> BaseTool:
    """Make the tool for some engines, of which the first one that finds something answers; no private value leaves."""

    @tool("web_search", parse_docstring=True, response_format="content_and_artifact")
    async def search(
        query: Annotated[str, Field(min_length=1, max_length=400)],
        count: Annotated[int, Field(ge=1, le=20)] = 5,
    ) -> tuple[str, dict[str, Any]]:
        """Search the web and return title, URL and snippet of the pages found.

        What pages say of themselves is not verified. `http_client` reads a whole page.

        Args:
            query: What to search for, in a few words.
            count: How many pages at most.
        """
        asked = redaction.blanked(query.strip())
        engine, hits = await first_answer(engines, asked, count)
        lines = [f"{number}. {hit.title}\n   {hit.url}\n   {hit.snippet}" for number, hit in enumerate(hits, 1)]
        if asked != query.strip():
            lines.append(f"(Searched for `{asked}`: private values do not leave the office.)")
        elif not hits:
            lines.append(f"{engine} found nothing for `{query}`.")
        found = {"query": asked, "engine": engine, "results": [asdict(hit) for hit in hits]}
        return "\n".join(lines), found

    return search


def policy(engines: Sequence[SearchEngine]) -> ToolPolicy:
    """Safe: nothing leaves but the query, and only for an engine that the operator has named."""

    def demands(inputs: Inputs) -> list[str]:
        return [] if str(inputs["query"]).strip() else ["`query` is empty."]

    return ToolPolicy(
        risk="safe",
        idempotent=True,
        seconds=60,
        network=f"service {' or '.join(engine.name for engine in engines)}",
        files="none",
        demands=demands,
        examples=[{"query": "release notes PostgreSQL 18", "count": 3}],
    )
