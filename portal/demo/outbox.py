"""The demo's outbox: every mail the portal would have sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.outbound import mail
from portal.teams.models import Letter

SHOWN = 50


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """Show the newest mails."""
    letters = [(letter, mail.compose(letter)) for letter in Letter.objects.order_by("-made_at")[:SHOWN]]
    return render(request, "demo/outbox.html", {"letters": letters})
