"""The gatekeeper's rules: what a call means to the user is no question for rules, so a human is asked."""

from collections.abc import Mapping
from typing import Any

from intelligent_office.contracts import Ruling


def gatekeeper(_values: Mapping[str, Any]) -> Ruling:
    """Never a yes."""
    return {"decision": "ask", "reason": "No model is connected that could judge this call: a human must."}
