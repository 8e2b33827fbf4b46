"""`office keys` and `office tenants`."""

import json

import pytest

from intelligent_office.access.secrets import draw, key_id_of
from tests.api.keys import KEY, home_with_key
from tests.cli.conftest import one_line, story


def test_the_first_key_is_shown_alone_and_again(office, tmp_path):
    home = {"OFFICE_HOME": str(tmp_path / "home")}
    shown = office("keys", "show", **home)
    assert shown.returncode == 0, story(shown)
    assert key_id_of(shown.stdout.removesuffix("\n"))
    assert office("keys", "show", **home).stdout == shown.stdout
    assert shown.stderr == ""


def test_a_first_key_of_another_database_or_none_is_told(office, tmp_path):
    office("keys", "create")
    done = office("keys", "show", OFFICE_HOME=str(tmp_path / "empty"))
    assert done.returncode == 2
    assert "office keys create" in one_line(done.stderr)
    done = office("keys", "show", OFFICE_HOME=str(home_with_key(tmp_path / "other")))
    assert done.returncode == 1
    assert "no key of this office" in one_line(done.stderr)
    assert KEY not in done.stdout


def test_a_key_is_made_shown_once_listed_and_revoked(office):
    done = office("keys", "create", "--tenant", "acme", "--scope", "approve", "--expires", "30", "--label", "Ada")
    assert done.returncode == 0, story(done)
    text = done.stdout.strip()
    assert key_id_of(text)
    assert "shown this once" in done.stderr
    [listed] = json.loads(office("keys", "list", "--tenant", "acme", "--json").stdout)
    assert (listed["key_id"], listed["scopes"], listed["label"]) == (key_id_of(text), ["approve"], "Ada")
    assert "until " in office("keys", "list").stdout
    assert text[-64:] not in office("keys", "list").stdout
    assert "opens nothing any more" in office("keys", "revoke", listed["key_id"]).stdout
    assert "revoked" in office("keys", "list").stdout
    assert office("keys", "revoke", text).returncode == 0, "a whole key names itself"


@pytest.mark.parametrize(
    "arguments",
    [
        ["keys", "create", "--scope", "root"],
        ["keys", "create", "--tenant", "a/b"],
        ["keys", "create", "--expires", "-1"],
        ["keys", "create", "--label", "a\nb"],
        ["keys", "revoke", "nobody"],
        ["keys", "revoke", draw()],
        ["tenants", "set", "acme", "--concurrency", "many"],
        ["tenants", "set", "acme", "--concurrency", "-1"],
        ["tenants", "set", "a b"],
        ["tenants", "disable", "nobody"],
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(office, arguments):
    done = office(*arguments)
    assert done.returncode == 2, story(done)
    one_line(done.stderr)
    assert "no tenant yet" in office("tenants", "list").stdout


def test_a_tenant_is_set_shown_shut_out_and_let_in(office):
    office("tenants", "set", "acme", "--name", "Acme", "--tasks-per-day", "5", "--concurrency", "2")
    shown = json.loads(office("tenants", "set", "acme", "--concurrency", "default", "--json").stdout)
    assert (shown["name"], shown["tasks_per_day"], shown["concurrency"]) == ("Acme", 5, None)
    assert "disabled since" in office("tenants", "disable", "acme").stdout
    assert "disabled" not in office("tenants", "enable", "acme").stdout
    [listed] = json.loads(office("tenants", "list", "--json").stdout)
    assert listed["tenant"] == "acme"


def test_the_command_line_works_for_the_tenant_it_is_told(office):
    assert office("run", "what is 15 * 23?", OFFICE_TENANT="acme").returncode == 0
    assert "345" in office("status", "last", OFFICE_TENANT="acme").stdout
    assert office("status", "last").returncode == 2
    refused = office("list", OFFICE_TENANT="a/b")
    assert refused.returncode == 2
    assert "OFFICE_TENANT" in one_line(refused.stderr)
