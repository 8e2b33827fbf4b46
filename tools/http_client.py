"""`http_client`: one request to a web server."""

import base64
import codecs
import json
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Literal

from langchain_core.tools import BaseTool, InjectedToolArg, tool

from intelligent_office.errors import AnswerLost, RequestRefused, ToolError, TransientToolError
from intelligent_office.outbound.exchange import READING, Outbound, Reply
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files.text import decoded
from intelligent_office.toolbox.policy import Inputs, ToolPolicy
from intelligent_office.toolbox.references import refers

Method = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]

_MOST_SENT = 1_000_000
"""Bytes of a body, and a sixteenth of it of headers."""
_EXCERPT = 500
"""Characters of a refusal's body that a message quotes."""
_PASSING = {408, 425, 429, 502, 503, 504}
"""Refusals that another attempt may not meet."""
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_OURS = {
    *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "te", "trailer"),
    *("transfer-encoding", "upgrade"),
}
"""Headers that say how the request is sent, and so are not for a plan to choose."""
_CHARSETS = re.compile(r"utf-(8|16|32)|ascii|iso8859|cp\d|koi8|shift_jis|euc_|gb|big5|iso2022|mac-")
"""Encodings of text, as Python calls them; the others are tricks that may take long."""


def http_client(outbound: Outbound) -> BaseTool:
    """Make the tool for one way out."""

    @tool("http_client", parse_docstring=True, response_format="content_and_artifact")
    async def request(
        method: Method,
        url: str,
        scope: Annotated[ToolScope, InjectedToolArg],
        headers: dict[str, str] | None = None,
        json_body: Any = None,
        text_body: str = "",
        any_status: bool = False,
    ) -> tuple[str, dict[str, Any]]:
        """Send one HTTP request to a server on the internet and return its answer.

        Nothing in a private network is reached. Its data: `status`, `url`, `headers`, `body` (text), `json`, `base64`
        (of what is no text), `complete`.

        Args:
            method: What to do. All but GET and HEAD may change something there.
            url: The whole URL, with `http://` or `https://`, without credentials.
            scope: For whom and where.
            headers: Further headers, such as `{"Authorization": "Bearer ..."}`.
            json_body: Data to send as JSON.
            text_body: Text to send as it is; name its kind with the header `Content-Type`.
            any_status: Take a refusal (a status from 400 on) for an answer, instead of failing.
        """
        sent, body = _prepared(method, headers or {}, json_body, text_body, scope)
        reply = await outbound.exchange(method, url, headers=sent, body=body)
        if reply.status >= 400 and not any_status:
            raise _refusal(method, reply)
        return _told(method, reply), _data(reply)

    return request


def policy(outbound: Outbound) -> ToolPolicy:
    """Reading may tell a server something; whatever else is done there cannot be known here."""

    def demands(inputs: Inputs) -> list[str]:
        faults = [*_body_faults(inputs), *_header_faults(inputs.get("headers") or {})]
        if not refers(inputs["url"]):
            try:
                outbound.guard.admit(inputs["url"])
            except RequestRefused as refusal:
                faults.append(str(refusal))
        return faults

    return ToolPolicy(
        risk="dangerous",
        risk_of=lambda inputs: "guarded" if inputs.get("method") in READING else "dangerous",
        idempotent=lambda inputs: inputs.get("method") in READING,
        seconds=120,
        network="internet",
        files="none",
        cost=0.0,
        demands=demands,
        examples=[
            {"method": "GET", "url": "https://api.example.com/price?of=tea", "headers": {"Accept": "application/json"}}
        ],
    )


def _body_faults(inputs: Inputs) -> list[str]:
    given = [name for name in ("json_body", "text_body") if inputs.get(name) not in (None, "")]
    if inputs["method"] in READING and given:
        return [f"A {inputs['method']} sends no body; leave out `{given[0]}`, or choose another method."]
    return ["`http_client` takes either `json_body` or `text_body`."] if len(given) == 2 else []


def _header_faults(headers: Mapping[str, Any]) -> list[str]:
    faults = []
    for name, value in headers.items():
        if not _NAME.fullmatch(name):
            faults.append(f"{name[:50]!r} is no name of a header.")
        elif name.lower() in _OURS or name.lower().startswith("proxy-"):
            faults.append(f"The header `{name}` is set by the office; leave it out.")
        elif not refers(value) and not (str(value).isascii() and str(value).isprintable()):
            faults.append(f"The header `{name}` may hold only printable ASCII characters.")
    if sum(len(name) + len(str(value)) for name, value in headers.items()) > _MOST_SENT // 16:
        faults.append(f"The headers have more than {_MOST_SENT // 16} characters.")
    return faults


def _prepared(
    method: Method, headers: Mapping[str, str], json_body: Any, text_body: str, scope: ToolScope
) -> tuple[dict[str, str], bytes]:
    """The headers and the body as they are sent."""
    sent = {name.lower(): value for name, value in headers.items()}
    try:
        body = text_body.encode() if json_body is None else json.dumps(json_body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise ToolError(reason="The body holds half a character (a lone surrogate), which cannot be sent.") from None
    if len(body) > _MOST_SENT:
        raise ToolError(reason=f"The body has {len(body)} bytes; {_MOST_SENT} are the most.")
    if body:
        kind = "text/plain; charset=utf-8" if json_body is None else "application/json"
        sent = {"content-type": kind, **sent}
    if method in ("POST", "PATCH"):  # the others mean the same when they arrive twice
        sent = {"idempotency-key": scope.idempotency_key, **sent} if scope.idempotency_key else sent
    return sent, body


def _refusal(method: Method, reply: Reply) -> Exception:
    """What a status from 400 on means for the step."""
    text = _text(reply) or ""
    excerpt = " ".join(text.split())[:_EXCERPT]
    reason = f"{method} {reply.url} was answered with {_status(reply)}{f': {excerpt}' if excerpt else ''}"
    if reply.status >= 500 and method not in READING:
        return AnswerLost(reason=f"{reason}.")
    return (TransientToolError if reply.status in _PASSING else ToolError)(reason=f"{reason}.")


def _told(method: Method, reply: Reply) -> str:
    text = _text(reply)
    if text is None:
        text = f"({len(reply.body)} bytes of {reply.headers.get('content-type', 'an unknown kind')})"
    remark = [f"({reply.remark})"] if reply.remark else []
    return "\n".join([f"{method} {reply.url}: {_status(reply)}", *([text] if text else []), *remark])


def _data(reply: Reply) -> dict[str, Any]:
    text = _text(reply)
    return {
        "status": reply.status,
        "url": reply.url,
        "headers": reply.headers,
        "body": text,
        "json": _json(text) if text is not None and reply.complete else None,
        "base64": base64.b64encode(reply.body).decode() if text is None else None,
        "complete": reply.complete,
    }


def _status(reply: Reply) -> str:
    try:
        return f"{reply.status} {HTTPStatus(reply.status).phrase}"
    except ValueError:
        return str(reply.status)


def _text(reply: Reply) -> str | None:
    """The body as text, in the encoding that the server names or that fits; None if it is none."""
    named = re.search(r"charset=[\"']?([\w.:-]{1,40})", reply.headers.get("content-type", ""), re.IGNORECASE)
    if named:
        try:
            codec = codecs.lookup(named[1])
        except LookupError:
            return decoded(reply.body)
        if _CHARSETS.match(codec.name):
            return codec.decode(reply.body, "replace")[0].removeprefix("\ufeff")
    return decoded(reply.body)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
