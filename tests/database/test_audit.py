"""The audit trail: what it shows, and every way in which somebody may have changed it."""

import asyncio
import json
import shutil

import pytest
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from intelligent_office.database.audit import LARGEST, LONGEST, excerpt, read_trail
from intelligent_office.database.migrate import MIGRATIONS, migrate
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Redaction

DATA = {"arguments": {"text": 'é\u2028\x7f\t\\"', "zz": [1, 2.5, 1e-7, 1e22, 0.0, True, None], "b": {}, "ä": -3}}
FORGED = {
    "at": "at + interval '1 microsecond'",
    "kind": "'granted'",
    "tenant": "'eve'",
    "subtask_id": "'another'",
    "step_id": "'s9'",
    "tool": "'other'",
    "who": "'nobody'",
    "fact": "'another'",
    "data": "jsonb_set(data, '{arguments,zz,1}', '2.50000000000000000001')",
    "previous": "hash",
    "hash": "previous",
    "number": "99",
    "task_id": "'t2'",
}


async def add(database, fact="", task_id="t1", data=DATA):
    await database.run(
        "add_audit_entry",
        task_id=task_id,
        tenant="acme",
        kind="finished",
        subtask_id="main",
        step_id="s1",
        tool="press",
        who="executor",
        data=data,
        fact=fact,
    )


async def forge(database, *commands):
    """Change the tables as only their owner can."""
    async with database.pool.connection() as connection, connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        for command in commands:
            await connection.execute(command)


@pytest.fixture
async def chain(database):
    """Five entries of one task, and two of another."""
    for place in range(5):
        await add(database, data={**DATA, "place": place})
    await add(database, task_id="t3")
    await add(database, task_id="t3")
    return database


async def flaws(database, task_id="t1"):
    return (await read_trail(database, task_id)).flaws


async def test_entries_follow_one_another_and_are_hashed_alike_here_and_in_the_database(chain):
    trail = await read_trail(chain, "t1")

    assert trail.intact
    assert [entry.number for entry in trail.entries] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in trail.entries[1:]] == [entry.hash for entry in trail.entries[:-1]]
    assert trail.head == trail.entries[-1].hash
    assert trail.entries[0].data["arguments"] == DATA["arguments"]
    assert trail.entries[0].previous != (await read_trail(chain, "t3")).entries[0].previous


async def test_a_task_without_entries_has_an_intact_trail(database):
    trail = await read_trail(database, "t1")
    assert (trail.intact, trail.entries) == (True, [])


@pytest.mark.parametrize("field", FORGED)
async def test_a_changed_field_is_found(field, chain):
    await forge(chain, f"UPDATE audit SET {field} = {FORGED[field]} WHERE task_id = 't1' AND number = 3")

    found = await flaws(chain)
    assert any("entry 3" in flaw or "after entry 2" in flaw for flaw in found), found


@pytest.mark.parametrize("data", ["[]", "{}", '{"entries": "all"}', '{"entries": 3}'])
async def test_an_entry_made_one_that_says_that_those_before_were_pruned_is_found_whatever_it_says(data, chain):
    await forge(
        chain,
        "DELETE FROM audit WHERE task_id = 't1' AND number < 3",
        f"UPDATE audit SET kind = 'pruned', data = '{data}' WHERE task_id = 't1' AND number = 3",
        "UPDATE audit SET hash = audit_digest(audit) WHERE task_id = 't1' AND number = 3",
    )
    assert "after entry 0 comes entry 3: what was between them is missing" in await flaws(chain)


async def test_a_change_whose_hash_was_made_to_fit_breaks_the_link_of_the_next_entry(chain):
    await forge(
        chain,
        "UPDATE audit SET who = 'nobody' WHERE task_id = 't1' AND number = 3",
        "UPDATE audit SET hash = audit_digest(audit) WHERE task_id = 't1' AND number = 3",
    )
    assert await flaws(chain) == ["entry 4 does not follow on entry 3 as it is now"]


async def test_an_entry_missing_from_the_middle_is_found(chain):
    await forge(chain, "DELETE FROM audit WHERE task_id = 't1' AND number = 3")
    assert await flaws(chain) == ["after entry 2 comes entry 4: what was between them is missing"]


async def test_entries_missing_from_the_end_are_found(chain):
    await forge(chain, "DELETE FROM audit WHERE task_id = 't1' AND number > 3")
    assert await flaws(chain) == ["5 entries were written, and the last one here is entry 3"]
    await forge(chain, "DELETE FROM audit WHERE task_id = 't1'")
    assert await flaws(chain) == ["5 entries were written, and the last one here is entry 0"]


async def test_an_entry_added_by_hand_is_found(chain):
    await forge(
        chain,
        """INSERT INTO audit (task_id, tenant, kind, number, previous, hash)
           SELECT 't1', 'acme', 'granted', 6, hash, '' FROM audit WHERE task_id = 't1' AND number = 5""",
        "UPDATE audit SET hash = audit_digest(audit) WHERE task_id = 't1' AND number = 6",
    )
    assert await flaws(chain) == ["5 entries were written, and the last one here is entry 6"]


async def test_entries_that_changed_places_are_found(chain):
    await forge(
        chain,
        "UPDATE audit SET number = 10 WHERE task_id = 't1' AND number = 2",
        "UPDATE audit SET number = 2 WHERE task_id = 't1' AND number = 3",
        "UPDATE audit SET number = 3 WHERE task_id = 't1' AND number = 10",
    )
    assert "entry 2 is not what was written" in await flaws(chain)


async def test_a_last_entry_that_was_replaced_is_found(chain):
    await forge(
        chain,
        "UPDATE audit SET who = 'nobody' WHERE task_id = 't1' AND number = 5",
        "UPDATE audit SET hash = audit_digest(audit) WHERE task_id = 't1' AND number = 5",
    )
    assert await flaws(chain) == ["entry 5 is not the one that was written last"]


async def test_a_tampered_task_leaves_the_trails_of_others_intact(chain):
    await forge(chain, "UPDATE audit SET who = 'nobody' WHERE task_id = 't1'")
    assert await flaws(chain, "t3") == []


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE audit SET who = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "INSERT INTO audit_heads VALUES ('t9', 0, '')",
        "UPDATE audit_heads SET entries = 1",
        "DELETE FROM audit_heads",
        "TRUNCATE audit_heads",
    ],
)
async def test_the_tables_refuse_every_change(command, chain):
    async with chain.pool.connection() as connection:
        with pytest.raises(Exception, match="append-only"):
            await connection.execute(command)


async def test_what_was_written_before_there_were_chains_is_chained(postgres, tmp_path):
    for path in sorted(MIGRATIONS.glob("*.sql"))[:6]:
        shutil.copy(path, tmp_path)
    address = postgres.create("audit_of_old")
    try:
        async with await AsyncConnection.connect(address, autocommit=True, row_factory=dict_row) as connection:
            await migrate(connection, tmp_path)
            for task_id in ("t1", "t2", "t1", "t1"):
                await connection.execute(
                    "INSERT INTO audit (task_id, tenant, kind) VALUES (%s, 'a', 'executed')", [task_id]
                )
            before = await (
                await connection.execute("SELECT at FROM audit WHERE task_id = 't1' ORDER BY at")
            ).fetchall()
        async with Database(Settings(database_url=address, _env_file=None)) as database:
            await add(database)
            trail = await read_trail(database, "t1")
            assert (len(trail.entries), trail.flaws) == (4, [])
            assert [entry.at for entry in trail.entries[:3]] == [row["at"] for row in before]
            assert await flaws(database, "t2") == []
    finally:
        postgres.drop("audit_of_old")


async def test_entries_from_before_they_named_their_subtask_fit_and_cannot_be_told_of_later_ones(chain):
    """Taking the name away from an entry, or giving one to an old entry, is a change like any other."""
    async with chain.pool.connection() as connection:
        await connection.execute("INSERT INTO audit (task_id, tenant, kind) VALUES ('t1', 'acme', 'revoked')")
    trail = await read_trail(chain, "t1")
    assert (trail.flaws, [entry.subtask_id for entry in trail.entries[-2:]]) == ([], ["main", None])
    assert "subtask_id" not in trail.entries[-1].as_json()

    await forge(chain, "UPDATE audit SET subtask_id = NULL WHERE task_id = 't1' AND number = 2")
    await forge(chain, "UPDATE audit SET subtask_id = '' WHERE task_id = 't1' AND number = 6")
    assert await flaws(chain) == ["entry 2 is not what was written", "entry 6 is not what was written"]


async def test_a_fact_is_told_once_for_each_task(database):
    await asyncio.gather(*(add(database, fact="granted k1") for _ in range(8)))
    await add(database, fact="granted k1", task_id="t2")

    for task_id in ("t1", "t2"):
        trail = await read_trail(database, task_id)
        assert (len(trail.entries), trail.flaws) == (1, [])


async def test_writers_at_the_same_time_make_one_chain(database):
    await asyncio.gather(*(add(database, data={"place": place}) for place in range(40)))

    trail = await read_trail(database, "t1")
    assert (len(trail.entries), trail.flaws) == (40, [])
    assert sorted(entry.at for entry in trail.entries) == [entry.at for entry in trail.entries]


def test_private_values_are_hidden_also_where_only_the_arguments_name_tells():
    arguments = {
        "to": "ann@example.org",
        "headers": {"Authorization": "Bearer abcdef1234567890abcdef", "X-Api-Key": "Zx81kQp02mNv73hT"},
        "password": "hunter2!",
        "note": "the office's own is open-sesame-1",
        "items": ["4111 1111 1111 1111", 7],
    }
    shown = excerpt(arguments, Redaction(secrets=["open-sesame-1"]))

    text = json.dumps(shown)
    for private in ("ann@", "abcdef1234567890", "Zx81", "hunter2", "sesame", "4111"):
        assert private not in text, text
    assert shown["items"][1] == 7


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        ({"headers": {"Authorization": "Bearer short"}}, {"headers": {"Authorization": "<KEY>"}}),
        ({"headers": {"Cookie": "id=x", "X-Api-Key": "x"}}, {"headers": {"Cookie": "<KEY>", "X-Api-Key": "<KEY>"}}),
        (
            {"a": [{"dbPassword": "p"}, {"client_secret": 7}]},
            {"a": [{"dbPassword": "<PASSWORD>"}, {"client_secret": "<KEY>"}]},
        ),
        ({"pass": "x", "cookies": "y", "passes": 3}, {"pass": "<PASSWORD>", "cookies": "<KEY>", "passes": 3}),
        ({"password": ["x", {"y": "z"}], "token": None}, {"password": "<PASSWORD>", "token": None}),
        ({"url": "https://a.example/?token=sesame&q=1"}, {"url": "https://a.example/?token=<KEY>&q=1"}),
        ({"code": "secret = 'sesame'\nx = 'y'"}, {"code": "secret = '<KEY>'\nx = 'y'"}),
        ({"text_body": '{"password": "sesame", "q": 1}'}, {"text_body": '{"password": "<PASSWORD>", "q": 1}'}),
        (
            {"max_tokens": 5, "sort_key": "name", "tokenizer": "x"},
            {"max_tokens": 5, "sort_key": "name", "tokenizer": "x"},
        ),
        ({"code": "token = next(tokens)\npassword: str"}, {"code": "token = next(tokens)\npassword: str"}),
    ],
)
def test_what_is_given_to_a_secrets_name_is_hidden_however_it_looks(arguments, shown):
    assert excerpt(arguments, Redaction()) == shown
    assert excerpt(arguments, Redaction("off")) == arguments


def test_a_long_text_is_shown_by_its_beginning_and_its_digest():
    plain, other = excerpt("a" * 9_000, Redaction()), excerpt("a" * 8_999 + "b", Redaction())
    assert plain.startswith("a" * LONGEST + "… (9000 characters, sha256 ")
    assert plain != other


def test_many_short_arguments_are_shown_like_one_long_text():
    shown = excerpt({"lines": [f"line {number}" for number in range(10_000)]}, Redaction())
    assert len(shown) < LARGEST
    assert "sha256" in shown


def test_a_private_key_that_is_cut_does_not_show():
    key = "-----BEGIN PRIVATE KEY-----\n" + "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n" * 400 + "-----END PRIVATE KEY-----"
    assert "MIIE" not in excerpt(f"key: {key}", Redaction())
