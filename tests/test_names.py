"""Top-level names like `graph` and `tools` are anybody's: an installed package must not answer to them."""

from importlib.metadata import packages_distributions

import pytest


@pytest.mark.parametrize("name", ["graph", "nodes", "tools", "prompts", "intelligent_office", "server"])
def test_nobody_else_answers_to_our_top_level_names(name):
    """Asked of the metadata, which has no order: what Python imports depends on who starts it."""
    assert set(packages_distributions().get(name, [])) <= {"intelligent-office"}
