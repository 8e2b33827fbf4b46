"""Answers that models have given before to the very same question, and plans that have proved themselves.

What is kept holds no private value: placeholders stand for them, numbered in their order. So one question about two
people is one question, and each is answered about the right one.
"""

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from intelligent_office.models.bills import Bills
from intelligent_office.models.cache.flights import Flights
from intelligent_office.models.cache.shelf import Shelf
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.clock import Clock
from intelligent_office.models.forms import Form, Misfit
from intelligent_office.models.inquiry import Inquirer, NoAnswer
from intelligent_office.telemetry.redaction.veil import Veil
from intelligent_office.telemetry.scope import current_scope

T = TypeVar("T")

_PROVEN = ("office", "proven")
"""Who is named in the ledger for what was kept under its premises."""


@dataclass(frozen=True)
class _Told(Generic[T]):
    """How a question ended."""

    text: str | None = None
    """The answer as it is kept; None if it cannot be."""
    fresh: T | None = None
    """The answer as the model has just given it."""
    failure: NoAnswer | None = None


class Answers:
    """Asks a candidate only what it has not answered before."""

    def __init__(self, shelf: Shelf, inquirer: Inquirer, bills: Bills, clock: Clock) -> None:
        self._shelf = shelf
        self._inquirer = inquirer
        self._bills = bills
        self._clock = clock
        self._flights: Flights[_Told[Any]] = Flights()

    async def ask(self, candidate: Candidate, role: str, prompt: str, form: Form[T], veil: Veil) -> T:
        """As the inquirer does; the answer may be an earlier one, or the one to the same question under way.

        Raises:
            NoAnswer, Unaffordable: as the inquirer does.
        """
        begun = self._clock.now()
        prompt = await asyncio.to_thread(veil.hide, prompt)
        key = await asyncio.to_thread(_key, veil, role, form, prompt, *_identity(candidate))
        if key is None:
            return await self._inquirer.ask(candidate, role, prompt, form, veil)
        work = partial(self._told, key, candidate, role, prompt, form, veil)
        told, here = await self._flights.once(key, work)
        if told and told.failure:
            raise told.failure
        if told and here and told.fresh is not None:
            fresh: T = told.fresh
            return fresh
        if told and not here:
            await self._shelf.find(key, current_scope())  # so that it is known who has been given the answer
        known = _read(told.text, form, veil) if told and told.text is not None else None
        if known is None:  # somebody else asked, and has nothing to share
            return await self._inquirer.ask(candidate, role, prompt, form, veil)
        await self._tell(role, candidate.provider, candidate.model, begun)
        return known

    async def recall(
        self, role: str, form: Form[T], veil: Veil, premises: Mapping[str, Any], candidates: Sequence[str]
    ) -> T | None:
        """What has proved itself under the same premises, which are hidden; None if nothing has."""
        begun = self._clock.now()
        key = await asyncio.to_thread(_key, veil, role, form, premises, *candidates)
        text = await self._shelf.find(key, current_scope()) if key else None
        known = None if text is None else _read(text, form, veil)
        if known is not None:
            await self._tell(role, *_PROVEN, begun)
        return known

    async def keep(
        self,
        role: str,
        form: Form[T],
        veil: Veil,
        premises: Mapping[str, Any],
        candidates: Sequence[str],
        answer: T,
    ) -> None:
        """Keep what has proved itself under these premises, which are hidden."""
        key = await asyncio.to_thread(_key, veil, role, form, premises, *candidates)
        text = await asyncio.to_thread(_written, answer, veil)
        if key is not None and text is not None:
            await self._shelf.keep(key, text, current_scope())

    async def forget(self) -> None:
        """Use nothing again that the current task was told."""
        if current_scope().task_id:
            await self._shelf.forget(current_scope())

    async def close(self) -> None:
        await self._shelf.close()

    async def _told(
        self, key: str, candidate: Candidate, role: str, prompt: str, form: Form[T], veil: Veil
    ) -> _Told[T]:
        scope = current_scope()
        found = await self._shelf.find(key, scope)
        if found is not None and _read(found, form, veil) is not None:
            return _Told(found)
        try:
            answer = await self._inquirer.ask(candidate, role, prompt, form, veil)
        except NoAnswer as failure:
            return _Told(failure=failure)
        text = await asyncio.to_thread(_written, answer, veil)
        if text is not None:
            await self._shelf.keep(key, text, scope)
        return _Told(text, answer)

    async def _tell(self, role: str, provider: str, model: str, begun: float) -> None:
        await self._bills.waive(role, provider, model, self._clock.now() - begun)
        current_scope().tell({"kind": "model.spared", "model_role": role, "candidate": f"{provider}:{model}"})


def _identity(candidate: Candidate) -> Sequence[Any]:
    """What makes another model of it, or lets it answer in another way; a key of its own does not."""
    return (
        candidate.provider,
        candidate.model,
        candidate.speaks,
        candidate.base_url,
        candidate.temperature,
        candidate.max_output_tokens,
        candidate.context_tokens,
    )


def _key(veil: Veil, role: str, form: Form[Any], question: Any, *asked: Any) -> str | None:
    """The same for the same question of the same tenant; None if it cannot be told from others."""
    numbered = veil.numbered(question)
    if numbered is None:
        return None
    parts = [current_scope().tenant, role, form.name, form.schema, numbered, *asked]
    said = json.dumps(parts, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def _written(answer: Any, veil: Veil) -> str | None:
    """The answer as it is kept; None if it holds something private that the question does not."""
    known = len(veil)
    numbered = veil.numbered(veil.hide(answer))
    if len(veil) > known:
        return None
    return None if numbered is None else json.dumps(numbered)


def _read(text: str, form: Form[T], veil: Veil) -> T | None:
    """The answer that was kept; None if it is none here."""
    try:
        answer = form.hold(json.loads(text))
    except (ValueError, Misfit):
        return None
    return veil.renamed(answer)
