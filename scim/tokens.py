"""Bearer tokens: made, verified, rotated without a gap, ended. Only their hash is kept."""

from datetime import timedelta
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import bearer, policy, setup
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.compiled import Select
from portal.teams.errors import NotReady
from portal.teams.models import Scope, Team
from scim.models import ScimToken

ISSUED = Kind("scim_token.issued", gettext_lazy("{actor} made the SCIM token {hint}"))
ROTATED = Kind("scim_token.rotated", gettext_lazy("{actor} rotated the SCIM token: {hint} is the new one"))
REVOKED = Kind("scim_token.revoked", gettext_lazy("{actor} revoked the SCIM token {hint}"))

PREFIX = "sgs_"
GRACE_HOURS, MOST_LIVE = 24, 2
# With its team, and with whether a wizard listens: every call asks this first.
_KNOWN = Select(
    lambda digest: ScimToken.every_team.filter(digest=digest, team__closed_at=None).select_related(
        "team__scim_listening"
    ),
    str,
)


def new_text() -> str:
    """Return a fresh token."""
    return bearer.new_text(PREFIX)


def hint(text: str) -> str:
    """Return what a token is called wherever it must not be shown: its ends."""
    return f"{text[:8]}…{text[-4:]}"


def known(text: str) -> ScimToken | None:
    """Return the row of any token that a team ever had, whether it still opens something or not."""
    digest = digest_of(text)
    return with_digest(digest) if digest else None


def digest_of(text: str) -> str:
    """Return what is kept of a token; "" of what can be none."""
    return bearer.digest(text) if bearer.well_formed(text, PREFIX, len(PREFIX)) else ""


def with_digest(digest: str) -> ScimToken | None:
    """Return the row of any token as `known` does, by what is kept of it."""
    token: ScimToken | None = _KNOWN.first(digest)
    return token


def is_recognised(token: ScimToken) -> bool:
    """Say whether a token is live, or ended with SCIM's switch and is told so."""
    return token.ended_by_switch or is_live(token)


def is_live(token: ScimToken) -> bool:
    """Say whether a token opens its team now."""
    return token.ended_at is None and (token.expires_at is None or token.expires_at > timezone.now())


def live(team: Team) -> list[ScimToken]:
    """Return a team's live tokens, the current one first."""
    rows = ScimToken.every_team.filter(team=team, ended_at=None)
    return list(rows.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now())).order_by("-made_at"))


def issue(act: Act) -> str:
    """Make a token inside an act; returns its text, which is nowhere kept."""
    text = new_text()
    ScimToken.every_team.create(
        team=act.team, digest=bearer.digest(text), hint=hint(text), made_by=act.by.label[:320], made_at=act.at
    )
    return text


@act
def rotate(act: Act, grace_hours: float = GRACE_HOURS) -> str:
    """Make a new token; the old one works on for the grace, and any still older one ends at once."""
    policy.require(act.by, Role.ADMIN)
    if not act.team.scim_on:
        raise NotReady(_("SCIM is off. Turn it on to get a token."))
    current = live(act.team)
    _end(act, current[MOST_LIVE - 1 :])
    if grace_hours <= 0:
        _end(act, current)
    else:
        # A grace that is running already is never made longer.
        until = min([act.at + timedelta(hours=grace_hours), *(t.expires_at for t in current[:1] if t.expires_at)])
        ScimToken.every_team.filter(pk__in=[token.pk for token in current[:1]]).update(expires_at=until)
    text = issue(act)
    act.record(ROTATED, hint=hint(text), grace_hours=grace_hours)
    return text


@act
def revoke(act: Act, token_id: UUID) -> None:
    """End one token now."""
    policy.require(act.by, Role.ADMIN)
    for token in live(act.team):
        if token.pk == token_id:
            _end(act, [token])
            act.record(REVOKED, hint=token.hint)


def _end(act: Act, some: list[ScimToken]) -> None:
    ScimToken.every_team.filter(pk__in=[token.pk for token in some]).update(ended_at=act.at)


def end_all(act: Act) -> None:
    """End every token for good because SCIM goes off, the promised ones too; they stay recognised, and are told why."""
    some = [token.pk for token in live(act.team)]
    ScimToken.every_team.filter(pk__in=some).update(ended_at=act.at, ended_by_switch=True)
    setup.end_unused(act, Scope.SCIM)
