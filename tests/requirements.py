"""What a test needs beyond the project's own dependencies."""

import os
import shutil
from importlib.util import find_spec

import pytest

_ALL = os.getenv("OFFICE_TEST_REQUIRE") == "all"  # noqa: TID251 - says how to test, not how to work


def require(program: str) -> str:
    """The path of a program; skip the test if it is not installed, or fail where everything must be tested."""
    path = shutil.which(program)
    if path is None:
        reason = f"the program {program} is not installed"
        if _ALL:
            pytest.fail(reason)
        pytest.skip(reason)
    return str(path)


def require_module(name: str) -> None:
    """Skip the test if a module is not installed that comes with an optional extra: no machine has to have it."""
    if find_spec(name) is None:
        pytest.skip(f"the Python module {name} is not installed; it comes with an optional extra")
