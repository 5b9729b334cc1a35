"""The switches and what they lock: THE place of "locked while SCIM is on", of SSO before SCIM, of Enforce SSO."""

from datetime import timedelta
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import AssignmentLocked, Invalid, NotAllowed, NotEntitled, NotReady, OwnersOnly, Refusal
from portal.teams.letters import owners, post_all
from portal.teams.models import Entry, Group, Member, Plan, Team
from portal.teams.models.group import rank_in_sso
from portal.teams.registry import registry

SSO_ON = Kind("sso.turned_on", gettext_lazy("{actor} turned single sign-on on"))
SSO_OFF = Kind("sso.turned_off", gettext_lazy("{actor} turned single sign-on off"))
ENFORCED = Kind("sso.enforced", gettext_lazy("{actor} enforced single sign-on"))
RELAXED = Kind("sso.relaxed", gettext_lazy("{actor} lifted Enforce SSO"))
HOURS_SET = Kind("session.duration_set", gettext_lazy("{actor} set how long single sign-on lasts to {after} h"))
JIT_CHANGED = Kind("jit.changed", gettext_lazy("{actor} turned adding people at their first sign-in {state}"))
SCIM_ON = Kind("scim.turned_on", gettext_lazy("{actor} turned SCIM on"))
SCIM_OFF = Kind("scim.turned_off", gettext_lazy("{actor} turned SCIM off"))
GROUPS_ON = Kind("groups.turned_on", gettext_lazy("{actor} turned pushed groups on"))
GROUPS_OFF = Kind("groups.turned_off", gettext_lazy("{actor} turned pushed groups off"))
ENTITLED = Kind("team.entitled", gettext_lazy("{actor} changed the plan and entitlements"))


class Task(StrEnum):
    """What a lock can close."""

    ASSIGN = "assign"
    UNASSIGN = "unassign"


BY_HAND = {Door.DASHBOARD, Door.CSV, Door.API, Door.COMMAND, Door.OPERATOR}


def lock(team: Team, door: Door, task: Task) -> Refusal | None:
    """Return the refusal that closes this door to this task, or None where it is open (spec rule 3).

    Pages ask it to disable their controls, `roster` asks it under the team's lock: picture and behaviour can't part.
    """
    if door in BY_HAND:
        return _lock_by_hand(team, task)
    if door is Door.SSO:
        return _lock_first_sign_in(team)
    if door is Door.SCIM and not team.scim_on:
        return AssignmentLocked(_("SCIM is turned off for team {team}.").format(team=team.name))
    return None


def _lock_by_hand(team: Team, task: Task) -> Refusal | None:
    if team.scim_on:
        return AssignmentLocked(
            _("Members are managed by your identity provider (SCIM is on). Assign and unassign them there.")
        )
    if team.sso_enforced and task is Task.ASSIGN:
        return AssignmentLocked(
            _("Members are added by your identity provider (SSO is enforced). Assign the app to them there.")
        )
    return None


def _lock_first_sign_in(team: Team) -> Refusal | None:
    if team.scim_on:
        return AssignmentLocked(
            _(
                "Your organisation's directory decides who is in team {team}. Ask your admin to assign you there."
            ).format(team=team.name)
        )
    if not team.jit_on:
        return AssignmentLocked(
            _("Team {team} does not add people at their first sign-in. Ask your admin for a seat.").format(
                team=team.name
            )
        )
    return None


def require(by: Actor, role: Role) -> None:
    """Refuse an actor whose role does not reach."""
    if not by.may(role):
        raise OwnersOnly if role is Role.OWNER and by.may(Role.ADMIN) else NotAllowed


def require_feature(team: Team, feature: str) -> None:
    """Refuse a team that may not use `sso` or `scim`."""
    if not team.may_use(feature):
        raise NotEntitled(_("Single sign-on") if feature == "sso" else _("Provisioning by SCIM"))


def _switch(act: Act, **values: Any) -> None:
    Team.every_team.filter(pk=act.team.pk).update(**values)
    for name, value in values.items():
        setattr(act.team, name, value)


# ── Single sign-on ───────────────────────────────────────────────────────────────────────────────────────────────────
@act
def turn_sso_on(act: Act) -> None:
    """Open the team to its identity provider; the caller has seen to a complete connection."""
    require(act.by, Role.OWNER)
    require_feature(act.team, "sso")
    if not act.team.sso_on:
        _switch(act, sso_on=True)
        # Whoever came back at the very moment it was turned off, and was entered after its sessions ended.
        access.end(act.team, Entry.every_team.filter(door=Door.SSO), "sso_off")
        act.record(SSO_ON)


@act
def turn_sso_off(act: Act) -> None:
    """Close the team to its identity provider; refused while SCIM is on or SSO enforced (spec rule 1)."""
    require(act.by, Role.OWNER)
    if act.team.scim_on:
        raise NotReady(_("SCIM is on and needs single sign-on. Turn SCIM off first."))
    if act.team.sso_enforced:
        raise NotReady(_("Single sign-on is enforced. Lift Enforce SSO first."))
    if act.team.sso_on:
        _switch(act, sso_on=False)
        ended = access.end(act.team, Entry.every_team.filter(door=Door.SSO), "sso_off")
        act.record(SSO_OFF, ended=ended)


@act
def enforce(act: Act) -> None:
    """Let members in by SSO alone from now on; sessions of the team made otherwise end with this act (spec rule 5)."""
    require(act.by, Role.OWNER)
    if not act.team.sso_on:
        raise NotReady(_("Turn single sign-on on first."))
    if not act.team.sso_enforced:
        _switch(act, sso_enforced=True, enforced_at=act.at)
        ended = access.end(act.team, Entry.every_team.exclude(door=Door.SSO), "sso_enforced")
        act.record(ENFORCED, ended=ended)


@act
def relax(act: Act, reason: str = "") -> None:
    """Open the team to e-mail codes again; sessions from before Enforce stay ended."""
    require(act.by, Role.OWNER)
    if act.team.sso_enforced:
        _switch(act, sso_enforced=False)
        act.record(RELAXED, reason=reason or None)
        post_all("sso_relaxed", owners(act.team), team=act.team.name, by=act.by.label, reason=reason)


@act
def set_session_hours(act: Act, hours: int) -> None:
    """Say how long a session by single sign-on lasts at most; running ones end by the new measure too (R29)."""
    require(act.by, Role.ADMIN)
    if not 1 <= hours <= access.SSO_HOURS:
        raise Invalid(_("Choose 1 to {most} hours.").format(most=access.SSO_HOURS))
    before = act.team.session_hours
    if hours != before:
        _switch(act, session_hours=hours)
        ends = F("proved_at") + timedelta(hours=hours)
        running = Entry.every_team.filter(team=act.team, door=Door.SSO, ended_at=None, expires_at__gt=ends)
        act.record(HOURS_SET, before=before, after=hours, shortened=running.update(expires_at=ends))


@act
def set_jit(act: Act, on: bool) -> None:
    """Say whether a first sign-in adds an unknown person on a free seat."""
    require(act.by, Role.ADMIN)
    if act.team.jit_on != on:
        _switch(act, jit_on=on)
        act.record(JIT_CHANGED, state=_("on") if on else _("off"), on=on)


# ── SCIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def turn_scim_on(act: Act) -> None:
    """Hand the roster to the identity provider; only while SSO is on (spec rule 1)."""
    require(act.by, Role.ADMIN)
    require_feature(act.team, "scim")
    if not act.team.sso_on:
        raise NotReady(_("Connect single sign-on first: SCIM needs it to be on."))
    if not act.team.scim_on:
        _switch(act, scim_on=True)
        _bar_by_group(act)
        act.record(SCIM_ON)


@act
def turn_scim_off(act: Act) -> None:
    """Take the roster back; nobody is removed by it (spec rule 26)."""
    require(act.by, Role.ADMIN)
    if act.team.scim_on:
        _switch(act, scim_on=False)
        for end_tokens in registry.on_scim_off:
            end_tokens(act)
        act.record(SCIM_OFF)


@act
def serve_groups(act: Act, on: bool) -> None:
    """Say whether the identity provider may push groups; what was pushed is kept, and gives no role meanwhile."""
    require(act.by, Role.ADMIN)
    if act.team.groups_on != on:
        _switch(act, groups_on=on)
        _bar_by_group(act)
        act.record(GROUPS_ON if on else GROUPS_OFF)


def _bar_by_group(act: Act) -> None:
    """Let a role that a group gives, or no longer gives, count from a new sign-in only (spec rule 7)."""
    giving = Group.every_team.filter(team=act.team).exclude(role=Role.MEMBER)
    lower = Member.every_team.filter(role__in=[Role.MEMBER, Role.AUDITOR], memberships__group__in=giving)
    access.bar_all(act.team, lower, act.at, "role_changed")


# ── Plan ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def entitle(act: Act, *, plan: str | None = None, sso: bool | None = None, scim: bool | None = None) -> None:
    """Set plan and entitlements; taking away what is in use is refused (`plans.change` can turn it off first)."""
    after: dict[str, Any] = {
        "plan": plan or act.team.plan,
        "entitled_sso": act.team.entitled_sso if sso is None else sso,
        "entitled_scim": act.team.entitled_scim if scim is None else scim,
    }
    enterprise = after["plan"] == Plan.ENTERPRISE
    if act.team.scim_on and not (enterprise and after["entitled_scim"]):
        raise NotReady(_("SCIM is in use. Turn it off first, or force it."))
    if act.team.sso_on and not (enterprise and after["entitled_sso"]):
        raise NotReady(_("Single sign-on is in use. Turn it off first, or force it."))
    if any(getattr(act.team, name) != value for name, value in after.items()):
        _switch(act, **after)
        act.record(ENTITLED, **after)


def privileged(member: Member) -> bool:
    """Say whether the member's role is more than member: no IdP-written address opens its code session (rule 7)."""
    return member.rank is not Role.MEMBER


def privileged_in_sso(member: Member) -> bool:
    """Say whether single sign-on would open more than a plain member's session: by their role or by a group's."""
    return rank_in_sso(member) is not Role.MEMBER


def operator_address() -> str:
    """Where the vendor's operators read mail."""
    return str(settings.OPERATOR_EMAIL)
