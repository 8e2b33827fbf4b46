"""The documents that programs read: OpenAPI and the schema of plans."""

import json
import re
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI
from jsonschema import Draft202012Validator, ValidationError

from intelligent_office.api.permissions import wanted
from tests.api.listening import told

PLAIN_ROUTES = ("/docs", "/docs/oauth2-redirect", "/redoc", "/openapi.json")


@pytest.fixture
async def document(http) -> dict[str, Any]:
    found: dict[str, Any] = (await http.get("/openapi.json")).json()
    return found


@pytest.fixture
async def plan_schema(http) -> dict[str, Any]:
    response = await http.get("/schemas/plan.json")
    assert response.headers["content-type"] == "application/schema+json"
    found: dict[str, Any] = response.json()
    return found


def operations(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{method.upper()} {path}", operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


async def test_the_openapi_document_is_one(document):
    OpenAPI.model_validate(document)
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)


async def test_who_has_the_openapi_document_is_told_that_it_is_still_the_same(http):
    first = await http.get("/openapi.json")
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"older", {tag}', "*"):
        again = await http.get("/openapi.json", headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    other = await http.get("/openapi.json", headers={"If-None-Match": '"older"'})
    assert (other.status_code, other.content) == (200, first.content)


async def test_every_reference_of_the_openapi_document_leads_somewhere(document):
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)))
    assert references <= set(document["components"]["schemas"])


async def test_every_operation_says_that_its_errors_are_problems(document):
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status == "default" or status >= "400":
                assert list(response["content"]) == ["application/problem+json"], (name, status)
        assert "default" in operation["responses"], name


async def test_every_operation_says_which_key_it_needs(document):
    schemes = document["components"]["securitySchemes"]
    assert {scheme["type"] for scheme in schemes.values()} == {"http", "apiKey"}
    for name, operation in operations(document):
        method, path = name.split(" ")
        scopes = wanted(method, path)
        if not scopes:
            assert "security" not in operation, name
            continue
        assert operation["security"] == [{scheme: []} for scheme in schemes], name
        assert "401" in operation["responses"], name
        assert all(f"`{scope}`" in operation["responses"]["403"]["description"] for scope in scopes), name


async def test_every_operation_says_what_it_is_for(document):
    for name, operation in operations(document):
        assert operation.get("description"), name
        assert operation.get("tags"), name


async def test_operations_have_names_of_their_own(document):
    names = [operation["operationId"] for _, operation in operations(document)]
    assert len(names) == len(set(names))


async def test_the_examples_fit_their_schemas(document):
    tried = 0
    for name, operation in operations(document):
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        for example in content.get("examples", {}).values():
            whole = {**content["schema"], "components": document["components"]}
            Draft202012Validator(whole).validate(example["value"])
            tried += 1
        assert name not in ("POST /tasks", "POST /tasks/{task_id}/approvals") or content["examples"]
    assert tried >= 5


async def test_a_problem_fits_the_schema_of_problems(http, document):
    problem = (await http.post("/tasks", json={"priority": 99})).json()
    schema = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
    Draft202012Validator(schema).validate(problem)
    assert problem["errors"]


async def test_the_schema_of_plans_is_draft_2020_12_and_says_where_it_lives(http, plan_schema):
    assert plan_schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert plan_schema["$id"] == str(http.base_url.join("/schemas/plan.json"))
    Draft202012Validator.check_schema(plan_schema)


async def test_a_plan_that_the_planner_made_fits_the_schema(http, submit, plan_schema):
    task_id = await submit("what is 15 * 23?")
    events = await told(http, task_id)
    [plan] = [
        event.data["data"]["plan"]
        for event in events
        if (event.kind, event.data["role"]) == ("role.finished", "planner")
    ]
    Draft202012Validator(plan_schema).validate(plan)


async def test_the_schema_of_plans_names_the_defaults_of_a_step(plan_schema):
    step = plan_schema["$defs"]["Step"]["properties"]
    assert (step["timeout_seconds"]["default"], step["parallelizable"]["default"]) == (300, False)
    assert plan_schema["properties"]["generated_at"]["format"] == "date-time"


PLAN: dict[str, Any] = {
    "plan_id": "p",
    "task_id": "t",
    "steps": [{"step_id": "s1", "action": "echo", "inputs": {"text": "hi"}, "idempotency_key": "k"}],
    "metadata": {},
}


async def test_the_smallest_plan_fits_the_schema(plan_schema):
    Draft202012Validator(plan_schema).validate(PLAN)


@pytest.mark.parametrize("field", ["plan_id", "task_id", "steps", "metadata"])
async def test_a_plan_that_misses_a_required_field_does_not_fit_the_schema(plan_schema, field):
    lacking = {name: value for name, value in PLAN.items() if name != field}
    with pytest.raises(ValidationError, match=field):
        Draft202012Validator(plan_schema).validate(lacking)


@pytest.mark.parametrize("field", ["step_id", "action", "inputs", "idempotency_key"])
async def test_a_step_that_misses_a_required_field_does_not_fit_the_schema(plan_schema, field):
    [step] = PLAN["steps"]
    lacking = {**PLAN, "steps": [{name: value for name, value in step.items() if name != field}]}
    with pytest.raises(ValidationError, match=field):
        Draft202012Validator(plan_schema).validate(lacking)


def _bodies(document: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every JSON body that the office takes or gives when all goes well."""
    found = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            wanted = {"request": operation.get("requestBody", {}), **operation["responses"]}
            for name, body in wanted.items():
                media = body.get("content", {}).get("application/json")
                if media and media.get("schema") and (name == "request" or name.startswith("2")):
                    found.append((f"{method} {path} {name}", media))
    return found


async def test_every_operation_shows_examples_that_fit_its_schema(http):
    document = (await http.get("/openapi.json")).json()
    bodies = [(name, media) for name, media in _bodies(document) if not name.split()[1].startswith("/office/")]
    assert len(bodies) > 20
    for name, media in bodies:
        examples = [media["example"]] if "example" in media else [one["value"] for one in media["examples"].values()]
        assert examples, name
        schema = {**media["schema"], "components": document["components"]}
        for example in examples:
            faults = [fault.message for fault in Draft202012Validator(schema).iter_errors(example)]
            assert faults == [], name
