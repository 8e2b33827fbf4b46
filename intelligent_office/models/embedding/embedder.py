"""The one way from texts to vectors: in this process, or at a provider, with all that goes with asking a model."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import urlsplit

import numpy
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from intelligent_office.errors import ModelError
from intelligent_office.models.bills import Bills
from intelligent_office.models.breakers import Breakers, CircuitOpen
from intelligent_office.models.candidates import RULES, Candidate
from intelligent_office.models.clock import Clock
from intelligent_office.models.connections import Connections
from intelligent_office.models.embedding.lines import Embedded, EmbeddingLine, connect
from intelligent_office.models.embedding.local import LOCAL
from intelligent_office.models.failures import CallFailed, Failure, failure_of
from intelligent_office.models.prices import Tokens
from intelligent_office.models.usage import Unaffordable
from intelligent_office.seams import Vectors
from intelligent_office.telemetry.redaction.veil import Redaction
from intelligent_office.telemetry.scope import current_scope

ROLE = "encoder"
"""What these calls are called among the records."""

TRIES = 3
PATIENCE_SECONDS = 2.0
"""Who wants to be left alone for longer is not waited for."""
MOST_TEXTS, MOST_CHARACTERS = 96, 100_000
"""Of one request; Google takes 100 texts, and OpenAI 300,000 tokens."""
LONGEST = 8_000
"""Characters of a text that are embedded: no model reads much more, and some refuse it."""


class Embedder:
    """Makes vectors with one and the same model for the life of a process, so that they can be compared."""

    def __init__(
        self,
        candidate: Candidate,
        *,
        bills: Bills,
        breakers: Breakers,
        redaction: Redaction,
        secrets: Sequence[str],
        clock: Clock,
        pause_seconds: float,
    ) -> None:
        """Make it; nothing is loaded or connected before the first text.

        Args:
            candidate: The model.
            bills: Where calls are paid for and recorded.
            breakers: The circuits of the process.
            redaction: What is hidden from providers.
            secrets: What must not be told.
            clock: What waits.
            pause_seconds: About how long to wait before a second try.
        """
        self._candidate = candidate
        self._local = None if candidate.provider else LOCAL[candidate.model]()
        self._lines: Connections[EmbeddingLine] = Connections(connect)
        self._bills = bills
        self._breakers = breakers
        self._redaction = redaction
        self._secrets = secrets
        self._clock = clock
        self._pause_seconds = pause_seconds

    @property
    def name(self) -> str:
        """The model, and where it is asked: elsewhere the same name may stand for another. Empty for one in here."""
        if self._local:
            return ""
        place = urlsplit(self._candidate.base_url or "")  # without the password that may be in it
        return f"{self._candidate} {place.netloc.rpartition('@')[2]}{place.path}".strip()

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text.

        Raises:
            ModelError: they cannot be had now.
        """
        if self._local:
            return await asyncio.to_thread(self._local.embed, texts)
        if current_scope().model == RULES:
            raise ModelError(role=ROLE, reason="the task keeps every model out")
        shown = await asyncio.to_thread(self._shown, texts)
        try:
            made = [await self._persist(batch) for batch in _batches(shown)]
            return numpy.concatenate(made)
        except (CallFailed, CircuitOpen, Unaffordable) as failure:
            raise ModelError(role=ROLE, reason=f"{self._candidate}: {failure}") from None
        except ValueError:  # parts of different length
            raise ModelError(role=ROLE, reason=f"{self._candidate}: vectors of different length") from None

    async def close(self) -> None:
        """Hang up; later texts open new lines."""
        await self._lines.close()

    def _shown(self, texts: Sequence[str]) -> list[str]:
        """The texts as a provider may see them; none of them empty, which some refuse.

        What is private has the same mark in every task and process, so that what was alike stays alike.
        """
        return [self._redaction.blanked(text)[:LONGEST] or " " for text in texts]

    async def _persist(self, texts: list[str]) -> Vectors:
        retrying = AsyncRetrying(
            stop=stop_after_attempt(TRIES),
            wait=wait_exponential_jitter(initial=self._pause_seconds, jitter=self._pause_seconds),
            retry=retry_if_exception(lambda error: isinstance(error, CallFailed) and _passes_soon(error.failure)),
            sleep=self._clock.sleep,
            reraise=True,
        )
        vectors: Vectors = await retrying(self._call, texts, retrying)
        return vectors

    async def _call(self, texts: list[str], retrying: AsyncRetrying) -> Vectors:
        """One request, if the circuit lets it through; how it ends is told to the circuit."""
        passage = self._breakers.enter(str(self._candidate))
        end: Callable[[], None] = passage.abandoned
        try:
            vectors = await self._paid(texts, int(retrying.statistics["attempt_number"]))
        except CallFailed as failed:
            end = passage.failed if failed.failure.sick else passage.succeeded
            raise
        else:
            end = passage.succeeded
            return vectors
        finally:
            end()

    async def _paid(self, texts: list[str], attempt: int) -> Vectors:
        """One request, paid for and recorded whatever becomes of it."""
        bill = await self._bills.open(ROLE, self._candidate, attempt, *texts, answered=False)
        try:
            async with asyncio.timeout(self._candidate.seconds):
                line = await self._lines.to(self._candidate)
                embedded = await line.embed(texts)
            vectors = _vectors(embedded, len(texts))
        except asyncio.CancelledError:
            await self._bills.close(bill, "cancelled")
            raise
        except Exception as error:  # noqa: BLE001  a client raises anything when a server says strange things
            failure = error.failure if isinstance(error, CallFailed) else self._failure(error)
            await self._bills.close(bill, failure.outcome, error=failure.reason)
            raise CallFailed(failure) from None
        counted = bill.input_tokens if embedded.tokens is None else embedded.tokens
        await self._bills.close(bill, "answered", Tokens(input=counted))
        return vectors

    def _failure(self, error: Exception) -> Failure:
        return failure_of(error, self._candidate.seconds, self._secrets)


def _passes_soon(failure: Failure) -> bool:
    """Whether it is worth waiting for: a task gets on without its memories."""
    return failure.transient and (failure.wait_seconds or 0.0) <= PATIENCE_SECONDS


def _vectors(embedded: Embedded, texts: int) -> Vectors:
    """The vectors, if there is one for each text."""
    try:
        vectors = numpy.asarray(embedded.vectors, dtype=numpy.float32)
    except (TypeError, ValueError):
        vectors = numpy.zeros(0, dtype=numpy.float32)
    if vectors.ndim != 2 or vectors.shape[0] != texts or not vectors.size or not numpy.isfinite(vectors).all():
        raise CallFailed(Failure("malformed", "no vector for each text"))
    return vectors


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """As many texts in a request as it takes."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == MOST_TEXTS or characters + len(text) > MOST_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    if batch:
        yield batch
