"""Single sign-on at the practice IdP: answers an application's request, honestly or as one of the cases has it."""

import base64
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.demo import loopback, service_provider
from portal.demo.answers import CASES, Case, respond
from portal.demo.idp import AuthnRequestInfo, read_request
from portal.demo.site_frame import SIGNED_IN, done, latest, pretty, refused, show
from portal.demo.state import Exchange, Message, Person, State, opened, read
from portal.demo.wire import Outcome

# What this browser asked for: the next answer is given so, for this person. Nobody else's browser is affected.
NEXT = "practice_case"
NEXT_SECONDS = 60
GOOD = "good"


@dataclass(frozen=True)
class Telling:
    """What is told to whom: the request, the person, and the case."""

    asked: AuthnRequestInfo
    person: Person
    case: Case


@require_GET
def single_sign_on(request: HttpRequest) -> HttpResponse:
    """Show the tests of single sign-on."""
    state = read()
    cases = {
        _("Genuine responses"): [case for case in CASES.values() if case.genuine],
        _("Broken and forged ones"): [case for case in CASES.values() if not case.genuine],
    }
    chosen = state.person(state.chosen) or state.people[-1]
    return show(request, "single_sign_on", state, cases=cases, chosen=chosen, exchanges=latest(state, "saml"))


@require_POST
def begin(request: HttpRequest, key: str) -> HttpResponse:
    """Begin a sign-in at the application, whose request this browser then gets answered as the case has it."""
    with opened() as state:
        person = state.person(request.POST.get("user_name", ""))
        problem = _stops(state, person, CASES[key])
        if person is not None:
            state.chosen = person.user_name
    if problem or person is None:
        return done(request, "single_sign_on", Outcome(False, problem))
    # The application's sign-on link stands beside its assertion consumer service.
    response = HttpResponseRedirect(f"{state.acs_url.removesuffix('acs')}login")
    response.set_cookie(NEXT, f"{key}:{person.user_name}", max_age=NEXT_SECONDS, httponly=True, samesite="Lax")
    return response


def _stops(state: State, person: Person | None, case: Case) -> str:
    if person is None:
        return _("There is nobody by that name.")
    if not state.acs_url.endswith("/acs"):
        return _("Connect the application first: paste its metadata URL under Application.")
    if not case.encrypts:
        return ""
    no_key = _("The application's metadata names no certificate to encrypt for. Make one in Seatgate first.")
    return service_provider.learn_again(state) or ("" if state.certificate else no_key)


@require_GET
def sign_on(request: HttpRequest) -> HttpResponse:
    """Answer a request: as the case has it, at once for somebody who is signed in here, else ask who it is."""
    try:
        asked = read_request(request.GET.dict())
    except ValueError:
        return refused(request, _("This is no request for a sign-in. Start at the application."))
    if not loopback.is_here(asked.acs_url):
        return refused(request, _("The practice IdP answers applications on this machine only."))
    with opened() as state:
        key, _colon, user_name = request.COOKIES.get(NEXT, "").partition(":")
        wanted, here = state.person(user_name), state.person(request.COOKIES.get(SIGNED_IN, ""))
        if wanted is not None and key in CASES:
            response = _answer(request, state, Telling(asked, wanted, CASES[key]))
            response.delete_cookie(NEXT, samesite="Lax")
        elif here is not None and not asked.force_authn:
            response = _answer(request, state, Telling(asked, here, CASES[GOOD]))
        else:
            response = render(request, "practice/sign_on.html", {"people": state.people, "asked": asked})
    return response


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Sign a response for the chosen person; without a request it is the application's tile."""
    post = request.POST
    with opened() as state:
        asked = AuthnRequestInfo(
            id=post.get("in_response_to", ""),
            issuer=post.get("audience", "") or state.audience,
            acs_url=post.get("acs_url", "") or state.acs_url,
            relay_state=post.get("relay_state", ""),
            force_authn=False,
            xml=post.get("request_xml", ""),
        )
        person = state.person(post.get("user_name", ""))
        if person is None:
            return refused(request, _("There is nobody by that name."))
        if not loopback.is_here(asked.acs_url):
            return refused(request, _("Connect an application on this machine first."))
        try:
            return _answer(request, state, Telling(asked, person, CASES[GOOD]))
        except ValueError:
            # lxml takes no control characters.
            return refused(request, _("This is no request for a sign-in. Start at the application."))


@require_POST
def replay(request: HttpRequest) -> HttpResponse:
    """Send the last response that answered a request once more."""
    with opened() as state:
        last = state.last_response
        if last is None:
            return done(request, "single_sign_on", Outcome(False, _("Sign somebody in first, then replay it.")))
        _keep(state, _("Replay"), last, _("(nobody asked: the response above was sent before)"))
        return _post_back(request, last)


def _answer(request: HttpRequest, state: State, telling: Telling) -> HttpResponse:
    asked, person, case = telling.asked, telling.person, telling.case
    saml_response = respond(
        state.idp(), case, person,
        acs_url=asked.acs_url, audience=asked.issuer or state.audience, asked=asked.id, certificate=state.certificate,
    )  # fmt: skip
    message = Message(asked.acs_url, saml_response, asked.relay_state, person.label)
    if asked.id:
        state.last_response = message
    label = str(case.label) if asked.id else _("Tile")
    _keep(state, label, message, pretty(asked.xml.encode()) if asked.id else _("(nobody asked: unsolicited)"))
    response = _post_back(request, message)
    if case.key == GOOD:
        response.set_cookie(SIGNED_IN, person.user_name, httponly=True, samesite="Lax")
    return response


def _post_back(request: HttpRequest, message: Message) -> HttpResponse:
    return render(request, "practice/post_back.html", {"message": message})


def _keep(state: State, act: str, message: Message, asked: str) -> None:
    xml = pretty(base64.b64decode(message.saml_response))
    state.keep(Exchange("saml", f"{act}: {message.who}", f"POST {message.acs_url}", xml, asked))
