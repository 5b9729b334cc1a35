"""/Users (RFC 7644 section 3): the roster as SCIM sees it."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.teams import roster
from portal.teams.models import Member
from portal.teams.names import Profile
from scim import belonging, listing, lookup
from scim.http import ScimView
from scim.mapping import USER
from scim.protocol import changes, document, patch, projection
from scim.views.resource import ResourceView, listed


class UserView(ResourceView[Member]):
    """What every answer about one person shares."""

    resource = USER

    # Who was made by this call is in no group yet.
    is_new = False

    def extras(self, rows: Sequence[Member], shape: projection.Projection | None) -> belonging.Extras:
        """Return the groups of these people."""
        return {} if self.is_new else belonging.groups_of(self.team, rows, self.base_url, shape)

    def find(self, member_id: str) -> Member:
        """Return a person of this team; a stranger's id is 404 like an unknown one."""
        self.subject = member = Member.of(self.team, member_id)
        return member


def source(view: ScimView) -> listing.Source:
    """Return the people of the team, as lists and searches show them."""
    team, base_url = view.team, view.base_url
    extras = lambda found, shape: belonging.groups_of(team, found, base_url, shape)  # noqa: E731
    # Built only where it is asked: a look-up and a page of everybody are statements of their own.
    rows = cast("QuerySet[Member]", SimpleLazyObject(lambda: lookup.everybody(team.pk)))
    return listing.Source(USER, rows, extras, lookup.everybody, team.last_event)


class UserList(UserView):
    """/Users"""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """List, filtered, sorted and paged (section 3.4.2); an empty result is 200 too (Entra's test)."""
        return listed(self, [source(self)])

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Create (section 3.3), or adopt the one member with this e-mail whom SCIM never wrote (spec rule 8)."""
        fields = document.read(USER, self.read_body())
        self.read_query()
        self.subject = fields.columns.get("email") or fields.columns["user_name"]
        profile = cast(Profile, fields.said())
        return self.carry_out(lambda: roster.provision(self.team, self.by, profile), self._made)

    def _made(self, made: tuple[Member, bool]) -> HttpResponse:
        member, adopted = made
        self.is_new = not adopted
        self.words = _told(adopted=adopted, member=member)
        self.seat = "taken" if member.active and not adopted else ""
        return self.shown(member, 201, Location=f"{self.base_url}/Users/{member.pk}")


class UserDetail(UserView):
    """/Users/{id}"""

    def get(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Read (section 3.4.1); 304 where If-None-Match names the present version."""
        self.subject = member = lookup.by_id(self.team, id)
        return self.read(member)

    def put(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Replace (section 3.5.1); `active` left out keeps the person as they are."""
        before = self.find(id)
        fields = document.read(USER, self.read_body())
        return self._update(before, lambda row: _profile(fields, row, says_active="active" in fields.columns))

    def patch(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Modify (section 3.5.2): read against the row as it is under the team's lock, all operations or none."""
        before = self.find(id)
        wanted = patch.read(USER, self.read_body())
        says_active = wanted.names("active")
        return self._update(
            before,
            lambda row: _profile(changes.apply(wanted, document.stored(USER, row)), row, says_active=says_active),
        )

    def _update(self, before: Member, wanted: Callable[[Member], Profile]) -> HttpResponse:
        self.read_query()
        version = self.expected(before)
        return self.carry_out(
            lambda: roster.update(self.team, self.by, before.pk, wanted, version=version),
            lambda member: self._updated(before, member),
        )

    def _updated(self, before: Member, after: Member) -> HttpResponse:
        self.words = _changed(before, after)
        return self.shown(after)

    def delete(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Delete (section 3.6): gone, the seat free, the sessions ended."""
        member = self.find(id)
        version = self.expected(member)
        return self.carry_out(
            lambda: roster.remove(self.team, self.by, member.pk, version=version), lambda _none: self._removed(member)
        )

    def _removed(self, member: Member) -> HttpResponse:
        self.words = _("Deleted, seat freed") if member.active else _("Deleted")
        self.seat = "freed" if member.active else ""
        return self.answer(None, 204)


def _profile(fields: document.Fields, row: Member, *, says_active: bool) -> Profile:
    """Return what differs from the row; `active` said again too, for it lifts the hold on a last owner (rule 9)."""
    wanted = fields.changes(row)
    if says_active:
        wanted["active"] = fields.columns["active"]
    return cast(Profile, wanted)


def _told(*, adopted: bool, member: Member) -> str:
    if adopted:
        return _("Linked to somebody who was here already")
    return _("Added, seat assigned") if member.active else _("Added, inactive")


def _changed(before: Member, after: Member) -> str:
    if before.active != after.active:
        return _("Activated, seat assigned") if after.active else _("Deactivated, seat freed")
    return _("Updated") if before.version != after.version else _("Nothing to change")
