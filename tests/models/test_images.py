"""Images for models: sent by every provider's own client, shown to nobody who cannot look, never taken for words."""

import base64
import json

import pytest

from intelligent_office.contracts import Answer
from intelligent_office.errors import ModelError
from intelligent_office.seams import Image
from tests.attachments.pages import PNG
from tests.models.asking import MODELS, pointing_at, router
from tests.models.wire import Fault, Reply, Speech, serve

SEEN = Image("a.png", "image/png", PNG)
SENT = base64.b64encode(PNG).decode()
QUESTION = {"instruction": "What is on it? Write to ada@example.com.", "text": ""}
GOOD = Reply('{"text": "Nothing."}')


@pytest.mark.parametrize("speech", MODELS)
async def test_an_image_reaches_the_model_beside_the_prompt(speech: Speech):
    async with serve(speech, GOOD) as server, router(pointing_at(server, model=MODELS[speech])) as (models, _):
        assert await models.ask("ai_tool", Answer, **QUESTION, images=[SEEN]) == {"text": "Nothing."}

        [request] = server.requests
        sent = json.dumps(request.body)
        assert SENT in sent
        assert "What is on it?" in request.prompt
        assert ("image/png" in sent) == (speech != "ollama"), "Ollama looks for itself"
        assert "ada@example.com" not in sent


async def test_an_image_is_shown_again_when_the_answer_has_to_be_mended():
    async with serve("openai", Reply("nonsense"), GOOD) as server:
        async with router(pointing_at(server, model=MODELS["openai"])) as (models, _):
            await models.ask("ai_tool", Answer, **QUESTION, images=[SEEN])

        assert [SENT in json.dumps(request.body) for request in server.requests] == [True, True]


async def test_a_model_that_is_known_to_see_nothing_is_not_asked():
    async with serve("openai", GOOD) as server, router(pointing_at(server, model="openai:o3-mini")) as (models, _):
        await models.ask("ai_tool", Answer, **QUESTION, images=[SEEN])
        await models.ask("ai_tool", Answer, **QUESTION)
        first, second = [request.body["model"] for request in server.requests]
        assert first != "o3-mini"
        assert second == "o3-mini"


async def test_a_server_that_refuses_images_is_told_of():
    refusal = Fault(400, "This model does not support image input.")
    async with serve("openai", refusal) as server, router(pointing_at(server, model="openai:my-own")) as (models, _):
        with pytest.raises(ModelError, match="does not support image input"):
            await models.ask("ai_tool", Answer, **QUESTION, images=[SEEN])


async def test_an_image_is_reckoned_with_before_it_is_paid_for():
    async with serve("openai", GOOD) as server, router(pointing_at(server, model=MODELS["openai"])) as (models, _):
        quotes = []
        reserve = models._usage.reserve

        async def noted(quote, seconds):
            quotes.append(quote)
            return await reserve(quote, seconds)

        models._usage.reserve = noted  # type: ignore[method-assign]
        await models.ask("ai_tool", Answer, **QUESTION, images=[SEEN])
        await models.ask("ai_tool", Answer, **QUESTION)
    assert quotes[0].input_tokens - quotes[1].input_tokens >= 1000
