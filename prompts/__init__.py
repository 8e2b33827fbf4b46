"""What the roles are told: one Markdown template a role, filled by `render`.

The words of a role come first and what differs from call to call comes last, so that a provider can cache the
beginning. Everything a user or a tool wrote is set between tags by `tagged`, and cannot close them.
"""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined

EXCERPT_CHARACTERS = 2000


def render(name: str, **values: Any) -> str:
    """The prompt of a role, filled with the values; a value that the template wants and does not get is an error."""
    return _ENVIRONMENT.get_template(f"{name}.md").render(values).strip() + "\n"


def tagged(tag: str, text: object, **attributes: object) -> str:
    """The text between `<tag>` and `</tag>`; a closing tag inside it is broken, so that it stays data."""
    closing = re.compile(rf"</(?=\s*{re.escape(tag)}\s*>)", re.IGNORECASE)
    inside = closing.sub(r"<\\/", str(text))
    opening = "".join(f' {name}="{_attribute(value)}"' for name, value in attributes.items())
    return f"<{tag}{opening}>\n{inside}\n</{tag}>"


def excerpt(text: object, characters: int = EXCERPT_CHARACTERS) -> str:
    """The beginning of a long text, with a note of how much is missing."""
    whole = str(text)
    if len(whole) <= characters:
        return whole
    return f"{whole[:characters]}\n[{len(whole) - characters} more characters are not shown]"


def signature(parameters: Mapping[str, Any]) -> str:
    """A tool's JSON Schema as a short list of arguments, for a model to read."""
    required = parameters.get("required", [])
    lines = []
    for name, schema in parameters.get("properties", {}).items():
        note = f": {schema['description']}" if schema.get("description") else ""
        lines.append(f"  - {name}{'' if name in required else '?'} ({_kind(schema)}){note}")
    return "\n".join(lines) or "  (no arguments)"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return " | ".join(f'"{choice}"' for choice in schema["enum"])
    if "const" in schema:
        return f'"{schema["const"]}"'
    choices: Sequence[Mapping[str, Any]] = schema.get("anyOf", ())
    if choices:
        return " | ".join(_kind(choice) for choice in choices if choice.get("type") != "null")
    return str(schema.get("type", "any"))


def _attribute(value: object) -> str:
    return re.sub(r'[<>"\n]', " ", str(value))


_ENVIRONMENT = Environment(
    # Read once, at import: a prompt is rendered inside the event loop, where nothing may wait for a disk.
    loader=DictLoader({file.name: file.read_text(encoding="utf-8") for file in Path(__file__).parent.glob("*.md")}),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  Markdown for a model; `tagged` guards the tags
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_ENVIRONMENT.globals["tagged"] = tagged
_ENVIRONMENT.filters.update(excerpt=excerpt, signature=signature, json=_json)
