"""Letters on their way: rendered from templates and sent. A failing mail server delays letters and loses none."""

import json
import re
from datetime import timedelta

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import timezone

from portal.teams.folding import domain_in_ascii
from portal.teams.models import Letter

LEASE = timedelta(minutes=2)


def compose(letter: Letter) -> EmailMultiAlternatives:
    """Render a letter as text and HTML; the text's first line is the subject of both."""
    words = {**json.loads(letter.words or "{}"), "base_url": settings.BASE_URL}
    text = render_to_string(f"mail/{letter.kind}.txt", words)
    first, _, rest = text.strip().partition("\n")
    subject, body = " ".join(first.split()), re.sub(r"\n{3,}", "\n\n", rest.strip()) + "\n"
    # RFC 3834: no holiday notice answers what a machine wrote.
    headers = {"Auto-Submitted": "auto-generated"}
    mail = EmailMultiAlternatives(
        subject, body, settings.DEFAULT_FROM_EMAIL, [_deliverable(letter.to)], headers=headers
    )
    mail.attach_alternative(render_to_string(f"mail/{letter.kind}.html", {**words, "subject": subject}), "text/html")
    return mail


def _deliverable(address: str) -> str:
    """Write a domain in its ASCII form: Django would by IDNA 2003, in which mail for straße.de goes to strasse.de."""
    name, _, host = address.rpartition("@")
    return address if host.isascii() else f"{name}@{domain_in_ascii(host) or host}"


def send(letter: Letter) -> None:
    """Send one letter, once, and forget its words: they may hold a code."""
    if letter.sent_at is not None:
        return
    compose(letter).send()
    # The demo's outbox keeps the words to show them.
    forgotten = {} if settings.DEMO else {"words": ""}
    Letter.objects.filter(pk=letter.pk).update(sent_at=timezone.now(), **forgotten)
