"""How much a model has to read for the flagship task, as it arrives at a provider."""

from bench.models import TARGETS, counted, flagship


async def test_no_question_of_the_flagship_task_is_longer_than_its_target(settings, database, tmp_path):
    """Of prompt and schema together."""
    patient = settings.model_copy(update={"lease_seconds": 1000.0})
    lengths = {name: sum(parts) for name, parts in counted(await flagship(patient, database, tmp_path)).items()}
    assert {name: length for name, length in lengths.items() if length > TARGETS.get(name, length)} == {}
