"""Answers as JSON for scripts, with the schemas that describe them."""

from typing import Any

from intelligent_office.analyzer.answers import Chain, Chains, Function, Hop, Neighbour, Skipped
from intelligent_office.analyzer.program import Program

_CERTAINTY = {"enum": ["direct", "inferred", "override", "dynamic"]}
_FUNCTION = {
    "type": "object",
    "required": ["name", "file", "line", "end_line", "kind"],
    "properties": {
        "name": {"type": "string"},
        "file": {"type": "string"},
        "line": {"type": "integer", "minimum": 1},
        "end_line": {"type": "integer", "minimum": 1},
        "kind": {"enum": ["module", "function", "method", "lambda"]},
    },
}
_SKIPPED = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["file", "reason"],
        "properties": {"file": {"type": "string"}, "reason": {"type": "string"}},
    },
}
_HOP = {
    "type": "object",
    "required": ["caller", "callee", "file", "line", "text", "certainty", "definition"],
    "properties": {
        "caller": {"type": "string"},
        "callee": {"type": "string"},
        "file": {"type": "string", "description": "The file of the call."},
        "line": {"type": "integer", "description": "The line of the call."},
        "text": {"type": "string"},
        "certainty": _CERTAINTY,
        "definition": {
            "type": "object",
            "description": "Where the callee is defined.",
            "required": ["file", "line"],
            "properties": {"file": {"type": "string"}, "line": {"type": "integer"}},
        },
    },
}
_CHAIN = {
    "type": "object",
    "required": ["path", "hops", "certainty"],
    "properties": {
        "path": {"type": "array", "items": {"type": "string"}},
        "hops": {"type": "array", "items": _HOP},
        "certainty": _CERTAINTY,
    },
}

TRACE_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The chain of calls from one function to another",
    "type": "object",
    "required": ["status", "start", "end", "path", "hops", "skipped", "message"],
    "properties": {
        "status": {"enum": ["success", "not_found", "ambiguous", "unknown_name", "error"]},
        "start": {"type": "string"},
        "end": {"type": "string"},
        "path": {"type": "array", "items": {"type": "string"}},
        "hops": {"type": "array", "items": _HOP},
        "certainty": {"anyOf": [_CERTAINTY, {"type": "null"}]},
        "alternatives": {"type": "array", "items": _CHAIN},
        "candidates": {"type": "object", "additionalProperties": {"type": "array", "items": _FUNCTION}},
        "suggestions": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
        "explanation": {"type": ["object", "null"]},
        "skipped": _SKIPPED,
        "message": {"type": "string"},
    },
}

GRAPH_SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "The call graph of a folder",
    "type": "object",
    "required": ["nodes", "edges", "skipped"],
    "properties": {
        "nodes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["name", "external"],
                "properties": {**_FUNCTION["properties"], "external": {"type": "boolean"}},  # type: ignore[dict-item]
            },
        },
        "edges": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["caller", "callee", "file", "line", "certainty", "external"],
                "properties": {
                    "caller": {"type": "string"},
                    "callee": {"type": "string"},
                    "file": {"type": "string"},
                    "line": {"type": "integer"},
                    "certainty": _CERTAINTY,
                    "external": {"type": "boolean"},
                },
            },
        },
        "skipped": _SKIPPED,
    },
}


def trace_json(program: Program, start: str, end: str, *, limit: int = 1, all_pairs: bool = False) -> dict[str, Any]:
    """The answer to a trace, as `TRACE_SCHEMA` describes it."""
    return chains_json(program.chains(start, end, limit=limit, all_pairs=all_pairs), program.skipped)


def chains_json(answer: Chains, skipped: tuple[Skipped, ...] = ()) -> dict[str, Any]:
    """The first chain on top, the others as alternatives."""
    first = answer.chains[0] if answer.chains else None
    return {
        "status": answer.status,
        "start": answer.start,
        "end": answer.end,
        "path": [function.name for function in first.functions] if first else [],
        "hops": [hop_json(hop) for hop in first.hops] if first else [],
        "certainty": first.certainty if first else None,
        "alternatives": [chain_json(chain) for chain in answer.chains[1:]],
        "candidates": {
            name: [function_json(function) for function in found] for name, found in answer.candidates.items()
        },
        "suggestions": {name: list(near) for name, near in answer.suggestions.items()},
        "explanation": _gap_json(answer),
        "skipped": skipped_json(skipped),
        "message": answer.message,
    }


def chain_json(chain: Chain) -> dict[str, Any]:
    """One chain."""
    return {
        "path": [function.name for function in chain.functions],
        "hops": [hop_json(hop) for hop in chain.hops],
        "certainty": chain.certainty,
    }


def hop_json(hop: Hop) -> dict[str, Any]:
    """One hop."""
    return {
        "caller": hop.caller.name,
        "callee": hop.callee.name,
        "file": hop.file,
        "line": hop.line,
        "text": hop.text,
        "certainty": hop.certainty,
        "definition": {"file": hop.callee.file, "line": hop.callee.line},
    }


def function_json(function: Function) -> dict[str, Any]:
    """One function."""
    return {
        "name": function.name,
        "file": function.file,
        "line": function.line,
        "end_line": function.end_line,
        "kind": function.kind,
    }


def neighbour_json(neighbour: Neighbour) -> dict[str, Any]:
    """A caller or callee with its distance."""
    return {**function_json(neighbour.function), "depth": neighbour.depth, "hop": hop_json(neighbour.hop)}


def skipped_json(skipped: tuple[Skipped, ...]) -> list[dict[str, str]]:
    """What could not be analysed."""
    return [{"file": item.file, "reason": item.reason} for item in skipped]


def _gap_json(answer: Chains) -> dict[str, Any] | None:
    gap = answer.explanation
    if gap is None:
        return None
    return {
        "reached": [function.name for function in gap.reached],
        "reached_total": gap.reached_total,
        "callers_of_end": [function.name for function in gap.callers_of_end],
        "callers_total": gap.callers_total,
        "unresolved": [
            {"caller": call.caller, "file": call.file, "line": call.line, "text": call.text, "name": call.callee}
            for call in gap.unresolved
        ],
        "nearest": [{"reached": near.name, "leading": far.name} for near, far in gap.nearest],
        "backwards": gap.backwards,
    }


def graph_json(program: Program) -> dict[str, Any]:
    """The whole call graph, as `GRAPH_SCHEMA` describes it."""
    own = [{**function_json(function), "external": False} for function in program.functions]
    outside = sorted({call.callee for call in program.calls if call.external})
    return {
        "nodes": own + [{"name": name, "external": True} for name in outside],
        "edges": [
            {
                "caller": call.caller,
                "callee": call.callee,
                "file": call.file,
                "line": call.line,
                "certainty": call.certainty,
                "external": call.external,
            }
            for call in program.calls
        ],
        "skipped": skipped_json(program.skipped),
    }
