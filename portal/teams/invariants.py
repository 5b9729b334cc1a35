"""What must hold at every commit, compared from the rows themselves (`check_invariants`)."""

from collections.abc import Iterator

from django.db.models import Count, F, Max, Min, Q

from portal.teams import ledger, seats, triggers
from portal.teams.actor import Role
from portal.teams.models import Event, Group, GroupMember, Member, Seat, Team
from portal.teams.registry import Finding, registry


def check(team: Team) -> Iterator[Finding]:
    """Compare seats, members, switches and events of one team."""
    yield from _seats(team)
    yield from _switches(team)
    yield from _events(team)
    yield from _groups(team)
    for more in registry.checks:
        yield from more(team)


def check_house() -> Iterator[Finding]:
    """Compare what belongs to no team."""
    if triggers.installed() != len(triggers.VERBS):
        yield Finding("journal_guarded", "the journal's triggers are missing: run ./dev manage migrate")


def _seats(team: Team) -> Iterator[Finding]:
    members = Member.every_team.filter(team=team)
    for member in members.filter(active=True, seat=None):
        yield Finding("active_holds_seat", f"{team.slug}: {member.pk} is active and holds no seat")
    for member in members.filter(active=False, seat__isnull=False):
        yield Finding("inactive_holds_none", f"{team.slug}: {member.pk} is inactive and holds a seat")
    tally, told = seats.tally(team), ledger.totals(team)
    if told != (tally.assigned, tally.bought):
        now = f"{tally.assigned} of {tally.bought}"
        yield Finding(
            "ledger_of_seats", f"{team.slug}: {now} seats are assigned, the ledger says {told[0]} of {told[1]}"
        )
    for seat in Seat.every_team.filter(team=team, member__isnull=False).exclude(member__team_id=F("team_id")):
        yield Finding("seat_of_own_team", f"{team.slug}: seat {seat.number} holds another team's member")


def _switches(team: Team) -> Iterator[Finding]:
    if team.scim_on and not team.sso_on:
        yield Finding("scim_needs_sso", f"{team.slug}: SCIM is on without single sign-on")
    owners = Member.every_team.filter(team=team, role=Role.OWNER, active=True, suspended_at=None)
    if team.closed_at is None and not owners.exists():
        yield Finding("owner_left", f"{team.slug}: no active owner who is not suspended")


def _events(team: Team) -> Iterator[Finding]:
    last = Event.every_team.filter(team=team).aggregate(last=Max("number"))["last"]
    if (last or team.purged_through) != team.last_event:
        yield Finding("last_event", f"{team.slug}: counter {team.last_event}, journal ends at {last}")
    yield from gaps(team)


def gaps(team: Team) -> Iterator[Finding]:
    """Compare the number of events with their first, last and checkpoint, in one statement: others go on writing."""
    rows = Team.every_team.filter(pk=team.pk).values("purged_through").order_by()
    found = rows.annotate(first=Min("events__number"), last=Max("events__number"), n=Count("events"))[0]
    n, purged = found["n"], found["purged_through"]
    if n and (found["first"], found["last"]) != (purged + 1, purged + n):
        told = f"{n} events from {found['first']} to {found['last']}"
        yield Finding("gap_free", f"{team.slug}: {told}" + (f", purged through {purged}" if purged else ""))


def _groups(team: Team) -> Iterator[Finding]:
    inside = GroupMember.every_team.filter(group__team=team)
    for row in inside.exclude(member__team_id=F("group__team_id")):
        yield Finding("group_of_own_team", f"{team.slug}: group {row.group_id} holds another team's member")
    filled = Group.every_team.filter(team=team).annotate(n=Count("memberships"))
    for group in filled.exclude(Q(n=0, emptied_at__isnull=False) | Q(n__gt=0, emptied_at=None)):
        yield Finding("empty_since", f"{team.slug}: group {group.pk} has {group.n} members, since {group.emptied_at}")
