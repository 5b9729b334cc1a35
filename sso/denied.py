"""Why a genuine message still opens nothing; the person is told, because the message is proven (spec rule 21).

Forbidden
├── EmailMissing        no e-mail attribute, and the NameID is none
├── DomainNotAllowed    the e-mail lies outside the team's verified domains
├── AccountOff          inactive, suspended or held
├── SeveralMembers      two members of the team match
├── LinkNeeded          a privileged member came with another identity than the known one
└── UnaskedRefused      the team takes no sign-in that it did not ask for
"""

from django.utils.translation import gettext as _

from portal.teams.errors import Forbidden
from portal.teams.models import Member


class EmailMissing(Forbidden):
    """No e-mail attribute, and the NameID is none."""

    def __init__(self) -> None:
        super().__init__(
            _("Your identity provider did not send your e-mail address. Ask your admin to map the attribute “email”.")
        )


class DomainNotAllowed(Forbidden):
    """The e-mail lies outside the team's verified domains."""

    def __init__(self, email: str, team: str) -> None:
        super().__init__(
            _("{email} is outside the domains of team {team}. Ask your admin to verify its domain.").format(
                email=email, team=team
            )
        )


class AccountOff(Forbidden):
    """Inactive, suspended or held."""

    def __init__(self, team: str) -> None:
        super().__init__(
            _("Your account in team {team} is turned off. Ask your admin to turn it on.").format(team=team)
        )


class SeveralMembers(Forbidden):
    """Two members of the team match."""

    def __init__(self, team: str) -> None:
        super().__init__(
            _("Two members of team {team} match what your identity provider says of you. Ask your admin.").format(
                team=team
            )
        )


class LinkNeeded(Forbidden):
    """A privileged member came with another identity than the one that is known."""

    def __init__(self, member: Member) -> None:
        self.member = member
        super().__init__(
            _("Your identity at the identity provider is new here. Ask an owner to press “Link again” for you.")
        )


class UnaskedRefused(Forbidden):
    """The team takes no sign-in that it did not ask for."""

    def __init__(self) -> None:
        super().__init__(_("This team takes no sign-in started at the identity provider. Start from our sign-in page."))
