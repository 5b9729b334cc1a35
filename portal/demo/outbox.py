"""The demo's outbox: every mail the portal would have sent, as its reader would see it."""

from uuid import UUID

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp, csp_update
from django.core.mail import EmailMultiAlternatives
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET

from portal.outbound import mail
from portal.teams.models import Letter

SHOWN = 50
# A mail program shows a mail in a box of its own: no script, no file, no address of ours; only its links lead on.
LEADS_ON = ["allow-popups", "allow-popups-to-escape-sandbox"]
MAIL_POLICY = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [SELF],
    "sandbox": LEADS_ON,
}


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """List the newest mails."""
    letters = [(letter, mail.compose(letter)) for letter in Letter.objects.order_by("-made_at")[:SHOWN]]
    return render(request, "demo/outbox.html", {"letters": letters})


@require_GET
@csp_update({"frame-src": [SELF]})  # type: ignore[untyped-decorator]  # django-csp has no types
def open_letter(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Show one mail: who gets it, its HTML in a frame of its own, and its text."""
    letter = get_object_or_404(Letter, pk=letter_id)
    context = {"letter": letter, "mail": mail.compose(letter), "leads_on": " ".join(LEADS_ON)}
    return render(request, "demo/letter.html", context)


@require_GET
@xframe_options_sameorigin
@csp(MAIL_POLICY)  # type: ignore[untyped-decorator]
def letter_html(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """Answer with the HTML part alone, for the frame."""
    composed: EmailMultiAlternatives = mail.compose(get_object_or_404(Letter, pk=letter_id))
    return HttpResponse(str(composed.alternatives[0][0]))
