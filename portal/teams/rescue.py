"""Rescue codes: ten for each owner, each good for one emergency entry when single sign-on is enforced (rule 28)."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q
from django.utils.translation import gettext_lazy

from portal.teams import notices, policy, spoken
from portal.teams.actor import Actor, Door, Role
from portal.teams.acts import Act, Kind, act
from portal.teams.errors import Missing
from portal.teams.folding import fold_address
from portal.teams.letters import owners, post_all
from portal.teams.links import BREAK_GLASS_USED
from portal.teams.models import Member, RescueCode, Tone

MADE = Kind("rescue_codes.made", gettext_lazy("{actor} made ten new rescue codes"))
SAVED = Kind("rescue_codes.saved", gettext_lazy("{actor} has saved their rescue codes"))

# Four groups of four signs: 30^16 is 78 bits, so a plain HMAC holds.
COUNT, GROUPS = 10, 4


@dataclass(frozen=True)
class State:
    """How an owner's rescue codes stand."""

    left: int
    made_at: datetime | None
    saved_at: datetime | None

    @property
    def ready(self) -> bool:
        """Say whether a code is left that its owner says they saved."""
        return self.left > 0 and self.saved_at is not None


def state(member: Member) -> State:
    """Say how many codes a member has left, since when, and whether they were saved."""
    mine = RescueCode.every_team.filter(member=member)
    found = mine.aggregate(left=Count("pk", filter=Q(used_at=None)), made_at=Max("made_at"), saved_at=Min("saved_at"))
    return State(**found)


@act
def make(act: Act) -> list[str]:
    """Make ten new codes for the acting owner, who alone sees them, once; the ones from before end."""
    policy.require(act.by, Role.OWNER)
    member = _self(act)
    forget(member)
    codes = [spoken.new(GROUPS) for _ in range(COUNT)]
    rows = [RescueCode(team=act.team, member=member, made_at=act.at, salt=secrets.token_hex(16)) for _ in codes]
    for row, code in zip(rows, codes, strict=True):
        row.digest = _digest(row.salt, code)
    RescueCode.every_team.bulk_create(rows)
    act.record(MADE, member)
    post_all("rescue_codes_made", owners(act.team), team=act.team.name, who=member.label)
    return codes


@act
def save(act: Act) -> None:
    """Note that the acting owner keeps their codes somewhere safe."""
    member = _self(act)
    if RescueCode.every_team.filter(member=member, saved_at=None).update(saved_at=act.at):
        act.record(SAVED, member)


def forget(member: Member) -> None:
    """End a member's codes: they stopped being an owner who may enter, or made new ones."""
    RescueCode.every_team.filter(member=member).delete()


def claim(slug: str, email: str, typed: str) -> Member | None:
    """Use a code up and return its owner; None for every wrong combination, told apart by nothing.

    One query and ten digests whatever was typed, and the team is locked only once a code is right.
    """
    live = RescueCode.every_team.filter(
        team__slug=slug, team__closed_at=None, member__sign_in_email_key=fold_address(email), used_at=None,
        member__role=Role.OWNER, member__active=True, member__suspended_at=None, member__held_at=None,
    )  # fmt: skip
    rows = list(live.select_related("member__team")[:COUNT])
    blank = [RescueCode(salt="0" * 32, digest="")] * (COUNT - len(rows))
    right = [row for row in [*rows, *blank] if hmac.compare_digest(row.digest, _digest(row.salt, typed))]
    if not right:
        return None
    owner: Member = right[0].member
    by = Actor(Door.BREAK_GLASS, owner.label, id=str(owner.pk), role=Role.OWNER, member_id=owner.pk)
    try:
        return _use(owner.team, by, right[0])
    except Missing:
        return None


@act
def _use(act: Act, code: RescueCode) -> Member:
    """Of eight sent at once, the one whose UPDATE finds the code unused enters."""
    owner = Member.of(act.team, code.member_id)
    mine = RescueCode.every_team.filter(member=owner, used_at=None)
    may = owner.rank is Role.OWNER and owner.may_enter
    if not may or not mine.filter(pk=code.pk).update(used_at=act.at):
        raise Missing
    left = mine.count()
    act.record(BREAK_GLASS_USED, owner, rescue_code=True, left=left)
    notices.tell(act, "rescue_code_used", str(code.pk), Tone.BAD, who=owner.label, left=left)
    return owner


def _self(act: Act) -> Member:
    if act.by.member_id is None:
        raise Missing
    return Member.of(act.team, act.by.member_id)


def _digest(salt: str, typed: str) -> str:
    plain = "".join(char for char in typed.upper() if char in spoken.ALPHABET)
    return hmac.new(bytes.fromhex(salt), plain.encode(), hashlib.sha256).hexdigest()
