"""Settings: every one is documented, and a wrong one is told in one clear line."""

from pathlib import Path

import pytest

from intelligent_office.cli.configuration import example, in_force
from intelligent_office.errors import InvalidSetting
from intelligent_office.settings import Settings, load_settings, variables

EXAMPLE = Path(__file__).parent.parent / ".env.example"


@pytest.fixture(autouse=True)
def _without_a_file(tmp_path, monkeypatch):
    """No `.env` of whoever runs the tests."""
    monkeypatch.chdir(tmp_path)


def test_the_example_file_is_what_the_settings_say():
    assert EXAMPLE.read_text(encoding="utf-8") == example(), "run `make env`"


def test_the_example_file_names_every_variable():
    text = EXAMPLE.read_text(encoding="utf-8")
    assert [name for name in variables() if name not in text] == []


def test_every_setting_says_what_it_is_for():
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_example_file_changes_nothing_when_every_line_is_uncommented(tmp_path):
    lines = [line.removeprefix("#") for line in example().splitlines() if not line.startswith("# ")]
    (tmp_path / ".env").write_text("\n".join(lines))
    assert load_settings() == Settings(_env_file=None)


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("OFFICE_PORT", "eighty", "OFFICE_PORT"),
        ("OFFICE_PORT", "70000", "65535"),
        ("OFFICE_LEASE_SECONDS", "0", "OFFICE_LEASE_SECONDS"),
        ("OFFICE_ROOTS", "/srv", "roots"),
        ("OFFICE_EMBEDDER", "maxilm", "usable: it must be auto, hash, minilm or provider:model"),
        ("OFFICE_HTTP_ALLOW", '["http://wiki.corp"]', "OFFICE_HTTP_ALLOW .* no host, address or network"),
        ("OFFICE_SEARXNG_URL", "searx.corp", "begins with http://"),
        ("OFFICE_SEARXNG_URL", "http://a:b@searx.corp", "without credentials"),
        ("OFFICE_SEARXNG_URL", "http://searx.corp:99999", "OFFICE_SEARXNG_URL"),
        ("OFFICE_LOG_LEVEL", "loud", "OFFICE_LOG_LEVEL"),
        ("OFFICE_DATABSE_URL", "postgresql://127.0.0.1/office", "did you mean OFFICE_DATABASE_URL"),
    ],
)
def test_a_broken_setting_is_told_by_name(monkeypatch, name, value, told):
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidSetting, match=told) as caught:
        load_settings()
    assert len(str(caught.value)) < 300


def test_a_misspelt_name_in_the_file_is_told_too(tmp_path):
    (tmp_path / ".env").write_text("OFFICE_PROT=8711\n")
    with pytest.raises(InvalidSetting, match="did you mean OFFICE_PORT"):
        load_settings()


def test_a_file_that_is_no_text_is_told_by_name(tmp_path):
    (tmp_path / ".env").write_bytes(b"OFFICE_PORT=\xff\n")
    with pytest.raises(InvalidSetting, match=r"\.env is not usable: it is not UTF-8"):
        load_settings()


def test_the_first_line_counts_also_behind_the_mark_that_some_editors_write(tmp_path):
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbfOFFICE_PORT=9999\n")
    assert load_settings().port == 9999


def test_a_setting_nobody_knows_and_nobody_meant_is_left_alone(monkeypatch):
    monkeypatch.setenv("OFFICE_COFFEE_MACHINE", "on")
    assert load_settings() == Settings(_env_file=None)


def test_an_empty_variable_counts_as_unset(monkeypatch):
    monkeypatch.setenv("OFFICE_PORT", "")
    assert load_settings().port == Settings(_env_file=None).port


def test_settings_are_shown_without_their_secrets():
    settings = Settings(
        database_url="postgresql://ada:sesame@127.0.0.1/office",
        openai_api_key="sk-sesame",
        openai_base_url="http://ada:sesame@127.0.0.1/v1",
        _env_file=None,
    )
    shown = in_force(settings)
    assert "sesame" not in str(shown)
    assert shown["OPENAI_API_KEY"] == "(set)"
    assert shown["OFFICE_OPENAI_BASE_URL"] == "http://…@127.0.0.1/v1"
