"""A role without money gives up its turn; everything else goes on."""

import asyncio
from typing import Any

from graph.stops import reason_of
from intelligent_office.errors import BudgetExceeded
from tests.fakes import ScriptedModels, ScriptedToolbox
from tests.graph.test_office import APPROVED, House, analysis, plan

NO_MONEY = BudgetExceeded(reason="nothing left")


async def test_a_role_without_money_takes_its_turn_again_when_the_graph_goes_on():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))],
            planner=[NO_MONEY, NO_MONEY, plan(("say", {"text": "hi"}))],
            reviewer=[NO_MONEY, APPROVED],
        )
    )
    for request in ("do it", None, None):
        state = await house.run(request)
        assert [reason_of(one) for one in state["__interrupt__"]] == ["nothing left"]
    state = await house.run(None)
    assert state["outcome"]["answer"] == "hi"
    assert len(house.models.values("analyst")) == 1
    assert len(house.toolbox.calls) == 1


async def test_desks_beside_one_without_money_work_on_to_their_end():
    stopped = asyncio.Event()

    class Models(ScriptedModels):
        async def ask(self, role: str, schema: type[Any], /, **values: Any) -> Any:
            if role == "planner" and values["objective"] == "do poor" and not stopped.is_set():
                stopped.set()
                raise NO_MONEY
            return await super().ask(role, schema, **values)

    async def work(inputs: dict[str, Any]) -> str:
        await stopped.wait()
        await asyncio.sleep(0)
        return str(inputs["text"])

    models = Models(
        analyst=[analysis(("poor", []), ("rich", []))],
        planner=[plan(("work", {"text": "rich"})), plan(("work", {"text": "poor"}))],
        reviewer=[APPROVED, APPROVED],
    )
    house = House(models, ScriptedToolbox(work=work))
    state = await house.run()
    assert [reason_of(one) for one in state["__interrupt__"]] == ["nothing left"]
    assert [inputs for _, inputs in house.toolbox.calls] == [{"text": "rich"}]
    state = await house.run(None)
    assert state["outcome"]["status"] == "completed"
    assert [inputs for _, inputs in house.toolbox.calls] == [{"text": "rich"}, {"text": "poor"}]


async def test_a_question_to_a_human_is_not_taken_for_a_stop():
    house = House(
        ScriptedModels(
            analyst=[analysis(("t1", []))], planner=[plan(("say", {"text": "hi"}))], reviewer=[NO_MONEY, APPROVED]
        ),
        ScriptedToolbox(risky=["say"], say=lambda inputs: asyncio.sleep(0, "hi")),
    )
    state = await house.run()
    assert [reason_of(one) for one in state["__interrupt__"]] == [""]
    state = await house.answer(state, {"type": "approve"})
    assert [reason_of(one) for one in state["__interrupt__"]] == ["nothing left"]
    assert (await house.run(None))["outcome"]["answer"] == "hi"
