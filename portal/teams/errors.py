"""Refusals: what the house says no to, each with a sort and a sentence a person can act on.

    Refusal
    ├── Invalid              INVALID    what was given can't be used as it is
    ├── Forbidden            FORBIDDEN  this person, or this door, may not do that
    │   ├── NotAllowed         the role does not reach
    │   ├── OwnRole            nobody changes their own role
    │   ├── OwnersOnly         acts on an owner are an owner's alone
    │   ├── OwnersByHand       a list of people neither makes owners nor changes them
    │   ├── LastOwner          a team keeps one active owner
    │   ├── NotEntitled        plan or entitlement is missing
    │   └── OperatorsOnly      the vendor's own pages
    ├── Conflict             CONFLICT   somebody else has it already
    │   ├── Taken              userName or externalId in use
    │   ├── StaleVersion       changed since it was read
    │   └── LinkTaken          another browser opened this setup link
    ├── NoSeatsLeft          EXHAUSTED  every seat is taken
    ├── AssignmentLocked     LOCKED     SCIM or Enforce SSO holds this door shut
    ├── NotReady             NOT_READY  something must come first (SSO before SCIM)
    └── Missing              MISSING    no such row in this team
        └── LinkEnded          a setup link ran out, or was revoked

Doors map the sort to their own kind of answer; a new refusal is added here and nowhere else.
"""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class Sort(StrEnum):
    """What kind of no it is; every door answers by sort."""

    INVALID = "invalid"
    FORBIDDEN = "forbidden"
    CONFLICT = "conflict"
    EXHAUSTED = "exhausted"
    LOCKED = "locked"
    NOT_READY = "not_ready"
    MISSING = "missing"


class Refusal(Exception):
    """A no with a reason; `str()` is the sentence."""

    sort = Sort.INVALID

    @property
    def code(self) -> str:
        """The refusal's stable name, as events record it."""
        name = type(self).__name__
        return "".join(f"_{char.lower()}" if char.isupper() else char for char in name).lstrip("_")


class Invalid(Refusal):
    """What was given can't be used as it is."""


class Forbidden(Refusal):
    """This person, or this door, may not do that."""

    sort = Sort.FORBIDDEN


class NotAllowed(Forbidden):
    """The role does not reach."""

    def __init__(self) -> None:
        super().__init__(_("Your role does not allow this. Ask an owner of the team."))


class OwnRole(Forbidden):
    """Nobody changes their own role."""

    def __init__(self) -> None:
        super().__init__(_("You can't change your own role. Ask another owner."))


class OwnersOnly(Forbidden):
    """Acts on an owner are an owner's alone."""

    def __init__(self) -> None:
        super().__init__(_("Only an owner of the team can do this."))


class OwnersByHand(Forbidden):
    """A list of people neither makes owners nor changes them."""

    def __init__(self) -> None:
        super().__init__(_("An import neither makes owners nor changes them. Do that on the members page."))


class LastOwner(Forbidden):
    """A team always keeps an active owner who is not suspended."""

    def __init__(self, member: Any, team: str) -> None:
        self.member_id: UUID = member.pk
        super().__init__(
            _("{who} is the last owner of team {team}. Make somebody else an owner first.").format(
                who=member.label, team=team
            )
        )


class NotEntitled(Forbidden):
    """The plan or the entitlement for a feature is missing."""

    def __init__(self, feature: str) -> None:
        super().__init__(_("{feature} is not in your plan. Ask your account executive.").format(feature=feature))


class OperatorsOnly(Forbidden):
    """The vendor's own pages open to an operator in a session by e-mail code."""

    def __init__(self) -> None:
        super().__init__(_("These pages are for the vendor's operators, signed in by e-mail code."))


class Conflict(Refusal):
    """Somebody else has it already."""

    sort = Sort.CONFLICT


class Taken(Conflict):
    """A value that must be unique in the team is in use."""

    @classmethod
    def user_name(cls, name: str) -> "Taken":
        """Name the userName that somebody else of the team has."""
        return cls(_("The userName {name} is in use in the team.").format(name=name))


class StaleVersion(Conflict):
    """The row changed since the caller read it."""

    def __init__(self) -> None:
        super().__init__(_("This changed since you read it. Read it again, then retry."))


class LinkTaken(Conflict):
    """A setup link opens in the first browser that presses its button, and in no other."""

    def __init__(self, made_by: str) -> None:
        super().__init__(
            _("This link has been opened in another browser. Ask {who} for a new one.").format(who=made_by)
        )


class NoSeatsLeft(Refusal):
    """Every seat of the team is taken: the addition is refused, nobody is evicted."""

    sort = Sort.EXHAUSTED

    def __init__(self, team: str, bought: int) -> None:
        super().__init__(
            ngettext(
                "No unassigned seats left in team {team}: {n} of {n} seat is in use. "
                "Unassign a user or add seats, then retry.",
                "No unassigned seats left in team {team}: {n} of {n} seats are in use. "
                "Unassign a user or add seats, then retry.",
                bought,
            ).format(team=team, n=bought)
        )


class AssignmentLocked(Refusal):
    """A lock of spec rule 3; the sentence names the cause."""

    sort = Sort.LOCKED


class NotReady(Refusal):
    """Something else must come first."""

    sort = Sort.NOT_READY


class Missing(Refusal):
    """No such row in this team: a stranger's id looks the same."""

    sort = Sort.MISSING

    def __init__(self) -> None:
        super().__init__(_("This does not exist, or no longer does."))


class LinkEnded(Missing):
    """A setup link ran out, was revoked, or never was; whoever made it is named only to who has the link."""

    def __init__(self, made_by: str = "") -> None:
        super().__init__()
        asked = made_by or _("whoever sent it")
        self.args = (_("This link has ended. Ask {who} for a new one.").format(who=asked),)
