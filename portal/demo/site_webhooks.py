"""The practice site as a product that follows along: takes webhooks, verifies them as one would, and shows them."""

import json
from base64 import b64decode
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from standardwebhooks import Webhook, WebhookVerificationError

from portal.demo.site_frame import done, show
from portal.demo.state import URL, Heard, opened, read
from portal.demo.wire import Outcome

SHOWN_BODY = 20_000


@require_GET
def webhooks(request: HttpRequest) -> HttpResponse:
    """Show what came in, newest first, and whether its signature was ours to trust."""
    state = read()
    heard = [(one, _laid_out(one.body)) for one in state.heard]
    return show(request, "webhooks", state, heard=heard, address=f"{URL}/webhooks/in")


def _laid_out(body: str) -> str:
    try:
        return json.dumps(json.loads(body), indent=2, ensure_ascii=False)
    except ValueError:
        return body


@require_POST
def set_secret(request: HttpRequest) -> HttpResponse:
    """Take the secret that the portal showed."""
    secret = request.POST.get("secret", "").strip()
    if not is_secret(secret):
        return done(request, "webhooks", Outcome(False, _("A signing secret begins with whsec_. Copy it anew.")))
    with opened() as state:
        state.webhook_secret = secret
    return done(request, "webhooks", Outcome(True, _("From now on messages are verified by this secret.")))


def is_secret(text: str) -> bool:
    """Say whether a text can be a signing secret."""
    try:
        return text.startswith("whsec_") and len(b64decode(text.removeprefix("whsec_"), validate=True)) >= 24
    except ValueError:
        return False


@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """Take a message: 204 if its signature is good, 401 if not. Either way it shows on the page."""
    body = request.body.decode(errors="replace")[:SHOWN_BODY]
    with opened() as state:
        why = _objection(state.webhook_secret, request)
        heard = Heard(_kind(body), request.headers.get("webhook-id", "")[:100], body, why)
        state.hear(heard)
    return HttpResponse(why, status=401, content_type="text/plain") if why else HttpResponse(status=204)


def _objection(secret: str, request: HttpRequest) -> str:
    if not secret:
        return _("No secret was given to the practice site yet.")
    try:
        Webhook(secret).verify(request.body, dict(request.headers), json_parse=False)
    except (WebhookVerificationError, ValueError) as error:
        return str(error) or _("The signature can't be read.")
    return ""


def _kind(body: str) -> str:
    try:
        said: Any = json.loads(body)
        return str(said["type"])[:60]
    except (ValueError, KeyError, TypeError):
        return "?"
