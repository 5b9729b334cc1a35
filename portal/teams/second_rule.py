"""Of whom a team wants a second factor: set by an owner who has one; `access.reach` asks it of each code session."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import factors, policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid, NotReady
from portal.teams.models import Member, SecondFactor, Team

WANTED = Kind("second_factor.wanted_set", gettext_lazy("{actor} set of whom a second factor is wanted: {whom}"))


@dataclass(frozen=True)
class Choice:
    """One of the choices an owner has: whom it names, how many those are, and how many of them have no factor yet."""

    value: str
    label: str
    people: int
    without: int


def choices(team: Team) -> list[Choice]:
    """Say in numbers whom each choice would affect today."""
    found = []
    for who in SecondFactor:
        named = _named(team, who)
        people = named.count()
        found.append(Choice(who.value, str(who.label), people, people - factors.holders(named).count()))
    return found


def _named(team: Team, who: SecondFactor) -> "QuerySet[Member]":
    active = Member.every_team.filter(team=team, active=True)
    if who is SecondFactor.PRIVILEGED:
        return active.exclude(role=Role.MEMBER)
    return active if who is SecondFactor.EVERYBODY else active.none()


@act
def want(act: Act, who: str) -> None:
    """Want a second factor of these people from now on: whoever has none is led to setting one up, nobody leaves."""
    policy.require(act.by, Role.OWNER)
    if who not in SecondFactor.values:
        raise Invalid(_("Choose of whom a second factor is wanted."))
    mine = Member.every_team.filter(pk=act.by.member_id, team=act.team)
    if who != SecondFactor.NOBODY and not factors.holders(mine).exists():
        raise NotReady(_("Set up a second factor of your own first, on “Your security”."))
    if who != act.team.second_factor:
        before = act.team.second_factor
        Team.every_team.filter(pk=act.team.pk).update(second_factor=who)
        act.record(WANTED, before=before, after=who, whom=str(SecondFactor(who).label).lower())
