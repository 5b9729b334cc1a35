"""Many people at once: the acts of an import, by the rules of `roster` and in statements that hold hundreds."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from portal.teams import access, factors, owners, policy, refused, roster, seats
from portal.teams.actor import Door, Role
from portal.teams.acts import Act, act
from portal.teams.errors import Invalid, NoSeatsLeft
from portal.teams.letters import post_many
from portal.teams.models import Member
from portal.teams.verdicts import Outcome, Person, Verdict, judge

# A batch holds the team's lock: whoever signs in or is provisioned meanwhile waits for it.
MOST = 500


@act
def admit(act: Act, people: list[Person], *, all_or_none: bool = False, mail: bool = True) -> list[Verdict]:
    """Add or change at most 500 people, each seated while seats are free; says what became of each, evicts nobody.

    `all_or_none` refuses them all where one would find no seat.
    """
    policy.require(act.by, Role.ADMIN)
    _open(act, policy.Task.ASSIGN)
    if len(people) > MOST:
        raise Invalid(_("At most {n} people at once.").format(n=MOST))
    tally = seats.tally(act.team)
    verdicts = judge(act.team, act.by, people, tally)
    unseated = [verdict.person.email for verdict in verdicts if verdict.outcome is Outcome.OVER]
    if unseated and all_or_none:
        raise NoSeatsLeft(act.team.name, tally.bought)
    _add(act, [verdict for verdict in verdicts if verdict.outcome is Outcome.NEW])
    _change(act, [verdict for verdict in verdicts if verdict.outcome is Outcome.CHANGED])
    if unseated:
        refused.record_unseated(act.team, act.by, unseated)
    if mail:
        seated = [verdict.person.email for verdict in verdicts if verdict.seated]
        post_many("seated", seated, team=act.team.name, slug=act.team.slug, by=act.by.label)
    return verdicts


def _open(act: Act, task: policy.Task) -> None:
    shut = policy.lock(act.team, act.by.door, task)
    if shut is not None:
        raise shut


def _add(act: Act, verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        verdict.member = _member(act, verdict.person)
    members = [verdict.member for verdict in verdicts if verdict.member is not None]
    Member.every_team.bulk_create(members)
    seats.take_all(act, members)
    for member in members:
        act.record(roster.ADDED, member, active=True, role=member.rank.value)


def _member(act: Act, person: Person) -> Member:
    member = Member(
        team=act.team, user_name=person.user_name, email=person.email, sign_in_email=person.email,
        attributes=person.attributes, role=person.role or Role.MEMBER, origin=act.by.door, entry_after=act.at,
        created_at=act.at, updated_at=act.at,
    )  # fmt: skip
    for name, value in person.names.items():
        setattr(member, name, value)
    member.fold_keys()
    return member


def _change(act: Act, verdicts: list[Verdict]) -> None:
    """Write names and seats of many at once, then the roles one by one: few have one, and each has its own rules."""
    written = [verdict for verdict in verdicts if verdict.changes.keys() - {"role"}]
    _write(act, written)
    woken = [verdict.member for verdict in written if verdict.seated and verdict.member is not None]
    if woken:
        seats.take_all(act, woken)
        access.bar_all(act.team, Member.every_team.filter(pk__in=[each.pk for each in woken]), act.at, "activated")
    for verdict in verdicts:
        if "role" in verdict.changes and verdict.member is not None:
            owners.set_role(act.team, act.by, verdict.member.pk, Role(verdict.changes["role"][1]))


def _write(act: Act, verdicts: list[Verdict]) -> None:
    members, columns = [], {"version", "updated_at"}
    for verdict in verdicts:
        member, changes = verdict.member, {name: both for name, both in verdict.changes.items() if name != "role"}
        if member is None:
            continue
        for name, (_before, after) in changes.items():
            setattr(member, name, after)
        if "active" in changes:
            member.may_return = False
        member.version, member.updated_at = member.version + 1, act.at
        member.fold_keys()
        members.append(member)
        columns |= {"may_return" if "active" in changes else "version", *changes}
        act.record(roster.ASSIGNED if verdict.seated else roster.UPDATED, member, changes=changes)
    columns |= {"attributes_folded"} if "attributes" in columns else set()
    columns |= {"label_key", *(f"{name}_key" for name in columns if hasattr(Member, f"{name}_key"))}
    Member.every_team.bulk_update(members, sorted(columns), batch_size=seats.PIECE)


def _in_reach(act: Act, members: "QuerySet[Member]") -> "QuerySet[Member]":
    """Leave owners out, and before a directory import whoever SCIM wrote (spec rule 4)."""
    members = members.exclude(role=Role.OWNER)
    return members.exclude(scim_written=True) if act.by.door is Door.IMPORT else members


@act
def assign_again(act: Act, member_ids: Iterable[UUID]) -> tuple[list[Member], list[Member]]:
    """Seat at most 500 inactive members, but owners, while seats are free; returns who is seated, and who is not."""
    policy.require(act.by, Role.ADMIN)
    _open(act, policy.Task.ASSIGN)
    inactive = Member.every_team.filter(team=act.team, pk__in=list(member_ids)[:MOST], active=False)
    members, free = list(_in_reach(act, inactive).order_by("pk")), seats.tally(act.team).free
    seated, unseated = members[:free], members[free:]
    theirs = Member.every_team.filter(pk__in=[member.pk for member in seated])
    seats.take_all(act, seated)
    access.bar_all(act.team, theirs, act.at, "activated")
    theirs.update(active=True, may_return=False, version=F("version") + 1, updated_at=act.at)
    for member in seated:
        act.record(roster.ASSIGNED, member)
    if unseated:
        refused.record_unseated(act.team, act.by, [member.email or member.user_name for member in unseated])
    return seated, unseated


# ── Taking it back ───────────────────────────────────────────────────────────────────────────────────────────────────
@act
def take_back(act: Act, member_ids: Iterable[UUID]) -> int:
    """Take at most 500 seats back, but an owner's; returns how many."""
    policy.require(act.by, Role.ADMIN)
    _open(act, policy.Task.UNASSIGN)
    seated = Member.every_team.filter(team=act.team, pk__in=list(member_ids)[:MOST], active=True)
    members = list(_in_reach(act, seated))
    theirs = Member.every_team.filter(pk__in=[member.pk for member in members])
    seats.release_all(act, members)
    access.bar_all(act.team, theirs, act.at, "deactivated")
    theirs.update(active=False, version=F("version") + 1, updated_at=act.at)
    for member in members:
        act.record(roster.UNASSIGNED, member)
    if members:
        factors.forget_gone(*{member.sign_in_email_key for member in members})
    return len(members)
