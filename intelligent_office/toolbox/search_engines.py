"""Those who search the web for the office: each takes words and gives pages, as plain text."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from html import unescape
from importlib.util import find_spec
from typing import Any, Protocol
from urllib.parse import urlencode

from intelligent_office.errors import OfficeError, ToolError, TransientToolError
from intelligent_office.outbound.allowances import host_of
from intelligent_office.outbound.exchange import Limits, Outbound, Reply
from intelligent_office.outbound.guard import Guard
from intelligent_office.settings import Settings

TAVILY_URL = "https://api.tavily.com"

_LIMITS = Limits(seconds=15.0)
_TITLE, _SNIPPET, _URL = 200, 500, 2_000
"""Characters."""
_READ = 5_000
"""Characters of a text that are looked at."""
_HIDDEN = re.compile(r"<(script|style)\b.*?(?:</\1[^<>]*>|$)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"</?(?:br|p|div|li|td|tr)\b[^<>]*>", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-z!][^<>]*>", re.IGNORECASE)
_UNSEEN = {"Cc", "Cf", "Co", "Cs"}
"""Control, format and private characters: they can hide words from people that models read."""


@dataclass(frozen=True)
class Hit:
    """A page that was found."""

    title: str
    url: str
    snippet: str


class SearchEngine(Protocol):
    """Searches the web."""

    name: str

    async def search(self, query: str, count: int) -> list[Hit]:
        """At most so many pages, the best first.

        Raises:
            ToolError: it could not search; TransientToolError, if it may do so later.
        """
        ...


class SearXNG:
    """A SearXNG of the operator's own, which may be in a private network (docs.searxng.org, "Search API")."""

    name = "SearXNG"

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._outbound = Outbound(Guard(host_of(url)), _LIMITS)

    async def search(self, query: str, count: int) -> list[Hit]:
        asked = f"{self._url}/search?{urlencode({'q': query, 'format': 'json'})}"
        reply = await self._outbound.exchange("GET", asked)
        if reply.status == 403:
            raise ToolError(reason="it refuses JSON: add `json` to `search.formats` in its settings.yml")
        return _hits(_results(reply), url="url", snippet="content")[:count]


class Tavily:
    """Tavily (docs.tavily.com, "Search")."""

    name = "Tavily"

    def __init__(self, key: str, url: str = TAVILY_URL) -> None:
        self._key = key
        self._url = url.rstrip("/")
        self._outbound = Outbound(Guard(host_of(url)), _LIMITS)

    async def search(self, query: str, count: int) -> list[Hit]:
        headers = {"Authorization": f"Bearer {self._key}", "Content-Type": "application/json"}
        wanted = json.dumps({"query": query, "max_results": count}).encode()
        reply = await self._outbound.exchange("POST", f"{self._url}/search", headers=headers, body=wanted)
        return _hits(_results(reply), url="url", snippet="content")[:count]


class PublicEngines:
    """Several public search engines, by way of the package `ddgs`."""

    name = "ddgs"

    @staticmethod
    def fault() -> str:
        """Why it cannot be used here; empty if it can."""
        return "" if find_spec("ddgs") else 'the package ddgs is not installed: pip install -e ".[search]"'

    async def search(self, query: str, count: int) -> list[Hit]:
        import ddgs

        try:
            found = await asyncio.to_thread(lambda: ddgs.DDGS(timeout=10).text(query, max_results=count))
        except Exception as failure:  # noqa: BLE001  # it raises its own errors and those of several libraries
            if str(failure) == "No results found.":
                return []
            raise TransientToolError(reason=f"{type(failure).__name__}: {failure}") from None
        return _hits(found, url="href", snippet="body")[:count]


def search_engines(settings: Settings) -> list[SearchEngine]:
    """Those that the settings name and that can be used, in the order in which they are asked."""
    engines: list[SearchEngine] = []
    if settings.searxng_url:
        engines.append(SearXNG(settings.searxng_url))
    if settings.tavily_api_key:
        engines.append(Tavily(settings.tavily_api_key.get_secret_value(), settings.tavily_base_url or TAVILY_URL))
    if settings.search_ddgs and not PublicEngines.fault():
        engines.append(PublicEngines())
    return engines


async def first_answer(engines: Sequence[SearchEngine], query: str, count: int) -> tuple[str, list[Hit]]:
    """What the first engine finds that finds anything, and its name.

    Raises:
        ToolError: none of them could search; TransientToolError, if one may do so later.
    """
    answered = ""
    failures: dict[str, OfficeError] = {}
    for engine in engines:
        try:
            hits = await engine.search(query, count)
        except OfficeError as failure:
            failures[engine.name] = failure
            continue
        if hits:
            return engine.name, hits
        answered = answered or engine.name
    if answered:
        return answered, []
    lasting = all(type(failure) is ToolError for failure in failures.values())
    told = "; ".join(f"{name}: {str(failure).rstrip('.')}" for name, failure in failures.items())
    raise (ToolError if lasting else TransientToolError)(reason=f"The web could not be searched. {told}.")


def plain_line(text: object, most: int) -> str:
    """One line of text: no markup, nothing that people would not see, and no longer than that."""
    words = _BREAK.sub(" ", _HIDDEN.sub(" ", str(text or "")[:_READ]))
    words = " ".join(unescape(_MARKUP.sub("", words)).split())
    line = "".join(char for char in words if unicodedata.category(char) not in _UNSEEN)
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _results(reply: Reply) -> Any:
    """The list of results that a service answered with."""
    if reply.status >= 400:
        passing = reply.status in (408, 429) or reply.status >= 500
        why = plain_line(reply.body[:2_000].decode("utf-8", "replace"), 200)
        raise (TransientToolError if passing else ToolError)(reason=f"status {reply.status}: {why}")
    try:
        results = json.loads(reply.body)["results"]
    except (ValueError, RecursionError, TypeError, KeyError):
        raise ToolError(reason="its answer is not the JSON that it should be") from None
    if not isinstance(results, list):
        raise ToolError(reason="its answer is not the JSON that it should be")
    return results


def _hits(results: Any, *, url: str, snippet: str) -> list[Hit]:
    """The usable results; what a page says of itself is only ever text."""
    found: dict[str, Hit] = {}
    for result in results:
        address = str(result.get(url) or "").strip() if isinstance(result, dict) else ""
        if not _usable(address):
            continue
        title = plain_line(result.get("title"), _TITLE) or address
        found.setdefault(address, Hit(title, address, plain_line(result.get(snippet), _SNIPPET)))
    return list(found.values())


def _usable(url: str) -> bool:
    written = url.isprintable() and not any(char.isspace() for char in url) and len(url) <= _URL
    return written and url.lower().startswith(("http://", "https://"))
