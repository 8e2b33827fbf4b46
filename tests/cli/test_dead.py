"""`office dead`: tasks that failed, and what is to become of them."""

import json

import pytest

from tests.cli.conftest import one_line, story


@pytest.fixture
def failed(office):
    """The id of a task that failed, because there is no such file."""

    def failed(name="missing.txt"):
        done = office("run", f"read {name}", "--json")
        assert done.returncode == 1, story(done)
        return json.loads(done.stdout)["task_id"]

    return failed


def test_a_failed_task_leads_to_its_dead_letter_which_tells_why(office, failed):
    task_id = failed()
    assert f"office dead show {task_id}" in office("status", "last").stdout
    listed = office("dead", "list").stdout
    assert task_id in listed
    assert "file_operations" in listed
    shown = office("dead", "show", task_id).stdout
    for word in ("StepFailed", "missing.txt", "called    s1", "failed", "memory", "office dead reprocess"):
        assert word in shown
    found = json.loads(office("dead", "show", "last", "--json").stdout)
    assert (found["task_id"], found["status"], found["calls"][0]["tool"]) == (task_id, "open", "file_operations")


def test_after_the_fix_the_task_goes_on_and_shows_how(office, failed):
    task_id = failed("later.txt")
    (office.folder / "later.txt").write_text("here it is")
    done = office("dead", "reprocess", task_id)
    assert done.returncode == 0, story(done)
    assert "here it is" in done.stdout
    assert "there are no such dead letters" in office("dead", "list").stdout
    again = office("dead", "reprocess", task_id)
    assert (again.returncode, "was already reprocessed by" in one_line(again.stderr)) == (1, True)


def test_from_the_start_there_is_a_new_task(office, failed):
    task_id = failed()
    done = office("dead", "reprocess", task_id, "--from", "start", "--max-iterations", "1", "--detach")
    assert done.returncode == 0, story(done)
    again = json.loads(office("status", done.stdout.strip(), "--json").stdout)
    assert again["task_id"] != task_id
    assert again["predecessor"] == task_id
    assert json.loads(office("dead", "show", task_id, "--json").stdout)["successor"] == again["task_id"]


def test_all_of_a_kind_are_queued_again(office, failed):
    task_ids = {failed("one.txt"), failed("two.txt")}
    assert "no such dead letters" in office("dead", "reprocess-all", "--class", "TimeUsedUp").stdout
    done = office("dead", "reprocess-all", "--class", "StepFailed", "--max-iterations", "2")
    assert (done.returncode, set(done.stdout.split())) == (0, task_ids)
    assert json.loads(office("status", "last", "--json").stdout)["status"] == "queued"


def test_a_discarded_letter_is_counted(office, failed):
    task_id = failed()
    assert office("dead", "discard", task_id).returncode == 0
    assert "there are no such dead letters" in office("dead", "list").stdout
    assert task_id in office("dead", "list", "--status", "discarded").stdout
    lines = json.loads(office("dead", "stats", "--json").stdout)
    assert {(line["by"], line["key"]): line["discarded"] for line in lines}["error_class", "StepFailed"] == 1
    assert "error class" in office("dead", "stats", "--all-tenants").stdout


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["dead", "reprocess", "last", "--from", "middle"], "--from"),
        (["dead", "reprocess", "last", "--max-iterations", "99"], "--max-iterations"),
        (["dead", "reprocess", "last", "--budget", "-1"], "--budget"),
        (["dead", "reprocess-all", "--tools", "x" * 201], "--tools:"),
        (["dead", "reprocess", "nobody-knows-it"], "nobody-knows-it"),
        (["dead", "show", "nobody-knows-it"], "nobody-knows-it"),
        (["dead", "stats", "--days", "0"], "--days"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_its_name(office, arguments, named):
    done = office(*arguments)
    assert (done.returncode, named in done.stderr) == (2, True), story(done)


def test_an_office_without_failures_says_so(office):
    assert "there are no such dead letters" in office("dead", "list").stdout
    assert "no task has failed" in office("dead", "stats").stdout


def test_the_dead_letters_are_those_of_the_tenant_that_is_named_or_set(office):
    assert office("run", "read x.txt", OFFICE_TENANT="acme").returncode == 1
    assert "there are no such dead letters" in office("dead", "list").stdout
    for done in (
        office("dead", "list", "--tenant", "acme"),
        office("dead", "list", OFFICE_TENANT="acme"),
        office("dead", "list", "--all-tenants"),
    ):
        assert "StepFailed" in done.stdout, story(done)
