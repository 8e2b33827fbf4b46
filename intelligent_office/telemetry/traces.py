"""Traces in LangSmith: what LangChain and LangGraph send there, without what is private."""

from typing import Any

from intelligent_office.telemetry.redaction.veil import Redaction


def configure(redaction: Redaction) -> None:
    """Send the traces of this process through the redaction. Nothing happens unless LANGSMITH_TRACING is on.

    Every trace holds the whole scratchpad, so this is done wherever a graph can be run.
    """
    import langsmith
    from langsmith.utils import tracing_is_enabled

    class HidingClient(langsmith.Client):
        """Hides also what LangSmith's own anonymizer leaves out: names, settings of clients, events."""

        def create_run(self, name: str, inputs: dict[str, Any], run_type: Any, **facts: Any) -> None:
            super().create_run(redaction.hidden(name), inputs, run_type, **_hidden(facts, redaction))

        def update_run(self, run_id: Any, **facts: Any) -> None:
            super().update_run(run_id, **_hidden(facts, redaction))

    if tracing_is_enabled():
        langsmith.configure(client=HidingClient(anonymizer=redaction.hidden))


def _hidden(facts: dict[str, Any], redaction: Redaction) -> dict[str, Any]:
    told = ("name", "extra", "serialized", "tags", "events")
    return {name: redaction.hidden(value) if name in told else value for name, value in facts.items()}
