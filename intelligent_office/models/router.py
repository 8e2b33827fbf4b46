"""The one door to every model: the role's candidates in order, and the built-in rules behind them."""

import asyncio
from collections.abc import Mapping, Sequence
from functools import partial
from math import inf
from typing import Any, TypeVar

import structlog

from intelligent_office.cards import RoleModels
from intelligent_office.contracts import Answer
from intelligent_office.errors import BudgetExceeded, InvalidRequest, ModelError, NoRuleCovers
from intelligent_office.models.bills import Bills
from intelligent_office.models.breakers import Condition
from intelligent_office.models.cache.answers import Answers
from intelligent_office.models.cache.shelf import Shelf, SpareShelf
from intelligent_office.models.candidates import Candidate
from intelligent_office.models.catalogue import Catalogue
from intelligent_office.models.checking import QUESTION, ROLE, Check, check_all
from intelligent_office.models.clock import Clock
from intelligent_office.models.connections import OLLAMA_CONTEXT_TOKENS
from intelligent_office.models.embedding.embedder import Embedder
from intelligent_office.models.forms import Form, form_of
from intelligent_office.models.inquiry import Inquirer, NoAnswer
from intelligent_office.models.overview import overview
from intelligent_office.models.prices import is_free
from intelligent_office.models.rules import offline
from intelligent_office.models.usage import Unaffordable, UsageLog
from intelligent_office.models.windows import window_of
from intelligent_office.seams import Author, Image, Vectors
from intelligent_office.settings import Settings
from intelligent_office.telemetry.redaction.veil import Redaction, confide
from intelligent_office.telemetry.scope import current_scope
from prompts import render

T = TypeVar("T")
log = structlog.get_logger()


class ModelRouter:
    """Asks the models that the settings allow."""

    def __init__(
        self,
        settings: Settings,
        usage: UsageLog,
        *,
        shelf: Shelf | None = None,
        pause_seconds: float = 0.5,
        clock: Clock | None = None,
    ) -> None:
        """Make the door; no provider's library is imported and nothing is connected before the first question.

        Args:
            settings: Keys, addresses, preferences.
            usage: Where each call is recorded.
            shelf: Where answers are kept to be used again; if none, they are not.
            pause_seconds: About how long to wait before a second try; twice as long before a third.
            clock: What waits and tells the time; the machine's, if none.

        Raises:
            InvalidFile, InvalidSetting: the models file, OFFICE_MODEL or OFFICE_EMBEDDER is not usable.
        """
        self._settings = settings
        self._catalogue = Catalogue.load(settings)
        self._usage = usage
        for secret in self._catalogue.secrets:  # logs, too, are kept from telling the keys that a models file leads to
            confide(secret)
        self.redaction = Redaction(settings.redaction, (*settings.secrets, *self._catalogue.secrets))
        """What no model sees; nor does anybody else outside."""
        self._inquirer = Inquirer(settings, self._catalogue.secrets, usage, pause_seconds, clock)
        secrets = (*settings.secrets, *self._catalogue.secrets)
        bills, clock = Bills(settings, usage, secrets), clock or Clock()
        self._answers = Answers(SpareShelf(shelf, clock), self._inquirer, bills, clock) if shelf else None
        self._embedder = Embedder(
            self._catalogue.encoder,
            bills=bills,
            breakers=self._inquirer.breakers,
            redaction=self.redaction,
            secrets=secrets,
            clock=clock,
            pause_seconds=pause_seconds,
        )

    async def ask(self, role: str, schema: type[T], /, **values: Any) -> T:
        """Render the role's prompt with the values and return an answer that fits the schema.

        What is private in the values is hidden from the model, and put back into its answer.

        Raises:
            ModelError: no candidate of the role could answer (NoRuleCovers: only the built-in rules were there).
            BudgetExceeded: there is no money to ask the ones that may.
        """
        answer, _ = await self.answered(role, schema, **values)
        return answer

    async def answered(self, role: str, schema: type[T], /, **values: Any) -> tuple[T, Author]:
        """As `ask`, and who it was that answered.

        Raises:
            ModelError, BudgetExceeded: as `ask` does.
        """
        form: Form[T] = form_of(schema)  # type: ignore[arg-type]  # every class is hashable
        troubles: list[str] = []
        unaffordable, too_small = "", 0
        ready = self._ready(role)
        veil = self.redaction.veil()
        images: Sequence[Image] = values.pop("images", ())
        shown = await asyncio.to_thread(veil.hide, values) if ready else values
        ask = partial(self._inquirer.ask, images=images) if images else (self._known or self._inquirer).ask
        for candidate in ready:
            name = _name(candidate, ready)
            if too_small and (await _window(candidate) or inf) <= too_small:
                troubles.append(f"{name}: it can read no more")
                continue
            try:
                prompt = render(role, _readable(candidate), **shown)
                answer = veil.restore(await ask(candidate, role, prompt, form, veil))
            except NoAnswer as trouble:
                troubles.append(f"{name}: {veil.restore(str(trouble))}")
                if trouble.too_long:
                    too_small = max(too_small, await _window(candidate))
            except Unaffordable as refusal:  # a cheaper one may do
                unaffordable = str(refusal)
                troubles.append(f"{name}: no money left")
            else:
                _tell_who_answered(role, str(candidate), troubles)
                return answer, "model"
        if unaffordable:
            raise BudgetExceeded(reason=unaffordable)
        answer = _by_rules(role, {**values, "images": images} if images else values, troubles)
        _tell_who_answered(role, "built-in rules", troubles)
        return answer, "rules"

    async def recall(self, role: str, schema: type[T], /, **premises: Any) -> T | None:
        """What has proved itself as an answer under the very same premises a short while ago; None if nothing has."""
        if not (self._known and self.connected(role)):
            return None
        veil = self.redaction.veil()
        hidden = await asyncio.to_thread(veil.hide, premises)
        answer = await self._known.recall(role, form_of(schema), veil, hidden, self._names(role))  # type: ignore[arg-type]
        return veil.restore(answer) if answer is not None else None

    async def keep(self, role: str, schema: type[T], answer: T, /, **premises: Any) -> None:
        """Keep an answer that has proved itself under these premises, for `recall`."""
        if not (self._known and self.connected(role)):
            return
        veil = self.redaction.veil()
        hidden = await asyncio.to_thread(veil.hide, premises)
        await self._known.keep(role, form_of(schema), veil, hidden, self._names(role), answer)  # type: ignore[arg-type]

    async def forget(self) -> None:
        """Give nobody the answers again that the current task was given: they have led it astray."""
        if self._answers:
            await self._answers.forget()

    @property
    def _known(self) -> Answers | None:
        """Earlier answers, unless the task wants none."""
        return self._answers if current_scope().use_cache else None

    def _names(self, role: str) -> list[str]:
        return sorted(map(str, self._ready(role)))

    def connected(self, role: str) -> bool:
        """Whether a real model, not only the built-in rules, may answer for the role."""
        try:
            return bool(self._ready(role))
        except ModelError:
            return False

    def require(self, model: str) -> None:
        """Make sure that a task can have the model it prefers; empty means any.

        Raises:
            InvalidRequest: it is none, or cannot be asked here; the message says why.
        """
        self._catalogue.require(model)

    def overview(self) -> list[RoleModels]:
        """Who is asked for each role, in which order, whether that can be done, and at what price."""
        return overview(self._catalogue, self._settings, self._inquirer.breakers.troubles())

    def circuits(self) -> Mapping[str, Condition]:
        """How the circuit of each model stands that was asked in this process."""
        return self._inquirer.breakers.states()

    async def check(self) -> dict[str, Check]:
        """Ask everybody who can be asked a tiny question; what that costs is paid and recorded like any other."""
        found = [candidate for role in self._catalogue.roles for candidate in self._catalogue.candidates(role)]
        checks = await check_all(found, self._say_something)
        return checks | await check_all([self._catalogue.encoder], lambda _: self.embed([QUESTION]))

    async def _say_something(self, candidate: Candidate) -> None:
        await self._inquirer.ask(candidate, ROLE, QUESTION, form_of(Answer), self.redaction.veil())

    @property
    def encoder(self) -> str:
        """The model at a provider that makes the vectors; empty if they are made here, at no cost."""
        return self._embedder.name

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """One vector a text, all of one model: the closer, the more alike the texts are.

        Raises:
            ModelError: they cannot be had now.
        """
        return await self._embedder.embed(texts)

    async def close(self) -> None:
        """Hang up; a later question opens new lines."""
        await self._inquirer.close()
        await self._embedder.close()
        if self._answers:
            await self._answers.close()

    def _ready(self, role: str) -> list[Candidate]:
        """The candidates that can be asked, and last those that have just asked to be left alone for a while.

        The others are left out without a word, but not what the task wants.
        A budget of nothing is no budget that is used up: what costs money is left out, too.
        """
        wanted = current_scope().model
        try:
            self._catalogue.require(wanted)
            found = self._catalogue.candidates(role, wanted)
        except InvalidRequest as failure:
            raise ModelError(role=role, reason=str(failure)) from None
        penniless = current_scope().max_cost_usd == 0
        ready = [one for one in found if not one.obstacle and (is_free(one) or not penniless)]
        return sorted(ready, key=self._inquirer.rests)


def _name(candidate: Candidate, others: Sequence[Candidate]) -> str:
    """The model, in as few words as tell it from the others."""
    alone = [other.model for other in others].count(candidate.model) == 1
    return candidate.model if alone else str(candidate)


async def _window(candidate: Candidate) -> int:
    """How many tokens the candidate reads and writes in all; 0 where nobody says."""
    return await asyncio.to_thread(window_of, candidate) or 0


def _readable(candidate: Candidate) -> int | None:
    """How long a prompt may be for this candidate: half of what it reads and writes, where somebody set that."""
    window = candidate.context_tokens or (OLLAMA_CONTEXT_TOKENS if candidate.speaks == "ollama" else None)
    return window // 2 if window else None


def _by_rules(role: str, values: Mapping[str, Any], troubles: Sequence[str]) -> Any:
    try:
        answer = offline.answer(role, values)
    except NoRuleCovers as refusal:
        if not troubles:
            raise
        reason = "; ".join([*troubles, f"built-in rules: {refusal.facts['reason']}"])
        raise ModelError(role=role, reason=reason) from None
    return answer


def _tell_who_answered(role: str, by: str, troubles: Sequence[str]) -> None:
    """Tell the task when it was not the first choice, and why."""
    if troubles:
        log.warning("model.replaced", role=role, by=by, troubles=list(troubles))
        current_scope().tell({"kind": "model.replaced", "model_role": role, "by": by, "troubles": list(troubles)})
