"""The keyring: what is sealed opens with the right key, for what it is about, and in no other case."""

import pytest
from pydantic import SecretStr

from intelligent_office.database.pool import Database
from intelligent_office.database.sealing import Keyring, new_key
from intelligent_office.errors import InvalidSetting, SealBroken, UnknownKey
from intelligent_office.settings import Settings


def ring(*keys: str) -> Keyring:
    return Keyring.of(SecretStr(",".join(keys)))


OLD, NEW = new_key(), new_key()


@pytest.mark.parametrize("content", [b"", b"a secret", b"\0" * 100_000])
def test_what_was_sealed_opens_again(content: bytes):
    key_id, stored = ring(OLD).seal(content, "a letter")
    assert ring(OLD).open(key_id, stored, "a letter") == content
    assert key_id == ring(OLD).writes_with
    assert content == b"" or content not in stored


def test_the_same_content_is_never_sealed_the_same_way_twice():
    keys = ring(OLD)
    assert len({keys.seal(b"yes", "an answer")[1] for _ in range(100)}) == 100


def test_the_first_key_seals_and_all_open():
    key_id, stored = ring(OLD).seal(b"hello", "a letter")
    both = ring(NEW, OLD)
    assert both.open(key_id, stored, "a letter") == b"hello"
    assert both.seal(b"hello", "a letter")[0] == ring(NEW).writes_with


def test_without_a_key_things_stay_as_they_are_and_with_one_such_things_are_read():
    assert ring("").seal(b"hello", "a letter") == (None, b"hello")
    assert ring(NEW).open(None, b"hello", "a letter") == b"hello"


def test_a_key_that_is_missing_is_told_with_the_setting():
    key_id, stored = ring(OLD).seal(b"hello", "a letter")
    with pytest.raises(UnknownKey, match=f"a letter.*{key_id}.*OFFICE_ENCRYPTION_KEY"):
        ring(NEW).open(key_id, stored, "a letter")


@pytest.mark.parametrize("change", [lambda stored: stored[:-1], lambda stored: b"", lambda stored: stored[::-1]])
def test_what_was_changed_does_not_open(change):
    key_id, stored = ring(OLD).seal(b"hello", "a letter")
    with pytest.raises(SealBroken):
        ring(OLD).open(key_id, change(stored), "a letter")


def test_what_is_about_one_thing_does_not_open_for_another():
    key_id, stored = ring(OLD).seal(b"hello", "a letter")
    with pytest.raises(SealBroken):
        ring(OLD).open(key_id, stored, "another letter")


@pytest.mark.parametrize("word", ["secret", "c2VjcmV0", "ü" * 44, OLD[:-4]], ids=["word", "short", "not ASCII", "cut"])
def test_what_is_no_key_is_refused_and_not_quoted(word: str):
    with pytest.raises(InvalidSetting, match=r"number 2.*--new-key") as told:
        ring(OLD, word)
    assert word not in str(told.value)


async def test_a_process_without_a_key_that_is_in_use_is_told_which_one_it_lacks(
    settings: Settings, database: Database
):
    for keys in (OLD, f"{NEW},{OLD}"):
        async with Database(settings.model_copy(update={"encryption_key": SecretStr(keys)})) as other:
            await other.insist_on_keys()
    async with Database(settings.model_copy(update={"encryption_key": SecretStr(NEW)})) as late:
        with pytest.raises(InvalidSetting, match=f"OFFICE_ENCRYPTION_KEY.*{ring(OLD).writes_with}"):
            await late.insist_on_keys()
    with pytest.raises(InvalidSetting, match="OFFICE_ENCRYPTION_KEY"):
        await database.insist_on_keys()


async def test_a_key_that_is_none_is_told_when_the_database_is_opened(settings: Settings):
    with pytest.raises(InvalidSetting, match="base64"):
        await Database(settings.model_copy(update={"encryption_key": SecretStr("secret")})).open()
