"""The URL at which identity providers say that somebody signs out, and answer when we said so."""

from django.contrib import messages
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from sso import attempts, logging_out
from sso import connection as connections
from sso.errors import NotGenuine, require
from sso.logout import Logout
from sso.models import Purpose, SsoConnection
from sso.views import posted_length, sso_page, too_many


@csrf_exempt
@require_http_methods(["GET", "POST"])
def slo(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a logout message by redirect or form; only a signed one is obeyed, and cookies are not looked at."""
    return too_many(request) or take_logout(request, slug)


@sso_page(connections.is_live, leaving=True)
def take_logout(request: HttpRequest, connection: SsoConnection) -> HttpResponse:
    """End what a request names and answer it; of an answer to ours, say what became of it."""
    if request.method == "POST":
        said = logging_out.posted(connection, *_fields(request))
    else:
        said = logging_out.received(connection, request.META.get("QUERY_STRING", ""))
    return _asked(request, connection, said) if said.kind == "request" else _answered(request, connection, said)


def _fields(request: HttpRequest) -> tuple[str, str, str]:
    posted_length(request)
    try:
        found = [(name, request.POST.getlist(name)) for name in ("SAMLRequest", "SAMLResponse", "RelayState")]
    except (BadRequest, SuspiciousOperation) as error:
        raise NotGenuine("post_malformed") from error
    given = [(name, values) for name, values in found[:2] if values]
    states = found[2][1]
    require(len(given) == 1 and len(given[0][1]) == 1 and len(states) <= 1, "post_malformed")
    return given[0][0], given[0][1][0], states[0] if states else ""


def _asked(request: HttpRequest, connection: SsoConnection, said: Logout) -> HttpResponse:
    ended = logging_out.end_sessions(connection, said)
    detail = _("{n} sign-ins ended.").format(n=ended)
    attempts.record(connection, request, "ok", detail, who=said.name_id, purpose=Purpose.LOGOUT)
    back = logging_out.answer(connection, said)
    if back:
        return HttpResponseRedirect(back)
    messages.success(request, _("You are signed out."))
    return redirect("sign_in")


def _answered(request: HttpRequest, connection: SsoConnection, said: Logout) -> HttpResponse:
    if said.succeeded:
        messages.success(request, _("You are signed out, here and at your identity provider."))
    else:
        messages.warning(request, _("You are signed out here. Your identity provider did not sign you out everywhere."))
    result = "ok" if said.succeeded else "logout_partial"
    attempts.record(connection, request, result, purpose=Purpose.LOGOUT)
    return redirect("sign_in")
