"""Letters on their way: sent once, tried again when the mail server fails, and their words forgotten."""

from datetime import timedelta
from typing import Any

import pytest
from django.core import mail as django_mail
from django.test import override_settings
from django.utils import timezone

from portal.outbound import mail, work
from portal.teams.letters import post
from portal.teams.models import Letter

pytestmark = pytest.mark.django_db


def queue(**words: Any) -> Letter:
    """Queue one mail to Mia."""
    post("seated", "mia@acme.test", **{"team": "Acme", "slug": "acme", "by": "Olga"} | words)
    return Letter.objects.get()


def test_a_letter_is_sent_once_and_its_words_are_forgotten() -> None:
    queue()

    assert [work.run_due("mail"), work.run_due("mail")] == [1, 0]

    assert [sent.to for sent in django_mail.outbox] == [["mia@acme.test"]]
    assert Letter.objects.get().words == ""


@override_settings(DEMO=True)
def test_the_demo_keeps_the_words_for_its_outbox() -> None:
    queue()

    work.run_due("mail")

    assert "Acme" in mail.compose(Letter.objects.get()).subject


def test_a_letter_in_another_workers_hands_is_left_to_it() -> None:
    row = queue()
    Letter.objects.filter(pk=row.pk).update(leased_until=timezone.now() + timedelta(minutes=1))

    assert work.run_due("mail") == 0


def test_a_failing_mail_server_delays_a_letter_and_loses_nothing(settings: Any) -> None:
    queue()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9

    assert work.run_due("mail") == 0

    row = Letter.objects.get()
    assert (row.attempts, row.sent_at, row.leased_until) == (1, None, None)
    assert row.due_at > timezone.now()
    assert "Acme" in mail.compose(row).subject
