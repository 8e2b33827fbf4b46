"""What needs which key: the one list of what is public, and the one rule for the rest.

A route that nobody has thought of here needs a key: to look, one that may submit or approve; to change anything, one
that may submit.
"""

from collections.abc import Sequence

from intelligent_office.access.keys import SCOPES, Scope

PUBLIC = frozenset(
    {
        "/healthz",
        "/readyz",
        "/openapi.json",
        "/docs",
        "/docs/oauth2-redirect",
        "/redoc",
        "/schemas/plan.json",
    }
)
"""Routes that need no key: they tell how the office is, and how it is to be asked."""
FOR_OPERATORS = frozenset(
    {
        ("POST", "/admin/tenants"),
        ("PATCH", "/admin/tenants/{tenant}"),
        ("GET", "/queue"),
    }
)
"""What is about several tenants, or sets the limits of one: for administrators of the office's own tenant alone.

Whatever else needs the scope `admin` reaches the key's own tenant, and with a key of the office's own one every other.
"""
CHANGELESS = ("GET", "HEAD", "OPTIONS")
"""Methods that only look."""


def wanted(method: str, route: str) -> Sequence[Scope]:
    """The scopes of which a key must have one; empty for what is public.

    Args:
        method: of the request.
        route: the path as the route has it, with names in braces.
    """
    if route in PUBLIC:
        return ()
    if route.startswith("/admin/") or route == "/queue":
        return ("admin",)
    if route == "/keys" or route.startswith("/keys/"):  # one's own
        return SCOPES
    if route.startswith("/dead-letters"):
        return SCOPES if method in CHANGELESS else ("submit", "admin")
    if route == "/webhooks/secret":
        return ("submit",)
    if method in CHANGELESS:
        return ("submit", "approve")
    if route == "/tasks/{task_id}/approvals" or route.startswith("/permits/"):
        return ("approve",)
    if route.startswith("/office/"):  # hands tasks in and answers questions: what it is, the body says
        return ("submit", "approve")
    return ("submit",)
