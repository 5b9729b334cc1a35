"""What the person who runs the IdP opens without an account: the setup link's button, and its first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal import door, setup_door
from portal.setup_door import SetupRequest, setup_page
from portal.teams import proposed_domain, setup
from portal.teams.errors import LinkEnded, LinkTaken, Missing
from portal.teams.models import Scope, SetupLink


@never_cache
@require_http_methods(["GET", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only pressing it claims the link, because mail scanners follow links."""
    try:
        link = setup.find(token)
        if link.claimed_at is not None:
            return _claimed(request, link)
        if request.method == "GET":
            return render(request, "setup/open.html", door.outside() | {"link": link})
        link, secret = setup.claim(
            token, address=request.META.get("REMOTE_ADDR", ""), browser=request.headers.get("User-Agent", "")
        )
    except (LinkEnded, LinkTaken) as refusal:
        return setup_door.ended(request, refusal)
    response = redirect("setup", link.pk)
    setup_door.keep(response, link, secret)
    return response


def _claimed(request: HttpRequest, link: SetupLink) -> HttpResponse:
    """Lead the browser that holds the link on; tell every other one that it came too late."""
    try:
        setup.held(link.pk, request.COOKIES.get(setup_door.cookie(link.pk), ""))
    except Missing:
        raise LinkTaken(link.made_by) from None
    return redirect("setup", link.pk)


@require_GET
@setup_page()
def home(request: SetupRequest) -> HttpResponse:
    """Show the team's name and what the link opens."""
    return setup_door.show(request, "setup/home.html")


@require_GET
@setup_page(Scope.DOMAINS)
def domains(request: SetupRequest) -> HttpResponse:
    """Show the team's domains with the records to set, and what was proposed."""
    context = {
        "rows": request.team.domains.order_by("name"),
        "draft": setup.latest(request.link, Scope.DOMAINS),
        "usable": request.team.may_use(Scope.DOMAINS.feature),
    }
    return setup_door.show(request, "setup/domains.html", context)


@require_POST
@setup_page(Scope.DOMAINS)
def propose_domain(request: SetupRequest) -> HttpResponse:
    """Ask an admin to claim a domain."""
    proposed_domain.propose(request.link, request.POST.get("domain", "")[:253].replace("\x00", ""))
    return redirect("setup_domains", request.link.pk)
