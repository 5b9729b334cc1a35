"""Which engine's way is taken, and what holds for both: refusing, verifying, putting back."""

import tempfile
from pathlib import Path
from types import ModuleType

from django.core.management import call_command
from django.db import connection

from portal.backup import archive, postgres, sqlite
from portal.backup.archive import Manifest, Unusable
from portal.teams import invariants
from portal.teams.models import Team


def engine() -> ModuleType:
    """The way of the configured database."""
    return postgres if connection.vendor == "postgresql" else sqlite


def back_up(target: Path, overwrite: bool) -> Manifest:
    """Write a backup; what is there already is replaced only where that was asked for."""
    if target.exists() and not overwrite:
        raise Unusable(f"{target} is there already. Choose another name, or add --overwrite.")
    if not target.parent.is_dir():
        raise Unusable(f"There is no folder {target.parent}.")
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / "database"
        manifest: Manifest = engine().copy_to(copy)
        archive.write(target, archive.as_dict(manifest), copy)
    return manifest


def restore(source: Path, overwrite: bool) -> Manifest:
    """Put a backup in the database's place, migrate and verify it; what was there comes back where that fails."""
    with archive.opened(source) as (manifest, copy):
        archive.require_fitting(manifest)
        if not overwrite and not engine().is_empty():
            raise Unusable("The database is not empty. Take a backup of it, then add --overwrite.")
        with engine().replaced_by(copy):
            _verify(manifest)
    return manifest


def _verify(manifest: Manifest) -> None:
    found = archive.counted()
    if found != manifest.rows:
        raise Unusable(f"Rows are missing: {found} instead of {manifest.rows}. Nothing was changed.")
    call_command("migrate", verbosity=0)
    findings = list(invariants.check_house())
    for team in Team.every_team.all():
        findings += invariants.check(team)
    if findings:
        told = f"{findings[0].invariant}: {findings[0].detail}"
        raise Unusable(f"What was restored does not agree with itself ({told}). Nothing was changed.")
