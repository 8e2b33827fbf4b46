"""Every sandbox that can be had on this machine."""

import os
from pathlib import Path

import pytest

from intelligent_office.sandbox.bubblewrap import Bubblewrap
from tests.requirements import require
from tests.sandbox.ordinary import OrdinaryUser
from tests.sandbox.world import World


def _bubblewrap():
    require("bwrap")
    sandbox = Bubblewrap()
    if fault := sandbox.fault():
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


MAKERS = {"bubblewrap": _bubblewrap, "bubblewrap of an ordinary user": _bubblewrap_of_an_ordinary_user}


@pytest.fixture(scope="session", params=MAKERS)
def strict_sandbox(request):
    """A sandbox of the operating system."""
    return MAKERS[request.param]()


@pytest.fixture(scope="session")
def bubblewrap():
    return _bubblewrap()


@pytest.fixture(scope="module")
def world(tmp_path_factory, _short_folder: Path):
    made = World(_short_folder)
    yield made
    made.close()


@pytest.fixture(scope="module")
def _short_folder():
    import shutil
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="office-"))
    yield folder
    shutil.rmtree(folder)
