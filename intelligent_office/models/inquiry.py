"""One question to one candidate, with all the calls that it takes."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from intelligent_office.models.bills import Bills
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.connections import Connection, Connections
from intelligent_office.models.failures import CallFailed, Failure, failure_of, scrubbed
from intelligent_office.models.forms import Form, Misfit
from intelligent_office.models.usage import UsageLog
from intelligent_office.settings import Settings

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

T = TypeVar("T")
log = structlog.get_logger()

TRIES = 2
"""Calls of one candidate while its failures are passing ones."""

SHORTEST_SECRET = 4
"""A shorter one is found in any text."""

MEND = "This does not fit the form that was asked for. {fault} Answer again, with the JSON object alone."
FORM = "Answer with one JSON object that fits this JSON Schema, and with nothing else:\n{schema}"

_WITHHELD = ("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "content_filter")


class NoAnswer(Exception):
    """The candidate is given up; the message says why."""


class _Unfit(Exception):
    """The model answered, but not in the form that was asked for."""

    def __init__(self, text: str, fault: str) -> None:
        super().__init__(fault)
        self.text = text


@dataclass
class _Question(Generic[T]):
    role: str
    candidate: Candidate
    form: Form[T]
    troubles: list[str] = field(default_factory=list)
    """Why each call so far brought nothing."""
    calls: int = 0


class Inquirer:
    """Asks one candidate: once more after a passing failure, and once more when the answer does not fit."""

    def __init__(self, settings: Settings, secrets: Sequence[str], usage: UsageLog, pause_seconds: float) -> None:
        self._settings = settings
        self._pause_seconds = pause_seconds
        self._connections = Connections()
        self._secrets = [secret for secret in (*settings.secrets, *secrets) if len(secret) >= SHORTEST_SECRET]
        self._bills = Bills(settings, usage, self._secrets)

    async def ask(self, candidate: Candidate, role: str, prompt: str, form: Form[T]) -> T:
        """The candidate's answer.

        Raises:
            NoAnswer: it cannot be had now.
        """
        question = _Question(role, candidate, form)
        connection = await self._connected(candidate)
        try:
            try:
                return await self._converse(connection, question, prompt)
            except CallFailed as failed:
                if not (failed.failure.form_refused and connection.tells_form):
                    raise
                connection = connection.without_form()
                self._connections.change(candidate, connection)
                return await self._converse(connection, question, prompt)
        except (CallFailed, _Unfit):
            raise NoAnswer(_told(question.troubles)) from None

    async def close(self) -> None:
        await self._connections.close()

    async def _connected(self, candidate: Candidate) -> Connection:
        try:
            return await self._connections.to(candidate)
        except Exception as error:  # noqa: BLE001  what a client makes of an odd setting is its own affair
            raise NoAnswer(f"no client could be made: {scrubbed(str(error), self._secrets)}") from None

    async def _converse(self, connection: Connection, question: _Question[T], prompt: str) -> T:
        """Ask; if the answer does not fit, say why and ask once more."""
        from langchain_core.messages import AIMessage, HumanMessage

        if not connection.tells_form:
            prompt = f"{prompt}\n{FORM.format(schema=json.dumps(question.form.narrow))}\n"
        messages: list[BaseMessage] = [HumanMessage(prompt)]
        try:
            return await self._persist(connection, question, messages)
        except _Unfit as unfit:
            messages += [AIMessage(unfit.text or "(nothing)"), HumanMessage(MEND.format(fault=unfit))]
        return await self._persist(connection, question, messages)

    async def _persist(self, connection: Connection, question: _Question[T], messages: "list[BaseMessage]") -> T:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(initial=self._pause_seconds, jitter=self._pause_seconds),
            retry=retry_if_exception(lambda error: isinstance(error, CallFailed) and error.failure.transient),
            reraise=True,
        )
        return await retrying(self._call, connection, question, messages)

    async def _call(self, connection: Connection, question: _Question[T], messages: "list[BaseMessage]") -> T:
        """One call, paid for and recorded whatever becomes of it.

        Raises:
            Unaffordable: a budget has no room for it.
        """
        question.calls += 1
        form = json.dumps(question.form.schema)
        texts = [form, *(message.text for message in messages)]
        bill = await self._bills.open(question.role, question.candidate, question.calls, *texts)
        reply = None
        try:
            reply = await self._reply(connection, question, messages, bill.most_tokens)
            _insist_on_answer(reply)
            answer = question.form.read(reply.text)
        except asyncio.CancelledError:
            await self._bills.close(bill, "cancelled")
            raise
        except Misfit as misfit:
            await self._bills.close(bill, "malformed", bill.tokens(reply), str(misfit))
            question.troubles.append("an answer that does not fit")
            raise _Unfit(reply.text if reply else "", str(misfit)) from None
        except Exception as error:  # noqa: BLE001  a client raises anything when a server says strange things
            failure = error.failure if isinstance(error, CallFailed) else self._failure(question, error)
            await self._bills.close(bill, failure.outcome, bill.tokens(reply), failure.reason)
            question.troubles.append(failure.reason)
            raise CallFailed(failure) from None
        await self._bills.close(bill, "answered", bill.tokens(reply))
        return answer

    async def _reply(
        self,
        connection: Connection,
        question: _Question[Any],
        messages: "list[BaseMessage]",
        most_tokens: int | None,
    ) -> "AIMessage":
        name = f"{question.role} {question.candidate}"
        async with asyncio.timeout(question.candidate.seconds):
            return await connection.ask(messages, question.form, name, most_tokens)

    def _failure(self, question: _Question[Any], error: Exception) -> Failure:
        return failure_of(error, question.candidate.seconds, self._secrets)


def _insist_on_answer(reply: "AIMessage") -> None:
    """A refusal costs as much as an answer, but is none."""
    if reply.additional_kwargs.get("refusal") or reply.response_metadata.get("finish_reason") in _WITHHELD:
        raise CallFailed(Failure("refused", "the model declined to answer"))


def _told(troubles: Sequence[str]) -> str:
    """The troubles in their order, repeated ones counted."""
    counted = [(trouble, len(list(same))) for trouble, same in groupby(troubles)]
    return ", then ".join(f"{trouble} ×{times}" if times > 1 else trouble for trouble, times in counted)
