"""A worker killed hundreds of times in the middle of steps: no effect happens twice, and every task ends or waits."""

from tests.kills.ordeal import ordeal

KILLS = 20
SEED = 20


async def test_however_often_workers_are_killed_in_the_middle_of_steps_no_effect_happens_twice(
    settings, database, public_folder
):
    async with ordeal(settings, database, public_folder, SEED) as made:
        await made.storm(KILLS)
        tasks = await made.rest()
        assert [fault for task in tasks for fault in await made.faults(task)] == []
        assert await made.answer("approve") > 0
        tasks = await made.rest()
        assert {task.status for task in tasks} == {"completed"}
        assert [fault for task in tasks for fault in await made.faults(task)] == []
