"""Wishes about the web: fetch an address, search for something."""

import re

from intelligent_office.models.rules.grammar import Slots, table
from intelligent_office.models.rules.situation import Call, Situation, literal

MOST_PAGES = 20
"""As many as `web_search` gives."""

_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)


def _request(method: str, slots: Slots) -> list[Call]:
    url = slots.value("url")
    if url.lower().startswith("www."):
        url = f"https://{url}"
    return [Call("http_client", {"method": method, "url": literal(url)})] if _ADDRESS.fullmatch(url) else []


def _fetch(slots: Slots, _situation: Situation) -> list[Call]:
    return _request("GET", slots)


def _headers(slots: Slots, _situation: Situation) -> list[Call]:
    return _request("HEAD", slots)


def _search(slots: Slots, _situation: Situation) -> list[Call]:
    inputs: dict[str, object] = {"query": literal(slots.value("words"))}
    if "count" in slots:
        if not 0 < slots.integer("count") <= MOST_PAGES:
            return []
        inputs["count"] = slots.integer("count")
    return [Call("web_search", inputs)]


_FETCH = "(fetch|get|download|retrieve|request|load|open|read|visit|show( me)?|curl)"
_WHAT = "( contents?| text| body| html| json| data| response| web ?page| page| web ?site| site| url| link| address)?"
_WEB = "(the )?(web|internet|net)"
_PAGES = "(web ?pages|web results|search results|pages on the web|links)"

read = table(
    (
        (
            f"{_FETCH}( the)?( whole| full)?{_WHAT}{_WHAT}( of| from| at| behind)?( the)?{_WHAT}( at)?:? <url>",
            "(make|send|do)( an?| the)?( http)? ?get( request)? (to|for|from|of) <url>",
            "get (request )?(to )?<url>",
            "what (is|does it say) (at|on) <url>",
            "what does <url> say",
        ),
        _fetch,
    ),
    (f"{_FETCH}( the)?( http| response)? headers (of|from|for|at) <url>", _headers),
    (
        (
            f"(search|browse|query|look on|look in) {_WEB}:?( for| about)? <words>",
            f"(search|look)( for| up)? <words> (on|in) {_WEB}",
            "(search|look)( for| up)? <words> online",
            "(search|look) online for <words>",
            f"find <words> (on|in) {_WEB}",
            "(do|make|run)( me)? a web search (for|about|on) <words>",
            "web[ -]?search( for| about)?:? <words>",
            "google( for)? <words>",
            f"find( me)?( some)? {_PAGES} (about|on|for) <words>",
            f"find( me)? <count:integer> {_PAGES} (about|on|for) <words>",
            f"what does {_WEB} say about <words>",
        ),
        _search,
    ),
)
