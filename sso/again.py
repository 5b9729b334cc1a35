"""Confirming in an SSO session that it is you: a fresh round trip, in a lenient and in a strict form (spec rule 12).

Many identity providers ignore ForceAuthn and answer from a live session of theirs. By default such an answer is taken,
and the event and the page say so. A team may demand the strict form once a test has shown that its own asks again;
where the identity provider becomes another one, of which no test showed it, the lenient form comes back.
"""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import NotReady
from portal.teams.models import Member
from sso.memory import Claims, moment
from sso.models import AuthnRequest, SsoConnection

FORM_SET = Kind("sso.confirmation_set", gettext_lazy("{actor} set what confirms by single sign-on to {after}"))
TAKEN = Kind("sso.old_sign_in_accepted", gettext_lazy("{subject} confirmed; the identity provider did not ask again"))

FRESH, ROUNDED = timedelta(minutes=5), timedelta(seconds=1)


def is_fresh(instant: datetime | None) -> bool:
    """Say whether the person signed in at the identity provider within five minutes."""
    return instant is not None and timezone.now() - instant <= FRESH


def note_test(connection: SsoConnection, claims: Claims, request: AuthnRequest) -> None:
    """Keep what a test, which asks for a fresh sign-in, showed: whether the identity provider obeyed.

    How old the sign-in was when it told us is a span of its own clock, how long it took to answer one of ours: so
    neither a clock that is off nor a sign-in of a minute ago is taken for a fresh one.
    """
    instant, issued = moment(claims.authn_instant), moment(claims.issued_at)
    waited = timezone.now() - request.created_at
    asks = instant is not None and issued is not None and issued - instant <= waited + ROUNDED
    shown = SsoConnection.every_team.filter(pk=connection.pk, trust_version=connection.trust_version)
    shown.update(asks_again=asks, asks_again_at=timezone.now())


def fall_back(act: Act, connection: SsoConnection) -> None:
    """Forget what tests showed of the identity provider before, and with it the strict form; the caller saves."""
    connection.asks_again = connection.asks_again_at = None
    if connection.strict_again:
        connection.strict_again = False
        act.record(FORM_SET, after=_("any sign-in"), strict=False)


@act
def set_strict(act: Act, on: bool) -> None:
    """Demand that the identity provider asks again, or take its word for a live session."""
    policy.require(act.by, Role.OWNER)
    connection = SsoConnection.every_team.filter(team=act.team).first()
    if on and not (connection and connection.asks_again):
        raise NotReady(
            _("Test the connection first: no test has shown yet that your identity provider asks people again.")
        )
    if connection and connection.strict_again != on:
        SsoConnection.every_team.filter(pk=connection.pk).update(strict_again=on)
        act.record(FORM_SET, after=_("a fresh sign-in") if on else _("any sign-in"), strict=on)


def record_lenient(member: Member) -> None:
    """Put into the journal that somebody confirmed by a sign-in of before."""
    _record(member.team, Actor(Door.SSO, member.label, id=str(member.pk), member_id=member.pk), member)


@act
def _record(act: Act, member: Member) -> None:
    act.record(TAKEN, member)
