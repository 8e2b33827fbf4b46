"""One remote service: which tools it has now, why it has none, and calling them."""

import asyncio
import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import structlog
from langchain_core.tools import BaseTool
from pydantic import SecretStr

from intelligent_office.cards import ToolAbsence
from intelligent_office.errors import OddAnswer, OfficeError, ToolError
from intelligent_office.telemetry.redaction.veil import confide
from intelligent_office.toolbox.policy import Inputs, Tool, ToolPolicy
from intelligent_office.toolbox.remote.offers import Offer, full_name
from intelligent_office.toolbox.remote.pins import Change, Pins
from intelligent_office.toolbox.remote.services_file import ServiceTable, ToolTable
from intelligent_office.toolbox.schema_checks import BoundedSchema, Uncheckable

if TYPE_CHECKING:
    from intelligent_office.toolbox.remote.program import Program

FRESH_SECONDS = 60.0
"""How long a list of tools is believed, unless a call fails."""
PATIENCE_SECONDS = 5.0
"""How long a service is left alone that could not be reached, or has tools that wait to be accepted."""

log = structlog.get_logger()


class Service:
    """Nothing is connected before `refresh`; only a program on standard streams stays so after it."""

    def __init__(
        self,
        name: str,
        table: ServiceTable,
        secret: Callable[[str], SecretStr | None],
        pins: Pins | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self.tools: list[Tool] = []
        self.absences: list[ToolAbsence] = [self._absence("*", "it has not been asked yet")]
        self._table = table
        self._secret = secret
        self._pins = pins
        self._clock = clock
        self._ask_again_at = 0.0
        self._offers: list[Offer] = []
        self._changes: dict[str, Change] = {}
        self._asking = asyncio.Lock()
        self._program: Program | None = None

    async def refresh(self) -> bool:
        """Ask which tools it has, if that was long ago or something went wrong since; whether anything changed."""
        async with self._asking:
            if self._clock() < self._ask_again_at:
                return False
            before = (self._offers, self._changes, self.absences)
            try:
                offers = await self.offers()
                changes = await self._pins.changes(self.name, offers) if self._pins else {}
            except OfficeError as failure:
                self._offers, self.tools, self.absences = [], [], [self._absence("*", str(failure))]
                self._ask_again_at = self._clock() + PATIENCE_SECONDS
                if before[2] != self.absences:
                    log.warning("service.lost", service=self.name, reason=str(failure))
            else:
                self._take(offers, changes)
                self._ask_again_at = self._clock() + (PATIENCE_SECONDS if changes else FRESH_SECONDS)
            return before != (self._offers, self._changes, self.absences)

    async def offers(self) -> list[Offer]:
        """What it says now that it has.

        Raises:
            Unreachable, OddAnswer: it does not answer, or not as it should.
            ToolError: a variable is not set.
        """
        conversation = await _conversation()
        connection = await asyncio.to_thread(self._connection)
        seconds = self._table.connect_seconds
        offers: list[Offer] = await conversation.offered(self.name, connection, seconds, self._kept(conversation))
        return offers

    def _take(self, offers: list[Offer], changes: Mapping[str, Change] = MappingProxyType({})) -> None:
        """Make tools of what is offered; what cannot be used is told, and so is what is no longer as it was."""
        for name in changes.keys() - self._changes.keys():
            log.warning("tool.changed", service=self.name, tool=name, parts=changes[name].parts)
        if (offers, changes) == (self._offers, self._changes) and not any(
            one["name"].endswith("*") for one in self.absences
        ):
            return
        tools: dict[str, Tool] = {}
        absences = []
        for offer in offers:
            try:
                if full_name(self.name, offer.name) in tools:
                    raise ToolError(reason="the service has two tools of this name")  # noqa: TRY301
                if offer.name in changes:  # whatever the operator has said was said of another tool
                    reason = changes[offer.name].told(full_name(self.name, offer.name))
                    raise ToolError(reason=reason)  # noqa: TRY301
                tools[full_name(self.name, offer.name)] = self._tool(offer.checked(self.name))
            except ToolError as fault:
                absences.append(self._absence(offer.name, str(fault)))
        renamed = [name for name in self._table.tools if name not in {offer.name for offer in offers}]
        absences += [self._absence(name, "the services file names it, and the service has none") for name in renamed]
        self._changes = dict(changes)
        self._offers, self.tools, self.absences = offers, list(tools.values()), absences
        log.info("service.listed", service=self.name, tools=len(tools), unusable=len(absences))

    def _tool(self, offer: Offer) -> Tool:
        known = self._table.tools.get(offer.name, ToolTable())
        definition = _RemoteTool(
            name=full_name(self.name, offer.name),
            description=offer.description,
            args_schema=offer.inputs,
            response_format="content_and_artifact",
            ask=lambda inputs: self._call(offer, inputs),
        )
        policy = ToolPolicy(
            risk=known.risk or offer.risk,
            idempotent=known.idempotent,
            seconds=known.seconds or self._table.seconds,
            network=f"service {self.name}",
            files="write" if self._table.command else "none",  # a program on this machine has the office's rights
            cost=known.cost_usd,
        )
        return Tool(definition=definition, policy=policy, source=f"service {self.name}")

    async def _call(self, offer: Offer, inputs: Inputs) -> tuple[str, Any]:
        """One call; after one that failed, the service is asked anew what it has."""
        try:
            conversation = await _conversation()
            connection = await asyncio.to_thread(self._connection)
            seconds, program = self._table.connect_seconds, self._kept(conversation)
            answer = await conversation.called(self.name, connection, seconds, program, offer.name, inputs)
            if answer.refused:
                raise ToolError(reason=answer.text or f"The service `{self.name}` failed without a word.")
            await asyncio.to_thread(_hold_against, offer, answer.data, self.name)
        except OfficeError:
            self._ask_again_at = 0.0
            raise
        return answer.text, answer.data if answer.data is not None else answer.text

    async def close(self) -> None:
        """End its process, if it has one of ours; a later question starts it again."""
        if self._program:
            await self._program.close()

    def _kept(self, conversation: Any) -> "Program":
        """The process of a service on standard streams; not started yet, perhaps never."""
        self._program = self._program or conversation.Program(self.name)
        return self._program

    def _connection(self) -> Any:
        """How it is reached, with the secrets of this moment; may read `.env`.

        Raises:
            ToolError: a variable is not set.
        """
        table = self._table
        if table.command:
            environment = {name: self._value(name) for name in table.environment}
            program, *arguments = table.command
            return {"transport": "stdio", "command": program, "args": arguments, "env": environment}
        headers = {header: self._value(variable) for header, variable in table.headers.items()}
        longest = max([table.seconds, *(tool.seconds or 0 for tool in table.tools.values())])
        return {
            "transport": "streamable_http",
            "url": table.url,
            "headers": headers,
            "timeout": table.connect_seconds,
            "sse_read_timeout": longest + table.connect_seconds,
        }

    def _value(self, variable: str) -> str:
        value = self._secret(variable)
        if value is None:
            raise ToolError(reason=f"The service `{self.name}` needs the variable {variable}, which is not set.")
        secret = value.get_secret_value()
        for part in (secret, secret.partition(" ")[2]):  # a service may tell `Bearer x` back without its first word
            confide(part)
        return secret

    def _absence(self, tool: str, reason: str) -> ToolAbsence:
        return {"name": full_name(self.name, tool), "source": f"service {self.name}", "reason": reason}


class _RemoteTool(BaseTool):
    """Hands every input on, whatever its name: LangChain's own tool keeps some for itself, such as `config`."""

    ask: Callable[[Inputs], Any]

    def _run(self, /, **inputs: Any) -> Any:
        raise NotImplementedError("a remote tool is only called asynchronously")

    async def _arun(self, /, **inputs: Any) -> Any:
        return await self.ask(inputs)


def _hold_against(offer: Offer, data: Any, service: str) -> None:
    """Make sure that the data are as they were announced.

    Raises:
        OddAnswer: they are not.
    """
    if offer.output is None:
        return
    try:
        fault = next(BoundedSchema(offer.output).faults(data), None)
    except Uncheckable as odd:
        told = f"what `{offer.name}` announced {odd.facts['reason']}"
        raise OddAnswer(reason=f"The service `{service}` cannot be understood: {told}.") from None
    if fault:
        where = "".join(f"[{part!r}]" for part in fault.absolute_path)
        told = f"`{offer.name}` answered otherwise than it announced{f' at {where}' if where else ''}"
        raise OddAnswer(reason=f"The service `{service}` cannot be understood: {told}: {fault.message[:200]}.")


async def _conversation() -> Any:
    """The module that talks; imported in a thread, and only when there is somebody to talk to."""
    from importlib import import_module

    return await asyncio.to_thread(import_module, "intelligent_office.toolbox.remote.conversation")
