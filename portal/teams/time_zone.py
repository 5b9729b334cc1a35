"""A team's time zone: every date of its pages, mails and exports is said in it, as the language writes dates."""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.utils.formats import date_format
from django.utils.timezone import localtime
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


def day(at: datetime, team: Team | None = None) -> str:
    """Say on which day a moment falls for a team; where none is named, for whoever looks at the page."""
    return date_format(_there(at, team), "DATE_FORMAT")


def moment(at: datetime, team: Team | None = None) -> str:
    """Say a moment to the minute, as a team's clocks show it, and by which clock."""
    there = _there(at, team)
    clock = there.tzname() or ""
    # Many a zone has no letters of its own.
    return f"{date_format(there, 'DATETIME_FORMAT')} {clock if clock.isalpha() else f'UTC{clock}'}"


def _there(at: datetime, team: Team | None) -> datetime:
    return localtime(at, zone(team) if team else None)


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
