"""Whose files are whose: the folders in which a tenant's tasks work, and those that they may read.

The office's own tenant (OFFICE_TENANT) has the folder that the server was started in, and OFFICE_ROOTS. Every other one
has what OFFICE_TENANT_ROOTS names for it, or else a folder of its own in OFFICE_HOME, where nobody else gets.
"""

from pathlib import Path

from intelligent_office.errors import InvalidRequest, Unavailable
from intelligent_office.settings import Settings


class Folders:
    """The folders of all tenants. Links on the way to those of the settings are followed once, when it is made."""

    def __init__(self, settings: Settings) -> None:
        self._own = settings.tenant
        self._home = settings.home.expanduser()
        self._at_home = self._home.resolve() / "tenants"
        self._private = tuple(settings.private)
        self._started_in = Path.cwd()
        self._roots = _resolved(settings.roots)
        self._named = {tenant: _resolved(folders) for tenant, folders in settings.tenant_roots.items() if folders}

    def of(self, tenant: str) -> tuple[Path, ...]:
        """Where a tenant's tasks may work; in the first one if they name no folder."""
        if tenant in self._named:
            return self._named[tenant]
        return (self._started_in, *self._roots) if tenant == self._own else (self._at_home / tenant,)

    def readable_beside(self, tenant: str) -> tuple[Path, ...]:
        """What a tenant's tasks may read beside the folder that they work in."""
        return self._roots if tenant == self._own and tenant not in self._named else self.of(tenant)

    def private(self, folder: Path, tenant: str) -> tuple[Path, ...]:
        """What of the office itself no task opens that works for a tenant in a folder.

        Who works in the tenant's folder in OFFICE_HOME gets out of it nowhere else: that folder is not private, and the
        home around it out of reach.
        """
        own = self._at_home / tenant
        if self.of(tenant) != (own,) or not folder.is_relative_to(own):
            return self._private
        return tuple(path for path in self._private if path != self._home)

    def admit(self, name: str | None, tenant: str) -> Path:
        """The folder that a tenant's task may work in, resolved. Its own in OFFICE_HOME is made if need be.

        Args:
            name: as the tenant calls it, from its first folder on; None means that one.
            tenant: whose task it is.

        Raises:
            InvalidRequest: it is none of the tenant's, or there is none. Of others nobody learns whether there are any.
            Unavailable: its own cannot be made.
        """
        name = name or "."
        allowed = self.of(tenant)
        if allowed == (self._at_home / tenant,):
            _make(allowed[0])
        try:
            folder = (allowed[0] / name).resolve()
            outside = not any(folder.is_relative_to(root.resolve()) for root in allowed)
            is_folder = not outside and folder.is_dir()
        except (OSError, RuntimeError):  # too long a name, or links in a circle
            outside = is_folder = False
        if outside:
            whose, setting = ("server", "OFFICE_ROOTS") if tenant == self._own else ("tenant", "OFFICE_TENANT_ROOTS")
            raise InvalidRequest(reason=f"The folder `{name:.200}` is outside the {whose}'s own and those of {setting}")
        if not is_folder:
            raise InvalidRequest(reason=f"There is no folder `{name:.200}`")
        return folder


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as failure:
        reason = f"it cannot be made in OFFICE_HOME ({failure.strerror}); OFFICE_TENANT_ROOTS may name another one"
        raise Unavailable(part="the tenant's folder", reason=reason) from None


def _resolved(folders: list[Path]) -> tuple[Path, ...]:
    return tuple(folder.resolve() for folder in folders)
