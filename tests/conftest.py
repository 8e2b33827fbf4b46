"""A real PostgreSQL for the whole session, and a fresh database with all tables for every test that asks for one."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
import structlog
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from psycopg import errors, sql
from psycopg.conninfo import make_conninfo

from intelligent_office.database.embedded import EmbeddedServer
from intelligent_office.database.pool import Database
from intelligent_office.settings import Settings, variables
from intelligent_office.tasks import Tasks
from intelligent_office.workers.claims import Claims

TEMPLATE = "office_template"
PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
PROXIES = [f"{scheme}_proxy" for scheme in ("http", "https", "all", "ftp", "no")]
"""Where clients would look for servers of this machine."""
BESIDE = [
    *("ANTHROPIC_API_KEY", "GROQ_API_KEY", "OPENAI_PROXY"),
    *("LANGSMITH_TRACING", "LANGSMITH_TRACING_V2", "LANGCHAIN_TRACING", "LANGCHAIN_TRACING_V2"),
]
"""What is listened to beside the settings."""
LOOKS = ["COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE"]
"""How wide and how colourful a terminal is."""

# The same examples on every machine, however slow it is: who breaks nothing is not told of a failure.
hypothesis_settings.register_profile(
    "everywhere", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("everywhere")


@dataclass
class Server:
    """The session's server, and how to make databases on it."""

    address: str
    connection: psycopg.Connection

    def address_of(self, name: str) -> str:
        return make_conninfo(self.address, dbname=name, connect_timeout=100)

    def create(self, name: str, template: str = "template0") -> str:
        """Make a database and return its address."""
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._alone(command.format(sql.Identifier(name), sql.Identifier(template)))
        return self.address_of(name)

    def drop(self, name: str) -> None:
        self._alone(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def _alone(self, command: sql.Composed) -> None:
        """What wants nobody in the database; the server itself waits for the last one for five seconds only."""
        while True:
            with suppress(errors.ObjectInUse):
                self.connection.execute(command)
                return


@pytest.fixture(scope="session")
def _caches(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("caches")


@pytest.fixture(autouse=True)
def _quiet_environment(monkeypatch: pytest.MonkeyPatch, _caches: Path) -> None:
    """What the developer has set, keeps at home or has in the cache, must not decide how a test ends."""
    for name in (*variables(), *BESIDE, *PROXIES, *map(str.upper, PROXIES), *LOOKS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(_caches))
    monkeypatch.setenv("OFFICE_HOME", str(_caches / "home"))


@pytest.fixture(autouse=True)
def _plain_tracebacks() -> None:
    """Where no door has configured the logs, structlog paints a failure with all its variables, for seconds."""
    if not structlog.is_configured():
        structlog.configure([*structlog.get_config()["processors"][:-1], PLAIN])


@pytest.fixture
def public_folder() -> Iterator[Path]:
    """A folder with a short path that the embedded server's own user may enter, unlike pytest's."""
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """The session's server, with a template that holds every table."""
    home = Path(tempfile.mkdtemp(prefix="office-tests-"))
    home.chmod(0o755)
    embedded = EmbeddedServer(home)
    address = embedded.start()
    try:
        with psycopg.connect(address, autocommit=True) as connection:
            # Nothing here has to outlive the machine, and nobody works behind a test's back.
            for name, value in {"fsync": "off", "full_page_writes": "off", "autovacuum": "off"}.items():
                connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
            connection.execute("SELECT pg_reload_conf()")
            server = Server(address, connection)
            asyncio.run(_migrate(server.create(TEMPLATE)))
            yield server
    finally:
        embedded.stop()
        shutil.rmtree(home, ignore_errors=True)  # one that is slow to stop still writes


async def _migrate(address: str) -> None:
    async with Database(Settings(database_url=address, _env_file=None)):
        pass


_numbers = count(1)


@pytest.fixture
def database_url(postgres: Server) -> Iterator[str]:
    """The address of a fresh database with every table in it."""
    name = f"office_{next(_numbers)}"
    yield postgres.create(name, TEMPLATE)
    postgres.drop(name)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings that lead to a fresh database."""
    return Settings(database_url=database_url, home=tmp_path / "home", _env_file=None)


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    """An open database, fresh for this test."""
    async with Database(settings) as opened:
        yield opened


@pytest.fixture
def tasks(database: Database, settings: Settings) -> Tasks:
    return Tasks(database, settings)


@pytest.fixture
def claims(database: Database, settings: Settings) -> Claims:
    return Claims(database, settings)
