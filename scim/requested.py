"""A token asked for by the holder of a setup link: an admin confirms, then it is made when it is shown, once (rule 24).

Between the two nothing lies anywhere that could be read: what is not shown does not exist yet.
"""

from dataclasses import replace
from uuid import UUID

from django.utils.translation import gettext as _

from portal.teams import owners, policy, setup
from portal.teams.actor import Role
from portal.teams.acts import Act, act
from portal.teams.errors import NotReady
from portal.teams.models import Draft, Scope, SetupLink, Team
from portal.teams.registry import Difference, Proposal
from scim import listening, tokens


def title(team: Team) -> str:
    """Name what confirming does."""
    return _("Give out a new SCIM token") if team.scim_on else _("Turn SCIM on and give out its token")


def differences(draft: Draft) -> list[Difference]:
    """Say what confirming changes."""
    if draft.team.scim_on:
        return [Difference(_("Present token"), _("Works"), _("Works for 24 more hours once the new one is shown"))]
    return [Difference(_("SCIM"), _("Off"), _("On: your identity provider assigns and unassigns"))]


def warnings(draft: Draft) -> list[str]:
    """Say who gets to see the token, and what SCIM could do to a single owner (spec rule 9)."""
    told = [_("The token is shown once, in the browser that opened the link, and to nobody else.")]
    if not draft.team.scim_on and owners.able_owners(draft.team) < 2:
        told.append(
            _("The team has only one owner. If the directory removes them, they are blocked until somebody helps.")
        )
    return told


def apply(act: Act, draft: Draft) -> None:
    """Turn SCIM on where it is off; the token is made when the link's browser asks for it."""
    policy.require_feature(act.team, "scim")
    if not act.team.scim_on:
        policy.turn_scim_on(act.team, act.by)


PROPOSAL = Proposal(title, Role.ADMIN, differences, warnings, apply)


def of(link: SetupLink) -> Draft | None:
    """Return the newest request of a link."""
    return setup.latest(link, Scope.SCIM)


def collect(link: SetupLink, draft_id: UUID) -> str:
    """Make the confirmed token for the browser that holds the link; of any number at once, one gets it."""
    return _collect(link.team, setup.actor(link, Role.ADMIN), link, draft_id)


@act
def _collect(act: Act, link: SetupLink, draft_id: UUID) -> str:
    draft = setup.use(act, link, draft_id)
    if not act.team.scim_on:
        raise NotReady(_("SCIM was turned off since. Ask {who} to turn it on.").format(who=link.made_by))
    by = replace(act.by, label=_("{link}, confirmed by {who}").format(link=link, who=draft.decided_by))
    # From now on the page says what the token's first calls were.
    listening.open_for(act.team, by, "")
    if tokens.live(act.team):
        return tokens.rotate(act.team, by)
    text = tokens.issue(Act(act.ledger, by))
    Act(act.ledger, by).record(tokens.ISSUED, hint=tokens.hint(text))
    return text
