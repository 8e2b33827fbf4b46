"""The same input gives the same output: from a cache, from several processes, under any hash seed."""

import subprocess
import sys
from pathlib import Path

import pytest

from intelligent_office.analyzer import analyze, graph_json, intake
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
