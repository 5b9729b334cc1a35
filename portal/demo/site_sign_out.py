"""Single logout at the practice IdP, in both directions: it tells the application, and is told by it."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from lxml import etree

from portal.demo import service_provider
from portal.demo.logging_out import LogoutInfo, by_redirect, logout_request, logout_response, read_logout
from portal.demo.site_frame import SIGNED_IN, done, pretty, refused
from portal.demo.state import Exchange, State, opened
from portal.demo.wire import Outcome

TAB = "single_sign_on"


@require_POST
def sign_out_everywhere(request: HttpRequest) -> HttpResponse:
    """End somebody's session here, and ask the application to end theirs: the browser carries the message there."""
    with opened() as state:
        person = state.person(request.POST.get("user_name", ""))
        problem = service_provider.learn_again(state) if person else _("There is nobody by that name.")
        if person is None or problem:
            return done(request, TAB, Outcome(False, problem))
        if not state.slo_url:
            return done(request, TAB, Outcome(False, _("The application's metadata names no address for logout.")))
        state.chosen = person.user_name
        message = logout_request(state.idp(), slo_url=state.slo_url, name_id=person.email)
        leads = by_redirect(state.idp(), state.slo_url, message)
        act = _("Sign out everywhere: %(who)s") % {"who": person.label}
        state.keep(Exchange("saml", act, f"GET {state.slo_url}", _xml(message), _("(its answer follows)")))
    return _signed_out(HttpResponseRedirect(leads))


@require_GET
def slo(request: HttpRequest) -> HttpResponse:
    """Take what the application says about a logout: a request, which is answered, or the answer to ours."""
    try:
        said = read_logout(request.GET.dict())
    except ValueError:
        return refused(request, _("This is no logout message. Start at the application."))
    with opened() as state:
        if said.issuer != state.audience:
            return refused(request, _("The application that sent this is not connected here."))
        if said.kind == "LogoutRequest":
            return _told(request, state, said)
        state.keep(Exchange("saml", _("Logout answered"), f"GET {request.path}", "", pretty(said.xml.encode())))
    went_well = said.status.endswith(":Success")
    words = _("Signed out here and at Seatgate.") if went_well else _("Seatgate did not end every session.")
    return done(request, TAB, Outcome(went_well, words))


def _told(request: HttpRequest, state: State, said: LogoutInfo) -> HttpResponse:
    problem = service_provider.learn_again(state)
    if problem or not state.slo_url:
        return refused(request, problem or _("The application's metadata names no address for logout."))
    message = logout_response(state.idp(), slo_url=state.slo_url, in_response_to=said.id)
    act = _("Logout at the application: %(who)s") % {"who": said.name_id}
    state.keep(Exchange("saml", act, f"GET {state.slo_url}", _xml(message), pretty(said.xml.encode())))
    leads = by_redirect(state.idp(), state.slo_url, message, relay_state=said.relay_state)
    return _signed_out(HttpResponseRedirect(leads))


def _signed_out(response: HttpResponse) -> HttpResponse:
    response.delete_cookie(SIGNED_IN, samesite="Lax")
    return response


def _xml(message: Any) -> str:
    return pretty(etree.tostring(message))
