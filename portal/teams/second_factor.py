"""Second factors: set up, proved, taken away. Each change is told to its person and to the teams they reach by code."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from allauth.mfa.totp.internal.auth import yield_hotp_counters_from_time as counters_now
from allauth.mfa.utils import decrypt, encrypt
from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import access, aided, challenges, factors
from portal.teams.actor import Actor, Door
from portal.teams.acts import Kind, acting
from portal.teams.challenges import Purpose
from portal.teams.errors import Invalid, Missing
from portal.teams.factors import TYPES
from portal.teams.folding import fold_address
from portal.teams.letters import post
from portal.teams.models import Challenge, Member, Team, User
from portal.teams.sealed import seal, unseal
from portal.teams.sessions import SessionStore


@dataclass(frozen=True)
class Change:
    """A change to a User's factors: its kind of event, and what the mail to its person says."""

    kind: Kind
    words: str | Promise


TOTP_ADDED = Change(
    Kind("totp.added", gettext_lazy("{actor} added an authenticator app to their sign-in")),
    gettext_lazy("An authenticator app was added to your sign-in."),
)
TOTP_REMOVED = Change(
    Kind("totp.removed", gettext_lazy("{actor} removed the authenticator app from their sign-in")),
    gettext_lazy("The authenticator app was removed from your sign-in."),
)
CODES_MADE = Change(
    Kind("recovery_codes.made", gettext_lazy("{actor} made new recovery codes")),
    gettext_lazy("New recovery codes were made for your sign-in. The old ones ended."),
)
RESET = Change(
    Kind("second_factor.removed", gettext_lazy("{actor} removed every second factor of {subject}: {reason}")),
    gettext_lazy("Every second factor was removed from your sign-in, by an operator at somebody’s request."),
)
CODE_USED = Change(
    Kind("recovery_code.used", gettext_lazy("{actor} used a recovery code; {left} left")),
    gettext_lazy("A recovery code was used to prove that it is you."),
)


# ── The authenticator app ────────────────────────────────────────────────────────────────────────────────────────────
def begin_totp(user: User) -> Challenge:
    """Make the key of a new authenticator app; it counts once its first code was typed."""
    made = challenges.ask(Purpose.NEW_TOTP, user)
    made.state = {"secret": seal(generate_totp_secret(), _place(made))}
    made.save(update_fields=["state"])
    return made


def secret_of(challenge: Challenge) -> str:
    """The key that waits for its first code."""
    return unseal(challenge.state["secret"], _place(challenge))


def _place(challenge: Challenge) -> str:
    return f"teams_challenge.state.{challenge.pk}"


def confirm_totp(challenge: Challenge, typed: str) -> list[str]:
    """Set the app up by its first code; returns new recovery codes, where there were none."""
    user, secret = challenge.user, secret_of(challenge)
    if user is None or not challenges.tried(challenge):
        raise Missing
    counter = _counter(secret, typed)
    if counter is None:
        raise Invalid(_("That code does not fit. Look at the app again; its clock must be right."))
    with changing(user, TOTP_ADDED):
        if not challenges.claim(challenge):
            raise Missing
        factors.rows(user.pk).filter(type=TYPES.TOTP).delete()
        row = TOTP.activate(user, secret).instance
        _count(row, counter)
        return first_codes(user)


def remove_totp(user: User) -> None:
    """Take the authenticator app away, and the recovery codes where no factor is left."""
    with changing(user, TOTP_REMOVED):
        if not factors.rows(user.pk).filter(type=TYPES.TOTP).delete()[0]:
            raise Missing
        drop_dangling_codes(user.pk)


def _counter(secret: str, typed: str) -> int | None:
    """The step of thirty seconds whose code this is, about now."""
    codes = {counter: format_hotp_value(hotp_value(secret, counter)) for counter in counters_now()}
    return next((n for n, code in codes.items() if compare_user_code(actual=typed, expected=code)), None)


def _count(row: Any, counter: int) -> None:
    row.data["last_counter"] = counter
    row.last_used_at = timezone.now()
    row.save(update_fields=["data", "last_used_at"])


def shown_now(user_id: UUID) -> str:
    """What the User's app shows that was not used yet; the demo, where nobody holds a phone, asks for it alone."""
    row = factors.rows(user_id).filter(type=TYPES.TOTP).first()
    if row is None:
        return ""
    fresh = [n for n in counters_now() if n > row.data.get("last_counter", 0)]
    return format_hotp_value(hotp_value(decrypt(row.data["secret"]), fresh[0])) if fresh else ""


# ── Recovery codes ───────────────────────────────────────────────────────────────────────────────────────────────────
def make_codes(user: User) -> list[str]:
    """Make ten new recovery codes, which only this answer shows; the old ones end."""
    with changing(user, CODES_MADE):
        if not factors.has(user.pk):
            raise Invalid(_("Recovery codes stand in for a second factor. Set one up first."))
        factors.rows(user.pk).filter(type=TYPES.RECOVERY_CODES).delete()
        return first_codes(user)


def first_codes(user: User) -> list[str]:
    """Make recovery codes inside a change, where there are none."""
    if factors.rows(user.pk).filter(type=TYPES.RECOVERY_CODES).exists():
        return []
    codes: list[str] = RecoveryCodes.activate(user).generate_codes()
    return [f"{code[:5]}-{code[5:]}" for code in codes]


def save_codes(user: User) -> None:
    """Note that the recovery codes are kept somewhere safe."""
    with transaction.atomic():
        row = factors.rows(user.pk).select_for_update().filter(type=TYPES.RECOVERY_CODES).first()
        if row is None:
            raise Missing
        row.data["saved_at"] = timezone.now().isoformat()
        row.save(update_fields=["data"])


def drop_dangling_codes(user_id: UUID) -> None:
    """End recovery codes that stand in for nothing any more."""
    if not factors.has(user_id):
        factors.rows(user_id).delete()


def reset(by: Actor, email: str, reason: str, concerned: Team | None = None) -> int:
    """Remove every factor of somebody who lost them all; returns how many rows that were.

    The reason is told as that for a sign-in link is: to every team they reach, or to the one named alone; and to the
    person, whose mail alone has it where they are active in no team.
    """
    user = User.objects.filter(email_key=fold_address(email)).first()
    if user is None or not factors.rows(user.pk).exists():
        raise Missing
    told = [(member, {"reason": why} if why else {}) for member, why in aided.told(user.email, reason, concerned)]
    with _changing(user, RESET, told, by, reason):
        # Whoever proved the lost one may be somebody else: every browser proves anew.
        SessionStore.of_user(user.pk).delete()
        return int(factors.rows(user.pk).delete()[0])


# ── Proving ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def check(user: User, typed: str) -> bool:
    """Say whether this is a code of the app or a recovery code that was not used before; it is used with that."""
    return _check_totp(user, typed) or _check_recovery_code(user, typed)


@transaction.atomic
def _check_totp(user: User, typed: str) -> bool:
    row = factors.rows(user.pk).select_for_update().filter(type=TYPES.TOTP).first()
    counter = _counter(decrypt(row.data["secret"]), typed) if row is not None else None
    # RFC 6238, 5.2: a code is good once. So are those before it, which somebody may have seen.
    if row is None or counter is None or counter <= row.data.get("last_counter", 0):
        return False
    _count(row, counter)
    return True


def _check_recovery_code(user: User, typed: str) -> bool:
    row = factors.rows(user.pk).filter(type=TYPES.RECOVERY_CODES).first()
    left = RecoveryCodes(row).get_unused_codes() if row is not None else []
    # A wrong one locks no team.
    if not any(compare_user_code(actual=typed, expected=code) for code in left):
        return False
    try:
        with changing(user, CODE_USED, left=len(left) - 1):
            if not RecoveryCodes(row).validate_code(typed):
                raise Missing
    except Missing:
        return False
    return True


# ── Telling ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def changing(user: User, change: Change, **data: Any) -> AbstractContextManager[None]:
    """Do a person's own change, its events and its mail in one transaction: all or none."""
    return _changing(user, change, [(each, data) for each in access.reachable_by_code(user.email_key, timezone.now())])


@contextmanager
def _changing(
    user: User, change: Change, told: list[tuple[Member, dict[str, Any]]], by: Actor | None = None, reason: str = ""
) -> Iterator[None]:
    told = sorted(told, key=lambda each: each[0].team_id)
    with transaction.atomic(), ExitStack() as opened:
        # The teams first, in one order: a directory that ends a member locks the team before the factors (rule 29).
        acts = [opened.enter_context(acting(each.team, by or _actor(each))) for each, _data in told]
        # Two changes to one User come one after the other.
        User.objects.select_for_update().get(pk=user.pk)
        yield
        for act, (member, data) in zip(acts, told, strict=True):
            act.record(change.kind, member, **data)
        post("second_factor_changed", user.email, words=str(change.words), reason=reason)


def _actor(member: Member) -> Actor:
    return Actor(Door.DASHBOARD, member.label, id=str(member.pk), role=member.rank, member_id=member.pk)


# ── Keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def seal_anew() -> int:
    """Seal the apps' keys and the codes' seeds under the newest of ENCRYPTION_KEYS; returns how many."""
    sealed = 0
    for pk in Authenticator.objects.exclude(type=TYPES.WEBAUTHN).values_list("pk", flat=True):
        with transaction.atomic():
            for row in Authenticator.objects.select_for_update().filter(pk=pk):
                name = "secret" if row.type == TYPES.TOTP else "seed"
                row.data[name] = encrypt(decrypt(row.data[name]))
                row.save(update_fields=["data"])
                sealed += 1
    return sealed


def sealed_values() -> Iterator[str]:
    """Give the apps' keys and the codes' seeds as they lie in the database."""
    for row in Authenticator.objects.exclude(type=TYPES.WEBAUTHN):
        yield row.data["secret" if row.type == TYPES.TOTP else "seed"]
