"""Tools that other installed packages bring along, by the entry point group `intelligent_office.tools`."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any, get_args

import structlog
from langchain_core.tools import BaseTool

from intelligent_office.bounds import FileAccess
from intelligent_office.cards import ToolAbsence
from intelligent_office.contracts import Risk
from intelligent_office.errors import InvalidPlugin
from intelligent_office.toolbox.policy import Tool, ToolPolicy
from intelligent_office.toolbox.registry import RegisteredTool

GROUP = "intelligent_office.tools"
_NAME = re.compile(r"(?!.*__)[A-Za-z][A-Za-z0-9_-]{0,63}")

log = structlog.get_logger()


def installed(taken: Iterable[str]) -> tuple[list[Tool], list[ToolAbsence]]:
    """The tools of all plugins, and the plugins that cannot be used, with the reason. Their modules are imported.

    Args:
        taken: the names of tools that are there already, and which no plugin may replace.
    """
    names = set(taken)
    tools: list[Tool] = []
    absences: list[ToolAbsence] = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: (_source(point), point.name)):
        try:
            found = _usable(point, names)
        except InvalidPlugin as fault:
            log.warning("plugin.skipped", plugin=point.name, source=_source(point), reason=str(fault))
            absences.append({"name": point.name, "source": _source(point), "reason": str(fault)})
            continue
        tools += found.values()
        names |= found.keys()
    return tools, absences


def _usable(point: EntryPoint, taken: set[str]) -> dict[str, Tool]:
    """All tools of an entry point, by name.

    Raises:
        InvalidPlugin: one of them cannot be used, or is no tool.
    """
    usable: dict[str, Tool] = {}
    try:
        for tool in _loaded(point):
            one = _checked(tool, {*taken, *usable})
            usable[one.name] = replace(one, source=_source(point))
    except (InvalidPlugin, KeyboardInterrupt):
        raise
    except BaseException as failure:  # other people's code may raise anything, and the office goes on
        raise InvalidPlugin(reason=f"it cannot be loaded: {_told(failure)}"[:500]) from failure
    return usable


def _loaded(point: EntryPoint) -> Iterator[Any]:
    """What the entry point names: a tool, a list of tools, or a function that makes either."""
    found = point.load()
    if callable(found) and not isinstance(found, BaseTool):
        found = found()
    yield from found if isinstance(found, list | tuple) else [found]


def _checked(tool: Any, taken: set[str]) -> Tool:
    """The tool, if the office can use it."""
    if isinstance(tool, BaseTool):
        raise InvalidPlugin(reason=f"`{tool.name}` has no policy: hand it over as Tool(definition=…, policy=…)")
    if not isinstance(tool, Tool):
        raise InvalidPlugin(
            reason=f"it gives a {type(tool).__name__}, and no Tool of intelligent_office.toolbox.policy"
        )
    if not isinstance(tool.definition, BaseTool) or not isinstance(tool.policy, ToolPolicy):
        raise InvalidPlugin(reason="its definition must be a BaseTool of LangChain, and its policy a ToolPolicy")
    if not isinstance(tool.name, str) or not isinstance(tool.definition.description, str):
        raise InvalidPlugin(reason="its name and its description must be text")
    if not _NAME.fullmatch(tool.name):
        raise InvalidPlugin(reason=f"`{tool.name}`: a name has letters, digits, - and single _ only, 64 at most")
    if tool.name in taken:
        raise InvalidPlugin(reason=f"there is a tool `{tool.name}` already")
    if tool.policy.risk not in get_args(Risk) or not 0 < tool.policy.seconds < float("inf"):
        raise InvalidPlugin(
            reason=f"`{tool.name}`: its risk must be one of {', '.join(get_args(Risk))}, its seconds above 0"
        )
    if fault := _undeclared(tool.policy):
        raise InvalidPlugin(reason=f"`{tool.name}`: {fault}")
    try:
        json.dumps([RegisteredTool(tool).card(), tool.bounds({})])
    except Exception as failure:  # whatever pydantic makes of somebody's types, and JSON of somebody's examples
        raise InvalidPlugin(reason=f"`{tool.name}` cannot be described: {failure}"[:500]) from failure
    return tool


def _undeclared(policy: ToolPolicy) -> str:
    """What a policy says that cannot be meant; empty if nothing."""
    if policy.network not in ("none", "internet") and not re.fullmatch(r"service .+", str(policy.network)):
        return "its network must be none, internet, or `service` and a name"
    if policy.files not in get_args(FileAccess):
        return f"its files must be one of {', '.join(get_args(FileAccess))}"
    cost = policy.cost
    if cost is not None and cost != "model" and not (isinstance(cost, int | float) and 0 <= cost < float("inf")):
        return "its cost must be US dollars for a call, or `model`"
    return ""


def _told(failure: BaseException) -> str:
    kind = type(failure).__name__
    try:
        return f"{kind}: {failure}"
    except KeyboardInterrupt:
        raise
    except BaseException:  # noqa: BLE001  # its words are other people's code, too
        return kind


def _source(point: EntryPoint) -> str:
    return f"package {point.dist.name} {point.dist.version}" if point.dist else "package"
