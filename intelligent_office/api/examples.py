"""Examples for the OpenAPI document, made from its schemas where nobody has written one by hand."""

from typing import Any

_NAMED: dict[str, Any] = {
    "task_id": "01978c5e-7d3a-7b02-8f44-2f1c6a90d1e5",
    "run_id": "01978c5e-7d3a-7b02-8f44-2f1c6a90d1e5",
    "approval_id": "01978c5f-02b1-7a55-b1b8-90a3f2d0c7aa",
    "key_id": "5f0c2a9be41d7788",
    "tenant": "acme",
    "description": "what is 15 * 23?",
    "answer": "15 * 23 = 345",
    "origin": "http",
    "step": "executor",
    "tool": "math_calculator",
    "kind": "step.finished",
    "media_type": "text/plain",
    "model": "openai:gpt-5-mini",
}
"""What properties of these names hold, if they are texts."""
_BY_FORMAT = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "uri": "https://example.com/hook",
    "uuid": "01978c5e-7d3a-7b02-8f44-2f1c6a90d1e5",
}
_DEEPEST = 8
"""Types that hold themselves come to an end here."""


def add_examples(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """Give an operation's JSON bodies an example each, where they have none.

    Args:
        operation: of an OpenAPI document; changed in place.
        schemas: the document's, by name.
    """
    bodies = [operation.get("requestBody", {})]
    bodies += [response for status, response in operation["responses"].items() if str(status).startswith("2")]
    for body in bodies:
        media = body.get("content", {}).get("application/json")
        if media and media.get("schema") and not {"example", "examples"} & media.keys():
            media["example"] = example_of(media["schema"], schemas)


def example_of(schema: dict[str, Any], schemas: dict[str, Any], name: str = "", depth: int = 0) -> Any:
    """A value that fits a schema: its own example or default, else the simplest that says something."""
    if "$ref" in schema:
        return example_of(schemas[schema["$ref"].rpartition("/")[2]], schemas, name, depth)
    if schema.get("examples"):
        return schema["examples"][0]
    for key in ("const", "default"):
        if schema.get(key) is not None:
            return schema[key]
    if schema.get("enum"):
        return schema["enum"][0]
    choices = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    if choices:
        if depth > _DEEPEST and {"type": "null"} in choices:
            return None
        return example_of(choices[0], schemas, name, depth + 1)
    return _of_type(schema, schemas, name, depth)


def _of_type(schema: dict[str, Any], schemas: dict[str, Any], name: str, depth: int) -> Any:
    kind = schema.get("type")
    if kind == "object" or "properties" in schema:
        wanted = schema.get("required", []) if depth > _DEEPEST else schema.get("properties", {})
        known = schema.get("properties", {})
        return {key: example_of(known[key], schemas, key, depth + 1) for key in wanted}
    if kind == "array":
        few = depth > _DEEPEST and not schema.get("minItems")
        return [] if few or "items" not in schema else [example_of(schema["items"], schemas, name, depth + 1)]
    if kind in ("integer", "number"):
        least = schema.get("minimum", schema.get("exclusiveMinimum", 0))
        return least + 1 if "exclusiveMinimum" in schema else max(least, min(1, schema.get("maximum", 1)))
    if kind == "boolean":
        return True
    if kind == "string":
        text = _BY_FORMAT.get(schema.get("format", "")) or _NAMED.get(name) or name.replace("_", " ") or "text"
        return text[: schema.get("maxLength", len(text))]
    return None if kind == "null" else {}
