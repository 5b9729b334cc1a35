"""Which control of the panel is closed to whom, and why: the page draws it and the act asks it again."""

from django.utils.translation import gettext as _

from portal.door import TeamRequest
from portal.teams.actor import Role
from portal.teams.errors import Forbidden, NotEntitled, NotReady, Refusal
from portal.teams.models import Team
from sso import attempts
from sso import connection as connections
from sso.models import SsoConnection


def nobody_added(team: Team) -> bool:
    """Say whether enforcing would leave no door through which anybody could be added (spec rule 3)."""
    return not team.scim_on and not team.jit_on


def closing(request: TeamRequest, connection: SsoConnection) -> dict[str, Refusal | None]:
    """Say for each control of the panel which refusal closes it to this person; None where it is open.

    The page draws it and the act asks it again, so picture and behaviour can't part; `policy` has the last word.
    """
    team, by = request.team, request.by
    plan = None if team.may_use("sso") else NotEntitled(_("Single sign-on"))
    owners = None if by.may(Role.OWNER) else Forbidden(_("Only an owner does this. Ask an owner of the team."))
    live = Forbidden(_("Only an owner changes a live connection.")) if team.sso_on and owners else None
    missing = _("Give the identity provider's issuer, sign-on URL and certificate first.")
    bare = None if connections.is_complete(connection) else NotReady(missing)
    off = None if team.sso_on else NotReady(_("Turn single sign-on on first."))
    test = _("Test the connection first: sign in once by “Test” with this configuration, within the last hour.")
    untested = None if attempts.tested(connection, request.member) else NotReady(test)
    enforced = NotReady(_("Single sign-on is enforced. Lift Enforce SSO first.")) if team.sso_enforced else None
    needed = NotReady(_("SCIM is on and needs single sign-on. Turn SCIM off first.")) if team.scim_on else None
    directory = NotReady(_("SCIM is on: the directory decides who is in the team.")) if team.scim_on else None
    return {
        "edit": plan or live,
        "test": plan or bare,
        "turn_on": plan or owners or bare,
        "turn_off": owners or needed or enforced,
        "enforce": plan or owners or off or untested,
        "relax": owners,
        "jit": plan or directory,
    }


def require_open(request: TeamRequest, control: str) -> None:
    """Refuse where the control is closed to this person."""
    refusal = closing(request, connections.of(request.team))[control]
    if refusal is not None:
        raise refusal
