"""Plan and entitlements as an operator changes them, and what taking one away turns off (spec rule 15)."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portal.teams import policy
from portal.teams.actor import Door
from portal.teams.acts import Act, act
from portal.teams.models import Entry, Plan, Team


@act
def change(
    act: Act, *, plan: str | None = None, sso: bool | None = None, scim: bool | None = None, force: bool = False
) -> None:
    """Set plan and entitlements, all or none; `force` first turns off what they take away while it is in use."""
    if force:
        _turn_off(act, plan, sso, scim)
    policy.entitle(act.team, act.by, plan=plan, sso=sso, scim=scim)


def _taken(plan: str | None, sso: bool | None, scim: bool | None) -> tuple[bool, bool]:
    """Say whether single sign-on and SCIM are taken away; without single sign-on there is no SCIM."""
    no_sso = plan == Plan.BUSINESS or sso is False
    return no_sso, no_sso or scim is False


def _turn_off(act: Act, plan: str | None, sso: bool | None, scim: bool | None) -> None:
    """Turn off SCIM, Enforce SSO and single sign-on, in that order."""
    no_sso, no_scim = _taken(plan, sso, scim)
    if no_scim:
        policy.turn_scim_off(act.team, act.by)
    if no_sso:
        policy.relax(act.team, act.by, act.by.reason or _("entitlement taken away"))
        policy.turn_sso_off(act.team, act.by)


def in_use(team: Team, plan: str, sso: bool, scim: bool) -> list[str]:
    """Say in numbers what a change would have to turn off; nothing where it takes away only what is off."""
    no_sso, no_scim = _taken(plan, sso, scim)
    told = []
    if no_scim and team.scim_on:
        people = team.members.filter(active=True, scim_written=True).count()
        words = ngettext(
            "SCIM is turned off and its tokens end for good. {n} person it keeps stays, and is managed here.",
            "SCIM is turned off and its tokens end for good. {n} people it keeps stay, and are managed here.",
            people,
        )
        told.append(words.format(n=people))
    if no_sso and team.sso_enforced:
        told.append(_("Enforce SSO is lifted: e-mail codes open the team again, and its owners are mailed."))
    if no_sso and team.sso_on:
        inside = Entry.every_team.filter(team=team, door=Door.SSO, ended_at=None).count()
        words = ngettext(
            "Single sign-on is turned off. {n} session made by it ends.",
            "Single sign-on is turned off. {n} sessions made by it end.",
            inside,
        )
        told.append(words.format(n=inside))
    return told
