"""The one door to PostgreSQL: a pool of connections, and statements by name."""

import asyncio
import select
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from psycopg import AsyncConnection, AsyncCursor, OperationalError, ProgrammingError
from psycopg.conninfo import conninfo_to_dict, make_conninfo, timeout_from_conninfo
from psycopg.errors import ConnectionTimeout, FeatureNotSupported
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool

from intelligent_office.database.listener import Bell, Channel, Listener
from intelligent_office.database.migrate import migrate
from intelligent_office.database.sealing import SETTING, Keyring
from intelligent_office.database.statements import statement
from intelligent_office.database.storable import adapted
from intelligent_office.database.turns import Turns
from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.settings import Settings

if TYPE_CHECKING:
    from intelligent_office.database.embedded import EmbeddedServer

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[DictRow]]

PATIENCE_SECONDS = 5.0
"""How long a caller waits for a connection before it is told that there is none, where the address does not say so."""

_CONNECTION = {"autocommit": True, "prepare_threshold": 0, "row_factory": dict_row}
_NETWORK: dict[str, Any] = {
    "fallback_application_name": "intelligent-office",
    "connect_timeout": int(PATIENCE_SECONDS),
    # A server that vanished without a word is noticed within half a minute.
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Statements:
    """Runs statements by name on one connection.

    Parameters are plain values; dicts and lists become `jsonb`, a tuple becomes an array, and what PostgreSQL cannot
    store in a text is replaced.
    """

    def __init__(self, connection: AsyncConnection[DictRow]) -> None:
        self._connection = connection

    async def one(self, name: str, /, **parameters: Any) -> Row | None:
        """The first row, or None."""
        return await (await self._execute(name, parameters)).fetchone()

    async def all(self, name: str, /, **parameters: Any) -> list[Row]:
        """Every row."""
        return await (await self._execute(name, parameters)).fetchall()

    async def run(self, name: str, /, **parameters: Any) -> int:
        """The number of rows that were touched."""
        return (await self._execute(name, parameters)).rowcount

    async def _execute(self, name: str, parameters: Row) -> AsyncCursor[DictRow]:
        values = {key: adapted(value) for key, value in parameters.items()}
        return await self._connection.execute(statement(name), values)


class Database:
    """A process's way to the database. Opens itself at the first use, because not every door has a start.

    Whoever makes one closes it: an event loop that ends while a pool is connecting never comes to its end.
    """

    def __init__(self, settings: Settings, *, patience_seconds: float | None = None) -> None:
        """Make the way, and do not go it yet.

        Args:
            settings: where the database is, and how many connections it may have.
            patience_seconds: how long a caller waits for a connection; unset, as long as `connect_timeout` in the
                address says.
        """
        self._settings = settings
        self._patience_seconds = patience_seconds
        self._opening = asyncio.Lock()
        self._server: EmbeddedServer | None = None
        self._pool: Pool | None = None
        self._closed = False
        self._listener = Listener(self._connect)
        self._turns = Turns(settings.pool_size // 2)

    @cached_property
    def keyring(self) -> Keyring:
        """What encrypts and decrypts what is kept secret at rest.

        Raises:
            InvalidSetting: OFFICE_ENCRYPTION_KEY holds something that is no key.
        """
        return Keyring.of(self._settings.encryption_key)

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *failure: object) -> None:
        await self.close()

    @property
    def pool(self) -> Pool:
        """The open pool, for those who bring their own SQL (LangGraph's saver)."""
        if self._pool is None:
            raise Unavailable(part="the database", reason="it has not been opened")
        return self._pool

    async def open(self) -> None:
        """Start the embedded server if none is configured, bring the tables up to date, open the pool.

        Raises:
            InvalidSetting: the address or the home folder is not usable.
            Unavailable: the server cannot be reached.
        """
        self._closed = False
        _ = self.keyring  # a key that is none is told at once
        await self._opened()

    async def close(self) -> None:
        """Close every connection, and stop the embedded server if nobody else uses it."""
        self._closed = True
        async with self._opening:
            await self._listener.close()
            if self._pool:
                await self._pool.close()
                self._pool = None
            if self._server:
                await asyncio.to_thread(self._server.stop)
                self._server = None

    async def insist_on_keys(self) -> None:
        """Make sure that this process can read whatever is encrypted here, and that others know of its key.

        Whoever encrypts calls this first.

        Raises:
            InvalidSetting: a key is missing.
        """
        keys = self.keyring
        if keys.writes_with:
            await self.run("use_key", key_id=keys.writes_with)
        missing = await self.missing_keys()
        if missing:
            name, since = next(iter(missing.items()))
            reason = (
                f"data in this database is encrypted with the key `{name}` (in use since {since}), which it does not "
                "hold; add it to the list, after the key that is to write"
            )
            raise InvalidSetting(name=SETTING, reason=reason)

    async def missing_keys(self) -> dict[str, date]:
        """The keys that this process lacks, by their ids, with the day on which they came into use."""
        rows = await self.all("keys_in_use")
        return {row["key_id"]: row["first_used_at"].date() for row in rows if row["key_id"] not in self.keyring.ids}

    async def one(self, name: str, /, **parameters: Any) -> Row | None:
        """The first row of a statement, or None."""
        async with self._connection() as connection:
            return await Statements(connection).one(name, **parameters)

    async def all(self, name: str, /, **parameters: Any) -> list[Row]:
        """Every row of a statement."""
        async with self._connection() as connection:
            return await Statements(connection).all(name, **parameters)

    async def run(self, name: str, /, **parameters: Any) -> int:
        """The number of rows that a statement touched."""
        async with self._connection() as connection:
            return await Statements(connection).run(name, **parameters)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Statements]:
        """Several statements, all of them or none."""
        async with self._connection() as connection, connection.transaction():
            yield Statements(connection)

    @asynccontextmanager
    async def as_one(self) -> AsyncIterator[Statements]:
        """All that the running coroutine asks of this database inside, whoever asks it, is one transaction.

        So a door can keep a note with whatever the house does, and the house need not know of the note.
        """
        async with self._connection() as connection:
            shared = _Shared(self, connection)
            token = _shared.set(shared)
            try:
                async with connection.transaction():
                    yield Statements(connection)
            finally:
                shared.connection = None  # for those that were started inside and live on
                _shared.reset(token)

    def bell(self, channel: Channel, payload: str | None = None) -> AbstractContextManager[Bell]:
        """A bell that rings when something was notified on the channel; see `Listener.bell`."""
        return self._listener.bell(channel, payload)

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[AsyncConnection[DictRow]]:
        shared = _shared.get()
        try:
            if shared and shared.database is self and shared.connection:
                yield shared.connection
                return
            async with self._turns.one():
                pool, connection = await self._lent()
                try:
                    yield connection
                except FeatureNotSupported:  # a newer office has changed the tables of its prepared statements
                    await connection.close()
                    raise Unavailable(part="the database", reason="its tables were changed meanwhile") from None
                finally:
                    await pool.putconn(connection)
        except OperationalError as failure:
            raise self._unavailable(failure) from None

    async def _lent(self) -> tuple[Pool, AsyncConnection[DictRow]]:
        """A connection of the pool, and who takes it back: the pool's own context manager would commit once more.

        If there is none, all who wait for one are told: each alone would wait longer.
        """
        try:
            pool = self._pool or await self._opened()
            return pool, await pool.getconn()
        except (OperationalError, Unavailable) as failure:
            away = failure if isinstance(failure, Unavailable) else self._unavailable(failure)
            self._turns.send_away(str(away.facts["reason"]))
            raise

    async def _opened(self) -> Pool:
        if self._pool is None:
            async with self._opening:
                if self._closed:
                    raise Unavailable(part="the database", reason="it was closed")
                if self._pool is None:
                    self._pool = await self._open_pool()
        return self._pool

    async def _open_pool(self) -> Pool:
        # A first connection of our own: a pool tells that it cannot connect, but neither why nor soon.
        async with await self._connect() as connection:
            try:
                await migrate(connection)
            except OperationalError as failure:
                raise self._unavailable(failure) from None
        patience = self._patience(await self._address())
        pool: Pool = AsyncConnectionPool(
            self._address,
            kwargs=_CONNECTION,
            min_size=1,
            max_size=self._settings.pool_size,
            timeout=patience,
            # Soon given up and begun anew by the next caller, so that no long pause outlasts an outage.
            reconnect_timeout=patience,
            check=self._refuse_if_cut,
            open=False,
            name="office",
        )
        await pool.open()
        return pool

    async def _refuse_if_cut(self, connection: AsyncConnection[DictRow]) -> None:
        """Raise if the server has hung up: an idle connection with something to read was closed, or will say more."""
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN)
        if poll.poll(0):
            try:
                await AsyncConnectionPool.check_connection(connection)
            except OperationalError:
                await self.pool.check()  # its neighbours are likely cut too, and the pool pauses after each
                raise

    async def _connect(self) -> AsyncConnection[DictRow]:
        """A connection beside the pool."""
        address = await self._address()
        patience = self._patience(address)
        try:
            async with asyncio.timeout(patience):
                return await AsyncConnection.connect(address, **_CONNECTION)  # type: ignore[arg-type]
        except (TimeoutError, ConnectionTimeout):  # whichever of the two clocks is looked at first
            reason = f"no answer within {patience:g} seconds"
            raise Unavailable(part="the database", reason=reason) from None
        except OperationalError as failure:
            raise self._unavailable(failure) from None

    async def _address(self) -> str:
        """The connection string. Asked for at every new connection: an embedded server that died is started again."""
        if self._settings.database_url:
            return _with_defaults(self._settings.database_url.get_secret_value())
        if self._server is None:
            try:
                from intelligent_office.database.embedded import EmbeddedServer
            except ImportError:
                reason = "it is not set, and there is no embedded PostgreSQL for this system"
                raise InvalidSetting(name="OFFICE_DATABASE_URL", reason=reason) from None
            self._server = EmbeddedServer(self._settings.home)
        return await asyncio.to_thread(self._server.start)

    def _patience(self, address: str) -> float:
        return self._patience_seconds or float(timeout_from_conninfo(conninfo_to_dict(address)))

    def _unavailable(self, failure: OperationalError) -> Unavailable:
        reason = str(failure).strip().split("\n")[0] or type(failure).__name__
        url = self._settings.database_url
        password = conninfo_to_dict(url.get_secret_value()).get("password") if url else None
        if password:
            reason = reason.replace(str(password), "…")
        return Unavailable(part="the database", reason=reason)


@dataclass
class _Shared:
    """A connection that a coroutine shares with all that it calls."""

    database: Database
    connection: AsyncConnection[DictRow] | None


_shared: ContextVar[_Shared | None] = ContextVar("office_connection", default=None)


def _with_defaults(url: str) -> str:
    try:
        given = conninfo_to_dict(url)
        timeout_from_conninfo(given)  # is a number
    except ProgrammingError:  # its message would quote the address with the password
        reason = "it is no PostgreSQL address; write postgresql://user:password@host:5432/database"
        raise InvalidSetting(name="OFFICE_DATABASE_URL", reason=reason) from None
    return make_conninfo(**{name: value for name, value in {**_NETWORK, **given}.items() if value is not None})
