"""A yes for all tasks on the command line: given, used, listed, taken back."""

import json
from datetime import UTC, datetime, timedelta

from tests.cli.conftest import one_line, story

TOMORROW = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"


def test_a_yes_for_all_tasks_is_not_asked_for_again_until_it_is_revoked(office):
    office("run", 'write "one" to a.txt')
    done = office("approve", "last", "--scope", "tenant", "--until", TOMORROW)
    assert done.returncode == 0, story(done)
    done = office("run", 'write "two" to b.txt')
    assert done.returncode == 0, story(done)
    assert "permitted for this tool in all tasks of the tenant until" in done.stdout
    assert (office.folder / "b.txt").read_text().strip() == "two"

    [permit] = json.loads(office("permits", "--json").stdout)
    assert (permit["tool"], permit["same_inputs"], permit["in_force"]) == ("file_operations", False, True)
    assert permit["permit_id"] in office("audit", "last", "--json").stdout
    listed = office("permits").stdout
    assert "file_operations  with any arguments" in listed

    revoked = office("permits", "revoke", permit["permit_id"][-8:])
    assert "was revoked by" in revoked.stdout, story(revoked)
    assert office("run", 'write "three" to c.txt').returncode == 3
    assert "there are no permits" in office("permits").stderr
    assert "revoked by" in office("permits", "--all").stdout


def test_a_permit_that_is_not_there_cannot_be_revoked(office):
    assert office("permits", "revoke").returncode == 2
    done = office("permits", "revoke", "nonsense")
    assert (done.returncode, "no permit `nonsense`" in one_line(done.stderr)) == (2, True)
    assert office("permits", "burn", "x").returncode == 2


def test_the_status_of_a_waiting_task_shows_the_call_with_its_policy_and_later_who_granted_it(office):
    office("run", 'write "one" to a.txt')
    told = office("status", "last").stdout
    for words in ("may it call file_operations?", "content: one", "no network; writes a.txt; 60 s", "office approve"):
        assert words in told
    office("approve", "last", "--bounds", '{"seconds": 5}')
    told = office("status", "last").stdout
    assert "granted   s1 file_operations by" in told
    assert "no network; writes a.txt; 5 s" in told


def test_bounds_that_leave_nothing_of_the_call_are_asked_about_again(office):
    office("run", 'write "one" to a.txt')
    done = office("approve", "last", "--bounds", '{"files": "read"}')
    assert done.returncode == 3, story(done)
    assert "cannot be taken: Within these bounds the call cannot be made: it would write files." in done.stdout
    assert not (office.folder / "a.txt").exists()
