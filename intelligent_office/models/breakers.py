"""Circuit breakers: what fails again and again is left alone for a while, and then tried with one call at a time.

A circuit is closed while all is well. So many failures in a row open it: nobody gets through, so that callers go
elsewhere at once and a server that struggles is left in peace. After a cool-down it is half-open: exactly one caller
goes through, as a probe, and how that ends closes the circuit or opens it again.

A rest is another matter: who says "too many requests, come back in 20 s" is not sick. Callers may wait for it.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import structlog

State = Literal["closed", "open", "half-open"]
log = structlog.get_logger()


RESTS = "it wants to be left alone"


class CircuitOpen(Exception):
    """Nobody gets through at present. The message names no time: who fails twice for the same reason can tell."""

    def __init__(self, failures: int) -> None:
        super().__init__(f"circuit open after {failures} failures")


@dataclass(frozen=True)
class Condition:
    """How a circuit stands."""

    state: State
    failures: int
    """In a row."""
    seconds: float
    """Until it is tried again; 0 if it may be at once."""
    rests: float
    """Seconds for which its server has asked to be left alone."""

    @property
    def trouble(self) -> str:
        """Why nobody gets through, and for how long; empty if all is well."""
        if self.state != "closed":
            again = f"tried again in {self.seconds:.0f} s" if self.seconds else "to be tried again"
            return f"{CircuitOpen(self.failures)}, {again}"
        return f"{RESTS} for another {self.rests:.0f} s" if self.rests else ""


@dataclass
class _Circuit:
    failures: int = 0
    opened: bool = False
    probing: bool = False
    until: float = 0.0
    """When the cool-down ends."""
    rests_until: float = 0.0
    era: int = 0
    """Grows whenever the circuit opens; what began in an earlier era says nothing of today."""


@dataclass(frozen=True, eq=False)
class Passage:
    """The right to one call. Exactly one of its methods is called when the call is over."""

    breakers: "Breakers"
    key: str
    era: int

    def succeeded(self) -> None:
        """The other side is well."""
        self.breakers._closed(self)  # noqa: SLF001  two halves of one thing

    def failed(self) -> None:
        """The other side is not well."""
        self.breakers._failed(self)  # noqa: SLF001

    def abandoned(self) -> None:
        """The call was broken off from this side, and says nothing of the other."""
        self.breakers._abandoned(self)  # noqa: SLF001


class Breakers:
    """The circuits of a process, one a key. They may be used from any thread."""

    def __init__(self, *, failures: int, seconds: float, now: Callable[[], float]) -> None:
        """Make them, all closed.

        Args:
            failures: So many in a row open a circuit.
            seconds: The cool-down.
            now: Tells the time, in seconds.
        """
        self._failures = failures
        self._seconds = seconds
        self._now = now
        self._lock = threading.Lock()
        self._circuits: dict[str, _Circuit] = {}

    def enter(self, key: str) -> Passage:
        """Ask to be let through.

        Raises:
            CircuitOpen: the circuit is open, or its one probe is on its way.
        """
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            if circuit.opened:
                left = circuit.until - self._now()
                if circuit.probing or left > 0:
                    raise CircuitOpen(circuit.failures)
                circuit.probing = True
            return Passage(self, key, circuit.era)

    def rest(self, key: str, seconds: float) -> None:
        """Remember that the other side wants to be left alone for so long."""
        with self._lock:
            circuit = self._circuits.setdefault(key, _Circuit())
            circuit.rests_until = max(circuit.rests_until, self._now() + seconds)

    def rests(self, key: str) -> float:
        """For how many seconds yet the other side wants to be left alone."""
        circuit = self._circuits.get(key)
        return max(0.0, circuit.rests_until - self._now()) if circuit else 0.0

    def states(self) -> Mapping[str, Condition]:
        """Every circuit that was ever used, as it stands."""
        with self._lock:
            return {key: self._condition(circuit) for key, circuit in self._circuits.items()}

    def troubles(self) -> Mapping[str, str]:
        """Why nobody gets through, by key; nothing of those where all is well."""
        return {key: condition.trouble for key, condition in self.states().items() if condition.trouble}

    def _condition(self, circuit: _Circuit) -> Condition:
        now = self._now()
        left = max(0.0, circuit.until - now) if circuit.opened else 0.0
        state: State = "closed" if not circuit.opened else "open" if left and not circuit.probing else "half-open"
        return Condition(state, circuit.failures, left, max(0.0, circuit.rests_until - now))

    def _closed(self, passage: Passage) -> None:
        with self._lock:
            circuit = self._circuits[passage.key]
            if passage.era != circuit.era:
                return
            was_open = circuit.opened
            circuit.failures, circuit.opened, circuit.probing = 0, False, False
        if was_open:
            log.info("breaker.closed", key=passage.key)

    def _failed(self, passage: Passage) -> None:
        with self._lock:
            circuit = self._circuits[passage.key]
            if passage.era != circuit.era:
                return
            circuit.failures += 1
            if not circuit.opened and circuit.failures < self._failures:
                return
            circuit.opened, circuit.probing = True, False
            circuit.until = self._now() + self._seconds
            circuit.era += 1
        log.warning("breaker.opened", key=passage.key, failures=circuit.failures, seconds=self._seconds)

    def _abandoned(self, passage: Passage) -> None:
        with self._lock:
            circuit = self._circuits[passage.key]
            if passage.era == circuit.era:
                circuit.probing = False  # the next caller is the probe
