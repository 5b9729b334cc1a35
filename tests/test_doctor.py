"""doctor: each illness is seen, said with its fix, and hides none of the others."""

import base64
import json
import re
import shutil
from collections import namedtuple
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import OperationalError, connection
from django.utils import timezone

from portal.doctor import configuration, surroundings
from portal.management.commands import doctor
from portal.outbound.heartbeat import Heartbeat
from portal.settings import DEFAULT_KEY
from portal.teams import sealed, sealing_keys
from portal.teams.letters import post
from portal.teams.models import Event, Letter, Team
from portal.teams.registry import registry
from sso import expiry
from tests import make, servers
from tests.outbound.post_office import post_office

pytestmark = pytest.mark.django_db


def keys(*names: str) -> list[str]:
    """Make sealing keys with these ids."""
    return [f"{name}:{base64.b64encode(name.encode().ljust(32)).decode()}" for name in names]


def states(found: Any) -> list[tuple[str, str]]:
    """Name what was looked at, and how it is."""
    return [(finding.check, finding.state) for finding in found]


def run() -> tuple[int, dict[str, Any]]:
    """Call the doctor; returns the exit status and what it printed."""
    out, status = StringIO(), 0
    try:
        call_command("doctor", json=True, stdout=out)
    except SystemExit as end:
        status = int(str(end.code))
    return status, json.loads(out.getvalue())


def test_the_doctor_looks_at_everything_and_tells_the_worst_by_its_status(acme: Team) -> None:
    Heartbeat().beat()
    assert run()[0] == 0
    Letter.objects.all().delete()

    connection.cursor().execute(
        f"DROP TRIGGER teams_journal_update{' ON teams_event' * (connection.vendor != 'sqlite')}"
    )
    status, said = run()

    assert (status, said["bad"]) == (1, 1)
    assert {"secret key", "base URL", "disk", "mail", "database", "clock", "cache", "worker", "certificates"} <= {
        finding["check"] for finding in said["findings"]
    }
    assert all(finding["fix"] for finding in said["findings"] if finding["state"] == "bad")


def test_what_cannot_be_looked_at_is_a_finding_and_hides_none_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    def sick() -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(registry, "doctors", [sick, configuration.disk])

    found = list(doctor.examined())

    assert states(found)[:2] == [("sick", "bad"), ("disk", "ok")]
    assert "DATABASE_URL" in found[0].fix


def test_without_a_database_the_rest_is_told(postgres_server: servers.Postgres) -> None:
    with pytest.raises(servers.CommandFailed) as failure:
        servers.manage(postgres_server.url("nowhere"), "doctor")

    assert failure.value.status == 1
    assert "Traceback" not in failure.value.said


def test_a_key_that_everybody_has_is_told(settings: Any) -> None:
    settings.SECRET_KEY = DEFAULT_KEY

    assert ("secret key", "warn") in states(configuration.keys())


def test_values_under_an_older_key_are_told_and_under_a_lost_key_are_bad(settings: Any) -> None:
    settings.ENCRYPTION_KEYS = keys("old")
    post("seated", "mia@acme.test", team="Acme")
    assert states(configuration.sealed_values()) == [("sealed values", "ok")]

    settings.ENCRYPTION_KEYS = keys("new", "old")
    assert states(configuration.sealed_values()) == [("sealed values", "warn")]

    settings.ENCRYPTION_KEYS = keys("new")
    [found] = configuration.sealed_values()
    assert (found.state, found.words) == ("bad", "1 values are sealed under key old, which is not configured.")


def test_rotate_keys_leaves_no_value_of_any_sealed_column_behind(acme: Team, settings: Any) -> None:
    settings.ENCRYPTION_KEYS = keys("old")
    make.connect_idp(acme)
    post("seated", "mia@acme.test", team="Acme")
    before = sealing_keys.in_use()
    settings.ENCRYPTION_KEYS = keys("new", "old")

    call_command("rotate_keys", stdout=StringIO())

    assert sealing_keys.in_use() == {"new": before["old"]}


def test_every_sealed_column_is_known_to_the_rotation() -> None:
    telling = re.compile(r"secret|private|password|api_key")
    fields = [(model, field) for model in apps.get_models() for field in model._meta.fields]
    kept = {(model, field.name) for model, field in fields if telling.search(field.name)}

    # Django's own User has a password column, which our users leave unusable.
    assert {(model, name) for model, name in kept if name != "password"} <= set(sealed.columns())
    assert {name for _, name in sealed.columns()} >= {"words", "private_key"}


def test_https_without_a_trusted_proxy_is_bad(settings: Any) -> None:
    settings.LOOPBACK, settings.HTTPS, settings.BASE_URL = False, True, "https://seats.example.com"
    settings.ALLOWED_HOSTS, settings.TRUSTED_PROXIES = ["seats.example.com"], []
    assert states(configuration.address()) == [("base URL", "ok"), ("proxy", "bad")]

    settings.TRUSTED_PROXIES, settings.ALLOWED_HOSTS = ["10.0.0.5"], ["other.example.com"]
    assert states(configuration.address()) == [("base URL", "bad"), ("proxy", "ok")]


def test_a_full_disk_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100 * 1024**3, 0, 1024**2))

    assert {finding.state for finding in configuration.disk()} == {"bad"}


def test_a_clock_that_went_back_is_bad(acme: Team, monkeypatch: pytest.MonkeyPatch) -> None:
    assert states(surroundings.clock()) == [("clock", "ok")]
    last = Event.every_team.order_by("-at").values_list("at", flat=True)[0]

    monkeypatch.setattr(timezone, "now", lambda: last - timedelta(hours=1))

    assert states(surroundings.clock()) == [("clock", "bad")]


def test_the_mail_server_is_greeted_and_nothing_is_sent(settings: Any) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    with post_office() as office:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", office.server_address[1]
        assert states(surroundings.mail()) == [("mail", "ok")]
    assert office.taken == []

    assert states(surroundings.mail()) == [("mail", "bad")]


def test_a_worker_that_is_missing_and_work_that_was_given_up_are_told() -> None:
    assert states(surroundings.worker()) == [("worker", "bad"), ("work", "ok")]
    Heartbeat().beat()
    post("seated", "mia@acme.test", team="Acme")
    Letter.objects.update(due_at=None, dead_at=timezone.now())

    found = list(surroundings.worker())

    assert states(found) == [("worker", "ok"), ("work", "warn")]
    assert "given up" in found[1].words


def test_work_that_waits_for_long_is_told() -> None:
    post("seated", "mia@acme.test", team="Acme", due_at=timezone.now() - timedelta(hours=1))

    assert ("work", "warn") in states(surroundings.worker())


def test_a_certificate_that_ends_soon_is_told_by_the_teams_name(acme: Team) -> None:
    make.connect_idp(acme)
    make.sso_on(acme)
    assert states(expiry.certificates()) == [("certificates", "ok")]


def test_given_up_work_is_listed_and_revived_by_a_command() -> None:
    post("seated", "mia@acme.test", team="Acme")
    Letter.objects.update(due_at=None, dead_at=timezone.now(), trouble="SMTPException: no")
    listed, out = StringIO(), StringIO()

    call_command("work", stdout=out, stderr=listed)
    call_command("work", revive="mail", stdout=out)

    assert "SMTPException: no" in listed.getvalue()
    assert Letter.objects.get().dead_at is None
