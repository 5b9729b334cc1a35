"""Why a genuine message still opens nothing; the person is told, because the message is proven (spec rule 21).

Denied
├── EmailMissing        no e-mail attribute, and the NameID is none
├── DomainNotAllowed    the e-mail lies outside the team's verified domains
├── AccountOff          inactive, suspended or held
├── SeveralMembers      two members of the team match
├── LinkNeeded          a privileged member came with another identity than the known one
├── UnaskedRefused      the team takes no sign-in that it did not ask for
└── ConnectionChanged   the connection was changed between the message and the browser that fetches it
"""

from django.utils.translation import gettext as _

from portal.teams.errors import Forbidden
from portal.teams.models import Member


class Denied(Forbidden):
    """Somebody genuine is not let in; `member` and `who` as far as they are known."""

    member: Member | None = None
    who = ""


class EmailMissing(Denied):
    """No e-mail attribute, and the NameID is none."""

    def __init__(self) -> None:
        super().__init__(
            _("Your identity provider did not send your e-mail address. Ask your admin to map the attribute “email”.")
        )


class DomainNotAllowed(Denied):
    """The e-mail lies outside the team's verified domains."""

    def __init__(self, email: str, team: str) -> None:
        super().__init__(
            _("{email} is outside the domains of team {team}. Ask your admin to verify its domain.").format(
                email=email, team=team
            )
        )


class AccountOff(Denied):
    """Inactive, suspended or held."""

    def __init__(self, member: Member) -> None:
        self.member = member
        super().__init__(
            _("Your account in team {team} is turned off. Ask your admin to turn it on.").format(team=member.team.name)
        )


class SeveralMembers(Denied):
    """Two members of the team match."""

    def __init__(self, team: str) -> None:
        super().__init__(
            _("Two members of team {team} match what your identity provider says of you. Ask your admin.").format(
                team=team
            )
        )


class LinkNeeded(Denied):
    """A privileged member came with another identity than the one that is known."""

    def __init__(self, member: Member) -> None:
        self.member = member
        super().__init__(
            _("Your identity at the identity provider is new here. Ask an owner to press “Link again” for you.")
        )


class UnaskedRefused(Denied):
    """The team takes no sign-in that it did not ask for."""

    def __init__(self, who: str) -> None:
        self.who = who
        super().__init__(_("This team takes no sign-in started at the identity provider. Start from our sign-in page."))


class ConnectionChanged(Denied):
    """The connection was changed between the message and the browser that fetches it."""

    def __init__(self, who: str) -> None:
        self.who = who
        super().__init__(_("The single sign-on connection was changed while you signed in. Sign in again."))
