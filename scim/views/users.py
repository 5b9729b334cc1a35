"""/Users (RFC 7644 section 3): the roster as SCIM sees it."""

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, cast

from django.core.exceptions import SuspiciousOperation
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from portal.gate import Unreadable
from portal.teams import roster
from portal.teams.models import Member
from portal.teams.names import Profile
from scim import belonging, listing, lookup
from scim.http import ScimView
from scim.mapping import USER
from scim.protocol import changes, document, patch, projection
from scim.protocol.errors import ScimError
from scim.views.resource import ResourceView, listed, read_query


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

    ahead: lookup.People | None = None

    def ask_ahead(self, request: HttpRequest, digest: str) -> None:
        """Ask for whom a call looks up; what can't be read is refused when it is known who calls."""
        if request.method == "GET":
            with suppress(SuspiciousOperation):
                self.ahead = lookup.found_ahead(read_query(request), digest)

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """List, filtered, sorted and paged (section 3.4.2); an empty result is 200 too (Entra's test)."""
        return listed(self, [source(self)], ahead=self.ahead)

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

    # What the person was before the call.
    was_active = False
    former_version = 0
    ahead: lookup.People | None = None

    def ask_ahead(self, request: HttpRequest, digest: str) -> None:
        """Ask for whom a call reads."""
        if request.method == "GET":
            self.ahead = lookup.by_id_ahead(digest, self.kwargs["id"])

    def get(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Read (section 3.4.1); 304 where If-None-Match names the present version."""
        self.subject = member = lookup.by_id(self.team, id, self.ahead)
        return self.read(member)

    def put(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Replace (section 3.5.1); `active` left out keeps the person as they are."""
        with self._about(id):
            fields = document.read(USER, self.read_body())
            self.read_query()
        return self._update(
            id,
            lambda row: _profile(fields, row, says_active="active" in fields.columns),
            # Who is replaced is active nearly always, before and after.
            reseats=fields.columns.get("active") is False,
        )

    def patch(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Modify (section 3.5.2): read against the row as it is under the team's lock, all operations or none."""
        with self._about(id):
            wanted = patch.read(USER, self.read_body())
            self.read_query()
        says_active = wanted.names("active")
        return self._update(
            id,
            lambda row: _profile(changes.apply(wanted, document.stored(USER, row)), row, says_active=says_active),
            reseats=says_active,
        )

    @contextmanager
    def _about(self, member_id: str) -> Iterator[None]:
        """Say 404 before anything is said of the message, and know whom one that is refused was about."""
        try:
            yield
        except (ScimError, Unreadable):
            self.find(member_id)
            raise

    def _meets(self, row: Member) -> bool:
        """Keep what the person is before the call, and say whether If-Match names them so; the row is read once."""
        # The act goes on with the row: what it writes into it may be refused yet, and a deleted one has no id.
        self.subject = copy.copy(row)
        self.was_active, self.former_version = row.active, row.version
        return self.expected(row) in (None, row.version)

    def _update(self, member_id: str, wanted: Callable[[Member], Profile], *, reseats: bool) -> HttpResponse:
        return self.carry_out(
            lambda: roster.update(self.team, self.by, member_id, wanted, meets=self._meets, reseats=reseats),
            self._updated,
        )

    def _updated(self, member: Member) -> HttpResponse:
        if self.was_active != member.active:
            self.words = _("Activated, seat assigned") if member.active else _("Deactivated, seat freed")
        else:
            self.words = _("Updated") if self.former_version != member.version else _("Nothing to change")
        return self.shown(member)

    def delete(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Delete (section 3.6): gone, the seat free, the sessions ended."""
        return self.carry_out(lambda: roster.remove(self.team, self.by, id, meets=self._meets), self._removed)

    def _removed(self, _gone: None) -> HttpResponse:
        self.words = _("Deleted, seat freed") if self.was_active else _("Deleted")
        self.seat = "freed" if self.was_active else ""
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
