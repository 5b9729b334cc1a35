"""API keys: made, found, revoked. Only their hash is kept; they count as admin, and their scopes narrow that."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.api.models import ApiKey
from portal.teams import bearer, policy
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Invalid, Missing
from portal.teams.models import Team

MADE = Kind("api_key.made", gettext_lazy("{actor} made the API key {subject}"))
REVOKED = Kind("api_key.revoked", gettext_lazy("{actor} revoked the API key {subject}"))

PREFIX, SHOWN = "sgk_", 8
# The prefix, what is shown of the key, and what parts it from the secret.
START = len(PREFIX) + SHOWN + 1
MOST_LIVE, MOST_DAYS, NAME_LENGTH = 20, 3650, 80


class Scope(models.TextChoices):
    """What a key may do."""

    SEATS_READ = "seats:read", gettext_lazy("Read the team and its seats")
    MEMBERS_READ = "members:read", gettext_lazy("Read members and groups")
    MEMBERS_WRITE = "members:write", gettext_lazy("Assign and unassign, change roles, sign out")
    EVENTS_READ = "events:read", gettext_lazy("Read events")


# ── A team's keys ────────────────────────────────────────────────────────────────────────────────────────────────────
@act
def make(act: Act, name: str, scopes: Sequence[str], days: int | None) -> tuple[str, ApiKey]:
    """Make a key of the team; returns its text, which is nowhere kept."""
    policy.require(act.by, Role.ADMIN)
    _room(live(act.team).count())
    text, key = _new(act.team, act.by, name, scopes, days)
    act.record(MADE, key, scopes=key.scopes, days=days)
    return text, key


@act
def revoke(act: Act, key_id: UUID) -> None:
    """End a key of the team now."""
    policy.require(act.by, Role.ADMIN)
    key = ApiKey.every_team.filter(team=act.team, pk=key_id).first()
    if key is None:
        raise Missing
    if key.revoked_at is None:
        ApiKey.every_team.filter(pk=key.pk).update(revoked_at=act.at)
        act.record(REVOKED, key)


def listed(team: Team) -> list[ApiKey]:
    """List a team's keys, the live ones and the newest first."""
    rows = list(ApiKey.every_team.filter(team=team).order_by("-made_at", "-pk")[:100])
    return sorted(rows, key=lambda key: not key.is_live)


def live(team: Team | None) -> "QuerySet[ApiKey]":
    """Return the live keys of a team, or the operator's."""
    return _live(ApiKey.every_team.filter(team=team))


def of_open_teams() -> "QuerySet[ApiKey]":
    """Return the keys of every open team, for who looks whether one ends; the operator's are no team's."""
    return ApiKey.every_team.filter(team__isnull=False, team__closed_at=None)


# ── The operator's keys, over all teams ──────────────────────────────────────────────────────────────────────────────
def make_for_operator(by: Actor, name: str, scopes: Sequence[str], days: int | None) -> tuple[str, ApiKey]:
    """Make a key over all teams; returns its text, which is nowhere kept."""
    policy.require(by, Role.OWNER)
    _room(live(None).count())
    return _new(None, by, name, scopes, days)


def revoke_for_operator(by: Actor, key: ApiKey) -> None:
    """End a key over all teams now."""
    policy.require(by, Role.OWNER)
    ApiKey.every_team.filter(pk=key.pk, team=None).update(revoked_at=timezone.now())


def hinted(hint: str) -> ApiKey:
    """Return the one live key, whosever it is, that lists show like this."""
    found = list(_live(ApiKey.every_team.filter(hint=hint)).select_related("team")[:2])
    if len(found) != 1:
        raise Missing
    return found[0]


# ── What both share ──────────────────────────────────────────────────────────────────────────────────────────────────
def _room(count: int) -> None:
    if count >= MOST_LIVE:
        raise Conflict(_("There are {n} live keys, the most there may be. Revoke one first.").format(n=count))


def _new(team: Team | None, by: Actor, name: str, scopes: Sequence[str], days: int | None) -> tuple[str, ApiKey]:
    wanted = [scope for scope in Scope.values if scope in scopes]
    if not wanted or len(wanted) != len(set(scopes)):
        raise Invalid(_("Choose what the key may do: {scopes}.").format(scopes=", ".join(Scope.values)))
    if not name.strip() or len(name.strip()) > NAME_LENGTH:
        raise Invalid(_("Give the key a name of at most {n} characters.").format(n=NAME_LENGTH))
    if days is not None and not 1 <= days <= MOST_DAYS:
        raise Invalid(_("Choose an end between 1 and {n} days from now.").format(n=MOST_DAYS))
    text, now = bearer.new_text(f"{PREFIX}{bearer.letters(SHOWN)}_"), timezone.now()
    key = ApiKey(
        team=team, name=name.strip(), digest=bearer.digest(text), hint=text[: START - 1], scopes=wanted,
        made_by=by.label[:320], made_at=now, expires_at=now + timedelta(days=days) if days else None,
    )  # fmt: skip
    key.save(force_insert=True)
    return text, key


def _live(keys: "QuerySet[ApiKey]") -> "QuerySet[ApiKey]":
    return keys.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


def find(text: str) -> ApiKey | None:
    """Return the live key of this text; None for anything else."""
    if not bearer.well_formed(text, PREFIX, START):
        return None
    found = _live(ApiKey.every_team.filter(digest=bearer.digest(text))).filter(team__closed_at=None)
    key: ApiKey | None = found.select_related("team").first()
    return key


def actor(key: ApiKey, address: str) -> Actor:
    """Name a key as who acts: it counts as admin, and so does the operator's."""
    whose = _("API key {key}") if key.team_id else _("Operator’s API key {key}")
    return Actor(Door.API, whose.format(key=key), id=str(key.pk), role=Role.ADMIN, address=address)


def team_named(named: str) -> Team:
    """Return the open team with this slug or id, for a key over all teams."""
    try:
        wanted = Q(pk=UUID(named))
    except ValueError:
        wanted = Q(slug=named)
    team = Team.every_team.filter(wanted, closed_at=None).first()
    if team is None:
        raise Missing
    return team


def open_teams() -> "QuerySet[Team]":
    """Return every open team, for a key over all teams."""
    return Team.every_team.filter(closed_at=None)
