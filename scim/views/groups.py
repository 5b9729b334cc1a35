"""/Groups (RFC 7644 section 3): what the directory pushes, switchable per team (requirements 24 and 25)."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.body import MIB
from portal.teams import groups
from portal.teams.groups import Details, Push
from portal.teams.models import Group, Team
from scim import belonging, listing
from scim.http import ScimView
from scim.mapping import GROUP
from scim.protocol import changes, document, patch, projection, references
from scim.protocol.errors import ScimError
from scim.views.resource import ResourceView, listed

MEMBERS = GROUP.names["members"]


def require_on(team: Team) -> None:
    """Answer 404 where the team has no groups (requirement 25)."""
    if not team.groups_on:
        raise ScimError(_("Groups are turned off for team {team}.").format(team=team.name), status=404)


class GroupView(ResourceView[Group]):
    """What every answer about groups shares."""

    resource = GROUP
    # Thousands of members, each with their name and address.
    body_limit = 4 * MIB

    def initial(self, request: HttpRequest, **kwargs: Any) -> None:
        """Let a call in; where groups are off there is nothing here."""
        super().initial(request, **kwargs)
        require_on(self.team)

    def extras(self, rows: Sequence[Group], shape: projection.Projection | None) -> belonging.Extras:
        """Return the members of these groups; they are not loaded where nobody asked."""
        return belonging.members_of(self.team, rows, self.base_url, shape)

    def find(self, group_id: str) -> Group:
        """Return a group of this team; a stranger's id is 404 like an unknown one."""
        self.subject = group = Group.of(self.team, group_id)
        return group


def source(view: ScimView) -> listing.Source:
    """Return the groups of the team, as lists and searches show them."""
    team, base_url = view.team, view.base_url
    rows = Group.every_team.filter(team=team)
    return listing.Source(GROUP, rows, lambda found, shape: belonging.members_of(team, found, base_url, shape))


class GroupList(GroupView):
    """/Groups"""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """List, filtered, sorted and paged (section 3.4.2)."""
        return listed(self, [source(self)])

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Create (section 3.3), members and all."""
        sent = self.read_body()
        fields, members = document.read(GROUP, sent), references.listed(MEMBERS, sent)
        self.read_query()
        self.subject = str(fields.columns["display_name"])
        details = cast(Details, fields.said())
        return self.carry_out(lambda: groups.create(self.team, self.by, details, members.add), self._made)

    def _made(self, push: Push) -> HttpResponse:
        self.words = _("Group added") + _moved(push)
        return self.shown(push.group, 201, Location=f"{self.base_url}/Groups/{push.group.pk}")


class GroupDetail(GroupView):
    """/Groups/{id}"""

    def get(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Read."""
        return self.read(self.find(id))

    def put(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Replace (section 3.5.1): the list of members is the whole list, and none is sent where it is to be empty."""
        before = self.find(id)
        sent = self.read_body()
        fields = document.read(GROUP, sent)
        return self._update(before, fields.changes, references.listed(MEMBERS, sent))

    def patch(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Modify (section 3.5.2) without reading the members; 204, unless the answer's attributes are asked for."""
        before = self.find(id)
        wanted, members = references.split(patch.read(GROUP, self.read_body()))
        return self._update(
            before, lambda row: changes.apply(wanted, document.stored(GROUP, row)).changes(row), members
        )

    def _update(
        self, before: Group, wanted: Callable[[Group], dict[str, Any]], members: references.Change
    ) -> HttpResponse:
        self.read_query()
        change = groups.Change(members.add, members.remove, members.whole)
        version = self.expected(before)

        def update() -> Push:
            return groups.update(
                self.team, self.by, before.pk, lambda row: cast(Details, wanted(row)), change, version=version
            )

        return self.carry_out(update, self._updated)

    def _updated(self, push: Push) -> HttpResponse:
        self.words = (_("Group updated") + _moved(push)) if push.changed else _("Nothing to change")
        if self.request.method == "PATCH" and self.shape is None:
            return self.answer(None, 204, ETag=self.version(push.group))
        return self.shown(push.group)

    def delete(self, request: HttpRequest, id: str, **_kwargs: Any) -> HttpResponse:
        """Delete (section 3.6): the group is gone, its members stay in the team with their seats."""
        group = self.find(id)
        version = self.expected(group)
        return self.carry_out(lambda: groups.remove(self.team, self.by, group.pk, version=version), self._deleted)

    def _deleted(self, _gone: None) -> HttpResponse:
        self.words = _("Group deleted, its members keep their seats")
        return self.answer(None, 204)


def _moved(push: Push) -> str:
    """Say how many came and went."""
    words = ""
    if push.added:
        words += ngettext(", {n} member added", ", {n} members added", push.added).format(n=push.added)
    if push.removed:
        words += ngettext(", {n} member removed", ", {n} members removed", push.removed).format(n=push.removed)
    return words
