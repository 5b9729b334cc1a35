"""A team's beginning and end, and the one way back in when nobody can enter: create, crown, close."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, roster, seats
from portal.teams.actor import Actor, Role
from portal.teams.acts import Act, Kind, act, acting
from portal.teams.errors import Conflict, Invalid
from portal.teams.folding import fold, fold_address
from portal.teams.letters import owners, post_all
from portal.teams.models import (
    Domain,
    Entry,
    Errand,
    Group,
    Member,
    Notice,
    NoticeRule,
    Plan,
    SeatRequest,
    SetupLink,
    Team,
    Waiting,
)
from portal.teams.models.team import SLUG
from portal.teams.registry import registry

CREATED = Kind("team.created", gettext_lazy("{actor} created the team"))
CROWNED = Kind("owner.set", gettext_lazy("{actor} made {subject} an owner: {reason}"))
CLOSED = Kind("team.closed", gettext_lazy("{actor} closed the team"))


def create(
    by: Actor, slug: str, name: str, *, bought: int, owner: str, plan: str = Plan.BUSINESS, sso: bool = False,
    scim: bool = False,
) -> Team:  # fmt: skip
    """Make a team with its seats and its owner on one of them. Slugs are never reused."""
    SLUG(slug)
    if bought < 1:
        raise Invalid(_("A team needs at least one seat, for its owner."))
    if Team.every_team.filter(slug=slug).exists():
        raise Conflict(_("The slug {slug} is taken; slugs are never reused.").format(slug=slug))
    team = Team(slug=slug, name=name, plan=plan, entitled_sso=sso, entitled_scim=scim)
    with transaction.atomic():
        team.save(force_insert=True)
        with acting(team, by) as act:
            act.record(CREATED, plan=plan, sso=sso, scim=scim)
            seats.resize(team, by, bought)
            roster.add(team, by, {"user_name": owner, "email": owner}, role=Role.OWNER, unlocked=True)
    return team


@act
def crown(act: Act, email: str, reason: str) -> Member:
    """Make a person an active, unsuspended, unheld owner, adding and seating them under every lock (spec rule 9).

    A person is named by `sign_in_email`; two hits are refused.
    """
    hits = list(
        Member.every_team.filter(team=act.team, sign_in_email_key=fold_address(email)).select_related("team")[:2]
    )
    if len(hits) > 1:
        raise Conflict(_("Two members sign in with this e-mail. Change one of them first."))
    member = hits[0] if hits else _new_owner(act, email)
    if not member.active:
        member.active = True
        seats.take(act, member)
    member.role, member.suspended_at, member.held_at = Role.OWNER, None, None
    member.sign_in_email, member.version, member.updated_at = email, member.version + 1, act.at
    access.bar(member, act.at, "made_owner")
    member.save(force_update=True)
    act.record(CROWNED, member, reason=reason)
    post_all("owner_set", owners(act.team), team=act.team.name, who=member.label, reason=reason)
    return member


def _new_owner(act: Act, email: str) -> Member:
    if Member.every_team.filter(team=act.team, user_name_key=fold(email)).exists():
        raise Conflict(_("Another member has this address as userName. Change one of them first."))
    return roster.add(act.team, act.by, {"user_name": email, "email": email}, role=Role.OWNER, unlocked=True)


@act
def close(act: Act) -> None:
    """Delete a team's members, seats and secrets and end every session; its row, slug and journal stay until purge."""
    access.end(act.team, Entry.every_team.all(), "team_closed")
    act.record(CLOSED)
    for forget in registry.on_close:
        forget(act.team)
    post_all("team_closed", owners(act.team), team=act.team.name)
    Member.every_team.filter(team=act.team).delete()
    for model in (Waiting, Domain, SeatRequest, SetupLink, Group, Errand, Notice, NoticeRule):
        model.every_team.filter(team=act.team).delete()
    act.team.seats.all().delete()
    act.team.seat_days.all().delete()
    Team.every_team.filter(pk=act.team.pk).update(
        closed_at=timezone.now(), sso_on=False, sso_enforced=False, scim_on=False
    )
