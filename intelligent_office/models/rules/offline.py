"""The offline model: answers a role from the values alone, at no cost and with no network."""

from collections.abc import Callable, Mapping
from typing import Any

from intelligent_office.errors import NoRuleCovers
from intelligent_office.models.rules.ai_tool import ai_tool
from intelligent_office.models.rules.analyst import analyst
from intelligent_office.models.rules.gatekeeper import gatekeeper
from intelligent_office.models.rules.planner import planner
from intelligent_office.models.rules.reviewer import reviewer
from intelligent_office.models.rules.validator import validator

ROLES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "analyst": analyst,
    "planner": planner,
    "validator": validator,
    "reviewer": reviewer,
    "gatekeeper": gatekeeper,
    "ai_tool": ai_tool,
}


def answer(role: str, values: Mapping[str, Any]) -> Any:
    """What the rules say for the role.

    Raises:
        NoRuleCovers: they have nothing to say; the message says what was not understood.
    """
    if role not in ROLES:
        raise NoRuleCovers(reason=f"There are no rules for the {role}.")
    return ROLES[role](values)
