"""The practice IdP's own site, on http://127.0.0.1:8001: to a browser another site than the portal."""

from datetime import UTC, datetime
from urllib.parse import urlsplit
from urllib.request import urlopen

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST
from lxml import etree

from portal.demo import push
from portal.demo.idp import MD, AuthnRequestInfo, read_request
from portal.demo.state import URL, Person, State, opened

MAX_METADATA = 256 * 1024
# Who is signed in at the practice IdP, as a live session at a real one.
SIGNED_IN = "practice_person"


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """Show the people, the connected application, and the last calls."""
    with opened() as state:
        state.idp()
        here = state.person(request.COOKIES.get(SIGNED_IN, ""))
        context = {"state": state, "url": URL, "waiting": _unpushed(state), "here": here}
    return render(request, "practice/directory.html", context)


def _unpushed(state: State) -> list[Person]:
    """The people who are not at the application yet, newcomers first: the demo team's own are at the list's head."""
    return [person for person in reversed(state.people) if not person.scim_id]


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """This identity provider's metadata."""
    with opened() as state:
        xml = state.idp().metadata()
    headers = {"Content-Disposition": 'attachment; filename="practice-idp.xml"'}
    return HttpResponse(xml, content_type="application/samlmetadata+xml", headers=headers)


@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """Take the application's metadata URL, SCIM endpoint and token."""
    with opened() as state:
        if request.POST.get("metadata_url"):
            state.audience, state.acs_url = _read_metadata(request.POST["metadata_url"])
        state.scim_url = request.POST.get("scim_url", "").strip() or state.scim_url
        state.scim_token = request.POST.get("scim_token", "").strip() or state.scim_token
    return redirect("directory")


def _read_metadata(url: str) -> tuple[str, str]:
    if urlsplit(url).hostname not in ("localhost", "127.0.0.1"):
        raise ValueError("The practice IdP talks to this machine only.")
    with urlopen(url, timeout=10) as response:
        entity = etree.fromstring(response.read(MAX_METADATA))
    acs = entity.find(f".//{{{MD}}}AssertionConsumerService")
    if acs is None:
        raise ValueError("This is no service provider metadata.")
    return entity.get("entityID", ""), acs.get("Location", "")


# ── SAML ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
def sign_on(request: HttpRequest) -> HttpResponse:
    """Answer an application's request: at once for somebody who is signed in here, else ask who it is."""
    try:
        asked = read_request(request.GET.dict())
    except ValueError as error:
        return render(request, "practice/refused.html", {"why": str(error)}, status=400)
    with opened() as state:
        here = state.person(request.COOKIES.get(SIGNED_IN, ""))
        if here is not None and not asked.force_authn:
            return _post_back(request, state, here, asked)
        return render(request, "practice/sign_on.html", {"people": state.people, "asked": asked})


@require_POST
def answer(request: HttpRequest) -> HttpResponse:
    """Sign a response for the chosen person; without a request it is the application's tile."""
    post = request.POST
    asked = AuthnRequestInfo(
        id=post.get("in_response_to", ""),
        issuer=post.get("audience", ""),
        acs_url=post.get("acs_url", ""),
        relay_state=post.get("relay_state", ""),
        force_authn=False,
    )
    with opened() as state:
        person = state.person(post.get("user_name", ""))
        if person is None or not (asked.acs_url or state.acs_url):
            why = "Connect an application first." if person else "There is nobody by that name."
            return render(request, "practice/refused.html", {"why": why}, status=400)
        response = _post_back(request, state, person, asked)
    response.set_cookie(SIGNED_IN, person.user_name, httponly=True, samesite="Lax")
    return response


def _post_back(request: HttpRequest, state: State, person: Person, asked: AuthnRequestInfo) -> HttpResponse:
    acs_url = asked.acs_url or state.acs_url
    saml_response = state.idp().respond(
        acs_url=acs_url,
        audience=asked.issuer or state.audience,
        name_id=person.email,
        in_response_to=asked.id or None,
        attributes={"email": person.email, "firstName": person.given_name, "lastName": person.family_name},
        at=datetime.now(UTC),
    )
    context = {"acs_url": acs_url, "saml_response": saml_response, "person": person}
    return render(request, "practice/post_back.html", context | {"relay_state": asked.relay_state})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here; sessions at applications stay."""
    response = redirect("directory")
    response.delete_cookie(SIGNED_IN)
    return response


# ── SCIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
def push_some(request: HttpRequest, count: int) -> HttpResponse:
    """Push the next people who are not at the application yet."""
    with opened() as state:
        for person in _unpushed(state)[:count]:
            if push.push(state, person) not in (200, 201):
                break
    return redirect("directory")


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Test the SCIM connection."""
    with opened() as state:
        push.test_connection(state)
    return redirect("directory")


@require_POST
def change(request: HttpRequest, verb: str) -> HttpResponse:
    """Push, deactivate, reactivate or delete one person."""
    with opened() as state:
        person = state.person(request.POST.get("user_name", ""))
        if person is not None:
            if verb == "push":
                push.push(state, person)
            elif verb == "delete":
                push.delete(state, person)
            else:
                push.set_active(state, person, verb == "activate")
    return redirect("directory")
