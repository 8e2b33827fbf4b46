import os
import shutil
import signal
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from intelligent_office.database import Database, embedded
from intelligent_office.database.embedded import EmbeddedServer
from intelligent_office.database.programs import PACKAGE, find_programs
from intelligent_office.errors import InvalidSetting, Unavailable
from intelligent_office.settings import Settings
from tests.firm import PATIENCE

only_as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")

HOLDER = """
import sys
from pathlib import Path
from intelligent_office.database.embedded import EmbeddedServer
print(EmbeddedServer(Path(sys.argv[1])).start(), flush=True)
sys.stdin.readline()
"""


@contextmanager
def holder(home, **environment):
    """A process that holds the server until its input ends; it leaves without saying so."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, home],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},  # noqa: TID251 - handed on as it is
    ) as process:
        try:
            yield process
        finally:
            process.communicate(timeout=PATIENCE)


def address(process):
    return process.stdout.readline().strip()


def ask(address, query):
    with psycopg.connect(address) as connection:
        row = connection.execute(query).fetchone()
        assert row is not None
        return row[0]


def server_processes(home):
    """The numbers of the processes that work on a home folder, and of their parents."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it is gone, or has closed everything and only waits to be counted
            if (folder / "cwd").samefile(home / "postgres") and (folder / "comm").read_text().strip() == "postgres":
                found[int(folder.name)] = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return found


def server_process(home):
    """The process number of the server that works on a home folder; None if there is none."""
    found = server_processes(home)
    return next((process for process, parent in found.items() if parent not in found), None)


def kill_server(home):
    """Kill the server, and wait until all of it is dead: while it dies, its socket still answers."""
    os.kill(server_process(home), signal.SIGKILL)
    while server_processes(home):
        pass


@pytest.fixture
def home(public_folder):
    """A home folder whose server is stopped at the end, whatever the test left behind."""
    yield public_folder / "home"
    server = EmbeddedServer(public_folder / "home")
    if server_process(server.home):
        server.start()
        server.stop()


@pytest.fixture(scope="module")
def initialised():
    """The data folder of a server that was started and stopped."""
    folder = Path(tempfile.mkdtemp(prefix="office-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder)
    server.start()
    server.stop()
    yield folder / "postgres"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def used_home(home, initialised):
    """A home folder that has been used before; a first start takes most of a second."""
    home.mkdir()
    home.chmod(0o755)
    subprocess.run(["cp", "-a", initialised, home / "postgres"], check=True)
    return home


# Coming and going


def test_processes_that_meet_an_empty_home_share_one_server(home):
    with holder(home) as first, holder(home) as second, holder(home) as third:
        addresses = {address(first), address(second), address(third)}
        assert len(addresses) == 1
        assert ask(addresses.pop(), "SELECT 42") == 42
    assert server_process(home) is None


def test_the_server_stays_until_the_last_process_leaves(used_home):
    with holder(used_home) as last:
        told = address(last)
        with holder(used_home) as first:
            address(first)
        assert ask(told, "SELECT 42") == 42
    assert server_process(used_home) is None


def test_a_killed_process_does_not_keep_the_server_alive(used_home):
    with holder(used_home) as killed:
        address(killed)
        with holder(used_home) as second:
            told = address(second)
            killed.send_signal(signal.SIGKILL)
            killed.wait()
            assert ask(told, "SELECT 42") == 42
    assert server_process(used_home) is None


def test_the_server_of_a_killed_process_is_used_again_and_then_stopped(used_home):
    with holder(used_home) as killed:
        address(killed)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
    left_behind = server_process(used_home)
    assert left_behind is not None

    server = EmbeddedServer(used_home)
    server.start()
    assert server_process(used_home) == left_behind
    server.stop()

    assert server_process(used_home) is None


def test_what_was_written_is_there_after_a_restart(used_home):
    server = EmbeddedServer(used_home)
    with psycopg.connect(server.start()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    assert server_process(used_home) is None
    assert ask(server.start(), "SELECT answer FROM kept") == 42
    server.stop()


def test_stopping_what_was_not_started_does_nothing(home):
    EmbeddedServer(home).stop()
    assert not home.exists()


# Accidents


def test_a_server_that_was_killed_is_started_again(used_home):
    server = EmbeddedServer(used_home)
    server.start()
    kill_server(used_home)
    assert ask(server.start(), "SELECT 42") == 42
    server.stop()


def test_workers_of_a_killed_server_that_take_their_time_to_go_are_waited_for(used_home, monkeypatch):
    monkeypatch.setattr(embedded, "_LAST_WORDS_SECONDS", 0.0)
    server = EmbeddedServer(used_home)
    server.start()
    killed = server_process(used_home)
    slow = next(process for process, parent in server_processes(used_home).items() if parent == killed)
    os.kill(slow, signal.SIGSTOP)
    os.kill(killed, signal.SIGKILL)
    while killed in server_processes(used_home):
        pass
    log = used_home / "postgres" / "server.log"
    with ThreadPoolExecutor() as other:
        starting = other.submit(server.start)
        while not starting.done() and log.read_text().count("is still in use") < 5:
            pass
        os.kill(slow, signal.SIGCONT)
        assert ask(starting.result(), "SELECT 42") == 42
    server.stop()


async def test_the_database_comes_back_when_its_server_was_killed(used_home):
    async with Database(Settings(home=used_home, _env_file=None), patience_seconds=PATIENCE) as database:
        kill_server(used_home)
        with suppress(Unavailable):  # a connection may break under the statement
            await database.all("due_approvals")
        assert await database.all("due_approvals") == []
    assert server_process(used_home) is None


async def test_a_database_that_cannot_be_opened_lets_go_of_its_server(used_home):
    settings = Settings(home=used_home, _env_file=None)
    async with Database(settings, patience_seconds=PATIENCE) as database, database.pool.connection() as connection:
        await connection.execute("INSERT INTO schema_changes (name) VALUES ('9999_future')")
    with pytest.raises(Unavailable, match="newer"):
        async with Database(settings, patience_seconds=PATIENCE):
            pass
    assert server_process(used_home) is None


def test_a_dead_server_whose_number_another_process_has_is_no_obstacle(used_home):
    """The same numbers come again when a container starts again."""
    server = EmbeddedServer(used_home)
    server.start()
    state = used_home / "postgres" / "postmaster.pid"
    lines = state.read_text().splitlines()
    server.stop()
    lock = used_home / "postgres" / ".s.PGSQL.5432.lock"
    for path in (state, lock):
        path.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
        path.chmod(0o600)
        os.chown(path, (used_home / "postgres").stat().st_uid, -1)

    assert ask(server.start(), "SELECT 42") == 42
    server.stop()


def test_a_first_start_that_was_interrupted_is_begun_anew(home):
    half = home / "postgres.unfinished"
    half.mkdir(parents=True)
    home.chmod(0o755)
    (half / "PG_VERSION").write_text("18")
    server = EmbeddedServer(home)
    assert ask(server.start(), "SELECT 42") == 42
    server.stop()


def test_data_of_another_version_is_not_touched(home):
    data = home / "postgres"
    data.mkdir(parents=True)
    home.chmod(0o755)
    (data / "PG_VERSION").write_text("9\n")
    with pytest.raises(Unavailable, match="made by PostgreSQL 9"):
        EmbeddedServer(home).start()
    assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


def test_a_server_that_cannot_start_says_why(used_home):
    server = EmbeddedServer(used_home)
    server.start()
    server.stop()
    with (used_home / "postgres" / "postgresql.conf").open("a") as configuration:
        configuration.write("no_such_setting = 1\n")
    with pytest.raises(Unavailable, match=r"postgresql\.conf"):
        server.start()


# Folders


def test_a_long_path_gets_a_private_socket_elsewhere(public_folder):
    home = public_folder / ("deep" * 20) / ("down" * 20)
    server = EmbeddedServer(home)
    told = server.start()
    folder = Path(str(conninfo_to_dict(told)["host"]))
    try:
        assert not folder.is_relative_to(home)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder.stat().st_uid == (home / "postgres").stat().st_uid
        assert ask(told, "SELECT 42") == 42
    finally:
        server.stop()
    assert not folder.exists()


@pytest.mark.parametrize("name", ['it\'s $HOME; `a` "b" & ü', "one, two"])
def test_any_character_may_stand_in_the_path(public_folder, name):
    server = EmbeddedServer(public_folder / 'it\'s $HOME, `a` "b" & ü')
    try:
        assert ask(server.start(), "SELECT 42") == 42
    finally:
        server.stop()


@only_as_root
def test_a_private_folder_is_refused_and_stays_private(public_folder):
    private = public_folder / "private"
    private.mkdir(0o700)
    with pytest.raises(InvalidSetting, match="OFFICE_HOME") as told:
        EmbeddedServer(private / "home").start()
    assert str(private) in str(told.value)
    assert private.stat().st_mode & 0o777 == 0o700


@only_as_root
def test_programs_in_a_private_folder_are_copied_to_where_the_server_can_run_them(public_folder, monkeypatch):
    """As when the office is installed somewhere under /root."""
    installed = find_programs(public_folder).folder.parent.parent
    private = public_folder / "private"
    private.mkdir(0o700)
    (private / PACKAGE).mkdir()
    (private / PACKAGE / "__init__.py").touch()
    (private / PACKAGE / "pginstall18").symlink_to(installed / "pginstall18")
    (private / f"{PACKAGE}.libs").symlink_to(installed.with_name(f"{PACKAGE}.libs"))
    monkeypatch.syspath_prepend(private)
    server = EmbeddedServer(public_folder / "home")
    try:
        assert ask(server.start(), "SELECT 42") == 42
    finally:
        server.stop()
    assert (public_folder / "home" / "programs").is_dir()
    assert private.stat().st_mode & 0o777 == 0o700


def test_a_file_is_no_home(public_folder):
    (public_folder / "file").write_text("")
    with pytest.raises(InvalidSetting, match="OFFICE_HOME"):
        EmbeddedServer(public_folder / "file" / "home").start()


def test_nobody_else_can_look_into_the_data(used_home):
    server = EmbeddedServer(used_home)
    server.start()
    server.stop()
    assert (used_home / "postgres").stat().st_mode & 0o777 == 0o700


# What it promises


def test_durability_is_on_and_the_network_is_off(used_home):
    server = EmbeddedServer(used_home)
    told = server.start()
    settings = ("fsync", "synchronous_commit", "full_page_writes", "data_checksums", "listen_addresses")
    assert [ask(told, f"SHOW {name}") for name in settings] == ["on", "on", "on", "on", ""]
    server.stop()


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="only Linux shows a process's environment")
def test_the_server_is_told_no_secrets(used_home):
    with holder(used_home, OPENAI_API_KEY="sk-secret") as process:
        address(process)
        assert b"sk-secret" not in Path(f"/proc/{server_process(used_home)}/environ").read_bytes()
