"""The waiting list, emptied by hand: somebody who waits gets a seat, or several are dismissed."""

from collections.abc import Iterable
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from portal.teams import policy, roster, seats
from portal.teams.actor import Role
from portal.teams.acts import Act, act
from portal.teams.errors import Conflict, Invalid, Missing
from portal.teams.models import Member, Waiting


@act
def seat(act: Act, waiting_id: UUID) -> Member:
    """Give somebody who waits a seat, adding them if new; `seats.take` takes them off the list."""
    policy.require(act.by, Role.ADMIN)
    row = Waiting.every_team.filter(team=act.team, pk=waiting_id).first()
    if row is None:
        raise Missing
    named = Q(user_name_key=row.key) | Q(email_key=row.key)
    known = list(Member.every_team.filter(named, team=act.team).select_related("team")[:2])
    if len(known) > 1:
        raise Conflict(_("Two members are called {who}. Assign the one you mean from the list.").format(who=row.label))
    if known and known[0].active:
        raise Conflict(_("{who} has a seat already.").format(who=known[0].label))
    if known:
        return roster.assign_again(act.team, act.by, known[0].pk)
    try:
        validate_email(row.label)
    except ValidationError:
        raise Invalid(_("{who} is no e-mail address. Assign a seat to their address.").format(who=row.label)) from None
    return roster.assign(act.team, act.by, {"email": row.label})


@act
def dismiss(act: Act, waiting_ids: Iterable[UUID]) -> int:
    """Take several off the list; returns how many still stood there."""
    rows = Waiting.every_team.filter(team=act.team, pk__in=list(waiting_ids))
    ids = list(rows.values_list("pk", flat=True))
    for row_id in ids:
        seats.dismiss(act.team, act.by, str(row_id))
    return len(ids)
