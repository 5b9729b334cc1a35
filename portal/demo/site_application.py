"""The practice IdP's application page: where the application is, which dialect is spoken to it, test and import."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.demo import loopback, provisioning, service_provider
from portal.demo.dialects import DIALECTS
from portal.demo.site_frame import done, latest, show
from portal.demo.state import State, opened, read
from portal.demo.wire import Outcome


@require_GET
def application(request: HttpRequest) -> HttpResponse:
    """Show the connected application."""
    state = read()
    return show(request, "application", state, dialects=DIALECTS.values(), exchanges=latest(state, "scim"))


@require_GET
def metadata(request: HttpRequest) -> HttpResponse:
    """This identity provider's metadata."""
    with opened() as state:
        xml = state.idp().metadata()
    headers = {"Content-Disposition": 'attachment; filename="practice-idp.xml"'}
    return HttpResponse(xml, content_type="application/samlmetadata+xml", headers=headers)


@require_POST
def speak(request: HttpRequest) -> HttpResponse:
    """Choose the dialect."""
    key = request.POST.get("dialect", "")
    if key not in DIALECTS:
        return done(request, "application", Outcome(False, _("Choose one of the dialects.")))
    with opened() as state:
        state.dialect = key
    return done(request, "application", Outcome(True, _("Speaks like %(name)s now.") % {"name": DIALECTS[key].label}))


@require_POST
def connect(request: HttpRequest) -> HttpResponse:
    """Take the application's metadata URL, SCIM base URL and token; what is left empty stays as it is."""
    given = {name: request.POST.get(name, "").strip() for name in ("metadata_url", "scim_url", "scim_token")}
    with opened() as state:
        problem = service_provider.learn(state, given["metadata_url"]) if given["metadata_url"] else ""
        problem = problem or _take_scim(state, given["scim_url"].rstrip("/"), given["scim_token"])
        if not problem and given["scim_token"]:
            outcome = provisioning.ask_for_groups(state)
            return done(request, "application", Outcome(outcome.ok, f"{_('Saved.')} {outcome.words}"))
    return done(request, "application", Outcome(not problem, problem or _("Saved.")))


def _take_scim(state: State, url: str, token: str) -> str:
    if url and not loopback.is_here(url):
        return _("The practice IdP talks to this machine only: http://localhost or http://127.0.0.1.")
    if "?" in url or "#" in url:
        return _("Leave out what follows the ?. For aadOptscim062020 choose that dialect below.")
    if not token.isascii() or not token.isprintable() or " " in token:
        return _("A SCIM token has neither spaces nor accents. Copy it anew.")
    if url and url != state.scim_url:
        # Ids belong to the application that gave them.
        state.forget_application()
    state.scim_url, state.scim_token = url or state.scim_url, token or state.scim_token
    return ""


@require_POST
def test(request: HttpRequest) -> HttpResponse:
    """Test the SCIM connection."""
    with opened() as state:
        outcome = provisioning.test_connection(state)
    return done(request, "application", outcome)


@require_POST
def import_people(request: HttpRequest) -> HttpResponse:
    """Import the application's people."""
    with opened() as state:
        outcome = provisioning.import_people(state)
    return done(request, "application", outcome)


# ── Log ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
def log(request: HttpRequest) -> HttpResponse:
    """Show the last twenty exchanges."""
    state = read()
    return show(request, "log", state, exchanges=state.log)


@require_POST
def clear_log(request: HttpRequest) -> HttpResponse:
    """Forget the exchanges."""
    with opened() as state:
        state.log = []
    return done(request, "log", Outcome(True, _("The log is empty now.")))
