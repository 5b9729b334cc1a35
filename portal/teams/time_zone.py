"""A team's time zone: every date of its pages is said in it."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Invalid
from portal.teams.models import Team

SET = Kind("team.time_zone_set", gettext_lazy("{actor} set the team’s time zone from {before} to {after}"))

AREAS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")


@cache
def names() -> list[str]:
    """The zones there are to choose from: UTC, then each area's places."""
    return ["UTC", *sorted(name for name in available_timezones() if name.partition("/")[0] in AREAS)]


def zone(team: Team) -> ZoneInfo:
    """The team's time zone; UTC for one that this machine no longer knows."""
    return ZoneInfo(team.time_zone if team.time_zone in names() else "UTC")


@act
def set_zone(act: Act, name: str) -> None:
    """Say the team's dates in another time zone."""
    policy.require(act.by, Role.ADMIN)
    if name not in names():
        raise Invalid(_("Choose a time zone from the list."))
    if name != act.team.time_zone:
        before = act.team.time_zone
        Team.every_team.filter(pk=act.team.pk).update(time_zone=name)
        act.record(SET, before=before, after=name)
