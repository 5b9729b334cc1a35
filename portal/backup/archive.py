"""The file of a backup: a tar with `manifest.json` and the copy, written whole or not at all."""

import hashlib
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from portal import VERSION
from portal.teams import sealed, sealing_keys

MANIFEST, COPY = "manifest.json", "database"
# Rows are counted in these, so that a restore can show that it has them all.
COUNTED = ("teams_team", "teams_seat", "teams_member", "teams_event")


class Unusable(Exception):
    """A backup or restore that can't be done, with a sentence that says what to do."""


@dataclass(frozen=True)
class Manifest:
    """What a backup says about itself."""

    version: str
    made_at: str
    engine: str
    engine_version: str
    # The migrations that had run, as app.name.
    migrations: list[str]
    # By the id of the key: how many values are sealed under it. Keys themselves are in no backup.
    keys: dict[str, int]
    rows: dict[str, int]
    sha256: str = ""


def describe() -> Manifest:
    """Describe the database as this connection sees it."""
    done = MigrationRecorder(connection).applied_migrations()
    version = ".".join(map(str, connection.get_database_version()))
    return Manifest(
        VERSION, timezone.now().isoformat(), connection.vendor, version,
        sorted(f"{app}.{name}" for app, name in done), sealing_keys.in_use(), counted(),
    )  # fmt: skip


def counted() -> dict[str, int]:
    """Count the rows of the tables that matter most."""
    found = {}
    with connection.cursor() as cursor:
        for table in COUNTED:
            cursor.execute(f"SELECT COUNT(*) FROM {table}")  # noqa: S608
            found[table] = int(cursor.fetchone()[0])
    return found


def write(target: Path, manifest: dict[str, Any], copy: Path) -> None:
    """Write the archive beside its place and then put it there: half a backup never has a backup's name."""
    manifest = manifest | {"sha256": digest(copy)}
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    try:
        with tempfile.NamedTemporaryFile("w") as told, tarfile.open(name, "w") as tar:
            json.dump(manifest, told, indent=2)
            told.flush()
            tar.add(told.name, MANIFEST)
            tar.add(copy, COPY)
        Path(name).replace(target)
    finally:
        Path(name).unlink(missing_ok=True)


@contextmanager
def opened(source: Path) -> Iterator[tuple[Manifest, Path]]:
    """Unpack a backup into a folder that goes again; Unusable where it is none, or was damaged."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            with tarfile.open(source) as tar:
                for name in (MANIFEST, COPY):
                    tar.extract(name, folder, filter="data")
            manifest = Manifest(**json.loads((Path(folder) / MANIFEST).read_text()))
        except (OSError, tarfile.TarError, KeyError, TypeError, ValueError) as error:
            raise Unusable(f"{source} is no backup that can be read ({type(error).__name__}).") from error
        copy = Path(folder) / COPY
        if digest(copy) != manifest.sha256:
            raise Unusable(f"{source} was damaged: its checksum differs from the manifest's.")
        yield manifest, copy


def require_fitting(manifest: Manifest) -> None:
    """Refuse a backup that this installation could not run with, before anything is touched."""
    if manifest.engine != connection.vendor:
        raise Unusable(f"The backup is of {manifest.engine}, and DATABASE_URL leads to {connection.vendor}.")
    missing = sorted(set(manifest.keys) - set(sealed.known_keys()))
    if missing:
        raise Unusable(f"Values are sealed under keys that ENCRYPTION_KEYS does not hold: {', '.join(missing)}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).graph.nodes}
    newer = sorted(set(manifest.migrations) - known)
    if newer:
        told = f"The backup was made by version {manifest.version}, which is newer than this one ({VERSION})"
        raise Unusable(f"{told}: {newer[-1]} is not known here.")


def digest(file: Path) -> str:
    """Return a file's SHA-256."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def as_dict(manifest: Manifest) -> dict[str, Any]:
    """The manifest as its JSON says it."""
    return asdict(manifest)
