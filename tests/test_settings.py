"""Production starts only with a configuration that can be trusted; loopback addresses start with none."""

import subprocess
import sys

import pytest

from tests import servers

KEY = "0123456789abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SEALING = "k1:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
GOOD = {
    "BASE_URL": "https://seats.example.com",
    "ALLOWED_HOSTS": "seats.example.com",
    "SECRET_KEY": KEY,
    "ENCRYPTION_KEYS": SEALING,
}


def check(*arguments: str, **env: str) -> tuple[int, str]:
    """Run Django's checks under a configuration; returns exit status and the last line of what it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=servers.ROOT, env=servers.environment("sqlite:///:memory:", **env), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    return done.returncode, (done.stdout + done.stderr).strip().splitlines()[-1]


def test_a_good_configuration_passes_the_deployment_checks_without_a_warning() -> None:
    status, said = check("--deploy", "--fail-level", "WARNING", **GOOD)

    assert status == 0, said


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ({"BASE_URL": "http://seats.example.com"}, "must start with https://"),
        ({"BASE_URL": "https://seats.example.com/portal"}, "without a path"),
        ({"SECRET_KEY": "insecure-key-for-a-loopback-address-only"}, "Set SECRET_KEY"),
        ({"SECRET_KEY": "short"}, "at least 32 characters"),
        ({"ENCRYPTION_KEYS": ""}, "Set ENCRYPTION_KEYS"),
        ({"DEBUG": "1"}, "DEBUG must be off"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name hosts"),
        ({"SEATGATE_DEMO": "1"}, "Demo mode"),
    ],
)
def test_production_refuses_to_start(bad: dict[str, str], words: str) -> None:
    status, said = check(**{**GOOD, **bad})

    assert status != 0
    assert words in said
