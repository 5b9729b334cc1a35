"""/Users (RFC 7644 section 3): the roster as SCIM sees it."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext as _
from rest_framework.request import Request

from portal.teams import roster
from portal.teams.models import Member
from portal.teams.roster import Profile
from scim import listing
from scim.http import ScimView
from scim.mapping import USER
from scim.protocol import changes, document, patch, projection


class UserView(ScimView):
    """What every answer about one person shares."""

    def shown(self, member: Member, status: int = 200, **headers: str) -> HttpResponse:
        """Return a person's document with its ETag."""
        query = self.request.query_params
        wanted = projection.project(USER, query.getlist("attributes"), query.getlist("excludedAttributes"))
        body = document.render(USER, member, base_url=self.base_url, projection=wanted)
        return self.answer(body, status, ETag=document.etag(USER, member), **headers)

    def find(self, member_id: str) -> Member:
        """Return a person of this team; a stranger's id is 404 like an unknown one."""
        member = Member.of(self.team, member_id)
        self.subject = member.label
        return member


class UserList(UserView):
    """/Users"""

    def get(self, request: Request, **_kwargs: Any) -> HttpResponse:
        """List, filtered, sorted and paged (section 3.4.2); an empty result is 200 too (Entra's test)."""
        rows = Member.every_team.filter(team=self.team)
        return self.answer(listing.page(USER, rows, request.query_params.dict(), self.base_url))

    def post(self, request: Request, **_kwargs: Any) -> HttpResponse:
        """Create (section 3.3), or adopt the one member with this e-mail whom SCIM never wrote (spec rule 8)."""
        fields = document.read(USER, self.read_body())
        self.subject = fields.columns.get("email") or fields.columns["user_name"]
        member, adopted = roster.provision(self.team, self.by, cast(Profile, fields.said()))
        self.words = _told(adopted=adopted, member=member)
        return self.shown(member, 201, Location=f"{self.base_url}/Users/{member.pk}")


class UserDetail(UserView):
    """/Users/{id}"""

    def get(self, request: Request, id: str, **_kwargs: Any) -> HttpResponse:
        """Read (section 3.4.1); 304 where If-None-Match names the present version."""
        member = self.find(id)
        version = document.etag(USER, member)
        known = {tag.strip() for tag in request.META.get("HTTP_IF_NONE_MATCH", "").split(",")}
        if known & {version, version.removeprefix("W/"), "*"}:
            return self.answer(None, 304, ETag=version)
        return self.shown(member)

    def put(self, request: Request, id: str, **_kwargs: Any) -> HttpResponse:
        """Replace (section 3.5.1); `active` left out keeps the person as they are."""
        before = self.find(id)
        fields = document.read(USER, self.read_body())
        member = roster.update(
            self.team, self.by, before.pk, cast(Profile, fields.columns), version=self.expected_version()
        )
        self.words = _changed(before, member)
        return self.shown(member)

    def patch(self, request: Request, id: str, **_kwargs: Any) -> HttpResponse:
        """Modify (section 3.5.2): read against the row as it is under the team's lock, all operations or none."""
        before = self.find(id)
        wanted = patch.read(USER, self.read_body())

        def compiled(row: Member) -> Profile:
            fields = changes.apply(wanted, document.stored(USER, row))
            kept = fields.changes(row)
            if wanted.names("active"):
                # Said again, although it is so already: lifts the hold on a last owner (spec rule 9).
                kept["active"] = fields.columns["active"]
            return cast(Profile, kept)

        member = roster.update(self.team, self.by, before.pk, compiled, version=self.expected_version())
        self.words = _changed(before, member)
        return self.shown(member)

    def delete(self, request: Request, id: str, **_kwargs: Any) -> HttpResponse:
        """Delete (section 3.6): gone, the seat free, the sessions ended."""
        member = self.find(id)
        roster.remove(self.team, self.by, member.pk, version=self.expected_version())
        self.words = _("Deleted, seat freed") if member.active else _("Deleted")
        return self.answer(None, 204)


def _told(*, adopted: bool, member: Member) -> str:
    if adopted:
        return _("Linked to somebody who was here already")
    return _("Added, seat assigned") if member.active else _("Added, inactive")


def _changed(before: Member, after: Member) -> str:
    if before.active != after.active:
        return _("Activated, seat assigned") if after.active else _("Deactivated, seat freed")
    return _("Updated") if before.version != after.version else _("Nothing to change")
