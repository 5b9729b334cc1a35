"""The setup link's page for single sign-on: copy our values, give the IdP's, test them, ask for confirmation."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal import door, setup_door
from portal.setup_door import SetupRequest, setup_page
from portal.teams import policy, setup
from portal.teams.errors import NotReady
from portal.teams.models import Draft, Scope
from sso import binding, drafts, providers
from sso import connection as connections
from sso.errors import BadMetadata
from sso.forms import ConnectionForm, MetadataForm
from sso.models import SignInAttempt
from sso.panel import log as log_lines
from sso.panel import wizard
from sso.views import too_many

LOG_PAGE = 50


@require_GET
@setup_page(Scope.SSO)
def page(request: SetupRequest) -> HttpResponse:
    """Show the set-up from our values to the team's word."""
    return _show(request)


def _show(
    request: SetupRequest, form: ConnectionForm | None = None, upload: MetadataForm | None = None, status: int = 200
) -> HttpResponse:
    """Draw the page, with a form as it was sent where it was refused."""
    connection, draft = connections.of(request.team), drafts.of(request.link)
    chosen = request.GET.get("with", "") or connection.provider
    chosen = chosen if chosen in providers.PROVIDERS else "other"
    provider = providers.of(chosen)
    last = drafts.last_test(draft) if draft else None
    context = {
        "connection": connection,
        "chosen": chosen,
        "provider": provider,
        "providers": {key: providers.of(key).name for key in (*providers.CARDS, *providers.PRESETS)},
        "ours": wizard.ours(request.team, provider),
        "urls": {name: connections.url(request.team, name) for name in ("login", "acs", "metadata")},
        "draft": draft,
        "usable": request.team.may_use("sso"),
        "form": form or ConnectionForm(initial=_initial(request, draft)),
        "upload_form": upload or MetadataForm(),
        "last": log_lines.line(last) if last else None,
        "passed": drafts.tested(draft) if draft else None,
        "differences": drafts.differences(draft) if draft and draft.is_open else [],
    }
    return setup_door.show(request, "sso/setup/page.html", context, status=status)


def _back(request: SetupRequest) -> HttpResponse:
    """Go on with the page in the words of the same identity provider."""
    chosen = request.GET.get("with", "")
    kept = f"?with={chosen}" if chosen in providers.PROVIDERS else ""
    return redirect(reverse("sso:setup", args=[request.link.pk]) + kept)


def _initial(request: SetupRequest, draft: Draft | None) -> dict[str, Any]:
    """Fill the form from the draft; before the first one, from the connection."""
    if draft is not None and draft.is_open:
        return {**draft.data["values"], "certificates": "\n".join(draft.data["certificates"])}
    return dict(ConnectionForm.of(connections.of(request.team)).initial)


@require_POST
@setup_page(Scope.SSO)
def save(request: SetupRequest) -> HttpResponse:
    """Take the values by hand, as a draft."""
    form = ConnectionForm(request.POST)
    if not form.is_valid():
        return _show(request, form=form, status=400)
    values = dict(form.cleaned_data)
    drafts.save(request.team, request.by, request.link.pk, values.pop("certificates"), **values)
    return _back(request)


@require_POST
@setup_page(Scope.SSO)
def upload(request: SetupRequest) -> HttpResponse:
    """Take the identity provider's metadata, as a draft."""
    form = MetadataForm(request.POST, request.FILES)
    if not form.is_valid():
        return _show(request, upload=form, status=400)
    try:
        pems, values = connections.from_metadata(form.cleaned_data["xml"])
    except BadMetadata as error:
        form.add_error(None, str(error))
        return _show(request, upload=form, status=400)
    drafts.save(request.team, request.by, request.link.pk, pems, **values)
    return _back(request)


def _open_draft(request: SetupRequest) -> Draft:
    draft = drafts.of(request.link)
    if draft is None or not draft.is_open:
        raise NotReady(_("Give your identity provider's values first."))
    policy.require_feature(request.team, Scope.SSO)
    return draft


@require_POST
@setup_page(Scope.SSO)
def test(request: SetupRequest) -> HttpResponse:
    """Lead on to the identity provider for a test of the draft, which makes no session and no member."""
    wait = too_many(request)
    if wait is not None:
        return wait
    url = drafts.begin(_open_draft(request), binding.of(request))
    return render(request, "sso/lead_on.html", {**door.outside(), "url": url})


@require_POST
@setup_page(Scope.SSO)
def propose(request: SetupRequest) -> HttpResponse:
    """Ask an owner to confirm the draft."""
    setup.propose(request.team, request.by, request.link.pk, _open_draft(request).pk)
    return _back(request)


@require_GET
@setup_page(Scope.SSO)
def log(request: SetupRequest) -> HttpResponse:
    """Show the team's newest sign-ins, and why they failed."""
    rows = SignInAttempt.every_team.filter(team=request.team).select_related("member").order_by("-at")[:LOG_PAGE]
    return setup_door.show(request, "sso/setup/log.html", {"rows": [log_lines.line(row) for row in rows]})
