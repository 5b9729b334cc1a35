"""Letters on their way: rendered from templates and sent, each leased so that two workers never send one twice."""

import json
import logging
import re
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone

from portal.teams.models import Letter

log = logging.getLogger("seatgate.mail")
LEASE = timedelta(minutes=2)
# Minutes until the next try; after the last one the letter stays unsent, with its error.
BACK_OFF = (1, 5, 15, 60, 240, 720, 1440)


def compose(letter: Letter) -> EmailMultiAlternatives:
    """Render a letter as text and HTML; the text's first line is the subject of both."""
    words = {**json.loads(letter.words or "{}"), "base_url": settings.BASE_URL}
    text = render_to_string(f"mail/{letter.kind}.txt", words)
    first, _, rest = text.strip().partition("\n")
    subject, body = " ".join(first.split()), re.sub(r"\n{3,}", "\n\n", rest.strip()) + "\n"
    # RFC 3834: no holiday notice answers what a machine wrote.
    headers = {"Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(subject, body, settings.DEFAULT_FROM_EMAIL, [letter.to], headers=headers)
    mail.attach_alternative(render_to_string(f"mail/{letter.kind}.html", {**words, "subject": subject}), "text/html")
    return mail


def send_due(limit: int = 50) -> int:
    """Send what is due; returns how many were sent. A failing mail server delays letters and loses none."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    due = Letter.objects.filter(free, sent_at=None, due_at__lte=now).order_by("due_at")
    sent = 0
    for letter in due[:limit]:
        if due.filter(pk=letter.pk).update(leased_until=now + LEASE):
            sent += _send(letter)
    return sent


def _send(letter: Letter) -> int:
    row = Letter.objects.filter(pk=letter.pk)
    try:
        compose(letter).send()
    except Exception as error:  # whatever the mail server or its library says: the letter waits and is tried again
        log.warning("mail %s to be tried again: %s", letter.pk, type(error).__name__)
        tries = letter.attempts
        wait = timedelta(minutes=BACK_OFF[tries]) if tries < len(BACK_OFF) else timedelta(days=3650)
        row.update(attempts=tries + 1, due_at=timezone.now() + wait, leased_until=None, error=str(error)[:200])
        return 0
    # Sent words are forgotten: they may hold a code. The demo's outbox keeps them to show them.
    forgotten = {} if settings.DEMO else {"words": ""}
    row.update(sent_at=timezone.now(), leased_until=None, error="", **forgotten)
    return 1
