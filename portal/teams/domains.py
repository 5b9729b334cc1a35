"""E-mail domains: claimed by a team, verified for one team only."""

from django.core.exceptions import ValidationError
from django.core.validators import DomainNameValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Invalid
from portal.teams.models import Domain, Team

VERIFIED = Kind("domain.verified", gettext_lazy("{actor} verified the domain {subject}"))


def domain_of(email: str) -> str:
    """Return the folded domain of an address, in its ASCII (IDNA) form; empty where there is none."""
    host = email.rpartition("@")[2].strip().rstrip(".").lower()
    try:
        return host.encode("idna").decode() if "@" in email else ""
    except UnicodeError:
        return ""


def owner_of(email: str) -> Team | None:
    """Return the team that verified the domain of this address."""
    found = Domain.every_team.filter(name=domain_of(email), verified_at__isnull=False, team__closed_at=None)
    row = found.select_related("team").first()
    return row.team if row else None


def covers(team: Team, email: str) -> bool:
    """Say whether a team's sign-ins may assert this address: any address until a domain was verified (rule 18)."""
    names = set(Domain.every_team.filter(team=team, verified_at__isnull=False).values_list("name", flat=True))
    return not names or domain_of(email) in names


def _is_domain(name: str) -> bool:
    try:
        DomainNameValidator(accept_idna=False)(name)
    except ValidationError:
        return name == "localhost"
    return True


@act
def vouch(act: Act, name: str) -> Domain:
    """Take an operator's word that a domain is this team's."""
    name = domain_of(f"x@{name}")
    if not _is_domain(name):
        raise Invalid(_("{name} is no domain.").format(name=name or _("This")))
    taken = Domain.every_team.filter(name=name, verified_at__isnull=False).exclude(team=act.team).first()
    if taken is not None:
        raise Conflict(_("{name} is verified for another team.").format(name=name))
    row, _made = Domain.every_team.get_or_create(team=act.team, name=name)
    if row.verified_at is None:
        row.verified_at, row.vouched = act.at, True
        row.save()
        act.record(VERIFIED, name)
    return row  # type: ignore[no-any-return]
