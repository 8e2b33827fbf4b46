import os
import pwd
import subprocess

import pytest

from intelligent_office.database.programs import PACKAGE, Programs, closed_to, copy_programs, find_programs
from intelligent_office.errors import Unavailable

NOBODY = pwd.struct_passwd(("someone", "x", 65_000, 65_000, "", "/", "/bin/false"))


def test_the_newest_postgres_that_is_installed_is_found(public_folder):
    programs = find_programs(public_folder)
    told = subprocess.run([programs.folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    assert f"(PostgreSQL) {programs.version}." in told.stdout


@pytest.mark.parametrize(("mode", "closed"), [(0o700, True), (0o710, True), (0o701, False), (0o755, False)])
def test_a_folder_is_closed_to_a_stranger_unless_everybody_may_enter(public_folder, mode, closed):
    """Reading is not needed to pass through."""
    folder = public_folder / "folder"
    (folder / "inner").mkdir(parents=True)
    (folder / "inner").chmod(0o755)
    folder.chmod(mode)
    assert closed_to(NOBODY, folder / "inner") == (folder if closed else None)


def test_a_folder_is_open_to_its_owner(public_folder):
    folder = public_folder / "folder"
    folder.mkdir(0o700)
    owner = pwd.getpwuid(os.geteuid())
    assert closed_to(owner, folder) is None


def test_copied_programs_run_without_the_originals_libraries(public_folder):
    original = find_programs(public_folder).folder.parent
    umask = os.umask(0o077)
    try:
        copied = copy_programs(original, public_folder / "programs" / "1.0")
    finally:
        os.umask(umask)
    assert not closed_to(NOBODY, copied / "bin")
    told = subprocess.run([copied / "bin" / "initdb", "--version"], capture_output=True, text=True, check=True)
    assert "PostgreSQL" in told.stdout
    assert copy_programs(original, public_folder / "programs" / "1.0") == copied


def test_copied_programs_are_open_to_everybody_also_if_the_originals_are_closed(public_folder):
    program = public_folder / "closed" / PACKAGE / "pginstall18" / "bin" / "postgres"
    library = public_folder / "closed" / f"{PACKAGE}.libs" / "libpq.so"
    for path, mode in ((program, 0o700), (library, 0o600)):
        path.parent.mkdir(parents=True)
        path.parent.chmod(0o700)
        path.touch()
        path.chmod(mode)
    copied = copy_programs(program.parent.parent, public_folder / "programs" / "1.0")
    assert not closed_to(NOBODY, copied / "bin" / "postgres")
    beside = copied.parent.with_name(library.parent.name) / library.name
    assert not closed_to(NOBODY, beside.parent)
    assert beside.stat().st_mode & 0o777 == 0o644


def test_a_program_that_fails_says_its_last_words(public_folder):
    with pytest.raises(Unavailable, match=r"pg_ctl: .*--help"):
        find_programs(public_folder).run("pg_ctl", "dance", data=public_folder, seconds=100)


def test_a_program_that_tidies_up_after_a_failure_still_says_why_it_failed(public_folder):
    programs = find_programs(public_folder)
    data = public_folder / "data"
    data.mkdir()
    programs.give(data)
    with pytest.raises(Unavailable, match=r"initdb: .*contains errors"):
        programs.run("initdb", "--set=shared_buffers=nonsense", data=data, seconds=100)


def test_a_program_that_hangs_is_stopped(public_folder):
    (public_folder / "hang").write_text("#!/bin/sh\nexec sleep 60\n")
    (public_folder / "hang").chmod(0o755)
    programs = Programs(folder=public_folder, version="18", user=None)
    with pytest.raises(Unavailable, match=r"did not finish within 0\.1 seconds"):
        programs.run("hang", data=public_folder, seconds=0.1)
