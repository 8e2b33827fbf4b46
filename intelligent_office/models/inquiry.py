"""One question to one candidate, with all the calls that it takes."""

import asyncio
import json
import random
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import structlog
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, wait_exponential

from intelligent_office.models.bills import Bills
from intelligent_office.models.breakers import RESTS, Breakers, CircuitOpen, Passage
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.clock import Clock
from intelligent_office.models.connections import Connection, Connections, connect
from intelligent_office.models.failures import CallFailed, Failure, Outcome, failure_of, scrubbed
from intelligent_office.models.forms import CutOff, Form, Misfit
from intelligent_office.models.usage import UsageLog
from intelligent_office.seams import Image
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Veil
from intelligent_office.telemetry.scope import current_scope

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

T = TypeVar("T")
log = structlog.get_logger()

TRIES = 3
"""Calls of one candidate while its failures are passing ones."""

SHORTEST_SECRET = 4
"""A shorter one is found in any text."""

MEND = "This does not fit the form that was asked for. {fault} Answer again, {how}with the JSON object alone.\n{form}"
FORM = "Answer with one JSON object that fits this JSON Schema, and with nothing else:\n{schema}\n"
SHORTER = "much shorter, "

_WITHHELD = ("SAFETY", "PROHIBITED_CONTENT", "BLOCKLIST", "SPII", "RECITATION", "content_filter", "refusal")
_CUT_OFF = ("length", "MAX_TOKENS", "max_tokens", "model_length")
"""What providers say of the end of an answer."""


class NoAnswer(Exception):
    """The candidate is given up; the message says why."""

    def __init__(self, reason: str, *, too_long: bool = False) -> None:
        super().__init__(reason)
        self.too_long = too_long
        """Whether another could only do better if it can read more."""


class _Unfit(Exception):
    """The model answered, but not in the form that was asked for."""

    def __init__(self, text: str, misfit: Misfit) -> None:
        super().__init__(str(misfit))
        self.text = text
        self.cut_off = isinstance(misfit, CutOff)


@dataclass
class _Question(Generic[T]):
    role: str
    candidate: Candidate
    form: Form[T]
    veil: Veil
    """Hides what is private from whom is asked."""
    ends: float
    """When its time is up, by the clock."""
    images: Sequence[Image] = ()
    """What is shown beside the words."""
    troubles: list[str] = field(default_factory=list)
    """Why each call so far brought nothing."""
    calls: int = 0

    @property
    def key(self) -> str:
        """The circuit of the candidate."""
        return str(self.candidate)

    def given_up(self, *, too_long: bool = False) -> NoAnswer:
        """The troubles in their order, repeated ones counted."""
        counted = [(trouble, len(list(same))) for trouble, same in groupby(self.troubles)]
        told = (f"{trouble} ×{times}" if times > 1 else trouble for trouble, times in counted)
        return NoAnswer(", then ".join(told), too_long=too_long)


class Inquirer:
    """Asks one candidate within its time limit: again after passing failures, and once more when the answer misfits."""

    def __init__(
        self,
        settings: Settings,
        secrets: Sequence[str],
        usage: UsageLog,
        pause_seconds: float,
        clock: Clock | None = None,
    ) -> None:
        self._pause_seconds = pause_seconds
        self._clock = clock or Clock()
        self._connections = Connections(connect)
        self._secrets = [secret for secret in (*settings.secrets, *secrets) if len(secret) >= SHORTEST_SECRET]
        self._bills = Bills(settings, usage, self._secrets)
        self._backoff = wait_exponential(multiplier=pause_seconds)
        self.breakers = Breakers(
            failures=settings.breaker_failures, seconds=settings.breaker_seconds, now=self._clock.now
        )

    def rests(self, candidate: Candidate) -> float:
        """For how many seconds yet the candidate wants to be left alone."""
        return self.breakers.rests(str(candidate))

    async def ask(
        self,
        candidate: Candidate,
        role: str,
        prompt: str,
        form: Form[T],
        veil: Veil,
        images: Sequence[Image] = (),
    ) -> T:
        """The candidate's answer, in which placeholders stand for what the veil hid from it.

        Raises:
            NoAnswer: it cannot be had now.
            Unaffordable: a budget has no room for it.
        """
        known = connection = await self._connected(candidate)
        if images and connection.blind:
            raise NoAnswer("it cannot look at images")
        question = _Question(role, candidate, form, veil, self._clock.now() + candidate.seconds, images)
        while True:
            try:
                answer = await self._converse(connection, question, prompt)
            except _Unfit:
                raise question.given_up() from None
            except CallFailed as failed:
                lesser = connection.lesser() if failed.failure.form_refused else None
                if failed.failure.limit_refused:
                    lesser = connection.briefer()
                if lesser is None:
                    raise question.given_up(too_long=failed.failure.outcome == "too_long") from None
                connection = lesser
            else:
                if connection is not known:  # what has worked is where the next question begins
                    self._connections.change(candidate, connection)
                return answer

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

        form = FORM.format(schema=json.dumps(question.form.narrow))
        words = f"{prompt}\n{form}" if connection.in_words else prompt
        messages: list[BaseMessage] = [HumanMessage(_with_images(words, question.images))]
        try:
            return await self._persist(connection, question, messages)
        except _Unfit as unfit:
            how, once_more = SHORTER if unfit.cut_off else "", "" if connection.in_words else form
            objection = MEND.format(fault=unfit, how=how, form=once_more)
            messages += [AIMessage(unfit.text or "(nothing)"), HumanMessage(objection)]
        return await self._persist(connection, question, messages)

    async def _persist(self, connection: Connection, question: _Question[T], messages: "list[BaseMessage]") -> T:
        """Call until the answer comes, a failure is no passing one, or too little time is left to wait for another."""
        retrying = AsyncRetrying(
            stop=lambda state: state.attempt_number >= TRIES or state.upcoming_sleep >= self._left(question),
            wait=self._pause,
            retry=retry_if_exception(lambda error: isinstance(error, CallFailed) and error.failure.transient),
            sleep=self._clock.sleep,
            reraise=True,
        )
        return await retrying(self._call, connection, question, messages)

    def _pause(self, state: RetryCallState) -> float:
        """As long as the server asks for, or ever longer; never the same for all who wait."""
        failed = state.outcome.exception() if state.outcome else None
        asked = failed.failure.wait_seconds if isinstance(failed, CallFailed) else None
        return (self._backoff(state) if asked is None else asked) + random.uniform(0, self._pause_seconds)  # noqa: S311

    def _left(self, question: _Question[Any]) -> float:
        return max(0.0, question.ends - self._clock.now())

    async def _call(self, connection: Connection, question: _Question[T], messages: "list[BaseMessage]") -> T:
        """One call, if the candidate's circuit lets it through; how it ends is told to the circuit."""
        passage = await self._passage(question)
        end: Callable[[], None] = passage.abandoned
        try:
            answer = await self._paid(connection, question, messages)
        except _Unfit:
            end = passage.succeeded
            raise
        except CallFailed as failed:
            end = self._lesson(question, passage, failed.failure)
            raise
        else:
            end = passage.succeeded
            return answer
        finally:
            end()

    async def _passage(self, question: _Question[Any]) -> Passage:
        """The right to call, after the rest that the provider has asked for."""
        rest = self.breakers.rests(question.key)
        if rest > self._left(question):
            question.troubles.append(RESTS)
            raise question.given_up()
        if rest:
            await self._clock.sleep(rest + random.uniform(0, self._pause_seconds))  # noqa: S311
        try:
            return self.breakers.enter(question.key)
        except CircuitOpen as circuit:
            question.troubles.append(str(circuit))
            raise question.given_up() from None

    def _lesson(self, question: _Question[Any], passage: Passage, failure: Failure) -> Callable[[], None]:
        """What the circuit has to learn from a failure."""
        if failure.wait_seconds:
            self.breakers.rest(question.key, failure.wait_seconds)
        if failure.outcome == "rate_limited" and failure.wait_seconds is not None:
            return passage.succeeded  # it is well, and says when to come back
        if failure.outcome == "failed":
            return passage.abandoned
        return passage.failed if failure.sick else passage.succeeded

    async def _paid(self, connection: Connection, question: _Question[T], messages: "list[BaseMessage]") -> T:
        """One call, paid for and recorded whatever becomes of it.

        Raises:
            Unaffordable: a budget has no room for it.
        """
        question.calls += 1
        form = json.dumps(question.form.schema)
        hidden = await asyncio.to_thread(_hidden, messages, question.veil)
        texts = [form, *(message.text for message in hidden)]
        begun = self._clock.now()
        images = len(question.images)
        bill = await self._bills.open(question.role, question.candidate, question.calls, *texts, images=images)
        question.ends += self._clock.now() - begun  # to wait until others set money free is no fault of the model
        reply, said = None, ""
        try:
            reply = await self._reply(connection, question, hidden, bill.most_tokens)
            said = _said(reply)
            _insist_on_answer(reply)
            answer = question.form.read(said)
        except asyncio.CancelledError:
            await self._bills.close(bill, "cancelled")
            raise
        except Misfit as misfit:
            await self._bills.close(bill, "malformed", bill.tokens(reply), str(misfit))
            trouble = "an answer that is cut off" if isinstance(misfit, CutOff) else "an answer that does not fit"
            _note(question, trouble, "malformed", str(misfit))
            raise _Unfit(said, misfit) from None
        except Exception as error:  # noqa: BLE001  a client raises anything when a server says strange things
            failure = error.failure if isinstance(error, CallFailed) else self._failure(question, error)
            await self._bills.close(bill, failure.outcome, bill.tokens(reply), failure.reason)
            _note(question, self._trouble(question, failure), failure.outcome)
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
        async with asyncio.timeout(self._left(question)):
            return await connection.ask(messages, question.form, name, most_tokens)

    def _failure(self, question: _Question[Any], error: Exception) -> Failure:
        return failure_of(error, question.candidate.seconds, self._secrets)

    def _trouble(self, question: _Question[Any], failure: Failure) -> str:
        """The reason; and if there is no time to wait as long as the server asks for, that."""
        wait = failure.wait_seconds
        too_long = wait is not None and wait >= self._left(question)
        return f"{failure.reason} (again in {wait:.0f} s)" if too_long else failure.reason


def _said(reply: "AIMessage") -> str:
    """What the model answered: the tool call that it was to make, or its words."""
    if reply.tool_calls:
        return json.dumps(reply.tool_calls[0]["args"], ensure_ascii=False)
    if reply.invalid_tool_calls:
        return reply.invalid_tool_calls[0]["args"] or ""
    return str(reply.text)


def _hidden(messages: "Sequence[BaseMessage]", veil: Veil) -> "list[BaseMessage]":
    """All words that are sent, the model's own and the faults in them included, without what is private."""
    return [message.model_copy(update={"content": _hidden_words(message.content, veil)}) for message in messages]


def _hidden_words(content: Any, veil: Veil) -> Any:
    """In an image there is nothing to be found, and what looks private in its letters is none."""
    if isinstance(content, str):
        return veil.hide(content)
    return [veil.hide(block) if block["type"] == "text" else block for block in content]


def _with_images(words: str, images: Sequence[Image]) -> Any:
    """The words, and the images in the form that LangChain's clients turn into that of their providers."""
    if not images:
        return words
    shown = [
        {"type": "image", "base64": b64encode(image.content).decode(), "mime_type": image.media_type}
        for image in images
    ]
    return [{"type": "text", "text": words}, *shown]


def _insist_on_answer(reply: "AIMessage") -> None:
    """A refusal costs as much as an answer, but is none; half an answer is none either."""
    facts = reply.response_metadata
    end = facts.get("finish_reason") or facts.get("done_reason") or facts.get("stop_reason")
    blocked = (facts.get("prompt_feedback") or {}).get("block_reason")
    if reply.additional_kwargs.get("refusal") or blocked or end in _WITHHELD:
        raise CallFailed(Failure("refused", "the model declined to answer"))
    if end in _CUT_OFF:
        raise CutOff(CutOff.__doc__)


def _note(question: _Question[Any], trouble: str, outcome: Outcome, fault: str = "") -> None:
    """Keep why a call brought nothing, and tell the task."""
    question.troubles.append(trouble)
    current_scope().tell(
        {
            "kind": "model.failed",
            "model_role": question.role,
            "candidate": str(question.candidate),
            "attempt": question.calls,
            "outcome": outcome,
            "reason": question.veil.restore(f"{trouble}: {fault}" if fault else trouble),
        }
    )
