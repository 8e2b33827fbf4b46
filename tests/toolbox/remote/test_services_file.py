"""The services file: what it says, and how its faults are told."""

import re

import pytest

from intelligent_office.errors import InvalidFile
from intelligent_office.toolbox.remote.services_file import ToolTable, read_services
from tests.examples.processes import ROOT


@pytest.fixture
def read(tmp_path):
    def written(text):
        path = tmp_path / "services.toml"
        path.write_text(text)
        return read_services(path)

    return written


def test_without_a_file_there_are_no_services():
    assert read_services(None) == {}


def test_a_service_has_what_the_file_says_and_defaults_for_the_rest(read):
    services = read(
        '[services.it]\nurl = "https://it.example/mcp"\nheaders = { Authorization = "IT_TOKEN" }\nseconds = 5\n'
        '[services.it.tools.get_ip]\nrisk = "safe"\n'
        '[services.git]\ncommand = ["git-mcp", "--stdio"]\nenvironment = ["GIT_TOKEN"]\n'
    )
    assert (services["it"].seconds, services["it"].connect_seconds) == (5, 10)
    assert services["it"].headers == {"Authorization": "IT_TOKEN"}
    assert services["it"].tools == {"get_ip": ToolTable(risk="safe", idempotent=False, seconds=None)}
    assert services["git"].command == ["git-mcp", "--stdio"]


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ("[services.it\n", 1, "this is no TOML"),
        ('[service.it]\nurl = "http://x"\n', 1, "`service` is no table; did you mean `services`?"),
        ('[services.it]\nurl = "http://x"\nsecnds = 3\n', 3, "`secnds` is no option; did you mean `seconds`?"),
        ('[services.it]\nurl = "x.example"\n', 2, "`url`: it must be an address that starts with http"),
        ('[services.it]\nurl = "http://me:sesame@x"\n', 2, "a password does not belong in a file"),
        ('[services.it]\nurl = "http://x"\nheaders = { A = "Bearer 123" }\n', 3, "never the secret itself"),
        ("[services.it]\nseconds = 3\n", 1, "`it` must have either a `url` or a `command`"),
        ('[services.it]\nurl = "http://x"\ncommand = ["x"]\n', 1, "either a `url` or a `command`"),
        ('[services.it]\ncommand = "x"\n', 2, "`command` must be a list of words"),
        ('[services.it]\ncommand = ["x"]\nheaders = { A = "A_B" }\n', 3, "a command has no headers"),
        ('[services.it]\nurl = "http://x"\nenvironment = ["A_B"]\n', 3, "has an environment of its own"),
        ('[services.it]\nurl = "http://x"\nseconds = 0\n', 3, "greater than 0"),
        ('[services.i__t]\nurl = "http://x"\n', 1, "the name of a service has small letters"),
        ('[services.it]\nurl = "http://x"\n[services.it.tools.a]\nrisk = "none"\n', 4, "`risk`: "),
        ('[services.it]\nurl = "http://x"\n[services.it.tools.a]\nrisc = "safe"\n', 4, "did you mean `risk`?"),
        ('[services.it]\nurl = "http://x"\n[services.it.tools]\na = { idempotent = 1 }\n', 4, "must be true or false"),
    ],
)
def test_a_fault_is_told_with_its_line(read, tmp_path, text, line, told):
    with pytest.raises(InvalidFile, match=f"services.toml, line {line}: .*{re.escape(told)}"):
        read(text)


def test_a_file_that_is_not_there_is_told(tmp_path):
    with pytest.raises(InvalidFile, match="No such file"):
        read_services(tmp_path / "nowhere.toml")


def test_the_example_is_a_services_file():
    assert set(read_services(ROOT / "examples/services/services.toml")) == {"it", "finance"}
