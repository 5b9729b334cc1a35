"""The operator's one-time links: a code session for an address, or the break-glass door for an owner (rule 28)."""

import hashlib
import secrets
from dataclasses import replace
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.teams import aided
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Conflict, Missing
from portal.teams.folding import fold_address
from portal.teams.letters import owners, post, post_all
from portal.teams.models import Member, SignInLink, Team

VALID_MINUTES = 10
MADE = Kind("sign_in_link.made", gettext_lazy("{actor} made a sign-in link for {subject}: {reason}"))
MADE_UNEXPLAINED = Kind(
    "sign_in_link.noted",
    gettext_lazy("{actor} made a sign-in link for {subject}"),
)
BREAK_GLASS_USED = Kind("break_glass.opened", gettext_lazy("{subject} entered by emergency access"))


def make(by: Actor, email: str, reason: str, concerned: Team | None = None) -> tuple[str, SignInLink]:
    """Make a link that signs an address in as by a code; every team it opens has it in its journal.

    The reason stands there too; where a team is named as the one concerned, there alone.
    """
    told = aided.told(email, reason, concerned)
    if not told:
        raise Missing
    for member, why in told:
        _record(member.team, replace(by, reason=""), member, why)
    address = told[0][0].sign_in_email
    post("sign_in_link", address, reason=reason)
    return _link(address, None, reason)


@act
def make_break_glass(act: Act, email: str, reason: str) -> tuple[str, SignInLink]:
    """Make a link that gives an active, unsuspended, unheld owner 30 minutes to lift Enforce SSO."""
    found = [m for m in owners(act.team) if m.sign_in_email_key == fold_address(email) and m.may_enter]
    if len(found) != 1:
        raise Conflict(_("{email} must be the sign-in e-mail of exactly one active owner.").format(email=email))
    act.record(MADE, found[0], reason=reason, break_glass=True)
    post_all("break_glass", owners(act.team), team=act.team.name, who=found[0].label, reason=reason)
    return _link(found[0].sign_in_email, found[0], reason)


@act
def _record(act: Act, member: Member, reason: str | None) -> None:
    if reason is None:
        act.record(MADE_UNEXPLAINED, member)
    else:
        act.record(MADE, member, reason=reason)


def _link(email: str, member: Member | None, reason: str) -> tuple[str, SignInLink]:
    token = secrets.token_urlsafe(32)
    row = SignInLink(digest=_digest(token), email=email, member=member, reason=reason)
    row.expires_at = timezone.now() + timedelta(minutes=VALID_MINUTES)
    row.save(force_insert=True)
    return token, row


def claim(token: str) -> SignInLink | None:
    """Use a link up: the first POST gets it, everybody after gets None."""
    now = timezone.now()
    live = SignInLink.objects.filter(digest=_digest(token), used_at=None, expires_at__gt=now)
    if not live.update(used_at=now):
        return None
    row = SignInLink.objects.select_related("member__team").get(digest=_digest(token))
    owner = row.member
    if owner is not None and (owner.rank is not Role.OWNER or not owner.may_enter):
        return None
    if owner is not None:
        _record_use(owner.team, Actor(Door.BREAK_GLASS, owner.label, id=str(owner.pk)), owner)
    return row


@act
def _record_use(act: Act, owner: Member) -> None:
    act.record(BREAK_GLASS_USED, owner)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
