"""Listening: for half an hour after an admin opened it, the log keeps reads too, and who was shut out is noticed."""

from datetime import timedelta
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy

from portal.teams import policy
from portal.teams.actor import Role
from portal.teams.acts import Act, Kind, act
from portal.teams.models import Team
from scim import tokens
from scim.models import Knock, Listening, ScimToken

OPENED = Kind("scim_wizard.opened", gettext_lazy("{actor} let the provisioning wizard listen"))
MINUTES, MOST_READS, MOST_KNOCKS = 30, 200, 50
OLD_TOKEN, UNKNOWN_TOKEN, NO_TOKEN, WRONG_TENANT = "old_token", "unknown_token", "no_token", "wrong_tenant"


@act
def open_for(act: Act, provider: str) -> None:
    """Listen from now on, for half an hour; what was noticed before is forgotten."""
    policy.require(act.by, Role.ADMIN)
    Knock.every_team.filter(team=act.team).delete()
    Listening.every_team.update_or_create(
        team=act.team,
        defaults={
            "provider": provider[:20], "opened_at": act.at, "opened_by": act.by.label[:320],
            "until": act.at + timedelta(minutes=MINUTES), "reads_kept": 0, "knocks_kept": 0,
        },
    )  # fmt: skip
    act.record(OPENED, provider=provider[:20])


def of(team: Team) -> Listening | None:
    """Return the team's last listening, over or not."""
    found: Listening | None = Listening.every_team.filter(team=team).first()
    return found


def is_open(listening: Listening | None) -> bool:
    """Say whether it still listens."""
    return listening is not None and listening.until > timezone.now()


def keeps_read(token: ScimToken) -> bool:
    """Say whether a read that succeeded is to be kept, and take it from the 200; asked without a query."""
    try:
        listening = token.team.scim_listening
    except ObjectDoesNotExist:
        return False
    return is_open(listening) and _one_more(listening.team_id, "reads_kept", MOST_READS)


def knocked(token: ScimToken | None, tenant: str | None, text: str, agent: str) -> None:
    """Notice somebody who was shut out, where the team it was aimed at listens; anybody else costs no write."""
    if token is not None:
        kind = WRONG_TENANT if tokens.is_recognised(token) else OLD_TOKEN
        _notice(token.team_id, kind, token.hint, agent)
    aimed_at = _as_id(tenant)
    if aimed_at is not None and (token is None or token.team_id != aimed_at):
        # Another team's token is as unknown here as any, and so is its hint.
        _notice(aimed_at, UNKNOWN_TOKEN if text else NO_TOKEN, "", agent)


def _as_id(tenant: str | None) -> UUID | None:
    try:
        return UUID(tenant) if tenant else None
    except ValueError:
        return None


def _notice(team_id: UUID, kind: str, hint: str, agent: str) -> None:
    # Asked before anything is written: a flood of strangers takes no lock.
    listens = Listening.every_team.filter(team_id=team_id, until__gt=timezone.now(), knocks_kept__lt=MOST_KNOCKS)
    if listens.exists() and _one_more(team_id, "knocks_kept", MOST_KNOCKS):
        Knock(team_id=team_id, kind=kind, token_hint=hint, agent=agent.replace("\0", "�")[:200]).save(force_insert=True)


def _one_more(team_id: UUID, name: str, most: int) -> bool:
    """Take one from a bounded number; however many processes ask at once, no more than that are given."""
    open_still = Listening.every_team.filter(team_id=team_id, until__gt=timezone.now(), **{f"{name}__lt": most})
    return bool(open_still.update(**{name: F(name) + 1}))


def purge() -> None:
    """Delete what wizards noticed and how long they listened, a day after."""
    over = timezone.now() - timedelta(days=1)
    Knock.every_team.filter(at__lt=over).delete()
