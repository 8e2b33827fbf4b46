"""`office audit`."""

import json
from datetime import datetime
from decimal import Decimal
from hashlib import sha256

import psycopg

from tests.cli.conftest import one_line, story


def forge(office, command):
    """Change the tables as only their owner can."""
    with psycopg.connect(office.environment["OFFICE_DATABASE_URL"], autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(command)


def write_a_note(office):
    office("run", 'write "mail ann@example.org" to note.txt')
    done = office("approve", "last")
    assert done.returncode == 0, story(done)


def test_the_trail_is_a_line_for_each_entry_and_the_word_that_it_is_intact(office):
    write_a_note(office)

    done = office("audit", "last")
    *lines, verdict = done.stdout.splitlines()
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[3] for line in lines][:3] == ["asked", "answered", "granted"]
    assert "guarded  approved" in lines[2]
    assert '"content": "mail <EMAIL>"' in lines[0]
    assert verdict.startswith(f"chain intact: {len(lines)} entries, head ")
    assert "ann@example.org" not in done.stdout


def test_a_program_gets_the_whole_trail(office):
    write_a_note(office)

    found = json.loads(office("audit", "last", "--json").stdout)
    assert (found["intact"], found["flaws"]) == (True, [])
    assert [entry["number"] for entry in found["entries"]] == list(range(1, len(found["entries"]) + 1))
    assert found["head"] == found["entries"][-1]["hash"]


def canonical(value):
    """As docs/audit.md has it."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (len(name.encode()), name.encode()))
        return "{" + ", ".join(f"{canonical(name)}: {canonical(value[name])}" for name in names) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(canonical, value)) + "]"
    return f"{value:f}" if isinstance(value, Decimal) else json.dumps(value, ensure_ascii=False)


def test_an_outsider_can_check_the_hashes_of_what_the_program_prints(office):
    write_a_note(office)

    for entry in json.loads(office("audit", "last", "--json").stdout, parse_float=Decimal)["entries"]:
        written = entry.pop("hash")
        entry["at"] = f"{datetime.fromisoformat(entry['at']):%Y-%m-%dT%H:%M:%S.%fZ}"
        assert sha256(canonical(entry).encode()).hexdigest() == written, entry


def test_a_forged_entry_is_named_and_the_exit_code_is_1(office):
    write_a_note(office)
    forge(office, "UPDATE audit SET who = 'eve', kind = 'pruned' WHERE number = 2")

    done = office("audit", "last")
    assert done.returncode == 1, story(done)
    assert one_line(done.stderr) == "office: entry 2 is not what was written"
    assert "intact" not in done.stdout
    assert office("audit", "last", "--json").returncode == 1


def test_a_task_without_calls_of_tools_has_an_empty_trail(office):
    task_id = json.loads(office("run", "--json", "sing me a song").stdout)["task_id"]
    done = office("audit", task_id)
    assert done.returncode == 0, story(done)
    assert done.stdout.startswith("chain intact: 0 entries")


def test_an_unknown_task_is_told(office):
    done = office("audit", "no-such-task")
    assert done.returncode != 0
    assert "no-such-task" in one_line(done.stderr)
