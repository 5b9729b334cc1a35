"""E-mail codes: kept as an HMAC, bound to the browser that asked, claimed once however often they are sent at once."""

from datetime import timedelta
from operator import itemgetter
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from portal.teams.folding import fold_address
from portal.teams.letters import post
from portal.teams.models import Member, SignInCode, User

VALID_MINUTES, TRIES = 10, 3


def ask(email: str, code: str) -> SignInCode:
    """Keep a code for an address and mail it where it opens anything; the row is made for unknown addresses too.

    The mail goes to the address as we have it, whatever spelling was typed (decision 0022). It also carries the
    sign-on link of each of the address's teams that enforces SSO (spec rule 19). Known or not, the statements and the
    one commit are the same: the time an answer takes tells nobody who is here.
    """
    key = fold_address(email)
    user = User.objects.filter(email_key=key).first()
    row = SignInCode(email=user.email if user else email.strip(), email_key=key)
    row.expires_at = timezone.now() + timedelta(minutes=VALID_MINUTES)
    members = Member.every_team.filter(
        sign_in_email_key=key, active=True, suspended_at=None, held_at=None, team__closed_at=None
    )
    wanted = ("pk", "sign_in_email", "team__name", "team__slug", "team__sso_enforced")
    teams = list(members.order_by("team__name").values(*wanted))
    if user is None and teams:
        row.email = min(teams, key=itemgetter("pk"))["sign_in_email"]
    opens = [team for team in teams if not team["team__sso_enforced"]]
    enforced = [{"name": t["team__name"], "slug": t["team__slug"]} for t in teams if t["team__sso_enforced"]]
    digest, known = _digest(row.pk, code), bool(opens) or (user is not None and user.is_operator)
    row.digest = digest if known else ""
    with transaction.atomic():
        row.save(force_insert=True)
        if known or enforced:
            post("code", row.email, code=code if known else "", minutes=VALID_MINUTES, enforced=enforced)
        else:
            # In the place of the letter: a write that changes nothing.
            SignInCode.objects.filter(pk=row.pk).update(email=row.email)
    return row


def claim(code_id: UUID | str, typed: str) -> str | None:
    """Return the proven address if this is the code and it was not used before; None for every other case."""
    live = SignInCode.objects.filter(pk=code_id, used_at=None, expires_at__gt=timezone.now())
    if not live.filter(tries__lt=TRIES).update(tries=F("tries") + 1):
        return None
    row = SignInCode.objects.get(pk=code_id)
    # Also where no code was mailed: an empty digest equals none.
    if not constant_time_compare(row.digest, _digest(row.pk, typed)):
        return None
    # Of eight sent at once, the one whose UPDATE finds the code unused opens a session.
    return row.email if live.update(used_at=timezone.now()) else None


def user_of(email: str) -> User:
    """Return the User of a proven address, made at its first proof."""
    return User.objects.get_or_create(email_key=fold_address(email), defaults={"email": email})[0]


def _digest(code_id: UUID, code: str) -> str:
    plain = "".join(char for char in code.upper() if char.isalnum())
    return salted_hmac("portal.sign_in_code", f"{code_id}:{plain}", algorithm="sha256").hexdigest()
