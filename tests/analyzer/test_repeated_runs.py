"""The same input gives the same output: from a cache, from several processes, under any hash seed."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze, default_cache_folder, graph_json, intake
from intelligent_office.analyzer.cache import Cache
from tests.analyzer.writing import calls_of, write

PROGRAM = """
# file: a.py
import b
def go():
    b.stop()
    b.missing()
TABLE = {"x": go, "y": b.stop}
def run(key): TABLE[key]()
# file: b.py
import a
class Base:
    def hook(self): pass
class Left(Base):
    def hook(self): a.go()
class Right(Base):
    def hook(self): stop()
def stop(thing: Base = None):
    thing.hook()
# file: broken.py
def f(:
"""


def test_a_warm_cache_answers_as_a_cold_one(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    plain = graph_json(analyze(folder))
    assert graph_json(analyze(folder, cache=cache)) == plain
    assert graph_json(analyze(folder, cache=cache)) == plain


def test_a_changed_file_is_read_again_and_the_others_are_not(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    analyze(folder, cache=cache)
    kept = Cache(cache, folder)
    (folder / "a.py").write_text("import b\ndef other(): b.stop()\n")
    assert "a.other -> b.stop" in calls_of(analyze(folder, cache=cache))
    renewed = Cache(cache, folder)
    assert len(set(renewed.summaries) - set(kept.summaries)) == 1
    assert len(set(renewed.summaries) & set(kept.summaries)) == 2


def test_a_renamed_file_is_another_program(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", "def go(): pass\ngo()\n"), tmp_path / "cache"
    analyze(folder, cache=cache)
    (folder / "main.py").rename(folder / "other.py")
    assert calls_of(analyze(folder, cache=cache)) == {"other -> other.go"}


@pytest.mark.parametrize("damage", [b"", b"garbage", None], ids=["empty", "garbage", "cut short"])
def test_a_damaged_cache_is_made_anew(tmp_path: Path, damage: bytes | None) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    plain = graph_json(analyze(folder, cache=cache))
    (file,) = cache.iterdir()
    file.write_bytes(file.read_bytes()[:-5] if damage is None else damage)
    assert graph_json(analyze(folder, cache=cache)) == plain
    assert Cache(cache, folder).summaries


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path) -> None:
    folder = write(tmp_path / "code", PROGRAM)
    occupied = tmp_path / "occupied"
    occupied.touch()
    assert graph_json(analyze(folder, cache=occupied)) == graph_json(analyze(folder))


def test_a_cache_folder_that_is_missing_is_made_for_this_user_alone(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "some" / "cache"
    analyze(folder, cache=cache)
    (file,) = cache.iterdir()
    assert (stat.S_IMODE(cache.stat().st_mode), stat.S_IMODE(file.stat().st_mode)) == (0o700, 0o600)


def test_a_cache_folder_that_was_open_to_others_is_closed(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    analyze(folder, cache=cache)
    assert stat.S_IMODE(cache.stat().st_mode) == 0o700


def test_a_link_in_place_of_the_cache_folder_is_not_used(tmp_path: Path) -> None:
    folder, cache, elsewhere = write(tmp_path / "code", PROGRAM), tmp_path / "cache", tmp_path / "elsewhere"
    elsewhere.mkdir()
    elsewhere.chmod(0o755)
    cache.symlink_to(elsewhere)
    assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))
    assert list(elsewhere.iterdir()) == []
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o755


def _kept_file(folder: Path, cache: Path) -> Path:
    analyze(folder, cache=cache)
    (file,) = cache.iterdir()
    assert Cache(cache, folder).summaries
    return file


def test_a_file_that_others_may_write_is_not_read(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    _kept_file(folder, cache).chmod(0o620)
    assert not Cache(cache, folder).summaries


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_of_another_user_is_not_read(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    os.chown(_kept_file(folder, cache), 12345, -1)
    assert not Cache(cache, folder).summaries
    assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives folders away")
def test_a_folder_of_another_user_is_not_used(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    cache.mkdir()
    os.chown(cache, 12345, -1)
    assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))
    assert list(cache.iterdir()) == []


def test_a_pipe_or_link_in_place_of_a_cache_file_is_not_read(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    file = _kept_file(folder, cache)
    file.rename(tmp_path / "moved")
    file.symlink_to(tmp_path / "moved")
    assert not Cache(cache, folder).summaries
    file.unlink()
    os.mkfifo(file)
    assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))


def test_two_processes_that_fill_the_cache_at_once_both_answer(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"
    code = (
        "import json, sys; from pathlib import Path; from intelligent_office.analyzer import analyze, graph_json\n"
        "sys.stdin.readline()\n"
        "for _ in range(20):\n"
        "    answer = graph_json(analyze(sys.argv[1], cache=Path(sys.argv[2])))\n"
        "    [path.unlink(missing_ok=True) for path in Path(sys.argv[2]).glob('*.bin')]\n"
        "print(json.dumps(answer, sort_keys=True))\n"
    )
    running = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(folder), str(cache)],
            env={"PYTHONPATH": str(Path(intake.__file__).parents[2])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in running:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate() for process in running]
    assert [errors for _, errors in answers] == ["", ""]
    assert answers[0] == answers[1]
    assert not list(cache.glob("*.part"))


def test_what_changes_while_it_is_read_is_not_kept(tmp_path: Path) -> None:
    folder, cache = write(tmp_path / "code", PROGRAM), tmp_path / "cache"

    def change(done: int, _total: int) -> None:
        if done == 1:
            for path in folder.iterdir():
                path.write_text("def late(): pass\n")

    analyze(folder, cache=cache, progress=change, workers=1)
    assert not Cache(cache, folder).summaries
    write(folder, PROGRAM)
    assert graph_json(analyze(folder, cache=cache)) == graph_json(analyze(folder))


def test_the_default_folder_is_where_the_user_keeps_caches(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_cache_folder() == tmp_path / "intelligent-office" / "analyzer"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_cache_folder() == tmp_path / "home" / ".cache" / "intelligent-office" / "analyzer"


def test_several_processes_find_what_one_finds(tmp_path: Path) -> None:
    folder = write(tmp_path, PROGRAM)
    for number in range(4):
        (folder / f"filler{number}.py").write_text(f"import a\nVALUE = {'x' * 400_000!r}\ndef f{number}(): a.go()\n")
    total = sum(path.stat().st_size for path in folder.iterdir())
    assert total > intake.WORTH_A_PROCESS
    alone, together = analyze(folder, workers=1), analyze(folder, workers=3)
    assert graph_json(alone) == graph_json(together)


def test_progress_ends_where_it_said_it_would(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    analyze(write(tmp_path, PROGRAM), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (3, 3)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_the_hash_seed_changes_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path, PROGRAM)
    code = (
        "import json, sys; from intelligent_office.analyzer import analyze, graph_json;"
        "print(json.dumps(graph_json(analyze(sys.argv[1]))))"
    )
    root = str(Path(intake.__file__).parents[2])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code, str(folder)],
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": root},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "4242")
    }
    assert len(outputs) == 1
