"""`office prune`, `office reencrypt`, the keys of `office doctor`, and the files of `office run`."""

import json

import psycopg
import pytest

from intelligent_office.cli.diagnosis import LARGEST_TABLES
from tests.attachments.pages import pdf
from tests.cli.conftest import one_line, story


def new_key(offline) -> str:
    done = offline("doctor", "--new-key")
    assert done.returncode == 0, story(done)
    return str(done.stdout.strip())


def test_files_are_handed_in_with_a_task(office):
    (office.folder / "notes.md").write_text("one\ntwo\nthree\n")
    (office.folder / "paper.pdf").write_bytes(pdf("From a page."))
    count = 'ai_tool(instruction="count the lines", attachments=["notes.md"])'
    read = 'read_attachment(name="paper.pdf")'
    files = ("--attach", "notes.md", "--attach", office.folder / "paper.pdf")
    done = office("run", *files, f"call {count} then call {read}")
    assert done.returncode == 0, story(done)
    assert "3" in done.stdout
    assert "From a page." in done.stdout


@pytest.mark.parametrize("name", ["missing.txt", "."])
def test_a_file_that_cannot_be_handed_in_is_told(office, name):
    done = office("run", "--attach", name, "what is 1 + 1?")
    assert done.returncode == 2
    assert one_line(done.stderr).startswith(f"office: --attach: {name}: ")


def test_a_task_is_worked_on_with_a_key_and_the_key_can_be_changed(office):
    old, new = new_key(office), new_key(office)
    assert office("run", "what is 15 * 23?", OFFICE_ENCRYPTION_KEY=old).returncode == 0
    done = office("reencrypt", OFFICE_ENCRYPTION_KEY=f"{new},{old}")
    assert done.returncode == 0, story(done)
    assert "encrypted anew: 0" not in done.stdout
    assert office("reencrypt", OFFICE_ENCRYPTION_KEY=new).stdout == "encrypted anew: 0 pieces\n"
    assert office("run", "what is 15 * 23?", OFFICE_ENCRYPTION_KEY=new).returncode == 0


def test_the_doctor_names_a_key_that_is_missing_and_no_task_is_begun_without_it(office):
    key = new_key(office)
    assert office("run", "what is 15 * 23?", OFFICE_ENCRYPTION_KEY=key).returncode == 0
    found = json.loads(office("doctor", "--json", OFFICE_ENCRYPTION_KEY=key).stdout)
    name = found["database"]["encryption"]["writes_with"]
    assert found["database"]["encryption"]["missing"] == []
    assert len(found["database"]["table_bytes"]) == LARGEST_TABLES
    assert key not in office("doctor", OFFICE_ENCRYPTION_KEY=key).stdout

    examined = office("doctor")
    assert examined.returncode == 1
    assert name in examined.stdout
    for command in (["run", "what is 15 * 23?"], ["serve", "--port", "0"], ["worker"]):
        refused = office(*command)
        assert refused.returncode == 2, story(refused)
        assert f"`{name}`" in refused.stderr.splitlines()[-1]
        assert "OFFICE_ENCRYPTION_KEY" in refused.stderr
    assert len(json.loads(office("list", "--json").stdout)) == 1, "what cannot be done is not accepted"


def test_a_question_is_answered_without_the_key_and_it_is_said_who_can_go_on(office):
    key = new_key(office)
    assert office("run", 'write "hello" to note.txt', OFFICE_ENCRYPTION_KEY=key).returncode == 3
    answered = office("approve", "last")
    assert answered.returncode == 0, story(answered)
    assert answered.stdout.startswith(
        "answered; the task is queued, and goes on with a worker whose OFFICE_ENCRYPTION_KEY holds `"
    )
    assert office("resume", "last", OFFICE_ENCRYPTION_KEY=key).returncode == 0


def test_a_key_that_is_none_is_refused_and_not_told(office):
    done = office("run", "what is 1 + 1?", OFFICE_ENCRYPTION_KEY="swordfish")
    assert done.returncode == 2
    assert "OFFICE_ENCRYPTION_KEY" in one_line(done.stderr)
    assert "swordfish" not in done.stderr


def test_old_tasks_are_counted_first_and_then_forgotten(office, database_url):
    assert office("run", "what is 15 * 23?").returncode == 0
    assert office("prune", "--dry-run").stdout == "would delete: nothing\n"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("UPDATE tasks SET finished_at = finished_at - interval '500 days'")
    assert office("prune", "--dry-run").stdout == "would delete: 1 tasks\n"
    assert json.loads(office("list", "--json").stdout) != []
    assert json.loads(office("prune", "--json").stdout)["tasks"] == 1
    assert json.loads(office("list", "--json").stdout) == []
    assert office("prune").stdout == "deleted: nothing\n"
