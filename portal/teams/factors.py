"""Which second factors a User has; every other file asks here. allauth keeps their rows."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from allauth.mfa.app_settings import RECOVERY_CODE_COUNT
from allauth.mfa.models import Authenticator
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.dateparse import parse_datetime

from portal.teams.compiled import Delete
from portal.teams.models import Member

TYPES = Authenticator.Type


@dataclass(frozen=True)
class Passkey:
    """One passkey as its person sees it."""

    id: int
    name: str
    made_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """What a User can prove beside the e-mail code."""

    totp_since: datetime | None = None
    totp_used_at: datetime | None = None
    passkeys: list[Passkey] = field(default_factory=list)
    codes_made_at: datetime | None = None
    codes_left: int = 0
    codes_saved_at: datetime | None = None

    @property
    def any(self) -> bool:
        """Say whether there is a factor; recovery codes alone are none."""
        return self.totp_since is not None or bool(self.passkeys)

    @property
    def typed(self) -> bool:
        """Say whether there is something to type: an app's code or a recovery code."""
        return self.totp_since is not None or self.codes_left > 0


def has(user_id: UUID, by: datetime | None = None) -> bool:
    """Say whether this User has a second factor, an authenticator app or a passkey; with `by`, had it then already."""
    found = rows(user_id).filter(type__in=(TYPES.TOTP, TYPES.WEBAUTHN))
    return bool((found.filter(created_at__lte=by) if by else found).exists())


def have(user_ids: Collection[UUID]) -> set[UUID]:
    """Of these Users, those who have a second factor."""
    found = Authenticator.objects.filter(user_id__in=user_ids, type__in=(TYPES.TOTP, TYPES.WEBAUTHN))
    return set(found.values_list("user_id", flat=True))


def rows(user_id: UUID) -> "QuerySet[Authenticator]":
    """The rows that allauth keeps for a User."""
    return Authenticator.objects.filter(user_id=user_id)  # type: ignore[no-any-return]


def of(user_id: UUID) -> Factors:
    """Read a User's factors in one query; no secret among them."""
    found: dict[str, object] = {}
    passkeys = []
    for row in rows(user_id).order_by("created_at", "pk"):
        if row.type == TYPES.WEBAUTHN:
            passkeys.append(Passkey(row.pk, row.data["name"], row.created_at, row.last_used_at))
        elif row.type == TYPES.TOTP:
            found |= {"totp_since": row.created_at, "totp_used_at": row.last_used_at}
        else:
            left = RECOVERY_CODE_COUNT - int(row.data["used_mask"]).bit_count()
            saved = parse_datetime(row.data.get("saved_at") or "")
            found |= {"codes_made_at": row.created_at, "codes_left": left, "codes_saved_at": saved}
    return Factors(passkeys=passkeys, **found)  # type: ignore[arg-type]


def holders(members: "QuerySet[Member]") -> "QuerySet[Member]":
    """Of these members, those whose address has a second factor."""
    held = Authenticator.objects.filter(
        user__email_key=OuterRef("sign_in_email_key"), type__in=(TYPES.TOTP, TYPES.WEBAUTHN)
    )
    return members.filter(Exists(held))


# ── Ending with the address (spec rule 29) ───────────────────────────────────────────────────────────────────────────
def forget_gone(*email_keys: str) -> None:
    """Delete the factors of addresses that no active member has any more, unless an operator's.

    Without addresses, of every such one: the worker's sweep for what ended by other ways than a member's.
    """
    if len(email_keys) == 1:
        _FORGET_ONE.soon(*email_keys)
    else:
        _left(email_keys).delete()


def _left(email_keys: Sequence[str]) -> "QuerySet[Authenticator]":
    active = Member.every_team.filter(sign_in_email_key=OuterRef("user__email_key"), active=True, team__closed_at=None)
    left = Authenticator.objects.filter(user__is_operator=False).exclude(Exists(active))
    if email_keys:
        left = left.filter(user__email_key__in=email_keys)
    return left  # type: ignore[no-any-return]


# allauth's rows: nothing refers to one.
_FORGET_ONE = Delete(lambda email_key: _left([email_key]), str)
