"""A run's rows dealt with: one batch after the other, each one act, so that a worker that dies did it or did not."""

from collections.abc import Callable, Collection
from typing import Any, cast
from uuid import UUID

from django.utils.translation import gettext as _

from portal.directories.comparing import NAMES, differences, is_in_reach
from portal.directories.models import DirectoryImport, Kind, Run, RunRow, State, Tie
from portal.outbound.directory import Person as Remote
from portal.teams import batches, groups, roster
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, act, keeping
from portal.teams.errors import Refusal, Taken
from portal.teams.folding import fold, fold_address
from portal.teams.groups import Change
from portal.teams.models import Group, Member, Team
from portal.teams.names import Profile
from portal.teams.verdicts import Outcome, Person

# Changes are made one by one, by the rules for one: fewer of them hold the team's lock.
MOST_CHANGES = 100


class Interrupted(Exception):
    """The run was cancelled, or another worker has it."""


def actor(source: DirectoryImport) -> Actor:
    """Name who acts: an import counts as an admin, whoever set it up."""
    label = _("Directory import {name}").format(name=source.name)
    return Actor(Door.IMPORT, label, id=str(source.pk), role=Role.ADMIN)


def target_of(team: Team, source: DirectoryImport) -> Group | None:
    """The group that people are put in; None where there is none, or the identity provider keeps it."""
    group: Group | None = team.groups.filter(pk=source.target_id).first() if source.target_id else None
    if group is None or not team.groups_on:
        return None
    group.team = team
    return group if is_ours(group) else None


def is_ours(group: Group) -> bool:
    """Say whether an import may fill a group: none that the identity provider pushes, be it empty just now."""
    return group.origin == Door.IMPORT or not (group.team.scim_on and group.team.groups_on)


def step(source: DirectoryImport, run: Run) -> bool:
    """Deal with the next people; False where nobody is left."""
    rows = list(run.rows.filter(done=False).order_by("number")[: batches.MOST])
    if not rows:
        return False
    kind = Kind(rows[0].kind)
    rows = [row for row in rows if row.kind == kind][: MOST_CHANGES if kind is Kind.CHANGED else batches.MOST]

    def keep(_act: Act | None, ties: list[Tie]) -> None:
        _claim(run, rows)
        for row in rows:
            row.done = True
        columns = ["kind", "reason", "member_id", "seat", "done"]
        run.rows.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=columns)
        for tie in ties:
            tie.pk = None
        Tie.every_team.bulk_create(
            ties, update_conflicts=True, unique_fields=["source", "member"],
            update_fields=["remote_id", "added", "grouped", "left_at"],
        )  # fmt: skip
        run.save_own(at=run.at + len(rows))

    keeping(keep, lambda: _deal(source.team, actor(source), source, kind, rows))
    return True


def _claim(run: Run, rows: list[RunRow]) -> None:
    """Go on only where nobody else did these rows and nobody cancelled."""
    left = run.rows.filter(pk__in=[row.pk for row in rows], done=False, run__state=State.APPLYING)
    if left.count() != len(rows):
        raise Interrupted


@act
def _deal(act: Act, source: DirectoryImport, kind: Kind, rows: list[RunRow]) -> list[Tie]:
    # As the rules are under the lock: somebody may have changed them since this batch was taken up.
    source.refresh_from_db(fields=["unassigns", "mails", "target"])
    source.team = act.team
    return STEPS[kind](act, source, rows)


def _members(act: Act, rows: list[RunRow]) -> dict[UUID | None, Member]:
    ids = [row.member_id for row in rows if row.member_id]
    return {member.pk: member for member in act.team.members.filter(pk__in=ids)}


def _ties(source: DirectoryImport, rows: list[RunRow]) -> dict[UUID | None, Tie]:
    return {tie.member_id: tie for tie in source.ties.filter(member__in=[row.member_id for row in rows])}


def _put_in(act: Act, source: DirectoryImport, ids: Collection[UUID]) -> bool:
    """Put people in the target group; says whether they are in it."""
    target = target_of(act.team, source)
    if target is not None and ids:
        groups.update(act.team, act.by, target.pk, {}, Change(add=ids))
    return target is not None


# ── Who leaves ───────────────────────────────────────────────────────────────────────────────────────────────────────
def _leave(act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Take the seat of those whom this import gave it, where that was chosen and no other import names them."""
    members, ties = _members(act, rows), _ties(source, rows)
    elsewhere = Tie.every_team.filter(source__team=act.team, member__in=list(members), left_at=None)
    live = elsewhere.filter(source__enabled_at__isnull=False, source__paused_at=None).exclude(source=source)
    others: dict[UUID | None, Tie] = {tie.member_id: tie for tie in live.select_related("source")}
    handed: list[Tie] = []
    for row in rows:
        member, tie = members.get(row.member_id), ties.get(row.member_id)
        row.seat = bool(member and tie and tie.added and source.unassigns and is_in_reach(member) and member.active)
        if row.seat and (other := others.get(row.member_id)):
            row.seat, row.reason = False, _("Another directory import of the team still names them.")
            handed.append(_tie(other.source, other.member_id, other.remote_id, added=True, grouped=other.grouped))
    batches.take_back(act.team, act.by, [row.member_id for row in rows if row.seat and row.member_id])
    target, inside = target_of(act.team, source), [tie.member_id for tie in ties.values() if tie.grouped]
    inside = [each for each in inside if each in members and is_in_reach(members[each])]
    if target is not None and inside:
        groups.update(act.team, act.by, target.pk, {}, Change(remove=inside))
    gone = [(row, ties[row.member_id]) for row in rows if row.member_id in ties]
    # Without the group at hand whoever is in it stays, and so does what is known of it.
    return handed + [
        _tie(
            source, tie.member_id, tie.remote_id, added=row.seat, left_at=act.at,
            grouped=tie.grouped and target is None,
        )
        for row, tie in gone
    ]  # fmt: skip


def _tie(source: DirectoryImport, member_id: UUID | None, remote_id: str, **owed: Any) -> Tie:
    owed |= {"source": source, "member_id": member_id, "remote_id": remote_id}
    return Tie(**owed)


def _let_go(_act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Somebody took their seat by hand: from now on they are no longer this import's."""
    return [
        _tie(source, tie.member_id, tie.remote_id, added=False, grouped=tie.grouped)
        for tie in _ties(source, rows).values()
    ]


# ── Who is here already ──────────────────────────────────────────────────────────────────────────────────────────────
def _change(act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Write what the directory says otherwise of those whom this import added, one by one."""
    for row in rows:
        remote = Remote(row.remote_id, row.email, **{name: row.names.get(name, "") for name in NAMES})
        try:
            if row.member_id is not None:
                _free_address(act, row, row.member_id)
                roster.update(act.team, act.by, row.member_id, _wanted(remote))
        except Refusal as refusal:
            row.kind, row.reason = Kind.BAD, str(refusal)[:500]
    return []


def _wanted(remote: Remote) -> Callable[[Member], Profile]:
    def profile(member: Member) -> Profile:
        changes = differences(remote, member)
        # They were added under their address; somebody may have called them otherwise since.
        if "email" in changes and member.user_name_key == member.email_key:
            changes["user_name"] = changes["email"]
        return cast(Profile, changes)

    return profile


def _free_address(act: Act, row: RunRow, member_id: UUID) -> None:
    others = act.team.members.filter(email_key=fold(row.email)).exclude(pk=member_id)
    if any(fold_address(other.email) == fold_address(row.email) for other in others[: roster.MOST_ALIKE]):
        raise Taken(_("Another member of the team has the address {email}.").format(email=row.email))


def _meet(act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Remember who is here by another door, and put them in the target group."""
    members, ties = _members(act, rows), _ties(source, rows)
    theirs = [row for row in rows if row.member_id in members and is_in_reach(members[row.member_id])]
    inside = _put_in(act, source, [row.member_id for row in theirs if row.member_id])
    made = []
    for row in theirs:
        tie = ties.get(row.member_id)
        # Who left by this import and has a seat again got it from somebody else.
        added = tie is not None and tie.added and tie.left_at is None
        made.append(_tie(source, row.member_id, row.remote_id, added=added, grouped=inside))
    return made


# ── Who comes ────────────────────────────────────────────────────────────────────────────────────────────────────────
def _come_back(act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Seat those again whose seat this import took."""
    by_id = {row.member_id: row for row in rows}
    seated, unseated = batches.assign_again(act.team, act.by, [row.member_id for row in rows if row.member_id])
    for member in unseated:
        by_id[member.pk].kind, by_id[member.pk].reason = Kind.OVER, _("No seat was free.")
    inside = _put_in(act, source, [member.pk for member in seated])
    for member in seated:
        by_id[member.pk].seat = True
    back = {member.pk for member in seated}
    return [
        _tie(source, row.member_id, row.remote_id, added=True, grouped=inside) for row in rows if row.member_id in back
    ]


def _admit(act: Act, source: DirectoryImport, rows: list[RunRow]) -> list[Tie]:
    """Add people on free seats; whoever finds none waits."""
    people = [Person(row.email, {name: row.names[name] for name in NAMES if row.names.get(name)}) for row in rows]
    verdicts = batches.admit(act.team, act.by, people, mail=source.mails)
    known = source.ties.filter(member__in=[each.member.pk for each in verdicts if each.member], left_at=None)
    others, here = {tie.member_id: tie.remote_id for tie in known}, []
    for row, verdict in zip(rows, verdicts, strict=True):
        row.seat, member = verdict.outcome is Outcome.NEW, verdict.member
        row.member_id = member.pk if member else None
        if verdict.outcome is Outcome.OVER:
            row.kind, row.reason = Kind.OVER, verdict.reason[:500]
        elif member is not None and others.get(member.pk, row.remote_id) != row.remote_id:
            words = _("{who} is known under this address, and is somebody else in the directory.")
            row.kind, row.reason = Kind.BAD, words.format(who=member.label)[:500]
        elif member is None or not (member.active and is_in_reach(member)):
            row.kind, row.reason = Kind.BAD, (verdict.reason or _("They were added meanwhile."))[:500]
        else:
            row.kind = Kind.NEW if row.seat else Kind.MET
            here.append(row)
    inside = _put_in(act, source, [row.member_id for row in here if row.member_id])
    return [_tie(source, row.member_id, row.remote_id, added=row.seat, grouped=inside) for row in here]


STEPS: dict[Kind, Callable[[Act, DirectoryImport, list[RunRow]], list[Tie]]] = {
    Kind.LEFT: _leave,
    Kind.INACTIVE: _let_go,
    Kind.CHANGED: _change,
    Kind.MET: _meet,
    Kind.BACK: _come_back,
    Kind.NEW: _admit,
}
