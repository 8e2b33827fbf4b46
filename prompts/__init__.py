"""What the roles are told: one Markdown template a role, filled by `render`.

A template has three parts, in this order, so that a provider can cache the beginning: the words that never change and
the tools; what belongs to the task; what changes from attempt to attempt. At its top it says how long it may become
(see `prompts.room`). Everything a user or a tool wrote is set between tags (see `prompts.tags`).
"""

import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import structlog
from jinja2 import DictLoader, Environment, StrictUndefined

from intelligent_office.telemetry.scope import current_scope
from prompts.room import Budget, Mark, Room
from prompts.tags import inert, tagged

EXCERPT_CHARACTERS = 2000
NAMED = 100.0
"""How well a tool fits that is called by its name."""
MOST_IN_FULL = 3
"""How many tools are explained to the planner of which none was named."""

log = structlog.get_logger()


def render(name: str, most_tokens: int | None = None, /, **values: Any) -> str:
    """The prompt of a role, filled with the values; a value that the template wants and does not get is an error.

    Where something that may not be left out had to be cut, the task's events tell of it.

    Args:
        name: The role.
        most_tokens: What the model can read, if that is less than the prompt's own budget.
        values: What the template asks for.
    """
    budget, room = BUDGETS[name], Room()
    if most_tokens is not None:
        budget = Budget(min(budget.total, most_tokens), budget.context)
    words = _ENVIRONMENT.get_template(f"{name}.md").render(values, item=room.item, whole=room.whole)
    prompt = room.fill(_GAP.sub("\n\n", words.strip()), budget)
    if room.left_out:
        log.info("prompt.shortened", role=name, left_out=dict(room.left_out))
    if room.cut:
        log.warning("prompt.cut", role=name, characters=room.cut)
        current_scope().tell({"kind": "prompt.cut", "model_role": name, "characters": room.cut})
    return prompt.strip() + "\n"


def excerpt(text: object, characters: int = EXCERPT_CHARACTERS, whole: str = "") -> str:
    """The beginning of a long text, with a note of how much is missing, and of what stands for the whole."""
    everything = str(text)
    if len(everything) <= characters:
        return everything
    more = f"{len(everything) - characters} more characters"
    return (
        f"{everything[:characters]}\n[{more}; {whole} stands for the whole]"
        if whole
        else (f"{everything[:characters]}\n[{more} are not shown]")
    )


def fit(tool: Mapping[str, Any], *texts: str) -> float:
    """How well a tool fits what is to be done: by name, or by the share of its own words that are spoken of."""
    spoken = frozenset().union(*map(_stems, texts))
    if tool["name"].lower() in spoken:
        return NAMED
    own = _stems(f"{tool['name'].replace('_', ' ')} {tool['description']}")
    return 50 * len(own & spoken) / (len(own) or 1)


def in_full(tools: Sequence[Mapping[str, Any]], hints: Sequence[str], *texts: str) -> list[Mapping[str, Any]]:
    """The tools to explain, in the order of their names: those that were named, or else the few that fit best."""
    named = [tool for tool in tools if tool["name"] in hints or fit(tool, *texts) >= NAMED]
    best = sorted(tools, key=lambda tool: (-fit(tool, *texts), tool["name"]))[:MOST_IN_FULL]
    return sorted(named or best, key=lambda tool: str(tool["name"]))


def takes(parameters: Mapping[str, Any]) -> str:
    """A tool's inputs in one line: names, `?` after those that can be left out, and what may be chosen."""
    required = parameters.get("required", [])
    return ", ".join(
        f"{name}{'' if name in required else '?'}{f' ({_kind(schema)})' if 'enum' in schema else ''}"
        for name, schema in parameters.get("properties", {}).items()
    )


def signature(parameters: Mapping[str, Any]) -> str:
    """A tool's JSON Schema as a short list of arguments, for a model to read; a text is the usual kind."""
    required = parameters.get("required", [])
    lines = []
    for name, schema in parameters.get("properties", {}).items():
        kind = _kind(schema)
        lines.append(
            f"  {name}{'' if name in required else '?'}{'' if kind == 'string' else f' ({kind})'}"
            + (f": {_line(schema['description'])}" if schema.get("description") else "")
        )
    return "\n".join(lines)


def gist(text: str) -> str:
    """The first sentence."""
    return _line(text).split(". ")[0].removesuffix(".")


@lru_cache(maxsize=1024)
def _stems(text: str) -> frozenset[str]:
    words = re.findall(r"\w{3,}", text[:20_000].lower())
    return frozenset({*words, *(word[:5] for word in words)})


def _line(text: object) -> str:
    return " ".join(str(text).split())


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    choices: Sequence[Mapping[str, Any]] = schema.get("anyOf", ())
    if choices:
        kinds = [_kind(choice) for choice in choices if choice.get("type") != "null"]
        return " | ".join(kind for kind in kinds if kind != "integer" or "number" not in kinds)
    return str(schema.get("type", "any"))


def _unmarked(value: Any) -> Any:
    """What a template writes out: a mark of its own, or a value that holds none."""
    return value if isinstance(value, Mark) else str(value).replace("\x00", "")


# Read once, at import: a prompt is rendered inside the event loop, where nothing may wait for a disk.
_SOURCES = {file.name: file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.md")}
_BUDGET = re.compile(r"\A---\nbudget: (\d+)\ncontext: (\d+)\n---\n")
_GAP = re.compile(r"\n{3,}")

BUDGETS = {
    name.removesuffix(".md"): Budget(int(found[1]), int(found[2]))
    for name, source in _SOURCES.items()
    if (found := _BUDGET.match(source))
}
"""How long the prompt of each role may become."""

_ENVIRONMENT = Environment(
    loader=DictLoader({name: _BUDGET.sub("", source) for name, source in _SOURCES.items()}),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  Markdown for a model; `tagged` guards the tags
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
    finalize=_unmarked,
)
_ENVIRONMENT.globals.update(tagged=tagged, fit=fit, in_full=in_full)
_ENVIRONMENT.filters.update(
    excerpt=excerpt, signature=signature, takes=takes, gist=gist, json=_json, line=_line, inert=inert
)
