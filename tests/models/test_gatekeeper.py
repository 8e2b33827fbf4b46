"""The gatekeeper, asked by every provider's own client."""

import json

import pytest

from intelligent_office.contracts import Ruling
from intelligent_office.plans import origins
from tests.models.asking import MODELS, pointing_at, router
from tests.models.wire import Fault, Reply, Speech, serve

REQUEST = "read a.txt and write what it says to b.txt"
STEPS = [
    {"step_id": "s1", "action": "file_operations", "inputs": {"operation": "read", "path": "a.txt"}},
    {
        "step_id": "s2",
        "action": "file_operations",
        "inputs": {"operation": "write", "path": "b.txt", "content": "${s1}"},
    },
]
VALUES = {
    "request": REQUEST,
    "objective": REQUEST,
    "steps": STEPS,
    "call": STEPS[1],
    "risk": "guarded",
    "bounds": "writes b.txt",
    "origins": origins(STEPS[1]["inputs"], REQUEST),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("speech", MODELS)
@pytest.mark.parametrize("decision", ["allow", "ask", "refuse"])
async def test_its_ruling_comes_over_the_wire(speech: Speech, decision: str):
    ruling = {"decision": decision, "reason": "The user said so."}
    async with (
        serve(speech, Reply(json.dumps(ruling))) as server,
        router(pointing_at(server, model=MODELS[speech])) as (models, _),
    ):
        assert await models.ask("gatekeeper", Ruling, **VALUES) == ruling
    prompt = server.requests[0].prompt
    assert '<call id="s2" risk="guarded" bounds="writes b.txt">' in prompt
    assert '<origin argument="content">\nuntrusted, from results that tools found: s1\n' in prompt
    assert '<origin argument="path">\nin the user\'s words\n' in prompt


async def test_a_word_that_is_no_ruling_is_asked_for_again():
    script = [Reply('{"decision": "sure", "reason": "x"}'), Reply('{"decision": "ask", "reason": "x"}')]
    async with (
        serve("openai", *script) as server,
        router(pointing_at(server, model=MODELS["openai"])) as (models, _),
    ):
        assert (await models.ask("gatekeeper", Ruling, **VALUES))["decision"] == "ask"


async def test_when_its_models_are_away_a_human_is_asked():
    async with (
        serve("openai", Fault(401)) as server,
        router(pointing_at(server, model=MODELS["openai"])) as (models, _),
    ):
        assert (await models.ask("gatekeeper", Ruling, **VALUES))["decision"] == "ask"
