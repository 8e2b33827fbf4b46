"""The models file: what it changes, what goes before it, and how its faults are told."""

import re
from pathlib import Path

import pytest

from intelligent_office.errors import InvalidFile, InvalidSetting
from intelligent_office.models.catalogue import Catalogue
from intelligent_office.models.models_file import Entry, ProviderTable, defaults_text, read_models
from tests.models.asking import settings

MANUAL = Path(__file__).parents[2] / "docs" / "models.md"
GROQ = """\
[tiers]
large = [
    { model = "lab:llama", temperature = 0.2, max_output_tokens = 4000, seconds = 30, context_tokens = 131072 },
    "openai:gpt-4o", # when the laboratory is closed
]

[providers.lab]
speaks = "openai"
base_url = "http://lab.example/v1"
api_key_env = "LAB_API_KEY"
"""


@pytest.fixture
def catalogue(tmp_path):
    def written(text, **changes):
        path = tmp_path / "models.toml"
        path.write_text(text, encoding="utf-8")
        return Catalogue.load(settings(models_file=path, **changes))

    return written


def names(catalogue, role, preferred=""):
    return [str(candidate) for candidate in catalogue.candidates(role, preferred)]


def test_the_file_that_comes_with_the_office_says_the_same_when_it_is_ones_own(catalogue):
    assert catalogue(defaults_text()).tiers == Catalogue.load(settings()).tiers


def test_a_tier_of_the_file_replaces_the_one_that_comes_with_the_office_and_no_other(catalogue):
    known = catalogue(GROQ)
    assert names(known, "planner") == ["lab:llama", "openai:gpt-4o"]
    assert names(known, "reviewer") == ["google:gemini-2.5-flash", "openai:gpt-4o-mini"]


def test_a_role_of_the_file_moves_to_another_tier_and_no_other_role_does(catalogue):
    known = catalogue('[roles]\nreviewer = "best"\n[tiers]\nbest = ["mistral:large"]\n')
    assert names(known, "reviewer") == ["mistral:large"]
    assert names(known, "validator") == ["google:gemini-2.5-flash", "openai:gpt-4o-mini"]


def test_a_candidate_has_the_options_of_the_file(catalogue, monkeypatch):
    monkeypatch.setenv("LAB_API_KEY", "sk-lab-secret")
    first, second = catalogue(GROQ, model_seconds=9).candidates("planner")
    assert (first.speaks, first.base_url, first.obstacle) == ("openai", "http://lab.example/v1", "")
    assert (first.temperature, first.max_output_tokens, first.seconds) == (0.2, 4000, 30)
    assert first.context_tokens == 131072
    assert first.api_key
    assert first.api_key.get_secret_value() == "sk-lab-secret"
    assert (second.temperature, second.max_output_tokens, second.seconds) == (None, None, 9)


def test_every_key_that_the_file_names_is_kept_secret(catalogue, monkeypatch):
    monkeypatch.setenv("LAB_API_KEY", "sk-lab-secret")
    assert "sk-lab-secret" in catalogue(GROQ).secrets


def test_a_key_may_stand_beside_the_settings_in_the_same_file(catalogue, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("LAB_API_KEY=sk-from-file\n")
    assert catalogue(GROQ).candidates("planner")[0].obstacle == ""


def test_a_model_that_a_task_prefers_has_its_options_whatever_the_role(catalogue):
    assert catalogue(GROQ).candidates("ai_tool", "lab:llama")[0].temperature == 0.2
    assert names(catalogue(GROQ), "ai_tool", "lab:llama")[1:] == ["mistral:mistral-small-latest", "openai:gpt-4o-mini"]


def test_the_environment_goes_before_the_file_and_the_task_before_both(catalogue):
    text = (
        '[tiers]\nlarge = ["openai:of-the-file"]\n[providers.openai]\nspeaks = "openai"\nbase_url = "http://file/v1"\n'
    )
    assert catalogue(text).candidates("planner")[0].base_url == "http://file/v1"
    known = catalogue(text, model="openai:of-the-environment", openai_base_url="http://environment/v1")
    assert names(known, "planner") == ["openai:of-the-environment", "openai:of-the-file"]
    assert {candidate.base_url for candidate in known.candidates("planner")} == {"http://environment/v1"}
    assert names(known, "planner", "openai:of-the-task") == ["openai:of-the-task", "openai:of-the-file"]


def test_an_ollama_server_that_the_file_has_in_a_tier_is_not_added_again(catalogue):
    text = '[tiers]\nlarge = ["ollama:qwen3:32b", "openai:gpt-4o"]\n'
    assert names(catalogue(text, ollama_url="http://x"), "planner") == ["ollama:qwen3:32b", "openai:gpt-4o"]
    assert names(catalogue(text, ollama_url="http://x"), "ai_tool")[-1] == "ollama:qwen3:8b"


def test_the_key_of_a_provider_is_not_sent_to_another_address(catalogue):
    text = '[tiers]\nlarge = [{ model = "openai:llama", base_url = "http://elsewhere/v1" }, "openai:gpt-4o"]\n'
    elsewhere, at_home = catalogue(text, openai_api_key="sk-1").candidates("planner")
    assert (elsewhere.api_key, elsewhere.obstacle) == (None, "")
    assert at_home.api_key


def test_one_model_may_stand_in_a_tier_with_two_keys(catalogue, monkeypatch):
    monkeypatch.setenv("SECOND_KEY", "sk-2")
    text = '[tiers]\nlarge = ["openai:gpt-4o", { model = "openai:gpt-4o", api_key_env = "SECOND_KEY" }]\n'
    keys = [candidate.api_key for candidate in catalogue(text, openai_api_key="sk-1").candidates("planner")]
    assert [key and key.get_secret_value() for key in keys] == ["sk-1", "sk-2"]


def test_an_empty_tier_leaves_the_rules_alone(catalogue):
    assert names(catalogue("[tiers]\nlarge = []\n"), "planner") == []


def test_the_file_in_the_home_folder_needs_no_setting(tmp_path):
    (tmp_path / "models.toml").write_text('[tiers]\nlarge = ["openai:at-home"]\n')
    known = Catalogue.load(settings(home=tmp_path))
    assert (names(known, "planner"), known.path) == (["openai:at-home"], tmp_path / "models.toml")


def test_a_file_that_is_not_there_is_told_by_its_setting(tmp_path):
    with pytest.raises(InvalidSetting, match="OFFICE_MODELS_FILE"):
        Catalogue.load(settings(models_file=tmp_path / "nowhere.toml"))


FAULTS = {
    "bad TOML": ('[tiers]\nlarge = ["openai:gpt-4o"\n\n[roles]\n', 4, "this is no TOML"),
    "a key twice": ('[roles]\nplanner = "small"\nplanner = "large"\n', 3, "this is no TOML"),
    "an open string at the end": ('[tiers]\nlarge = ["openai:gpt-4o', 2, "this is no TOML"),
    "an unknown table": ("[teirs]\n", 1, "`teirs` is no table; did you mean `tiers`?"),
    "an unknown role": ('[roles]\n\nplaner = "large"\n', 3, "`planer` is no role; did you mean `planner`?"),
    "an unknown tier of a role": ('[roles]\nplanner = "larg"\n', 2, "`larg` is no tier; did you mean `large`?"),
    "a tier that is no name": ("[roles]\nplanner = 3\n", 2, "`planner` must be a name between quotation marks"),
    "models in place of a tier": ('[roles]\nplanner = ["openai:x"]\n', 2, "`planner` must be a name"),
    "the encoder as a tier of a role": ('[roles]\nplanner = "encoder"\n', 2, "`encoder` is no tier"),
    "a tier nobody has": ('[tiers]\nlagre = ["openai:x"]\n', 2, "`lagre` is no tier; did you mean `large`?"),
    "an unknown provider": (
        '[tiers]\nlarge = [\n  # the best\n  "google:x",\n  "opnai:gpt-4o",\n]\n',
        5,
        "`opnai` is no provider; did you mean `openai`?",
    ),
    "a model without provider": ('[tiers]\nlarge = ["gpt-4o"]\n', 2, "`gpt-4o` names no model: write `provider:model`"),
    "a number for a model": ("[tiers]\nlarge = [7]\n", 2, 'it must be "provider:model"'),
    "no list": ('[tiers]\nlarge = "openai:gpt-4o"\n', 2, "`large` must be a list of candidates"),
    "a table that is none": ('tiers = "large"\n', 1, "`tiers` must be a table"),
    "an unknown option": (
        '[tiers]\nlarge = [\n  "openai:gpt-4o",\n  { model = "openai:gpt-4o", temprature = 0.2 },\n]\n',
        4,
        "`temprature` is no option; did you mean `temperature`?",
    ),
    "an unknown option of a table of its own": (
        '[[tiers.large]]\nmodel = "openai:a"\n\n[[tiers.large]]\nmodel = "openai:b"\nsecnds = 3\n',
        6,
        "`secnds` is no option; did you mean `seconds`?",
    ),
    "an option of the wrong type": (
        '[tiers]\nlarge = [{ model = "openai:x", temperature = "warm" }]\n',
        2,
        "`temperature`: Input should be a valid number",
    ),
    "an option out of bounds": (
        '[tiers]\nsmall = [{ model = "openai:x", temperature = 9.0 }]\n',
        2,
        "`temperature`: Input should be less than or equal to 2",
    ),
    "truth for a number": ('[tiers]\nsmall = [{ model = "openai:x", max_output_tokens = true }]\n', 2, "valid integer"),
    "no end": ('[tiers]\nsmall = [{ model = "openai:x", seconds = inf }]\n', 2, "`seconds`"),
    "a candidate without a model": ("[tiers]\nlarge = [\n  { temperature = 1 },\n]\n", 3, "`model` is missing"),
    "an empty encoder": ("[tiers]\nencoder = []\n", 2, "`hash` needs nothing"),
    "a built-in encoder in a tier for words": ('[tiers]\nlarge = ["hash"]\n', 2, "`hash` names no model"),
    "an unknown interface": (
        '[providers.lab]\nspeaks = "opnai"\nbase_url = "http://x"\n',
        2,
        "`opnai` is no interface; did you mean `openai`?",
    ),
    "no interface": ('[providers.lab]\nbase_url = "http://x"\n', 1, "`speaks` is missing"),
    "no address": ('\n[providers.lab]\nspeaks = "openai"\n', 2, "`base_url` is missing"),
    "an address that is none": (
        '[providers.lab]\nspeaks = "openai"\nbase_url = "lab.example/v1"\n',
        3,
        "`base_url`: it must be an address",
    ),
    "a provider that is no table": ('[providers]\nlab = "openai"\n', 2, "`lab` must be a table"),
    "a provider's odd name": (
        '[providers."My Lab"]\nspeaks = "openai"\nbase_url = "http://x"\n',
        1,
        "`My Lab`: the name of a provider",
    ),
    "another name of a provider": (
        '[providers.gemini]\nspeaks = "google"\n',
        1,
        "`gemini` is another name of `google`",
    ),
    "a misspelt variable": (
        '[providers.lab]\nspeaks = "openai"\nbase_url = "http://x"\napi_key_evn = "LAB_KEY"\n',
        4,
        "`api_key_evn` is no option; did you mean `api_key_env`?",
    ),
    "the first of several faults": (
        '[roles]\nplanner = "large"\nrevewer = "large"\n[tiers]\nlarge = ["nobody:x"]\n',
        3,
        "`revewer` is no role",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_told_with_its_line_and_the_near_miss(catalogue, name):
    text, line, told = FAULTS[name]
    with pytest.raises(InvalidFile) as caught:
        catalogue(text)
    assert f"models.toml, line {line}: " in str(caught.value)
    assert told in str(caught.value)


SECRETS = {
    "a key": '[providers.groq]\nspeaks = "openai"\nbase_url = "http://x"\napi_key = "gsk_0123456789"\n',
    "a key of a candidate": '\n\n\n[[tiers.large]]\nmodel = "openai:x"\napi_key = "gsk_0123456789"\n',
    "a key in place of its name": (
        '[providers.groq]\nspeaks = "openai"\nbase_url = "http://x"\napi_key_env = "gsk_0123456789"\n'
    ),
    "a key in capitals": (
        '[providers.groq]\nspeaks = "openai"\nbase_url = "http://x"\napi_key_env = "GSK0123456789"\n'
    ),
    "a password": '[providers.groq]\nspeaks = "openai"\n\nbase_url = "http://me:gsk_0123456789@x/v1"\n',
}


@pytest.mark.parametrize("name", SECRETS)
def test_a_key_in_the_file_is_refused_and_not_told(catalogue, name):
    with pytest.raises(InvalidFile, match=r"line [456]: .*api_key_env|line 4: .*the name of a variable") as caught:
        catalogue(SECRETS[name])
    assert "0123456789" not in str(caught.value)


def test_a_file_that_is_no_text_is_told(tmp_path):
    path = tmp_path / "models.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidFile, match="not UTF-8"):
        read_models(path)


def test_what_stands_in_the_file_of_a_windows_editor_is_read(tmp_path):
    path = Path(tmp_path / "models.toml")
    path.write_bytes(b'\xef\xbb\xbf[tiers]\r\nsmall = ["openai:x"]\r\n')
    assert [entry.model for entry in read_models(path).tiers["small"]] == ["openai:x"]


def test_every_example_of_the_manual_can_be_used_as_it_stands(catalogue):
    text = MANUAL.read_text(encoding="utf-8")
    examples = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        assert catalogue(example).candidates("planner")


def test_the_manual_names_every_option_role_and_interface_of_ones_own():
    text = MANUAL.read_text(encoding="utf-8")
    named = [*Entry.model_fields, *ProviderTable.model_fields, *read_models(None).roles, *read_models(None).tiers]
    assert [name for name in named if f"`{name}`" not in text] == []
