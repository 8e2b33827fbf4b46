"""`web_search`: pages of the web about something."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

from langchain_core.tools import BaseTool, tool
from pydantic import Field

from intelligent_office.toolbox.policy import Inputs, ToolPolicy
from intelligent_office.toolbox.search_engines import SearchEngine, first_answer

UNCONFIGURED = (
    "The web cannot be searched: no search engine is configured. Set OFFICE_SEARXNG_URL, TAVILY_API_KEY or"
    " OFFICE_SEARCH_DDGS."
)


def web_search(engines: Sequence[SearchEngine]) -> BaseTool:
    """Make the tool for some engines, of which the first one that finds something answers."""

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
        engine, hits = await first_answer(engines, query.strip(), count)
        lines = [f"{number}. {hit.title}\n   {hit.url}\n   {hit.snippet}" for number, hit in enumerate(hits, 1)]
        found = {"query": query, "engine": engine, "results": [asdict(hit) for hit in hits]}
        return "\n".join(lines) or f"{engine} found nothing for `{query}`.", found

    return search


def policy(engines: Sequence[SearchEngine]) -> ToolPolicy:
    """Safe: nothing leaves but the query, and only for an engine that the operator has named."""

    def demands(inputs: Inputs) -> list[str]:
        if not engines:
            return [UNCONFIGURED]
        return [] if str(inputs["query"]).strip() else ["`query` is empty."]

    return ToolPolicy(
        risk="safe",
        idempotent=True,
        seconds=60,
        network=f"service {' or '.join(engine.name for engine in engines)}" if engines else "none",
        files="none",
        demands=demands,
        examples=[{"query": "release notes PostgreSQL 18", "count": 3}],
    )
