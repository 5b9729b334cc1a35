"""The only writer of Member: who is in a team, who holds a seat, who may enter."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, factors, groups, held, names, policy, rescue, seats, standing
from portal.teams.actor import Door, Role
from portal.teams.acts import Act, Kind, act, asking
from portal.teams.compiled import Soon
from portal.teams.errors import AssignmentLocked, Conflict, LastOwner, NotReady, StaleVersion, Taken
from portal.teams.folding import fold, fold_address
from portal.teams.held import Meets
from portal.teams.letters import post
from portal.teams.models import Member
from portal.teams.names import Profile
from portal.teams.owners import guard_owner, holds_last_owner, is_last_owner, lift_hold

ADDED = Kind("member.added", gettext_lazy("{actor} added {subject}"))
ADOPTED = Kind("member.adopted", gettext_lazy("{actor} took over {subject}, who was here already"))
UPDATED = Kind("member.updated", gettext_lazy("{actor} updated {subject}"))
ASSIGNED = Kind("member.assigned", gettext_lazy("{actor} gave {subject} a seat"))
UNASSIGNED = Kind("member.unassigned", gettext_lazy("{actor} took the seat of {subject}"))
REMOVED = Kind("member.removed", gettext_lazy("{actor} deleted {subject}"))
RETURN_ALLOWED = Kind("member.return_allowed", gettext_lazy("{actor} let {subject} return by single sign-on"))

# More people of one team with addresses that read alike are no directory's doing.
MOST_ALIKE = 20


def _open(act: Act, task: policy.Task, member: Member | None = None) -> None:
    shut = policy.lock(act.team, act.by.door, task)
    if shut is not None:
        raise shut
    if member is not None and member.scim_written and act.by.door is Door.IMPORT:
        raise AssignmentLocked(_("{who} is managed by your identity provider (SCIM).").format(who=member.label))


def _may(act: Act, member: Member) -> None:
    """Refuse people whose role does not reach; what machines may do is their door's lock."""
    if act.by.door in policy.BY_HAND:
        policy.require(act.by, Role.ADMIN)
    guard_owner(act, member)


# ── Arriving ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def add(act: Act, profile: Profile, *, role: Role = Role.MEMBER, unlocked: bool = False) -> Member:
    """Add a person, seated unless `active` is False. `unlocked` is for create_team and set_owner alone."""
    if not unlocked:
        _open(act, policy.Task.ASSIGN)
    _unique(act, profile)
    return _add(act, profile, role)


def _add(act: Act, profile: Profile, role: Role = Role.MEMBER) -> Member:
    """Write somebody new; the caller has seen to the locks, and to names that are in use."""
    member = Member.made(
        team=act.team, role=role, origin=act.by.door, scim_written=act.by.door is Door.SCIM,
        entry_after=act.at, created_at=act.at, updated_at=act.at, **profile,
    )  # fmt: skip
    member.sign_in_email = member.email
    member.insert()
    if member.active:
        seats.take(act, member)
    act.record(ADDED, member, active=member.active, role=role.value)
    return member


@holds_last_owner
@asking(held.arrival)
def provision(act: Act, profile: Profile) -> tuple[Member, bool]:
    """Add the person a directory sends, or adopt the one member with their e-mail that SCIM never wrote (rule 8).

    Returns the member and whether they were adopted.
    """
    _open(act, policy.Task.ASSIGN)
    called, stands = act.asked()
    known = names.of(act.team, called)
    if stands is not None:
        standing.told(act.team, stands)
    candidates = names.adoptable(known, profile.get("email", ""))
    if len(candidates) > 1:
        raise Taken(
            _("Two members of the team have the e-mail {email}: which one is meant? Change one of them first.").format(
                email=profile.get("email", "")
            )
        )
    names.require_free(known, profile, but=candidates[0] if candidates else None)
    if not candidates:
        return _add(act, profile), False
    member = Member.held(act.team, candidates[0].pk)
    if profile.get("active") is True:
        lift_hold(act, member)
    changed = _apply(act, member, profile)
    act.record(ADOPTED, member, changes=changed)
    return member, True


def _at(act: Act, email: str) -> list[Member]:
    """The members with this address; what reads alike and is another mailbox is somebody else."""
    found = Member.every_team.filter(team=act.team, email_key=fold(email)).select_related("team")
    return [member for member in found[:MOST_ALIKE] if fold_address(member.email) == fold_address(email)]


@act
def assign(act: Act, profile: Profile) -> Member:
    """Give a person a seat by hand, adding them if new; they get a mail, nobody has to accept anything."""
    policy.require(act.by, Role.ADMIN)
    _open(act, policy.Task.ASSIGN)
    email = profile["email"]
    known = _at(act, email)
    if len(known) > 1:
        raise Conflict(_("Two members have this e-mail. Assign the one you mean from the list."))
    member = known[0] if known else None
    if member is None:
        member = add(act.team, act.by, {"user_name": email, **profile})
    elif member.active:
        raise Conflict(_("{who} has a seat already.").format(who=member.label))
    else:
        assign_again(act.team, act.by, member.pk)
    post("seated", member.email, team=act.team.name, slug=act.team.slug, by=act.by.label)
    return member


@act
def assign_again(act: Act, member_id: UUID) -> Member:
    """Give an inactive member a seat again."""
    policy.require(act.by, Role.ADMIN)
    _open(act, policy.Task.ASSIGN)
    member = Member.held(act.team, member_id)
    guard_owner(act, member)
    if not member.active:
        _apply(act, member, {"active": True})
        act.record(ASSIGNED, member)
    return member


@act
def arrive(act: Act, profile: Profile) -> Member:
    """Add somebody at their first sign-in by SSO on a free seat (spec rule 10)."""
    return add(act.team, act.by, profile)


@act
def come_back(act: Act, member_id: UUID) -> Member:
    """Wake an inactive member at a sign-in, only where an admin allowed it and the locks leave it open."""
    member = Member.held(act.team, member_id)
    shut = policy.lock(act.team, Door.SSO, policy.Task.ASSIGN)
    if not member.active and member.may_return and act.team.sso_enforced and shut is None:
        _apply(act, member, {"active": True})
        act.record(ASSIGNED, member)
    return member


@act
def allow_return(act: Act, member_id: UUID) -> None:
    """Let an inactive member come back by single sign-on; while SSO is enforced and SCIM is off (spec rule 10)."""
    policy.require(act.by, Role.ADMIN)
    if act.team.scim_on:
        _open(act, policy.Task.ASSIGN)
    if not act.team.sso_enforced:
        raise NotReady(_("Single sign-on is not enforced: assign a seat instead."))
    if not act.team.jit_on:
        raise NotReady(_("A sign-in adds nobody in this team. Let first sign-ins add people first."))
    member = Member.held(act.team, member_id)
    guard_owner(act, member)
    if not member.active and not member.may_return:
        member.may_return = True
        member.save(force_update=True)
        act.record(RETURN_ALLOWED, member)


# ── Changing ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@holds_last_owner
@asking(held.person)
def update(
    act: Act,
    member_id: UUID | str,
    wanted: Profile | Callable[[Member], Profile],
    *,
    meets: Meets | None = None,
    reseats: bool = False,
) -> Member:
    """Change what a door says of a person, seat and sessions with it; the same again changes nothing.

    `wanted` may be computed from the row as it is under the lock (PATCH). `reseats` only says that it is likely to
    change `active`: what that takes is asked with the lock then.
    """
    person, stands = act.asked()
    member = _met(act, person, meets)
    if stands is not None:
        standing.told(act.team, stands)
    changes = wanted(member) if callable(wanted) else wanted
    by_scim = act.by.door is Door.SCIM
    _open_to(act, member, changes)
    _unique(act, changes, but=member)
    if by_scim and changes.get("active") is True:
        lift_hold(act, member)
    was_active, was_linked = member.active, member.scim_written
    changed = _apply(act, member, changes)
    if changed or (by_scim and not was_linked):
        kind = UPDATED if member.active == was_active else ASSIGNED if member.active else UNASSIGNED
        act.record(kind, member, changes=changed, linked=True if by_scim and not was_linked else None)
    return member


def _met(act: Act, asked: Soon[list[Member]], meets: Meets | None) -> Member:
    member = Member.found(asked, act.team)
    if meets is not None and not meets(member):
        raise StaleVersion
    return member


def _open_to(act: Act, member: Member, changes: Profile) -> None:
    """Ask the locks: SCIM's for any change, the others' where the seat would change; a person may edit themself."""
    seated = changes.get("active", member.active)
    if act.by.door in (Door.SCIM, Door.IMPORT) or seated != member.active:
        _open(act, policy.Task.ASSIGN if seated else policy.Task.UNASSIGN, member)
    if act.by.member_id != member.pk or seated != member.active:
        _may(act, member)


def _apply(act: Act, member: Member, changes: Profile) -> dict[str, Any]:
    """Write what differs, keep seat and sessions in step; returns {column: [before, after]}."""
    changed = {
        name: [getattr(member, name), value] for name, value in changes.items() if getattr(member, name) != value
    }
    by_scim = act.by.door is Door.SCIM
    if not changed and not (by_scim and not member.scim_written):
        return {}
    # Before the row is touched: the refusal calls them by the name they keep.
    if changed.get("active", [None, True])[1] is False and is_last_owner(act.team, member):
        raise LastOwner(member, act.team.name)
    proved_as = member.sign_in_email_key
    for name, (_before, value) in changed.items():
        setattr(member, name, value)
    member.scim_written = member.scim_written or by_scim
    if "email" in changed and not policy.privileged(member) and member.sign_in_email != member.email:
        member.sign_in_email = member.email
        access.bar_unsaved(member, act.at, "address_changed")
    member.version, member.updated_at = member.version + 1, act.at
    if "active" in changed:
        _seat(act, member)
    member.rewrite()
    if not member.active or member.sign_in_email_key != proved_as:
        factors.forget_gone(proved_as)
    return changed


def _seat(act: Act, member: Member) -> None:
    if member.active:
        member.may_return = False
        seats.take(act, member)
    else:
        seats.release(act, member)
        if policy.privileged(member):
            rescue.forget(member)
    access.bar_unsaved(member, act.at, "activated" if member.active else "deactivated")


def _unique(act: Act, profile: Profile, but: Member | None = None) -> None:
    if profile.keys() & names.UNIQUE:
        names.require_free(names.known(act.team, profile), profile, but)


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def unassign(act: Act, member_id: UUID) -> Member:
    """Take a member's seat by hand: they become inactive and their sessions end with this act."""
    policy.require(act.by, Role.ADMIN)
    member = Member.held(act.team, member_id)
    _open(act, policy.Task.UNASSIGN, member)
    guard_owner(act, member)
    if member.active:
        _apply(act, member, {"active": False})
        act.record(UNASSIGNED, member)
    return member


@holds_last_owner
@asking(held.leaver)
def remove(act: Act, member_id: UUID | str, *, meets: Meets | None = None) -> None:
    """Delete a member; their userName is free again, their id is never used again."""
    person, referred, stands = act.asked()
    member = _met(act, person, meets)
    standing.told(act.team, stands)
    _open(act, policy.Task.UNASSIGN, member)
    _may(act, member)
    if is_last_owner(act.team, member):
        raise LastOwner(member, act.team.name)
    if member.active:
        seats.release(act, member)
    act.record(REMOVED, member, user_name=member.user_name)
    member.leave(referred, lambda: groups.forget_member(act, member))
    factors.forget_gone(member.sign_in_email_key)
