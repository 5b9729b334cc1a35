"""Backup and restore on both engines: everything comes back, and nothing is lost where it can't."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests import servers
from tests.servers import CommandFailed, manage, python

KEYS = {"ENCRYPTION_KEYS": "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="}
COUNT = (
    "from portal.teams.models import Member, Letter\n"
    "print(Member.every_team.count(), *[letter.words for letter in Letter.objects.all()])"
)

RENAME = "from django.db import connection\nconnection.cursor().execute('ALTER SCHEMA public RENAME TO before_restore')"


def founded(url: str, slug: str = "acme") -> None:
    """Make a team, and a mail to its owner, which is sealed."""
    python(
        url,
        "from django.core.management import call_command\nfrom portal.teams.letters import post\n"
        f"call_command('create_team', '{slug}', name='{slug}', seats=5, owner='olga@{slug}.test', verbosity=0)\n"
        f"post('seated', 'olga@{slug}.test', by='{slug}')",
        **KEYS,
    )


def people(url: str) -> str:
    """Count the members, and open what is sealed."""
    return python(url, COUNT, **KEYS).strip()


def refused(*args: Any, **env: str) -> str:
    """Run a command that must be refused with a sentence; returns it."""
    with pytest.raises(CommandFailed) as failure:
        manage(*args, **{**KEYS, **env})
    assert "Traceback" not in failure.value.said
    return failure.value.said


@pytest.fixture
def backup(database_url: str, tmp_path: Path) -> Path:
    """A backup of a database with one team."""
    founded(database_url)
    file = tmp_path / "seatgate.tar"
    manage(database_url, "backup", str(file), **KEYS)
    return file


def test_a_backup_brings_everything_back_whatever_happened_since(database_url: str, backup: Path) -> None:
    before = people(database_url)
    founded(database_url, "globex")
    assert "not empty" in refused(database_url, "restore", str(backup))

    restored = manage(database_url, "restore", str(backup), "--overwrite", **KEYS)

    assert (restored["teams_team"], restored["teams_seat"], restored["differences"]) == (1, 5, 0)
    assert people(database_url) == before


def test_a_backup_is_restored_into_an_empty_database_and_its_manifest_says_what_that_needs(
    database_url: str, backup: Path, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if database_url.startswith("postgres"):
        server = request.getfixturevalue("postgres_server")
        server.run("CREATE DATABASE empty")
        empty = server.url("empty")
    else:
        empty = f"sqlite:///{tmp_path}/empty.sqlite3"

    manage(empty, "restore", str(backup), **KEYS)

    assert people(empty) == people(database_url)
    if database_url.startswith("postgres"):
        server.run("DROP DATABASE empty WITH (FORCE)")

    with tarfile.open(backup) as tar:
        manifest = json.load(tar.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert manifest["keys"].keys() == {"k1"}
    assert manifest["rows"]["teams_member"] == 1
    assert any(name.startswith("teams.") for name in manifest["migrations"])
    assert KEYS["ENCRYPTION_KEYS"].partition(":")[2] not in json.dumps(manifest)
    assert backup.stat().st_mode & 0o077 == 0


def test_a_backup_that_does_not_fit_is_refused_and_nothing_changes(
    database_url: str, backup: Path, tmp_path: Path
) -> None:
    before = people(database_url)
    other_key = "k2:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
    assert "k1" in refused(database_url, "restore", str(backup), "--overwrite", ENCRYPTION_KEYS=other_key)

    damaged, torn = tmp_path / "damaged.tar", tmp_path / "torn.tar"
    middle = backup.stat().st_size // 2
    damaged.write_bytes(backup.read_bytes()[:middle] + b"damaged" + backup.read_bytes()[middle + 7 :])
    torn.write_bytes(backup.read_bytes()[:2000])
    assert "was damaged" in refused(database_url, "restore", str(damaged), "--overwrite")
    assert "no backup that can be read" in refused(database_url, "restore", str(torn), "--overwrite")
    assert "is there already" in refused(database_url, "backup", str(backup))

    assert people(database_url) == before


def test_what_fails_while_it_is_verified_is_put_back(database_url: str, tmp_path: Path) -> None:
    founded(database_url)
    # A row that no rule allows: the copy will not agree with itself.
    python(database_url, "from portal.teams.models import Seat\nSeat.every_team.update(member=None)", **KEYS)
    manage(database_url, "backup", str(tmp_path / "bad.tar"), **KEYS)
    python(database_url, "from portal.teams.models import Team\nTeam.every_team.update(name='kept')", **KEYS)

    said = refused(database_url, "restore", str(tmp_path / "bad.tar"), "--overwrite")

    assert "does not agree with itself" in said
    assert (
        python(database_url, "from portal.teams.models import Team\nprint(Team.every_team.get().name)").strip()
        == "kept"
    )


@pytest.mark.pg
@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_what_a_restore_that_was_broken_off_left_is_never_dropped_by_the_next(database_url: str, backup: Path) -> None:
    # As it lies after a kill between the renaming and the end.
    python(database_url, RENAME, **KEYS)

    said = refused(database_url, "restore", str(backup))

    assert "A restore was broken off" in said and "before_restore" in said
    python(database_url, RENAME.replace("public RENAME TO before_restore", "before_restore RENAME TO public"), **KEYS)
    assert people(database_url).startswith("1 ")


@pytest.mark.pg
def test_without_fitting_programs_of_postgres_the_sentence_says_what_to_install(
    postgres_server: servers.Postgres, tmp_path: Path
) -> None:
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6'\n")
    old.chmod(0o755)
    nowhere = (
        "from pathlib import Path\nfrom portal.backup import postgres, engines\npostgres.DEBIAN = Path('/nowhere')\n"
    )
    hidden = "import importlib.util\nimportlib.util.find_spec = lambda name: None\n"
    tried = f"try: engines.back_up(Path('{tmp_path}/b.tar'), False)\nexcept postgres.Unusable as no: print(no)"
    with postgres_server.fresh() as url:
        said = python(url, nowhere + hidden + tried, PATH=str(tmp_path))

    assert "in version 9, and the server is" in said
    assert "apt-get install postgresql-client-" in said
    assert not (tmp_path / "b.tar").exists()
