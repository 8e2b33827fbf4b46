"""Files of the working folder: useful inside, and no way out."""

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from intelligent_office.errors import ToolError
from intelligent_office.seams import ToolScope
from intelligent_office.toolbox.files import writing
from intelligent_office.toolbox.files.confinement import locate, opened_file, told
from intelligent_office.toolbox.files.writing import write
from intelligent_office.toolbox.policy import Tool
from intelligent_office.toolbox.registry import Registry
from tests.tools.calling import call
from tools.file_operations import POLICY, file_operations

FILES = file_operations()


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    (folder / "secret.txt").write_text("the secret")
    return folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    return folder


@pytest.fixture
def scope(folder: Path) -> ToolScope:
    return ToolScope(task_id="t", folder=folder)


async def refusal(scope: ToolScope, **inputs: Any) -> str:
    with pytest.raises(ToolError) as failure:
        await call(FILES, scope, **inputs)
    return str(failure.value)


# No way out


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="it shows no environments")
@pytest.mark.parametrize("operation", ["read", "search"])
async def test_a_working_folder_that_is_everything_does_not_show_the_offices_environment(operation):
    everything = ToolScope(task_id="t", folder=Path("/"))
    told = await refusal(everything, operation=operation, path="proc/self/environ", query="PATH")
    assert "a word of the system about itself" in told


@pytest.fixture
def traps(folder: Path, outside: Path) -> Path:
    """A working folder full of ways out."""
    (folder / "link").symlink_to(outside / "secret.txt")
    (folder / "relative").symlink_to("../outside/secret.txt")
    (folder / "folder").symlink_to(outside)
    (folder / "hop").symlink_to("link")
    (folder / "up").symlink_to("..")
    (folder / "dangling").symlink_to(outside / "new.txt")
    (folder / "root").symlink_to("/")
    (folder / "sub").mkdir()
    (folder / "sub" / "back").symlink_to("../../outside")
    (folder / "proc").symlink_to("/proc/self/root")
    return folder


WAYS_OUT = [
    "../outside/secret.txt",
    "sub/../../outside/secret.txt",
    "./../outside/./secret.txt",
    "sub/../sub/../../outside/secret.txt",
    "missing/../../outside/secret.txt",
    "{outside}/secret.txt",
    "//{outside}/secret.txt",
    "{folder}/../outside/secret.txt",
    "link",
    "relative",
    "hop",
    "folder/secret.txt",
    "up/outside/secret.txt",
    "sub/back/secret.txt",
    "sub/back/../outside/secret.txt",
    "folder/../outside/secret.txt",
    "dangling",
    "root/etc/passwd",
    "proc/etc/passwd",
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/cwd/../../../../../etc/passwd",
    "/dev/null",
    "/",
    "..",
    "../work-not",
]


@pytest.mark.parametrize("operation", ["read", "write", "append", "list", "search"])
@pytest.mark.parametrize("path", WAYS_OUT)
async def test_no_path_leads_out_of_the_working_folder(traps, outside, operation, path):
    told_as = await refusal(
        ToolScope(task_id="t", folder=traps),
        operation=operation,
        path=path.format(outside=outside, folder=traps),
        content="x",
        query="secret",
    )

    assert "leads out of the working folder" in told_as
    assert "--folder" in told_as
    assert [entry.name for entry in outside.iterdir()] == ["secret.txt"]
    assert (outside / "secret.txt").read_text() == "the secret"


@pytest.mark.parametrize("operation", ["read", "write", "append", "list", "search"])
@pytest.mark.parametrize(
    "path", [".env", "sub/.env", "link", "home/api-key", "home", "home/../home/api-key", "way/api-key"]
)
async def test_no_tool_opens_what_the_office_keeps_for_itself(folder, operation, path):
    (folder / "home").mkdir()
    (folder / "sub").mkdir()
    for name in (".env", "sub/.env", "home/api-key"):
        (folder / name).write_text("the secret")
    (folder / "link").symlink_to(".env")
    (folder / "way").symlink_to("home")
    scope = ToolScope(task_id="t", folder=folder, private=(folder / "way",))

    told_as = await refusal(scope, operation=operation, path=path, content="x", query="secret")

    assert "is not opened" in told_as
    assert (folder / ".env").read_text() == (folder / "home/api-key").read_text() == "the secret"


async def test_a_search_passes_over_what_the_office_keeps_for_itself(folder):
    (folder / "home").mkdir()
    for name in (".env", "home/api-key", "notes.txt"):
        (folder / name).write_text("the secret")
    scope = ToolScope(task_id="t", folder=folder, private=(folder / "home",))

    _, found = await call(FILES, scope, operation="search", path=".", query="secret")

    assert [match["file"] for match in found["matches"]] == ["notes.txt"]


@pytest.mark.parametrize(
    ("path", "told_as"),
    [
        ("", "The path is empty."),
        ("  ", "The path is empty."),
        ("~", "`~` is no path here"),
        ("C:\\Users\\me\\a.txt", "name it from the working folder on"),
        (" https://example.com/a.txt", "is no path here"),
        ("a\0b", "NUL"),
        ("x" * 300, "too long a name"),
        ("x/" * 5_000, "10000 characters; 4096 are the most"),
        ("~/.bashrc", "where no homes, drives and URLs are"),
        ("$HOME/.bashrc", "does not exist"),
        ("..\\outside\\secret.txt", "does not exist"),
        ("%2e%2e/outside/secret.txt", "does not exist"),
        ("loop", "no regular file but a link"),
    ],
)
async def test_an_odd_path_is_refused_with_a_reason(folder, scope, path, told_as):
    (folder / "loop").symlink_to("loop")

    assert told_as in await refusal(scope, operation="read", path=path)


def test_a_file_swapped_for_a_link_after_it_was_checked_is_not_followed(folder, scope, outside):
    (folder / "a.txt").write_text("mine")
    place = locate("a.txt", scope)
    (folder / "a.txt").unlink()
    (folder / "a.txt").symlink_to(outside / "secret.txt")

    with pytest.raises(ToolError, match="no regular file but a link"), told(place), opened_file(place):
        pass
    with pytest.raises(ToolError, match="no regular file but a link"), told(place):
        write(place, b"overwritten")
    assert (outside / "secret.txt").read_text() == "the secret"


def test_a_folder_swapped_for_a_link_after_it_was_checked_is_not_followed(folder, scope, outside):
    (folder / "sub").mkdir()
    (folder / "sub" / "secret.txt").write_text("mine")
    place = locate("sub/secret.txt", scope)
    (folder / "sub").rename(folder / "moved")
    (folder / "sub").symlink_to(outside)

    with pytest.raises(ToolError, match="not a folder"), told(place), opened_file(place):
        pass
    with pytest.raises(ToolError, match="not a folder"), told(place):
        write(place, b"overwritten")
    assert (outside / "secret.txt").read_text() == "the secret"


async def test_links_inside_the_folder_may_be_followed(folder, scope):
    (folder / "real").mkdir()
    (folder / "real" / "a.txt").write_text("hello")
    (folder / "alias").symlink_to("real")
    (folder / "b.txt").symlink_to(folder / "alias" / "a.txt")

    assert (await call(FILES, scope, operation="read", path="b.txt"))[0] == "hello"
    await call(FILES, scope, operation="write", path="b.txt", content="changed")
    assert (folder / "real" / "a.txt").read_text() == "changed"
    assert (folder / "b.txt").is_symlink()


async def test_listing_and_searching_do_not_follow_links(traps):
    scope = ToolScope(task_id="t", folder=traps)
    _, listed = await call(FILES, scope, operation="list", path=".", pattern="*")
    _, found = await call(FILES, scope, operation="search", path=".", query="secret")

    assert (listed["files"], found["matches"]) == ([], [])


@pytest.mark.parametrize("operation", ["read", "write", "append", "search"])
@pytest.mark.parametrize("kind", ["pipe", "pipe with a reader", "socket"])
async def test_pipes_and_sockets_are_refused_without_waiting(folder, scope, operation, kind):
    held: list[Any] = []
    if kind == "socket":
        held.append(socket.socket(socket.AF_UNIX))
        with _inside(folder):
            held[0].bind("odd")
    else:
        os.mkfifo(folder / "odd")
        if kind == "pipe with a reader":
            held.append(os.fdopen(os.open(folder / "odd", os.O_RDONLY | os.O_NONBLOCK)))
    told_as = await refusal(scope, operation=operation, path="odd", content="x", query="x")
    for one in held:
        one.close()

    assert "no regular file" in told_as
    assert not stat.S_ISREG((folder / "odd").stat().st_mode)


async def test_pipes_are_passed_over_by_list_and_search(folder, scope):
    os.mkfifo(folder / "odd")
    (folder / "a.txt").write_text("x")

    assert (await call(FILES, scope, operation="search", path=".", query="x"))[1]["matches"] != []
    assert (await call(FILES, scope, operation="list", path=".", pattern="*"))[1] == {"files": ["a.txt"]}


async def test_configured_roots_are_read_but_not_written(folder, outside):
    scope = ToolScope(task_id="t", folder=folder, roots=(outside,))
    secret = str(outside / "secret.txt")

    assert (await call(FILES, scope, operation="read", path=secret))[0] == "the secret"
    assert (await call(FILES, scope, operation="list", path=str(outside)))[1] == {"files": [secret]}
    assert "leads out" in await refusal(scope, operation="write", path=secret, content="x")
    assert (await call(FILES, scope, operation="read", path="../outside/secret.txt"))[0] == "the secret"


async def test_a_folder_with_a_similar_name_is_outside(folder, scope):
    twin = folder.with_name("work2")
    twin.mkdir()
    (twin / "a").write_text("x")

    assert "leads out" in await refusal(scope, operation="read", path="../work2/a")


async def test_a_working_folder_that_does_not_exist_is_told(tmp_path):
    scope = ToolScope(task_id="t", folder=tmp_path / "nowhere")

    assert "does not exist; choose one with `--folder`" in await refusal(scope, operation="list", path=".")


async def test_a_working_folder_may_be_reached_through_a_link(folder, tmp_path):
    (folder / "a.txt").write_text("hello")
    (tmp_path / "door").symlink_to(folder)
    scope = ToolScope(task_id="t", folder=tmp_path / "door")

    assert (await call(FILES, scope, operation="read", path=str(tmp_path / "door" / "a.txt")))[0] == "hello"
    assert (await call(FILES, scope, operation="read", path=str(folder / "a.txt")))[0] == "hello"


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in a folder, because the path of a socket has to be short."""
    before = Path.cwd()
    os.chdir(folder)
    yield
    os.chdir(before)


# Reading


async def test_a_small_file_is_read_as_it_is(folder, scope):
    (folder / "a.txt").write_bytes("één\r\ntwo\n\n".encode())
    text, data = await call(FILES, scope, operation="read", path="a.txt")

    assert text == "één\r\ntwo\n\n"
    assert data == {"content": text, "first_line": 1, "lines": 3, "total_lines": 3}


@pytest.mark.parametrize(
    ("first_line", "lines", "content", "count"),
    [
        (1, 2, "line 1\nline 2\n", 2),
        (9, 2, "line 9\nline 10\n", 2),
        (99, 5, "line 99\nline 100", 2),
        (100, 1, "line 100", 1),
        (1, 1, "line 1\n", 1),
    ],
)
async def test_a_page_is_read(folder, scope, first_line, lines, content, count):
    (folder / "a.txt").write_text("\n".join(f"line {n}" for n in range(1, 101)))
    text, data = await call(FILES, scope, operation="read", path="a.txt", first_line=first_line, lines=lines)

    assert data == {"content": content, "first_line": first_line, "lines": count, "total_lines": 100}
    assert f"(Lines {first_line} to {first_line + count - 1} of 100" in text
    assert ("go on with first_line=" in text) == (first_line + count - 1 < 100)


@pytest.mark.parametrize("first_line", [3, 101])
async def test_a_line_that_is_not_there_is_told(folder, scope, first_line):
    (folder / "a.txt").write_text("one\ntwo\n")

    told_as = await refusal(scope, operation="read", path="a.txt", first_line=first_line)
    assert told_as == f"`a.txt` has 2 lines; there is no line {first_line}."


async def test_an_empty_file_is_told_as_empty(folder, scope):
    (folder / "a.txt").touch()
    text, data = await call(FILES, scope, operation="read", path="a.txt")

    assert (text, data) == ("`a.txt` is empty.", {"content": "", "first_line": 1, "lines": 0, "total_lines": 0})


async def test_who_needs_the_whole_file_is_not_given_a_part(folder, scope):
    (folder / "long.txt").write_text("line\n" * 2_001)
    (folder / "short.txt").write_text("line\n" * 2_000)

    told_of = await refusal(scope, operation="read", path="long.txt", whole=True)
    assert "`long.txt` is too long to be read in one piece. (Lines 1 to 2000 of 2001; go on with" in told_of
    assert (await call(FILES, scope, operation="read", path="short.txt", whole=True))[1]["lines"] == 2_000
    assert "in one piece" in await refusal(scope, operation="read", path="short.txt", lines=5, whole=True)


async def test_a_huge_file_comes_in_pages_that_join_to_the_whole(folder, scope):
    whole = "".join(f"{n}: {'é' * (n % 90)}\n" for n in range(12_000))
    (folder / "big.txt").write_text(whole)
    read, line = "", 1
    while True:
        _, data = await call(FILES, scope, operation="read", path="big.txt", first_line=line)
        assert data["total_lines"] == 12_000
        assert len(data["content"].encode()) <= 200_000
        read, line = read + data["content"], line + data["lines"]
        if line > 12_000:
            break

    assert read == whole


async def test_one_endless_line_is_cut_and_said_to_be(folder, scope):
    (folder / "a.txt").write_text("é" * 300_000)
    text, data = await call(FILES, scope, operation="read", path="a.txt")

    assert data["content"] == "é" * 100_000
    assert "longer than 200000 bytes" in text


async def test_a_sparse_file_of_a_terabyte_is_not_read_to_its_end(folder, scope):
    with (folder / "sparse").open("wb") as file:
        file.write(b"first\nsecond\n" * 1_000)
        file.truncate(10**12)

    _, data = await call(FILES, scope, operation="read", path="sparse", lines=2)
    assert (data["content"], data["total_lines"]) == ("first\nsecond\n", None)
    assert "beyond the first 256 MB" in await refusal(scope, operation="read", path="sparse", first_line=10**6)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"\xef\xbb\xbfcaf\xc3\xa9\n", "café\n"),
        ("café\ntwo".encode("utf-16"), "café\ntwo"),
        ("café\n".encode("utf-32"), "café\n"),
        ("\ufeffcafé".encode("utf-16-be"), "café"),
        (b"caf\xe9\n", "café\n\n(It is not UTF-8: it was read as Latin-1.)"),
    ],
)
async def test_encodings_are_recognised(folder, scope, content, text):
    (folder / "a.txt").write_bytes(content)

    assert (await call(FILES, scope, operation="read", path="a.txt"))[0] == text


@pytest.mark.parametrize("content", [b"\x89PNG\r\n\x1a\n\0\0\0", b"text\0text", b"a\n" * 9_000 + b"\0"])
async def test_a_binary_file_is_told_as_such(folder, scope, content):
    (folder / "a.bin").write_bytes(content)

    assert "is not text" in await refusal(scope, operation="read", path="a.bin", lines=20_000)


async def test_a_missing_file_is_told_with_near_names(folder, scope):
    (folder / "notes.txt").touch()

    assert (
        await refusal(scope, operation="read", path="note.txt") == "`note.txt` does not exist; near it is `notes.txt`."
    )


@pytest.mark.parametrize(
    ("inputs", "told_as"),
    [
        ({"operation": "read", "path": "."}, "`.` is a folder"),
        ({"operation": "read", "path": "sub"}, "`sub` is a folder"),
        ({"operation": "write", "path": "sub", "content": ""}, "`sub` is a folder"),
        ({"operation": "write", "path": ".", "content": ""}, "`.` is a folder"),
        ({"operation": "append", "path": "sub", "content": ""}, "`sub` is a folder"),
        ({"operation": "list", "path": "a.txt"}, "`a.txt` is not a folder"),
        ({"operation": "read", "path": "a.txt/b"}, "`a.txt/b` is not a folder"),
        ({"operation": "write", "path": "a.txt/b", "content": ""}, "`a.txt/b` is not a folder"),
        ({"operation": "list", "path": "nothing"}, "`nothing` does not exist"),
        ({"operation": "search", "path": "nothing", "query": "x"}, "`nothing` does not exist"),
    ],
)
async def test_a_path_of_the_wrong_kind_is_told(folder, scope, inputs, told_as):
    (folder / "sub").mkdir()
    (folder / "a.txt").touch()

    assert told_as in await refusal(scope, **inputs)


# Writing


async def test_a_file_is_written_with_the_folders_it_needs(folder, scope):
    text, data = await call(FILES, scope, operation="write", path="new/deep/a.txt", content="héllo\n")

    assert (folder / "new" / "deep" / "a.txt").read_text() == "héllo\n"
    assert data == {"path": "new/deep/a.txt", "bytes": 7}
    assert text == "Wrote 7 bytes to `new/deep/a.txt`."


async def test_writing_replaces_the_content_and_keeps_the_permissions(folder, scope):
    (folder / "a.sh").write_text("a much longer old content")
    (folder / "a.sh").chmod(0o750)
    await call(FILES, scope, operation="write", path="a.sh", content="new")

    assert (folder / "a.sh").read_text() == "new"
    assert stat.S_IMODE((folder / "a.sh").stat().st_mode) == 0o750
    assert [entry.name for entry in folder.iterdir()] == ["a.sh"]


async def test_appending_adds_at_the_end_and_makes_a_missing_file(folder, scope):
    await call(FILES, scope, operation="append", path="log.txt", content="one\n")
    text, data = await call(FILES, scope, operation="append", path="log.txt", content="two\n")

    assert (folder / "log.txt").read_text() == "one\ntwo\n"
    assert (text, data) == ("Added 4 bytes to `log.txt`.", {"path": "log.txt", "bytes": 4})


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
async def test_what_is_added_to_a_file_can_be_read_with_the_rest(folder, scope, encoding):
    (folder / "notes").write_bytes("Grüße\n".encode(encoding))
    await call(FILES, scope, operation="append", path="notes", content="Öl\n")
    assert (folder / "notes").read_bytes().decode(encoding) == "Grüße\nÖl\n"


async def test_a_character_that_the_rest_of_a_file_cannot_have_is_not_added(folder, scope):
    (folder / "notes").write_bytes("Grüße".encode("latin-1"))
    told_as = await refusal(scope, operation="append", path="notes", content="100 €")
    assert told_as == "`notes` is Latin-1, which has no `€`; write it anew."
    assert (folder / "notes").read_bytes() == "Grüße".encode("latin-1")


def test_of_an_office_that_is_killed_while_it_writes_nothing_stays(folder):
    if not (writing._NAMELESS and _keeps_nameless(folder)):
        pytest.skip("this system, or the file system of this folder, knows no files without a name")
    (folder / "a").write_text("old")
    code = (
        "import os, sys; from pathlib import Path\n"
        "from intelligent_office.seams import ToolScope\n"
        "from intelligent_office.toolbox.files.confinement import locate\n"
        "from intelligent_office.toolbox.files.writing import write\n"
        "os.fsync = lambda descriptor: os.kill(os.getpid(), 9)\n"
        "write(locate('a', ToolScope(task_id='t', folder=Path(sys.argv[1])), writing=True), b'new')\n"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(folder)], check=False, cwd=Path(__file__).parents[2])
    assert killed.returncode == -9
    assert {path.name: path.read_text() for path in folder.iterdir()} == {"a": "old"}


def _keeps_nameless(folder):
    try:
        os.close(os.open(folder, os.O_TMPFILE | os.O_WRONLY))
    except OSError:
        return False
    return True


@pytest.mark.parametrize("nameless", [True, False])
def test_a_file_is_written_whether_or_not_the_system_knows_files_without_a_name(folder, scope, monkeypatch, nameless):
    monkeypatch.setattr(writing, "_NAMELESS", nameless and writing._NAMELESS)
    for content in (b"first", b"second"):
        write(locate("a", scope, writing=True), content)
        assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": content}


@pytest.mark.parametrize("operation", ["write", "append"])
async def test_a_failed_write_leaves_what_was_there(folder, scope, operation):
    resource = pytest.importorskip("resource")
    (folder / "a.txt").write_text("old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4_000, hard))  # as a full disk would do
    try:
        told_as = await refusal(scope, operation=operation, path="a.txt", content="x" * 10_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert "`a.txt` cannot be used: File too large" in told_as
    assert (folder / "a.txt").read_text() == "old"
    assert [entry.name for entry in folder.iterdir()] == ["a.txt"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
@pytest.mark.parametrize("operation", ["write", "append"])
async def test_a_write_protected_file_is_not_replaced(folder, scope, operation):
    (folder / "a.txt").write_text("old")
    (folder / "a.txt").chmod(0o444)

    assert "write-protected" in await refusal(scope, operation=operation, path="a.txt", content="new")


async def test_half_a_character_cannot_be_stored(folder, scope):
    assert "lone surrogate" in await refusal(scope, operation="write", path="a.txt", content="x\ud800")
    assert not list(folder.iterdir())


# Listing and searching


@pytest.fixture
def project(folder: Path) -> Path:
    for name, content in {
        "main.py": "import sys\nTODO = 1\n",
        "docs/guide/start.md": "Start here. todo\n",
        "docs/index.md": "Index\n",
        "src/app.py": "def todo():\n    return 'Todo list'\n",
        "src/data.bin": "todo\0",
        ".git/config": "todo",
        "__pycache__/x.py": "todo",
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest.mark.parametrize(
    ("path", "pattern", "files"),
    [
        (".", "", [".git/", "__pycache__/", "docs/", "main.py", "src/"]),
        ("docs", "", ["docs/guide/", "docs/index.md"]),
        (".", "*.py", ["main.py", "src/app.py"]),
        ("src", "*.py", ["src/app.py"]),
        (".", "docs/*.md", ["docs/index.md"]),
        (".", "docs/**/*.md", ["docs/guide/start.md", "docs/index.md"]),
        (".", "**/*.md", ["docs/guide/start.md", "docs/index.md"]),
        (".", "**", ["main.py", "docs/guide/start.md", "docs/index.md", "src/app.py", "src/data.bin"]),
        (".", "s*/[ad]*.*", ["src/app.py", "src/data.bin"]),
        (".", "*.rs", []),
        (".git", "*", [".git/config"]),
    ],
)
async def test_files_are_listed(project, scope, path, pattern, files):
    _, data = await call(FILES, scope, operation="list", path=path, pattern=pattern)

    assert sorted(data["files"]) == sorted(files)


async def test_every_listed_file_can_be_read_under_its_name(project, scope):
    _, data = await call(FILES, scope, operation="list", path="docs", pattern="*")

    for name in data["files"]:
        assert (await call(FILES, scope, operation="read", path=name))[1]["content"]


async def test_a_name_of_several_lines_cannot_be_taken_for_several_names(folder, scope):
    (folder / "a\nb").write_text("found")
    text, listed = await call(FILES, scope, operation="list", path=".")
    assert (text, listed["files"]) == ('"a\\nb"', ["a\nb"])
    text, _ = await call(FILES, scope, operation="search", path=".", query="found")
    assert text == '"a\\nb":1: found'


async def test_folders_beyond_the_most_that_are_looked_at_are_said(folder, scope, monkeypatch):
    monkeypatch.setattr("intelligent_office.toolbox.files.search.MOST_ENTRIES", 2)
    for name in ("x", "y"):
        (folder / name).mkdir()
        (folder / name / "a").touch()
    text, _ = await call(FILES, scope, operation="list", path=".", pattern="*")
    assert text == "No file below `.` fits `*`.\n(Not looked into: `x`, `y`.)"


async def test_what_is_not_looked_into_is_said(project, scope):
    text, _ = await call(FILES, scope, operation="list", path=".", pattern="*.md")

    assert "(Not looked into: `.git`, `__pycache__`.)" in text


async def test_an_empty_answer_is_said_in_words(folder, scope):
    assert (await call(FILES, scope, operation="list", path="."))[0] == "`.` is empty."
    assert (await call(FILES, scope, operation="list", path=".", pattern="*.py"))[0] == "No file below `.` fits `*.py`."
    text, data = await call(FILES, scope, operation="search", path=".", query="x")
    assert (text, data) == ("No line of `.` holds `x` (0 files searched).", {"matches": []})


async def test_a_listing_of_too_many_files_is_cut_and_says_so(folder, scope):
    for number in range(1_050):
        (folder / f"{number}.txt").touch()
    for pattern in ("", "*.txt"):
        text, data = await call(FILES, scope, operation="list", path=".", pattern=pattern)
        assert (len(data["files"]), "more than 1000; go on with skip=1000" in text) == (1_000, True)
        text, rest = await call(FILES, scope, operation="list", path=".", pattern=pattern, skip=1_000)
        assert (len(rest["files"]), "go on" in text) == (50, False)
        assert {*data["files"], *rest["files"]} == {f"{number}.txt" for number in range(1_050)}
        text, none = await call(FILES, scope, operation="list", path=".", pattern=pattern, skip=2_000)
        assert (none["files"], text) == ([], "There are not more than 2000.")


async def test_a_search_goes_on_where_it_stopped(folder, scope):
    for name in ("a.txt", "b.txt"):
        (folder / name).write_text("todo\n" * 150)
    text, data = await call(FILES, scope, operation="search", path=".", query="todo")
    assert "(The search stopped after 200 lines; go on with skip=200.)" in text
    text, rest = await call(FILES, scope, operation="search", path=".", query="todo", skip=200)
    assert (len(rest["matches"]), "go on" in text) == (100, False)
    lines = [(match["file"], match["line"]) for match in [*data["matches"], *rest["matches"]]]
    assert lines == [(name, line) for name in ("a.txt", "b.txt") for line in range(1, 151)]
    text, none = await call(FILES, scope, operation="search", path=".", query="todo", skip=300)
    assert (none["matches"], text) == ([], "No other line of `.` holds `todo` (2 files searched).")


@pytest.mark.parametrize(
    ("path", "query", "pattern", "found"),
    [
        (".", "todo", "", ["docs/guide/start.md:1", "main.py:2", "src/app.py:1", "src/app.py:2"]),
        (".", "TODO", "", ["main.py:2"]),
        (".", "Todo", "", ["src/app.py:2"]),
        (".", "todo", "*.md", ["docs/guide/start.md:1"]),
        ("src", "todo", "", ["src/app.py:1", "src/app.py:2"]),
        ("main.py", "todo", "", ["main.py:2"]),
        (".", "t.d.", "", []),
        (".", "(", "", ["src/app.py:1"]),
    ],
)
async def test_lines_are_found(project, scope, path, query, pattern, found):
    _, data = await call(FILES, scope, operation="search", path=path, query=query, pattern=pattern)

    assert sorted(f"{match['file']}:{match['line']}" for match in data["matches"]) == sorted(found)


async def test_a_search_says_what_it_found_and_what_it_left_out(project, scope):
    text, data = await call(FILES, scope, operation="search", path="src", query="list")

    assert text.splitlines() == [
        "src/app.py:2: return 'Todo list'",
        "(Not searched, as binary, too large or not readable: src/data.bin.)",
    ]
    assert data["matches"] == [{"file": "src/app.py", "line": 2, "text": "return 'Todo list'"}]


async def test_a_search_with_too_many_matches_is_cut_and_says_so(folder, scope):
    (folder / "a.txt").write_text("x\n" * 1_000)
    text, data = await call(FILES, scope, operation="search", path=".", query="x")

    assert (len(data["matches"]), "stopped after 200 lines" in text) == (200, True)


async def test_a_match_in_an_endless_line_shows_only_what_is_around_it(folder, scope):
    (folder / "a.txt").write_text("a" * 10_000 + "needle" + "b" * 10_000)
    _, data = await call(FILES, scope, operation="search", path="a.txt", query="needle")

    assert "needle" in data["matches"][0]["text"]
    assert len(data["matches"][0]["text"]) <= 300


async def test_a_binary_file_cannot_be_searched_by_itself(folder, scope):
    (folder / "a.bin").write_bytes(b"needle\0")

    assert "binary or too large" in await refusal(scope, operation="search", path="a.bin", query="needle")


async def test_a_wild_pattern_takes_no_time(folder, scope):
    (folder / ("a" * 200)).touch()

    _, data = await call(FILES, scope, operation="list", path=".", pattern="*a" * 60 + "b")
    assert data == {"files": []}
    _, data = await call(FILES, scope, operation="list", path=".", pattern="**/" * 500 + "a*")
    assert data["files"] == ["a" * 200]


async def test_folders_nested_very_deeply_are_no_trouble(folder, scope):
    deepest = folder
    for _ in range(150):
        deepest = deepest / "d"
    deepest.mkdir(parents=True)
    (deepest / "a.txt").write_text("here")

    _, data = await call(FILES, scope, operation="search", path=".", query="here")
    assert len(data["matches"]) == 1


# Policy


def test_only_writing_needs_permission_and_only_appending_is_not_repeatable():
    registry = Registry([Tool(definition=file_operations(), policy=POLICY)])
    name = "file_operations"
    for operation in ("read", "list", "search"):
        inputs = {"operation": operation, "path": "x"}
        assert (registry.risk(name, inputs), registry.idempotent(name, inputs)) == ("safe", True)
    assert registry.risk(name, {"operation": "write"}) == registry.risk(name, {"operation": "append"}) == "guarded"
    assert registry.risk(name, {"operation": "${s1}"}) == registry.risk(name, {}) == "guarded"
    assert registry.idempotent(name, {"operation": "write"})
    assert not registry.idempotent(name, {"operation": "append"})
    assert not registry.idempotent(name, {"operation": "${s1}"})


@pytest.mark.parametrize(
    ("inputs", "told_as"),
    [
        ({"operation": "write", "path": "a"}, "needs `content` to write"),
        ({"operation": "append", "path": "a"}, "needs `content` to append"),
        ({"operation": "search", "path": "a"}, "needs `query`"),
        ({"operation": "search", "path": "a", "query": ""}, "needs `query`"),
        ({"operation": "read"}, "needs the input `path`"),
        ({"operation": "read", "path": "a", "first_line": 0}, "less than the minimum of 1"),
        ({"operation": "delete", "path": "a"}, "must be one of `read`, `write`, `append`, `list`, `search`"),
    ],
)
def test_a_plan_with_a_call_that_misses_something_is_told_before_it_runs(inputs, told_as):
    registry = Registry([Tool(definition=file_operations(), policy=POLICY)])

    assert told_as in " ".join(registry.faults("file_operations", inputs))
