"""Owners and roles: who may act on an owner, the last owner, holds and suspensions (spec rules 7 and 9)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, factors, policy, rescue
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Forbidden, LastOwner, Missing, OwnersOnly, OwnRole
from portal.teams.letters import post
from portal.teams.models import Entry, Member, Team

P = ParamSpec("P")
R = TypeVar("R")

ROLE_CHANGED = Kind("role.changed", gettext_lazy("{actor} changed the role of {subject} from {before} to {after}"))
SUSPENDED = Kind("member.suspended", gettext_lazy("{actor} suspended {subject}"))
UNSUSPENDED = Kind("member.unsuspended", gettext_lazy("{actor} ended the suspension of {subject}"))
HELD = Kind("member.held", gettext_lazy("{subject} was held: {actor} tried to remove the last owner"))
HOLD_LIFTED = Kind("member.hold_lifted", gettext_lazy("{actor} lifted the hold on {subject}"))
SESSION_ENDED = Kind("session.ended", gettext_lazy("{actor} ended a session of {subject}"))
SIGNED_OUT = Kind("member.signed_out", gettext_lazy("{actor} signed {subject} out everywhere"))
SIGNED_OUT_ELSEWHERE = Kind("other_sessions.ended", gettext_lazy("{actor} signed out in every other browser"))
ADDRESS_CHANGED = Kind("member.sign_in_email_changed", gettext_lazy("{actor} changed the sign-in e-mail of {subject}"))


def guard_owner(act: Act, member: Member) -> None:
    """Refuse an act on an owner by anybody but an owner, through every door; SCIM has rule 9 instead."""
    if member.rank is Role.OWNER and act.by.door is not Door.SCIM and not act.by.may(Role.OWNER):
        raise OwnersOnly


def is_last_owner(team: Team, member: Member) -> bool:
    """Say whether the team would be left without an owner who may enter. Only under the team's lock."""
    if member.rank is not Role.OWNER:
        return False
    others = Member.every_team.filter(team=team, role=Role.OWNER, active=True, suspended_at=None, held_at=None)
    return not others.exclude(pk=member.pk).exists()


def able_owners(team: Team) -> int:
    """Count the owners who may enter."""
    return Member.every_team.filter(team=team, role=Role.OWNER, active=True, suspended_at=None, held_at=None).count()


def _write(act: Act, member: Member, **values: Any) -> None:
    for name, value in values.items():
        setattr(member, name, value)
    member.version, member.updated_at = member.version + 1, act.at
    member.save(force_update=True)


@act
def set_role(act: Act, member_id: UUID, role: Role, shown: str | None = None) -> Member:
    """Change a member's role; only owners make and unmake owners, and nobody changes their own.

    Their sessions end: the new role counts from a sign-in made after it. A role beyond member is refused where the
    sign-in e-mail is not the one that was shown to whoever gives it, if one was (spec rule 7).
    """
    member = Member.held(act.team, member_id)
    if act.by.member_id == member.pk:
        raise OwnRole
    policy.require(act.by, Role.OWNER if Role.OWNER in (role, member.rank) else Role.ADMIN)
    if role is member.rank:
        return member
    if role is not Role.OWNER and is_last_owner(act.team, member):
        raise LastOwner(member, act.team.name)
    # A plain member's address is the directory's to change, also while somebody looks at it.
    if role is not Role.MEMBER and shown is not None and member.sign_in_email != shown:
        sentence = _("{who}’s sign-in e-mail is not the one you were shown. Nothing was changed: look at it again.")
        raise Conflict(sentence.format(who=member.label))
    before = member.rank
    member.role = role
    values = {} if policy.privileged(member) else {"sign_in_email": member.email}
    access.bar(member, act.at, "role_changed")
    rescue.forget(member)
    _write(act, member, **values)
    act.record(ROLE_CHANGED, member, before=before.value, after=role.value, sign_in_email=member.sign_in_email)
    return member


@act
def suspend(act: Act, member_id: UUID) -> Member:
    """Block a member's entry at once; seat and `active` stay, SCIM is told nothing."""
    policy.require(act.by, Role.OWNER)
    member = Member.held(act.team, member_id)
    if act.by.member_id == member.pk:
        raise Forbidden(_("You can't suspend yourself."))
    if is_last_owner(act.team, member):
        raise LastOwner(member, act.team.name)
    if member.suspended_at is None:
        access.bar(member, act.at, "suspended")
        rescue.forget(member)
        _write(act, member, suspended_at=act.at)
        act.record(SUSPENDED, member)
    return member


@act
def unsuspend(act: Act, member_id: UUID) -> Member:
    """End a suspension; only an owner can, neither SCIM nor a sign-in does."""
    policy.require(act.by, Role.OWNER)
    member = Member.held(act.team, member_id)
    if member.suspended_at is not None:
        access.bar(member, act.at, "unsuspended")
        _write(act, member, suspended_at=None)
        act.record(UNSUSPENDED, member)
    return member


@act
def sign_out(act: Act, member_id: UUID) -> int:
    """End every session of a member; returns how many."""
    policy.require(act.by, Role.ADMIN)
    member = Member.held(act.team, member_id)
    guard_owner(act, member)
    ended = access.bar(member, act.at, "signed_out")
    act.record(SIGNED_OUT, member, ended=ended)
    return ended


@act
def sign_out_all(act: Act, members: list[Member]) -> None:
    """End every session of many members, none of them an owner; the caller has seen to that."""
    policy.require(act.by, Role.ADMIN)
    for member in members:
        guard_owner(act, member)
        act.record(SIGNED_OUT, member)
    theirs = Member.every_team.filter(team=act.team, pk__in=[member.pk for member in members])
    access.bar_all(act.team, theirs, act.at, "signed_out")


@act
def sign_out_elsewhere(act: Act, here: UUID | None, user_id: UUID | None) -> int:
    """End one's own sign-ins in every other browser, by code the User's whole; returns in how many."""
    if act.by.member_id is None:
        raise Missing
    member = Member.held(act.team, act.by.member_id)
    ended = access.end_elsewhere(member, here, user_id, "ended_by_self")
    if ended:
        act.record(SIGNED_OUT_ELSEWHERE, member, ended=ended)
    return ended


@act
def end_own_session(act: Act, entry_id: UUID) -> None:
    """End one of one's own sign-ins to this team, in another browser."""
    if act.by.member_id is None:
        raise Missing
    member = Member.held(act.team, act.by.member_id)
    if not access.end(act.team, member.entries.filter(pk=entry_id), "ended_by_self"):
        raise Missing
    act.record(SIGNED_OUT_ELSEWHERE, member, ended=1)


@act
def end_session(act: Act, member_id: UUID, entry_id: UUID) -> None:
    """End one session of a member in this team; the browser's sessions of other teams are not touched."""
    policy.require(act.by, Role.ADMIN)
    member = Member.held(act.team, member_id)
    guard_owner(act, member)
    entry = Entry.every_team.filter(team=act.team, member=member, pk=entry_id, ended_at=None).first()
    if entry is None:
        raise Missing
    access.end(act.team, Entry.every_team.filter(pk=entry.pk), "ended_by_admin")
    act.record(SESSION_ENDED, member, entered_by=entry.door)


@act
def hold(act: Act, member_id: UUID) -> None:
    """Block the last owner, whom SCIM tried to end: entry shut, sessions ended, everybody concerned mailed."""
    member = Member.held(act.team, member_id)
    if member.held_at is not None or not is_last_owner(act.team, member):
        return
    access.bar(member, act.at, "held")
    _write(act, member, held_at=act.at)
    act.record(HELD, member)
    # The team is told by the notice that begins with this event.
    post("owner_held", policy.operator_address(), team=act.team.name, who=member.label, reference="")


def holds_last_owner(
    work: Callable[Concatenate[Team | UUID, Actor, P], R],
) -> Callable[Concatenate[Team | UUID, Actor, P], R]:
    """Hold the last owner where SCIM's act would have ended them: the act itself is refused whole (spec rule 9)."""

    @wraps(work)
    def run(team: Team | UUID, by: Actor, /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(team, by, *args, **kwargs)
        except LastOwner as refusal:
            if by.door is Door.SCIM:
                hold(team, by, refusal.member_id)
            raise

    return run


def lift_hold(act: Act, member: Member) -> None:
    """Lift the hold: SCIM said active=true again, or an operator made them owner. Part of another act."""
    if member.held_at is not None:
        access.bar(member, act.at, "hold_lifted")
        _write(act, member, held_at=None)
        act.record(HOLD_LIFTED, member)


@act
def set_sign_in_email(act: Act, member_id: UUID, email: str) -> Member:
    """Change the address a privileged member signs in with; the old address is told (spec rule 7)."""
    policy.require(act.by, Role.OWNER)
    member = Member.held(act.team, member_id)
    if member.sign_in_email != email:
        before, proved_as = member.sign_in_email, member.sign_in_email_key
        access.bar(member, act.at, "address_changed")
        _write(act, member, sign_in_email=email)
        factors.forget_gone(proved_as)
        act.record(ADDRESS_CHANGED, member, before=before, after=email)
        post("sign_in_email_changed", before, team=act.team.name, after=email)
    return member
