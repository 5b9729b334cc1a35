"""A browser without HTTP: its cookie, and what access says of each of its requests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

from django.contrib import auth
from django.http import HttpRequest
from django.test import RequestFactory
from django.utils import timezone

from portal.teams import access, codes
from portal.teams.access import Reach
from portal.teams.models import Entry, Member
from portal.teams.sessions import SessionStore

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Browser:
    """Somebody's browser; every request of it loads its session anew and saves it, as the middleware does."""

    def __init__(self) -> None:
        self.cookie: str | None = None

    @classmethod
    def by_code(cls, email: str, proved: datetime | None = None) -> "Browser":
        """Sign an address in by e-mail code, now or at another moment."""
        browser = cls()
        with browser.request() as request:
            auth.login(request, codes.user_of(email), backend=BACKEND)
            request.session[access.PROVED_AT] = (proved or timezone.now()).isoformat()
        return browser

    @classmethod
    def at_code(cls, member: Member) -> "Browser":
        """Sign a member in by code and enter them."""
        browser = cls.by_code(member.sign_in_email)
        browser.enter_by_code(member)
        return browser

    @classmethod
    def at_sso(cls, member: Member, **more: Any) -> "Browser":
        """Sign a member in by single sign-on."""
        browser = cls()
        browser.enter_by_sso(member, **more)
        return browser

    @contextmanager
    def request(self) -> Iterator[HttpRequest]:
        """Make one request with this browser's cookie."""
        request = RequestFactory().get("/")
        request.session = SessionStore(self.cookie)  # type: ignore[assignment]
        request.user = auth.get_user(request)
        yield request
        if request.session.modified and not request.session.is_empty():
            request.session.save()
        self.cookie = request.session.session_key

    def reach(self) -> Reach:
        """Say what a request of this browser may see."""
        with self.request() as request:
            return access.reach(request)

    def enter_by_code(self, member: Member) -> Entry:
        """Choose a member in a code session."""
        with self.request() as request:
            return access.enter_by_code(request, member)

    def enter_by_sso(self, member: Member, **more: Any) -> Entry:
        """Come back from the identity provider as this member."""
        facts = {"connection_id": uuid4(), "name_id": "n", "session_index": "i", "until": None, "full_role": True}
        facts |= {"proved_now": True}
        with self.request() as request:
            return access.enter_by_sso(request, member, access.hold(member), **{**facts, **more})

    def enter_by_break_glass(self, owner: Member) -> Entry:
        """Use an operator's emergency link."""
        with self.request() as request:
            return access.enter_by_break_glass(request, owner)

    def leave(self) -> None:
        """Sign out."""
        with self.request() as request:
            access.leave(request)
