"""Remote services, as `office tools` and `office doctor` show them."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.conftest import SECONDS, one_line, story
from tests.examples.processes import IT, running
from tests.ports import own_port

ODD = Path(__file__).parents[1] / "toolbox/remote/odd_service.py"


@pytest.fixture
def listed(offline, tmp_path):
    """The path of a services file: `it` is there, `finance` is not."""
    with running(IT) as it, own_port() as port:
        path = tmp_path / "services.toml"
        path.write_text(
            f'[services.it]\nurl = "{it.url}"\nconnect_seconds = {SECONDS}\n[services.finance]\nurl = "http://127.0.0.1:{port}/mcp"\n'
            '[services.it.tools.get_ip]\nrisk = "safe"\n'
        )
        yield str(path)


def test_tools_of_services_are_listed_and_those_that_are_away_with_the_reason(offline, listed):
    done = offline("tools", OFFICE_SERVICES_FILE=listed)
    assert re.search(
        r"^it__get_ip  host\n    The IP address of a host.*\(safe, service it\)$", done.stdout, re.MULTILINE
    )
    assert "(guarded, service it)" in done.stdout
    assert re.search(r"^✗ finance__\*\n    The service `finance` cannot be reached: ", done.stdout, re.MULTILINE)
    found = {one["name"]: one for one in json.loads(offline("tools", "--json", OFFICE_SERVICES_FILE=listed).stdout)}
    assert found["it__get_ip"]["source"] == "service it"
    assert set(found["finance__*"]) == {"name", "source", "reason"}


def test_the_doctor_names_services_and_which_of_them_are_away(offline, listed):
    told = offline("doctor", OFFICE_SERVICES_FILE=listed).stdout
    assert "✗ finance__*: The service `finance` cannot be reached" in told
    assert "  service it: it__get_ip, it__jira_metrics" in told


def test_services_are_checked_and_a_tool_that_has_changed_can_be_accepted(office, tmp_path):
    path = tmp_path / "services.toml"
    known = {"OFFICE_SERVICES_FILE": str(path)}
    with own_port() as port:
        with running(ODD, tmp_path, port) as odd:
            path.write_text(f'[services.odd]\nurl = "{odd.url}"\nconnect_seconds = {SECONDS}\n')
            well = office("tools", "--check", **known)
        away = office("tools", "--check", **known)
        with running(ODD, tmp_path, port, "say", "Say it and more."):
            changed = office("tools", "--check", "--json", **known)
            accepted = office("tools", "--accept", "odd__say", **known)
            again = office("tools", "--check", **known)
            unknown = office("tools", "--accept", "odd__nothing", **known)
    assert well.returncode == 0, story(well)
    assert re.search(r"^(✓ odd: reachable|✗ odd: slow), 9 tools, \d+\.\d\d s$", well.stdout, re.MULTILINE)
    assert (away.returncode, "✗ odd: away" in away.stdout) == (1, True), story(away)
    assert (changed.returncode, json.loads(changed.stdout)[0]["state"]) == (1, "changed"), story(changed)
    assert accepted.stdout == "accepted as they are now: odd__say\n", story(accepted)
    assert again.returncode == 0, story(again)
    assert unknown.returncode == 2, story(unknown)
    assert "There is no tool `odd__nothing` of a service; there are odd." in one_line(unknown.stderr)


def test_without_services_there_is_nothing_to_check(office):
    assert office("tools", "--check").stdout == "no services: OFFICE_SERVICES_FILE names none\n"


def test_a_services_file_with_a_typo_is_told_by_its_line_before_anything_is_done(offline, tmp_path):
    path = tmp_path / "services.toml"
    path.write_text('[services.it]\nurl = "http://127.0.0.1:1/mcp"\nheadres = {}\n')
    done = offline("tools", OFFICE_SERVICES_FILE=str(path))
    assert done.returncode == 2, story(done)
    assert one_line(done.stderr).endswith("services.toml, line 3: `headres` is no option; did you mean `headers`?")


def test_the_client_of_services_is_not_imported_for_an_office_without_any(office):
    done = office.start("tools", "--json", PYTHONPROFILEIMPORTTIME="1").end()
    assert done.returncode == 0, story(done)
    assert "intelligent_office.toolbox.workshop" in done.stderr
    assert "mcp.client" not in done.stderr
