"""A domain named by the holder of a setup link: an admin confirms that the team claims it (spec rules 18 and 24)."""

from django.utils.translation import gettext as _

from portal.teams import domains, setup
from portal.teams.actor import Role
from portal.teams.acts import Act
from portal.teams.errors import Invalid
from portal.teams.models import Draft, Scope, SetupLink, Team
from portal.teams.registry import Difference, Proposal, registry


def propose(link: SetupLink, name: str) -> Draft:
    """Propose that the team claims a domain."""
    folded = domains.domain_of(f"x@{name.strip()}")
    if "." not in folded:
        raise Invalid(_("Enter a domain, such as northwind.test."))
    return setup.draft(link.team, setup.actor(link), link.pk, Scope.DOMAINS, {"name": folded}, propose_now=True)


def title(team: Team) -> str:
    """Name what confirming does."""
    return _("Claim a domain")


def differences(draft: Draft) -> list[Difference]:
    """Say which domain it is."""
    return [Difference(draft.data["name"], _("Not claimed"), _("Claimed; it counts once its DNS record is found"))]


def warnings(draft: Draft) -> list[str]:
    """Claiming refuses nobody; verifying says whom."""
    return []


def apply(act: Act, draft: Draft) -> None:
    """Claim the domain."""
    domains.claim(act.team, act.by, draft.data["name"])


registry.proposals[Scope.DOMAINS] = Proposal(title, Role.ADMIN, differences, warnings, apply)
