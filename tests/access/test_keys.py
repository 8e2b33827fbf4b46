"""Keys of tenants, on a real database."""

import psycopg
import pytest

from intelligent_office.access.keys import SCOPES, Keys
from intelligent_office.access.secrets import draw, key_id_of
from intelligent_office.access.tenants import Tenants
from intelligent_office.errors import InvalidRequest, Missing, Unauthenticated
from intelligent_office.telemetry.redaction.credentials import keys as found_keys


@pytest.fixture
def keys(database):
    return Keys(database)


async def refusal(keys: Keys, text: str) -> str:
    with pytest.raises(Unauthenticated) as raised:
        await keys.recognise(text)
    return str(raised.value)


async def test_a_key_is_recognised_as_what_it_was_made_for(keys):
    made, text = await keys.create("acme", ["approve", "submit"], by="me", label="ci")
    found = await keys.recognise(text)
    assert (found.tenant, found.scopes, found.title) == ("acme", ["submit", "approve"], f"key:ci ({made.key_id})")
    assert key_id_of(text) == made.key_id
    assert made.last_used_at is None
    assert (await keys.get(made.key_id)).last_used_at


async def test_the_secret_is_nowhere_in_the_database(keys, database_url):
    _, text = await keys.create("acme", SCOPES, by="me")
    secret = text.rpartition("_")[2]
    with psycopg.connect(database_url) as connection:
        [row] = connection.execute("SELECT api_keys::text FROM api_keys").fetchall()
    assert secret not in row[0]
    assert "$argon2id$" in row[0]


async def test_unknown_and_wrong_keys_are_told_in_the_same_words(keys):
    _, text = await keys.create("acme", SCOPES, by="me")
    await keys.recognise(text)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    told = {await refusal(keys, given) for given in (wrong, draw(), "office", "", "x" * 100_000, text + "\n", text * 2)}
    assert len(told) == 1
    assert "office keys create" in told.pop()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("UPDATE api_keys SET revoked_at = now()", "was revoked"),
        ("UPDATE api_keys SET expires_at = now()", "has expired"),
        ("UPDATE tenants SET disabled_at = now()", "acme is disabled"),
    ],
)
async def test_a_key_is_closed_from_the_next_request_on_and_only_its_owner_learns_why(keys, database_url, change, told):
    _, text = await keys.create("acme", SCOPES, by="me", days=1)
    await keys.recognise(text)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(change)
    assert told in await refusal(keys, text)
    wrong = text[:-1] + ("0" if text[-1] != "0" else "1")
    assert "no key of this office" in await refusal(keys, wrong)


async def test_a_known_key_costs_no_hash_and_one_statement_a_request(keys, database, monkeypatch):
    _, text = await keys.create("acme", SCOPES, by="me")
    await keys.recognise(text)
    monkeypatch.setattr(keys._hashes, "_verified", lambda *_: pytest.fail("hashed again"))
    asked = []
    one, run = database.one, database.run

    async def counted(name, **parameters):
        asked.append(name)
        return await (one if name == "recognise_key" else run)(name, **parameters)

    monkeypatch.setattr(database, "one", counted)
    monkeypatch.setattr(database, "run", counted)
    for _ in range(3):
        await keys.recognise(text)
    assert asked == ["recognise_key"] * 3


async def test_a_key_whose_row_was_exchanged_is_hashed_again(keys, database_url):
    """What is remembered belongs to the hash, and not to the key's name."""
    made, text = await keys.create("acme", SCOPES, by="me")
    other, _ = await keys.create("acme", SCOPES, by="me")
    await keys.recognise(text)
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(
            "UPDATE api_keys SET digest = (SELECT digest FROM api_keys WHERE key_id = %s) WHERE key_id = %s",
            [other.key_id, made.key_id],
        )
    assert "no key" in await refusal(keys, text)


async def test_revoking_twice_keeps_the_first_time_and_another_tenants_key_is_missing(keys):
    made, _ = await keys.create("acme", ["submit"], by="me")
    first = await keys.revoke(made.key_id, "acme")
    assert (await keys.revoke(made.key_id)).revoked_at == first.revoked_at
    for asked in (keys.revoke(made.key_id, "b"), keys.get(made.key_id, "b"), keys.revoke("nobody")):
        with pytest.raises(Missing):
            await asked


@pytest.mark.parametrize(
    "wish",
    [
        {"scopes": []},
        {"scopes": ["root"]},
        {"tenant": ""},
        {"tenant": "a/b"},
        {"tenant": "x" * 65},
        {"tenant": "ACME\n"},
        {"days": 0},
        {"days": -1},
        {"days": float("nan")},
        {"days": 1e9},
        {"label": "x" * 101},
        {"label": "a\nb"},
    ],
)
async def test_a_key_that_makes_no_sense_is_not_made(keys, wish):
    asked = {"tenant": "acme", "scopes": ["submit"], **wish}
    with pytest.raises(InvalidRequest):
        await keys.create(asked.pop("tenant"), asked.pop("scopes"), by="me", **asked)
    assert await keys.list() == []


async def test_keys_are_listed_by_tenant_and_a_new_tenant_is_known(keys, database):
    mine, _ = await keys.create("acme", ["submit"], by="me")
    theirs, _ = await keys.create("b", ["submit"], by="me")
    await keys.revoke(mine.key_id)
    assert [key.key_id for key in await keys.list("acme")] == [mine.key_id]
    assert [key.key_id for key in await keys.list()] == [theirs.key_id, mine.key_id]
    assert [(tenant.tenant, tenant.keys) for tenant in await Tenants(database).list()] == [("acme", 0), ("b", 1)]


def test_keys_are_hidden_like_those_of_other_issuers():
    text = f"use {draw()}, please"
    [(start, end)] = set(found_keys(text))
    assert text[start:end].startswith("office_")
    assert key_id_of(text[start:end])


def test_every_key_is_another():
    assert len({draw() for _ in range(1000)}) == 1000


async def test_a_key_signs_as_a_key_whatever_it_is_called(keys):
    """An answer by the key `policy` must not look as if the office had decided by itself."""
    named, _ = await keys.create("acme", ["approve"], by="me", label="policy")
    nameless, _ = await keys.create("acme", ["approve"], by="me")
    assert (named.title, nameless.title) == (f"key:policy ({named.key_id})", f"key:{nameless.key_id}")
