"""Every sandbox that can be had on this machine."""

import os
import subprocess
import tempfile
from pathlib import Path

import pytest

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from intelligent_office.sandbox.choice import IMAGE
from intelligent_office.sandbox.docker import Docker
from tests.requirements import require
from tests.sandbox.ordinary import OrdinaryUser
from tests.sandbox.world import World


def _bubblewrap():
    program = require("bwrap")
    sandbox = Bubblewrap()
    if fault := sandbox.fault():
        bare = subprocess.run([program, "--unshare-all", "--ro-bind", "/", "/", "true"], check=False)
        if bare.returncode:
            pytest.skip(f"this machine lets nobody make namespaces: {fault}")
        pytest.fail(fault)
    return sandbox


def _bubblewrap_of_an_ordinary_user():
    if os.geteuid() != 0:
        pytest.skip("whoever runs the tests is one")
    _bubblewrap()
    sandbox = OrdinaryUser()
    if fault := sandbox.fault():
        pytest.skip(fault)
    return sandbox


def _docker():
    sandbox = Docker(IMAGE)
    if fault := sandbox.fault():
        pytest.skip(f"docker: {fault}")
    return sandbox


MAKERS = {
    "bubblewrap": _bubblewrap,
    "bubblewrap of an ordinary user": _bubblewrap_of_an_ordinary_user,
    "docker": _docker,
}


@pytest.fixture(scope="session", params=MAKERS)
def strict_sandbox(request):
    """A sandbox of the operating system."""
    return MAKERS[request.param]()


@pytest.fixture(scope="session")
def bubblewrap():
    return _bubblewrap()


@pytest.fixture(scope="session")
def docker():
    return _docker()


@pytest.fixture(scope="module")
def world():
    """In a folder whose path is short enough for a socket."""
    with tempfile.TemporaryDirectory(prefix="office-") as folder:
        made = World(Path(folder))
        yield made
        made.close()
