"""Whose files are whose."""

from pathlib import Path

import pytest

from intelligent_office.errors import InvalidRequest, ToolError, Unavailable
from intelligent_office.folders import Folders
from intelligent_office.seams import ToolScope
from intelligent_office.settings import Settings
from intelligent_office.toolbox.files.confinement import locate


@pytest.fixture
def folders(tmp_path, monkeypatch):
    """Those of a server that was started in a folder, with another one beside it."""
    for name in ("started/src", "root", "srv/src", "home/keys"):
        (tmp_path / name).mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "started")
    named = {"named": [tmp_path / "srv"], "unnamed": []}
    return Folders(Settings(home=tmp_path / "home", roots=[tmp_path / "root"], tenant_roots=named, _env_file=None))


def scope_for(tenant, folders):
    folder = folders.admit(None, tenant)
    return ToolScope(
        task_id="t",
        tenant=tenant,
        folder=folder,
        roots=folders.readable_beside(tenant),
        private=folders.private(folder, tenant),
    )


def test_the_offices_own_tenant_works_where_the_server_was_started_or_in_its_roots(folders, tmp_path):
    assert folders.admit(None, "default") == tmp_path / "started"
    assert folders.admit("src", "default") == tmp_path / "started" / "src"
    assert folders.admit(str(tmp_path / "root"), "default") == tmp_path / "root"


def test_another_tenant_has_a_folder_of_its_own_that_is_closed_to_other_users(folders, tmp_path):
    own = folders.admit(None, "acme")
    assert own == tmp_path / "home" / "tenants" / "acme"
    assert own.stat().st_mode & 0o077 == 0
    (own / "src").mkdir()
    assert folders.admit("src", "acme") == own / "src"


def test_a_tenant_that_is_named_in_the_settings_has_those_folders_and_no_other(folders, tmp_path):
    assert folders.admit(None, "named") == tmp_path / "srv"
    assert folders.admit(str(tmp_path / "srv" / "src"), "named") == tmp_path / "srv" / "src"
    assert not (tmp_path / "home" / "tenants").exists()


@pytest.mark.parametrize("tenant", ["acme", "named", "unnamed", "default"])
@pytest.mark.parametrize("name", ["/", "..", "../../started", "../other", "/etc", "{0}/home", "{0}/home/tenants/other"])
def test_no_tenant_may_name_anothers_folder_or_learn_whether_there_is_one(folders, tmp_path, tenant, name):
    folders.admit(None, "other")
    for folder in (name.format(tmp_path), name.format(tmp_path) + "/nowhere"):
        with pytest.raises(InvalidRequest, match="outside"):
            folders.admit(folder, tenant)


def test_a_link_leads_no_tenant_out_of_its_folder(folders, tmp_path):
    (folders.admit(None, "acme") / "link").symlink_to(tmp_path / "started")
    with pytest.raises(InvalidRequest, match="outside"):
        folders.admit("link", "acme")


def test_that_a_tenants_own_folder_cannot_be_made_is_told(folders, tmp_path):
    (tmp_path / "home" / "tenants").write_text("in the way")
    with pytest.raises(Unavailable, match="cannot be made in OFFICE_HOME"):
        folders.admit(None, "acme")


def test_a_folder_that_is_not_there_is_told(folders):
    with pytest.raises(InvalidRequest, match="There is no folder `nowhere`"):
        folders.admit("nowhere", "acme")
    with pytest.raises(InvalidRequest, match="There is no folder"):
        folders.admit("x" * 300, "acme")


@pytest.mark.parametrize("tenant", ["acme", "named", "unnamed", "default"])
def test_tools_read_in_a_tenants_own_folders_and_nowhere_else(folders, tmp_path, tenant):
    others = folders.admit(None, "other")
    secrets = [others / "a.txt", tmp_path / "home" / "api-key", tmp_path / "home" / "keys" / "a.txt"]
    if tenant != "default":
        secrets += [tmp_path / "started" / "a.txt", tmp_path / "root" / "a.txt"]
    if tenant != "named":
        secrets += [tmp_path / "srv" / "a.txt"]
    scope = scope_for(tenant, folders)
    for path in [*secrets, Path("../../api-key"), Path("/proc/self/environ")]:
        with pytest.raises(ToolError):
            locate(str(path), scope)
    assert locate("a.txt", scope, writing=True).path == scope.folder / "a.txt"


def test_a_task_that_the_operator_gave_a_folder_around_the_home_still_reads_nothing_in_there(folders, tmp_path):
    around = ToolScope(task_id="t", folder=tmp_path, private=folders.private(tmp_path, "acme"))
    with pytest.raises(ToolError, match="keeps its own things"):
        locate("home/api-key", around)


@pytest.mark.parametrize("name", ["", "../acme", "a/b"])
def test_what_is_no_tenants_name_is_refused_in_the_settings(name):
    with pytest.raises(ValueError, match="tenant_roots"):
        Settings(tenant_roots={name: [Path("/srv")]}, _env_file=None)
