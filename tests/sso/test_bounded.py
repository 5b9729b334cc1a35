"""The slowest refusal takes less than a second and less than 50 MiB; together there are more than 150 attacks."""

import base64
import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sso import saml
from sso.errors import NotGenuine
from tests.sso import attacks as a
from tests.sso import test_encryption, test_guard, test_logout, test_saml

ROOT = Path(__file__).resolve().parent.parent.parent
CORPUS = [*test_guard.ATTACKS, *test_saml.ATTACKS, *test_encryption.ATTACKS, *test_logout.ATTACKS]
# Costly to read, were it read: each must be refused at the first limit it meets.
HUGE = {
    "elements to the size cap": b"<r>" + b"<a/>" * 65_000 + b"</r>",
    "namespaces on every element": b"<r>" + b'<a xmlns:b="c" xmlns:d="e"/>' * 4_900 + b"</r>",
    "one huge attribute": b'<r a="' + b"x" * 260_000 + b'"/>',
    "many references to characters": b"<r>" + b"&#120;" * 40_000 + b"</r>",
}


def refused_with(trust: saml.Trust, message: str) -> str:
    """The reason for a response, which the small process must give too."""
    try:
        saml.read(trust, message, a.NOW)
    except NotGenuine as reason:
        return reason.code
    return "believed"


def jobs() -> tuple[list[Any], list[Any]]:
    """Good messages to warm up with, and every attack."""
    good = [
        ("response", a.trust(), a.respond(), a.NOW, ""),
        ("response", test_encryption.trust(), test_encryption.sealed(), a.NOW, ""),
        ("logout", test_logout.trust(), test_logout.request(), a.NOW, ""),
    ]
    hostile: list[Any] = []
    for attack in test_guard.ATTACKS + test_saml.ATTACKS:
        hostile.append(("response", a.trust(**dict(attack.by)), attack.make(), a.NOW, attack.code))
    for attack in test_encryption.ATTACKS:
        hostile.append(("response", test_encryption.trust(**dict(attack.by)), attack.make(), a.NOW, attack.code))
    for shut in test_logout.ATTACKS:
        hostile.append(("logout", test_logout.trust(**dict(shut.by)), shut.make(), a.NOW, shut.code))
    for xml in HUGE.values():
        message = base64.b64encode(xml).decode()
        hostile.append(("response", a.trust(), message, a.NOW, refused_with(a.trust(), message)))
    return good, hostile


def test_there_are_more_than_150_attacks_each_with_its_own_name() -> None:
    families = [test_guard.ATTACKS, test_saml.ATTACKS, test_encryption.ATTACKS, test_logout.ATTACKS]

    assert all(len({attack.name for attack in family}) == len(family) for family in families)
    assert len(CORPUS) > 200


@pytest.mark.skipif(sys.platform != "linux", reason="memory is capped by Linux's address space limit")
def test_the_slowest_refusal_is_quick_and_small(tmp_path: Path) -> None:
    file = tmp_path / "jobs"
    file.write_bytes(pickle.dumps(jobs()))

    run = subprocess.run(
        [sys.executable, "-m", "tests.sso.bounded", str(file)],
        cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert run.returncode == 0, run.stderr
    slowest, *wrong = run.stdout.strip().splitlines()
    assert wrong == []
    assert float(slowest.split()[0]) < 1
