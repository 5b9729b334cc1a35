"""What the person who runs the IdP opens without an account: the setup link's button, and its first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from portal import setup_door
from portal.setup_door import SetupRequest, setup_page
from portal.teams import setup
from portal.teams.errors import LinkEnded, LinkTaken, Missing
from portal.teams.models import SetupLink


@never_cache
@require_http_methods(["GET", "POST"])
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only pressing it claims the link, because mail scanners follow links."""
    try:
        link = setup.find(token)
        if link.claimed_at is not None:
            return _claimed(request, link)
        if request.method == "GET":
            return render(request, "setup/open.html", setup_door.outside() | {"link": link})
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
