"""What the identity provider gives us, shown before it counts: metadata as a file, a URL or text."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.door import TeamRequest, team_page
from portal.outbound import turn
from portal.teams.actor import Role
from sso import connection as connections
from sso import proposals
from sso.closing import require_open
from sso.errors import BadMetadata
from sso.forms import ProposalForm, SourceForm
from sso.panel.wizard import draw

# A look takes up to ten seconds of one of few workers: a team has one at a time, and not all day.
LIMITS = {"metadata_look": "1/10s/key,30/h/key"}


@require_POST
@team_page(Role.ADMIN, sudo=True)
def look(request: TeamRequest) -> HttpResponse:
    """Read metadata and show what it says and would change; nothing is saved."""
    require_open(request, "edit")
    form = SourceForm(request.POST, request.FILES)
    if not form.is_valid():
        return draw(request, "metadata", 400, source=form)
    url = form.cleaned_data["url"]
    if url and not _may_go(request):
        form.add_error(None, _("We went to a metadata address for your team just now. Wait a little and try again."))
        return draw(request, "metadata", 429, source=form)
    try:
        xml = _fetched(url) if url else form.cleaned_data["xml"]
        found = proposals.read(connections.of(request.team), xml)
    except BadMetadata as refusal:
        form.add_error(None, str(refusal))
        return draw(request, "metadata", 400, source=form)
    return draw(request, "metadata", proposals=found, from_url=url)


def _fetched(url: str) -> bytes:
    try:
        with turn.taken():
            return proposals.fetch(url)
    except turn.Busy as busy:
        raise BadMetadata(str(busy)) from busy


def _may_go(request: TeamRequest) -> bool:
    key = str(request.team.pk)
    return bool(ratelimit.consume(request, app="account", action="metadata_look", config=LIMITS, key=key))


@require_POST
@team_page(Role.ADMIN, sudo=True)
def take(request: TeamRequest) -> HttpResponse:
    """Take what was shown."""
    require_open(request, "edit")
    form = ProposalForm(request.POST)
    if not form.is_valid():
        return draw(request, "metadata", 400, refused=form)
    values = dict(form.cleaned_data)
    pems = values.pop("certificates")
    connections.configure(request.team, request.by, pems=pems, **values)
    messages.success(request, _("Taken. Test the connection next."))
    return redirect("sso:wizard", "test")
