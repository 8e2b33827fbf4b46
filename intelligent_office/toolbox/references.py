"""References of a step to results of earlier ones, inside its inputs.

`${id}` is the text of a step or subtask, `${id.output.path[0].name}` a part of its data, and `$${` a literal `${`.
A string that is nothing but one `.output` reference becomes the data itself; everywhere else a reference becomes text.
What a reference is replaced by is never read for references again: a tool's output cannot refer to anything.
"""

import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from intelligent_office.contracts import Artifact
from intelligent_office.errors import ToolError

Load = Callable[[Artifact], Awaitable[dict[str, Any]]]

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}")
_TARGET = re.compile(
    r"(?P<source>[A-Za-z0-9][A-Za-z0-9_.-]*?)(?P<output>\.output(?P<path>(?:\.[^.\[\]]+|\[-?[0-9]{1,9}\])*))?"
)
_PART = re.compile(r"\.([^.\[\]]+)|\[(-?[0-9]+)\]")


def references(inputs: Any) -> set[str]:
    """The ids of the steps and subtasks that the inputs refer to."""
    found = (_TARGET.fullmatch(target) for target in _targets(inputs))
    return {match["source"] for match in found if match}


def malformed(inputs: Any) -> list[str]:
    """What looks like a reference and is none, each as a sentence."""
    return [_not_a_reference(target) for target in _targets(inputs) if not _TARGET.fullmatch(target)]


def literal(text: str) -> str:
    """The text, written so that it holds no reference."""
    return text.replace("${", "$${")


def refers(value: Any) -> bool:
    """Whether the value holds anything that resolving would change."""
    return any(_REFERENCE.search(text) for text in strings(value))


def renamed(inputs: Any, names: Mapping[str, str]) -> Any:
    """The inputs, their references calling steps by other names."""
    if isinstance(inputs, str):
        return _REFERENCE.sub(lambda found: _renamed(found, names), inputs)
    if isinstance(inputs, dict):
        return {name: renamed(value, names) for name, value in inputs.items()}
    return [renamed(value, names) for value in inputs] if isinstance(inputs, list) else inputs


def _renamed(found: re.Match[str], names: Mapping[str, str]) -> str:
    target = _TARGET.fullmatch(found[1] or "")
    if target is None:
        return found[0]
    return f"${{{names.get(target['source'], target['source'])}{target['output'] or ''}}}"


async def resolve(inputs: Any, sources: dict[str, Any], load: Load | None = None) -> Any:
    """The inputs with every reference replaced.

    Args:
        inputs: what a plan says.
        sources: `text` and `output` of steps and subtasks, by id; of a subtask also its `parts`, which have the same.
        load: fetches the whole `text` and `output` of a source or part whose `artifact` is set.

    Raises:
        ToolError: a reference leads nowhere; the message says what is there.
    """
    wanted = references(inputs)
    known = dict(sources)
    if load:
        for name in sorted(wanted & known.keys()):
            known[name] = await _whole(known[name], load)
    return _replaced(inputs, known) if wanted or refers(inputs) else inputs


async def _whole(source: dict[str, Any], load: Load) -> dict[str, Any]:
    """The source with what was set aside; of several parts, the text is that of all and the output that of the last."""
    parts = source.get("parts", [])
    if not any(part["artifact"] for part in parts):
        return {**source, **await load(source["artifact"])} if source.get("artifact") else source
    wholes = [await _whole(part, load) for part in parts]
    return {"text": "\n".join(part["text"] for part in wholes), "output": wholes[-1]["output"]}


def _replaced(inputs: Any, sources: dict[str, Any]) -> Any:
    if isinstance(inputs, str):
        return _resolve_text(inputs, sources)
    if isinstance(inputs, dict):
        return {name: _replaced(value, sources) for name, value in inputs.items()}
    if isinstance(inputs, list):
        return [_replaced(value, sources) for value in inputs]
    return inputs


def strings(value: Any) -> Iterator[str]:
    """Every string in a value, however deep; keys are never references."""
    waiting = [value]
    while waiting:
        current = waiting.pop()
        if isinstance(current, str):
            yield current
        elif isinstance(current, dict):
            waiting += current.values()
        elif isinstance(current, list):
            waiting += current


def _targets(inputs: Any) -> Iterator[str]:
    for text in strings(inputs):
        for match in _REFERENCE.finditer(text):
            if match[1] is not None:
                yield match[1].strip()


def _resolve_text(text: str, sources: dict[str, Any]) -> Any:
    whole = _REFERENCE.fullmatch(text)
    if whole and whole[1] is not None:
        return _follow(whole[1], sources)
    return _REFERENCE.sub(lambda match: _embedded(match, sources), text)


def _embedded(match: re.Match[str], sources: dict[str, Any]) -> str:
    if match[1] is None:
        return "${"
    value = _follow(match[1], sources)
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _follow(target: str, sources: dict[str, Any]) -> Any:
    match = _TARGET.fullmatch(target.strip())
    if not match:
        raise ToolError(reason=_not_a_reference(target))
    source = match["source"]
    if source not in sources:
        raise ToolError(reason=f"There is no step or subtask `{source}` to refer to; there {_are(sources)}.")
    if match["output"] is None:
        return sources[source]["text"]
    return _walk(sources[source].get("output"), match["path"], f"{source}.output")


def _walk(value: Any, path: str, seen: str) -> Any:
    for part in _PART.finditer(path):
        step: Callable[[Any, str, str], Any] = _entry if part[1] is not None else _item
        value = step(value, part[1] or part[2], seen)
        seen += part[0]
    return value


def _entry(value: Any, name: str, seen: str) -> Any:
    if not isinstance(value, dict):
        raise ToolError(reason=f"`{seen}` is {_kind(value)} and has no part `{name}`.")
    if name not in value:
        near = get_close_matches(name, [str(key) for key in value], n=1)
        hint = f"; did you mean `{near[0]}`?" if near else "."
        raise ToolError(reason=f"`{seen}` has no part `{name}`; there {_are(value)}{hint}")
    return value[name]


def _item(value: Any, index: str, seen: str) -> Any:
    if not isinstance(value, list):
        raise ToolError(reason=f"`{seen}` is {_kind(value)}, not a list: it has no `[{index}]`.")
    try:
        return value[int(index)]
    except IndexError:
        raise ToolError(reason=f"`{seen}` has {len(value)} items: there is no `[{index}]`.") from None


def _kind(value: Any) -> str:
    names = {dict: "an object", list: "a list", str: "text", bool: "true or false", type(None): "empty"}
    return names.get(type(value), "a number")


def _are(names: dict[str, Any]) -> str:
    shown = [f"`{name}`" for name in list(names)[:10]]
    if not shown:
        return "is none"
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ("is " if len(names) == 1 else "are ") + ", ".join(shown) + more


def _not_a_reference(target: str) -> str:
    return f"`${{{target}}}` is not a reference; write `$${{{target}}}` to mean it literally."
