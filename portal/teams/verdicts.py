"""What becomes of a list of people: judged person by person, by the rules that hold for one, before any writing.

A page shows the verdicts before anybody confirms; `batches.admit` judges again under the team's lock.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _

from portal.teams import seats
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import Conflict, NoSeatsLeft, OwnersByHand, OwnRole, Refusal, Taken
from portal.teams.folding import fold, fold_address
from portal.teams.models import Member, Team

NAMES = ("user_name", "given_name", "family_name", "display_name")


class Outcome(StrEnum):
    """What becomes of one person of the list."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    OVER = "over"
    BAD = "bad"


@dataclass(frozen=True)
class Seen:
    """Whom somebody was shown before a role was given: the role they had, "" for who is new, and the sign-in e-mail."""

    role: str
    signs_in_as: str

    @classmethod
    def of(cls, email: str, member: Member | None) -> "Seen":
        """Look at them as they are now."""
        return cls(member.role, member.sign_in_email) if member else cls("", email)


@dataclass(frozen=True)
class Person:
    """What a list says of one person: an address, and whatever else it names; what is absent stays as it is."""

    email: str
    names: dict[str, str] = field(default_factory=dict)
    # Merged into what is kept besides the names.
    attributes: dict[str, Any] = field(default_factory=dict)
    role: Role | None = None
    # Whoever is somebody else by now, or has another role, gets nothing of it (spec rule 7).
    seen: Seen | None = None

    @property
    def user_name(self) -> str:
        """The userName a new person gets: the address, unless the list gives one."""
        return self.names.get("user_name") or self.email


@dataclass
class Verdict:
    """What becomes of one person: the member, what changes on them, whether they take a seat, and why not."""

    person: Person
    outcome: Outcome
    member: Member | None = None
    # By column: what it is before and after.
    changes: dict[str, list[Any]] = field(default_factory=dict)
    seated: bool = False
    reason: str = ""


def judge(team: Team, by: Actor, people: Iterable[Person], tally: seats.Tally) -> list[Verdict]:
    """Say what becomes of each, in the list's order: whoever comes while a seat is free gets it."""
    listed = list(people)
    known, free, verdicts = _Known(team, listed), tally.free, []
    for person in listed:
        verdict = _judge(by, person, known)
        if verdict.seated and not free:
            no_seat = NoSeatsLeft(team.name, tally.bought)
            verdict = Verdict(person, Outcome.OVER, verdict.member, reason=str(no_seat))
        free -= verdict.seated
        if verdict.outcome in (Outcome.NEW, Outcome.CHANGED):
            known.claim(person, verdict)
        verdicts.append(verdict)
    return verdicts


class _Known:
    """Who of the team bears one of these names, in two queries whatever the number."""

    def __init__(self, team: Team, people: list[Person]) -> None:
        self.by_email: dict[str, list[Member]] = defaultdict(list)
        mails = {fold(person.email) for person in people}
        for member in Member.every_team.filter(team=team, email_key__in=mails).order_by("created_at", "pk"):
            self.by_email[fold_address(member.email)].append(member)
        names = {fold(person.user_name) for person in people}
        holders = Member.every_team.filter(team=team, user_name_key__in=names).values_list("user_name_key", "email")
        # Who holds a userName, by address: the member there is, or somebody further up in the list.
        self.holders = {name: fold_address(email) for name, email in holders}

    def claim(self, person: Person, verdict: Verdict) -> None:
        """Remember the name that somebody further up in the list takes."""
        if verdict.outcome is Outcome.NEW or "user_name" in verdict.changes:
            self.holders[fold(person.user_name)] = fold_address(person.email)


def _judge(by: Actor, person: Person, known: _Known) -> Verdict:
    mailbox = fold_address(person.email)
    matching = known.by_email[mailbox]
    member = matching[0] if matching else None
    try:
        if len(matching) > 1:
            raise Conflict(_("Two members have this e-mail. Change one of them on the members page first."))
        named = person.user_name if member is None else person.names.get("user_name")
        if named and known.holders.get(fold(named), mailbox) != mailbox:
            raise Taken.user_name(named)
        if person.seen not in (None, Seen.of(person.email, member)):
            raise Conflict(
                _("Their role or sign-in e-mail is not the one that was shown. Nothing was changed: send it again.")
            )
        return _new(person) if member is None else _changed(by, person, member)
    except Refusal as refusal:
        return Verdict(person, Outcome.BAD, member, reason=str(refusal))


def _new(person: Person) -> Verdict:
    if person.role is Role.OWNER:
        raise OwnersByHand
    return Verdict(person, Outcome.NEW, seated=True)


def _changed(by: Actor, person: Person, member: Member) -> Verdict:
    if by.door is Door.IMPORT:
        # Whom a directory import names and another door added is left as they are.
        return Verdict(person, Outcome.SAME, member)
    changes, note = _differences(person, member), ""
    if member.scim_written and changes:
        changes, note = {}, _("The names belong to your identity provider and stay as they are.")
    if person.role is not None and person.role is not member.rank:
        changes["role"] = [member.role, person.role.value]
    if not member.active:
        changes["active"] = [False, True]
    if not changes:
        return Verdict(person, Outcome.SAME, member, reason=note)
    if Role.OWNER in (member.rank, person.role):
        raise OwnersByHand
    if "role" in changes and member.pk == by.member_id:
        raise OwnRole
    return Verdict(person, Outcome.CHANGED, member, changes, seated=not member.active, reason=note)


def _differences(person: Person, member: Member) -> dict[str, list[Any]]:
    wanted: dict[str, Any] = {name: person.names[name] for name in NAMES if person.names.get(name)}
    if person.attributes:
        wanted["attributes"] = merged(member.attributes, person.attributes)
    now = {name: getattr(member, name) for name in wanted}
    return {name: [now[name], value] for name, value in wanted.items() if now[name] != value}


def merged(kept: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Lay what is given over what is kept, objects into each other."""
    both = dict(kept)
    for name, value in given.items():
        inner = both.get(name)
        both[name] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return both
