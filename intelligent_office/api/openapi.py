"""The OpenAPI document: what FastAPI cannot see for itself."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from hashlib import sha256
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.models import Example
from pydantic.json_schema import models_json_schema
from starlette.routing import Route

from intelligent_office.access.keys import Scope
from intelligent_office.api.examples import add_examples
from intelligent_office.api.permissions import wanted
from intelligent_office.api.problems import MEDIA_TYPE, Problem

Responses = dict[int | str, dict[str, Any]]

_TEMPLATE = "#/components/schemas/{model}"
_UNUSED = ("HTTPValidationError", "ValidationError")
"""What FastAPI says of a request that misses its schema; ours is a problem."""

REQUESTS: dict[str, Example] = {
    "chain": {
        "summary": "Find a chain of calls",
        "value": {
            "description": "Analyze the Python files in ./src and create a call sequence where the start function is "
            "main and the end function is process_data",
        },
    },
    "arithmetic": {"summary": "The shortest task", "value": {"description": "what is 15 * 23?"}},
    "limits": {
        "summary": "With limits and criteria",
        "value": {
            "description": "what is 15 * 23, then write the result to answer.txt",
            "constraints": {"max_duration": 60, "max_iterations": 2, "max_cost_usd": 0.05},
            "success_criteria": ["mentions '345'"],
            "priority": 7,
            "approval": "ask",
        },
    },
}
RESUMPTIONS: dict[str, Example] = {"budget": {"summary": "With a larger budget", "value": {"max_cost_usd": 0.5}}}
ANSWERS: dict[str, Example] = {
    "approve": {"summary": "Approve", "value": {"decisions": [{"type": "approve"}]}},
    "tool": {
        "summary": "Approve all calls of the tool in this task, for a while",
        "value": {"decisions": [{"type": "approve", "scope": "tool", "minutes": 30}]},
    },
    "tenant": {
        "summary": "Approve the tool in all tasks of the tenant, until a date",
        "value": {"decisions": [{"type": "approve", "scope": "tenant", "until": "2027-01-31"}]},
    },
    "bounds": {
        "summary": "Approve, with tighter bounds",
        "value": {"decisions": [{"type": "approve", "bounds": {"seconds": 10, "megabytes": 128}}]},
    },
    "reject": {
        "summary": "Reject, and say why",
        "value": {"decisions": [{"type": "reject", "message": "not in this folder"}]},
    },
    "edit": {
        "summary": "Approve with other arguments",
        "value": {
            "decisions": [
                {
                    "type": "edit",
                    "edited_action": {
                        "name": "file_operations",
                        "args": {"operation": "write", "path": "result.txt", "content": "345"},
                    },
                }
            ]
        },
    },
}
NEW_KEYS: dict[str, Example] = {
    "worker": {"summary": "For a program that hands in tasks", "value": {"tenant": "acme", "label": "nightly build"}},
    "person": {
        "summary": "For somebody who only answers questions, for a month",
        "value": {"tenant": "acme", "scopes": ["approve"], "label": "Ada", "expires_days": 30},
    },
}
NEW_TENANTS: dict[str, Example] = {
    "limits": {"summary": "With limits", "value": {"tenant": "acme", "name": "Acme Ltd.", "tasks_per_day": 500}}
}
TENANT_CHANGES: dict[str, Example] = {
    "limits": {
        "summary": "Other limits; null takes its own back",
        "value": {"concurrency": 4, "requests_per_minute": None, "monthly_budget_usd": 20},
    },
    "disabled": {"summary": "Shut it out", "value": {"disabled": True}},
}
EVENT_STREAM: Responses = {
    200: {
        "description": "Server-sent events. `id` is the event's number, `event` its kind, `data` the event as JSON.",
        "content": {
            "text/event-stream": {
                "schema": {"type": "string"},
                "example": 'id: 1\nevent: task.accepted\ndata: {"number": 1, "kind": "task.accepted"}\n\n',
            }
        },
    },
    204: {"description": "The task has ended, and there is nothing after the event that is known."},
}
ARTIFACT: Responses = {
    200: {"description": "The content, in the artifact's own media type.", "content": {"application/json": {}}}
}
RAW_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The content of the file.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}}
            for kind in ("text/plain", "application/pdf", "image/png")
        },
    }
}
ATTACHMENT: Responses = {
    200: {
        "description": "The content, in the attachment's own media type.",
        "content": {"application/octet-stream": {}},
    }
}
SCHEMA: Responses = {
    200: {"description": "A JSON Schema, draft 2020-12.", "content": {"application/schema+json": {"schema": {}}}}
}


KEYS: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "`Authorization: Bearer KEY`"},
    "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
    "basic": {"type": "http", "scheme": "basic", "description": "For browsers: any name, and the key as the password."},
}
"""The ways to show a key."""


def problems(*statuses: int) -> Responses:
    """The problems that a route is known for."""
    return {status: _problem(HTTPStatus(status).phrase) for status in statuses}


def describe(app: FastAPI) -> Callable[[], dict[str, Any]]:
    """A replacement of `app.openapi` whose every operation says that its errors are problems."""
    generated = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generated()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _UNUSED:
            schemas.pop(name, None)
        schemas.update(_problem_schemas())
        document["components"]["securitySchemes"] = KEYS
        for path, methods in document["paths"].items():
            for method, operation in methods.items():
                add_examples(operation, schemas)
                _mention_problems(operation["responses"])
                _mention_keys(operation, wanted(method.upper(), path))
        return document

    return openapi


def route_to_document(app: FastAPI) -> Route:
    """The route of the document, in place of FastAPI's, which writes it anew each time: it never changes."""

    @cache
    def written() -> tuple[bytes, str]:
        content = json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        return content, f'"{sha256(content).hexdigest()[:32]}"'

    def openapi(request: Request) -> Response:  # in a thread: the first time takes a while
        content, tag = written()
        known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
        if known & {tag, "*"}:
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers={"ETag": tag})
        return Response(content, media_type="application/json", headers={"ETag": tag})

    assert app.openapi_url
    return Route(app.openapi_url, openapi, include_in_schema=False)


def _mention_problems(responses: dict[str, Any]) -> None:
    generated = responses.get("422", {}).get("content", {}).get("application/json", {})
    if generated.get("schema", {}).get("$ref", "").endswith(_UNUSED):
        responses["422"] = _problem(HTTPStatus.UNPROCESSABLE_ENTITY.phrase)
    responses.setdefault("default", _problem("What went wrong, and what would mend it"))


def _mention_keys(operation: dict[str, Any], scopes: Sequence[Scope]) -> None:
    """Say what an operation needs a key for, if it does."""
    if not scopes:
        return
    operation["security"] = [{name: []} for name in KEYS]
    named = " or ".join(f"`{scope}`" for scope in scopes)
    operation["responses"]["401"] = _problem("There is no key that opens anything")
    operation["responses"]["403"] = _problem(f"The key lacks the scope {named}")


def _problem(description: str) -> dict[str, Any]:
    schema = {"$ref": _TEMPLATE.format(model=Problem.__name__)}
    return {"description": description, "content": {MEDIA_TYPE: {"schema": schema}}}


def _problem_schemas() -> dict[str, Any]:
    _, definitions = models_json_schema([(Problem, "serialization")], ref_template=_TEMPLATE)
    found: dict[str, Any] = definitions["$defs"]
    return found
