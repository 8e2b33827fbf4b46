"""`office models`, and tasks on models that a file configures."""

import asyncio
import json
import urllib.error
import urllib.request

import pytest

from tests.api.keys import SHOWN, home_with_key
from tests.cli.conftest import one_line, story
from tests.models.wire import Embed, Fault, Reply, serve
from tests.test_on_models import ANSWERS

LAB = """\
[tiers]
large = ["lab:llama-3.3-70b"]
medium = ["lab:llama-3.1-8b", "openai:gpt-4o-mini"]
small = [{{ model = "lab:llama-3.1-8b", temperature = 0.5, input_usd_per_million = 0.5, output_usd_per_million = 1.5 }}]

[providers.lab]
speaks = "openai"
base_url = "{url}"
api_key_env = "LAB_API_KEY"
"""
TYPO = '[tiers]\nsmall = [\n  { model = "openai:gpt-4o", temprature = 0 },\n]\n'


def written(office, text):
    path = office.folder / "models.toml"
    path.write_text(text)
    return {"OFFICE_MODELS_FILE": str(path)}


def cards(done):
    document = json.loads(done.stdout)
    return {role["role"]: {card["model"]: card for card in role["candidates"]} for role in document["roles"]}


def test_each_role_is_shown_with_its_models_in_order_and_why_one_is_not_asked(offline):
    done = offline("models", "--json", OPENAI_API_KEY="sk-sesame")
    assert done.returncode == 0, story(done)
    planner = cards(done)["planner"]
    assert list(planner) == ["google:gemini-2.5-pro", "openai:gpt-4o"]
    assert planner["google:gemini-2.5-pro"]["reason"] == "GOOGLE_API_KEY is not set"
    assert planner["openai:gpt-4o"]["usable"]
    assert planner["openai:gpt-4o"]["input_usd_per_million"] == 2.5
    assert planner["openai:gpt-4o"]["context_tokens"] == 128_000
    text = offline("models", OPENAI_API_KEY="sk-sesame").stdout
    assert "✓ openai:gpt-4o: $2.5 / $10 per million tokens in / out, 128,000 tokens at once" in text
    assert "✗ google:gemini-2.5-pro: GOOGLE_API_KEY is not set ($1.25 / $10" in text
    assert "sesame" not in done.stdout + text


def test_a_file_changes_what_is_shown_and_says_what_it_costs(offline):
    settings = written(offline, LAB.format(url="http://lab.example/v1"))
    done = offline("models", "--json", **settings)
    card = cards(done)["ai_tool"]["lab:llama-3.1-8b"]
    assert (card["reason"], card["price_source"]) == ("LAB_API_KEY is not set", "override")
    assert (card["input_usd_per_million"], card["output_usd_per_million"]) == (0.5, 1.5)
    assert json.loads(done.stdout)["file"] == settings["OFFICE_MODELS_FILE"]
    text = offline("models", LAB_API_KEY="sk-sesame", **settings).stdout
    assert "by the models file" in text
    assert "reckoned: nobody has published it" in text


def test_the_file_that_comes_with_the_office_can_be_printed_and_used(offline):
    settings = written(offline, offline("models", "--defaults").stdout)
    assert cards(offline("models", "--json", **settings)) == cards(offline("models", "--json"))


@pytest.mark.parametrize(
    "command", [["models"], ["run", "hello"], ["tools"], ["doctor"], ["worker"], ["serve", "--port", "0"]]
)
def test_a_fault_of_the_file_is_one_line_at_every_door(office, command):
    done = office.start(*command, **written(office, TYPO)).end()
    assert done.returncode == 2, story(done)
    last = [line for line in done.stderr.splitlines() if "opening http" not in line]
    assert "models.toml, line 3: `temprature` is no option; did you mean `temperature`?" in one_line("\n".join(last))


def test_a_task_is_refused_a_model_that_cannot_be_asked(office):
    for name, told in {
        "openai:gpt-4o": "OPENAI_API_KEY is not set",
        "opnai:gpt-4o": "did you mean `openai`?",
        "gpt-4o": "write `provider:model`",
        "anthropic:claude-sonnet-4-5": "ANTHROPIC_API_KEY is not set",
    }.items():
        done = office("run", "--model", name, "what is 15 * 23?")
        assert done.returncode == 2, story(done)
        assert told in one_line(done.stderr)
    settings = written(office, '[providers.pplx]\nspeaks = "perplexity"\n')
    done = office("run", "--model", "pplx:sonar", "what is 15 * 23?", **settings)
    assert "pip install langchain-perplexity" in one_line(done.stderr)
    assert office("list", "--json").stdout.strip() == "[]", "none of them was accepted"


async def test_a_task_is_done_by_an_endpoint_that_the_file_names(office):
    async with serve("openai", *(Reply(json.dumps(answer)) for answer in ANSWERS)) as server:
        settings = written(office, LAB.format(url=server.url))
        running = office.start("run", "--json", "Praise the sea.", LAB_API_KEY="sk-sesame", **settings)
        done = await asyncio.to_thread(running.end)
    assert done.returncode == 0, story(done)
    assert [request.body["model"] for request in server.requests] == [
        *("llama-3.3-70b", "llama-3.3-70b", "llama-3.1-8b", "llama-3.1-8b", "llama-3.1-8b")
    ]
    assert {request.headers["authorization"] for request in server.requests} == {"Bearer sk-sesame"}
    assert server.requests[3].body["temperature"] == 0.5
    assert "sesame" not in done.stdout + done.stderr


async def test_when_an_endpoint_of_the_file_fails_the_next_provider_of_its_tier_answers(office):
    said = [Reply(json.dumps(answer)) for answer in ANSWERS]
    async with (
        serve("openai", *said[:2], Fault(401), said[3], Fault(401)) as lab,
        serve("openai", said[2], said[4]) as openai,
    ):
        settings = written(office, LAB.format(url=lab.url))
        keys = {"LAB_API_KEY": "sk-lab", "OPENAI_API_KEY": "sk-openai", "OFFICE_OPENAI_BASE_URL": openai.url}
        done = await asyncio.to_thread(office.start("run", "Praise the sea.", **settings, **keys).end)
    assert done.returncode == 0, story(done)
    assert {request.headers["authorization"] for request in lab.requests} == {"Bearer sk-lab"}
    assert {request.headers["authorization"] for request in openai.requests} == {"Bearer sk-openai"}
    assert {request.body["model"] for request in openai.requests} == {"gpt-4o-mini"}


async def test_a_check_asks_each_model_once_and_says_how_long_it_took(office):
    async with (
        serve("openai", Reply('{"text": "ok"}')) as lab,
        serve("mistral", Fault(401)) as mistral,
        serve("ollama", Embed()) as ollama,
    ):
        text = LAB.format(url=lab.url) + '[roles]\nai_tool = "own"\nanalyst = "large"\n'
        text = text.replace("[providers", 'own = ["mistral:mistral-small-latest"]\n[providers')
        variables = {
            **written(office, text),
            "LAB_API_KEY": "sk-lab",
            "MISTRAL_API_KEY": "sk-mistral",
            "OFFICE_MISTRAL_BASE_URL": mistral.url,
            "OFFICE_OLLAMA_URL": ollama.url,
            "OFFICE_EMBEDDER": "ollama:nomic-embed-text",
        }
        done = await asyncio.to_thread(office.start("models", "--check", "--json", **variables).end)
    assert done.returncode == 1, "one did not answer"
    checks = json.loads(done.stdout)["checks"]
    assert checks["lab:llama-3.3-70b"]["answered"]
    assert checks["lab:llama-3.3-70b"]["seconds"] > 0
    assert "the key was refused" in checks["mistral:mistral-small-latest"]["reason"]
    assert checks["ollama:nomic-embed-text"]["answered"]
    assert not checks["ollama:qwen3:8b"]["answered"], "this server makes vectors only"
    assert len(lab.requests) == 2, "two models there, each asked once"
    assert "openai:gpt-4o-mini" not in checks, "without a key it cannot be asked"


def test_over_http_a_task_is_refused_a_model_that_cannot_be_asked(office, tmp_path):
    server = office.start("serve", "--port", "0", "--no-worker", OFFICE_HOME=str(home_with_key(tmp_path / "home")))
    assert server.process.stderr
    line = next(line for line in server.process.stderr if "opening http" in line)
    address = line.split()[-1]
    with urllib.request.urlopen(urllib.request.Request(f"{address}/models", headers=SHOWN)) as answer:
        roles = {role["role"]: role for role in json.load(answer)["roles"]}
    assert roles["planner"]["candidates"][1]["reason"] == "OPENAI_API_KEY is not set"
    body = {"description": "what is 15 * 23?", "model": "openai:gpt-4o"}
    for path, document in {"tasks": body, "office/invoke": {"input": body}}.items():
        request = urllib.request.Request(
            f"{address}/{path}", json.dumps(document).encode(), {"Content-Type": "application/json", **SHOWN}
        )
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(request)
        with refusal.value as problem:
            assert (problem.code, problem.headers["content-type"]) == (422, "application/problem+json")
            assert "OPENAI_API_KEY is not set" in json.load(problem)["detail"]
