"""Schemas: the contracts that outsiders may rely on."""

import json
from functools import cache
from typing import Any

from fastapi import APIRouter, Request, Response
from pydantic import TypeAdapter

from intelligent_office.api.openapi import SCHEMA
from intelligent_office.contracts import Plan

router = APIRouter(prefix="/schemas", tags=["schemas"])

DIALECT = "https://json-schema.org/draft/2020-12/schema"


@router.get("/plan.json", response_class=Response, responses=SCHEMA)
async def plan_schema(request: Request) -> Response:
    """The Plan contract, as JSON Schema."""
    schema = {"$schema": DIALECT, "$id": str(request.url.replace(query=None)), **_plan()}
    return Response(json.dumps(schema, indent=2), media_type="application/schema+json")


@cache
def _plan() -> dict[str, Any]:
    return TypeAdapter(Plan).json_schema()
