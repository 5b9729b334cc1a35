"""What django-allauth asks us: nobody signs up, and a proven address goes on to its teams."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from portal.teams import access


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter for a portal where members are added, never signed up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an address becomes a User when a member with it proves it."""
        return False

    def post_login(self, request: HttpRequest, user: Any, **_: Any) -> HttpResponse:
        """Note when this browser was proved, and lead on to the choice of team."""
        request.session[access.PROVED_AT] = timezone.now().isoformat()
        access.mark_sudo(request)
        return redirect("choose_team")
