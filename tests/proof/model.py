"""What a team must be after an act, said a second time and without the product's code: dictionaries and the spec.

Each act returns the kinds of the events it must leave, or raises the refusal it must meet. An act that is refused
changes nothing here, but for what the spec says a refusal does (rule 9's hold, the waiting list).
"""

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from portal.teams.actor import Door, Role
from portal.teams.errors import AssignmentLocked, Conflict, LastOwner, NoSeatsLeft, OwnersOnly, Refusal, Taken

Kinds = Counter[str]
NEVER = UUID(int=0)


class Refused(Exception):
    """The act must be refused so; `kinds` is what the refusal itself leaves in the journal."""

    def __init__(self, refusal: type[Refusal], *kinds: str, waits: tuple[str, ...] = ()) -> None:
        super().__init__(refusal.__name__)
        self.refusal, self.kinds, self.waits = refusal, Counter(kinds), waits


@dataclass
class Person:
    """A member as the spec sees them."""

    user_name: str
    email: str
    role: Role = Role.MEMBER
    active: bool = True
    suspended: bool = False
    held: bool = False
    by_scim: bool = False
    may_return: bool = False
    sign_in: str = ""

    def __post_init__(self) -> None:
        self.sign_in = self.sign_in or self.email

    @property
    def enters(self) -> bool:
        """May come in today."""
        return self.active and not self.suspended and not self.held

    @property
    def owns(self) -> bool:
        """Is an owner who may come in."""
        return self.role is Role.OWNER and self.enters


@dataclass
class Model:
    """A team: its people by id, its seats and switches, what the directory pushed, and its tokens, the newest first."""

    seats: int
    people: dict[UUID, Person] = field(default_factory=dict)
    sso: bool = False
    enforced: bool = False
    jit: bool = True
    scim: bool = False
    groups_on: bool = True
    may_sso: bool = True
    may_scim: bool = True
    waiting: set[str] = field(default_factory=set)
    # Group: name, who is in it, what it gives.
    groups: dict[UUID, tuple[str, set[UUID], Role]] = field(default_factory=dict)
    # Text, and whether its end is set already.
    tokens: list[tuple[str, bool]] = field(default_factory=list)
    linked: dict[str, UUID] = field(default_factory=dict)
    asked: int = 0
    # People added since the database last named its own: their ids here are small numbers until it does.
    made: int = 0

    # ── What everything asks ─────────────────────────────────────────────────────────────────────────────────────────
    @property
    def taken(self) -> int:
        """Seats in use."""
        return sum(person.active for person in self.people.values())

    def locked(self, door: Door, assigning: bool) -> bool:
        """The lock table of house.md, section 3."""
        if door is Door.SCIM:
            return not self.scim
        if door is Door.SSO:
            return self.scim or not self.jit
        return self.scim or (assigning and self.enforced)

    def open(self, door: Door, *, assigning: bool) -> None:
        """Refuse at a door that a lock holds shut."""
        if self.locked(door, assigning):
            raise Refused(AssignmentLocked)

    def is_last_owner(self, who: UUID) -> bool:
        """Would leave the team without an owner who may come in."""
        others = (person for key, person in self.people.items() if key != who)
        return self.people[who].role is Role.OWNER and not any(person.owns for person in others)

    def keep_last_owner(self, who: UUID, door: Door = Door.DASHBOARD) -> None:
        """Refuse to end the last owner; SCIM's try holds them (rule 9)."""
        if not self.is_last_owner(who):
            return
        if door is Door.SCIM and not self.people[who].held:
            self.people[who].held = True
            raise Refused(LastOwner, "member.held")
        raise Refused(LastOwner)

    def named(self, email: str) -> list[UUID]:
        """Who has this e-mail."""
        return [key for key, person in self.people.items() if person.email.casefold() == email.casefold()]

    def free_name(self, user_name: str, but: UUID = NEVER) -> None:
        """Refuse a userName that somebody else has, in whatever case."""
        for key, person in self.people.items():
            if key != but and person.user_name.casefold() == user_name.casefold():
                raise Refused(Taken)

    def need_seat(self, who: str) -> None:
        """Refuse where nobody can sit down any more."""
        if self.taken >= self.seats:
            raise Refused(NoSeatsLeft, waits=(who,))

    def seated(self, *names: str) -> None:
        """Whoever sits waits no more."""
        self.waiting -= {name.casefold() for name in names}

    # ── People ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def add(self, person: Person) -> Kinds:
        """Somebody new; their id is known only afterwards."""
        self.free_name(person.user_name)
        if person.active:
            self.need_seat(person.email)
            self.seated(person.user_name, person.email)
        self.made += 1
        self.people[UUID(int=self.made)] = person
        return Counter({"member.added": 1})

    def wake(self, who: UUID, *names: str) -> Kinds:
        """Give an inactive member a seat again, by the names they have from then on."""
        person = self.people[who]
        if person.active:
            return Counter()
        self.need_seat(person.email)
        self.seated(*(names or (person.user_name, person.email)))
        person.active, person.may_return = True, False
        return Counter({"member.assigned": 1})

    def wake_silently(self, who: UUID) -> None:
        """Seat an inactive member inside an act that tells of something else; leave to return is not used up by it."""
        may_return = self.people[who].may_return
        self.wake(who)
        self.people[who].may_return = may_return

    def end(self, who: UUID, door: Door) -> Kinds:
        """Take a member's seat."""
        if not self.people[who].active:
            return Counter()
        self.keep_last_owner(who, door)
        self.people[who].active = False
        return Counter({"member.unassigned": 1})

    def assign(self, door: Door, email: str, by: Role) -> Kinds:
        """By hand: somebody new, or the inactive one of this e-mail."""
        self.open(door, assigning=True)
        known = self.named(email)
        if len(known) > 1 or (known and self.people[known[0]].active):
            raise Refused(Conflict)
        if not known:
            return self.add(Person(email, email))
        self.guard(known[0], by)
        return self.wake(known[0])

    def guard(self, who: UUID, by: Role) -> None:
        """Acts on an owner are an owner's alone."""
        if self.people[who].role is Role.OWNER and by is not Role.OWNER:
            raise Refused(OwnersOnly)

    def forget(self, who: UUID) -> None:
        """Deleted means gone, out of every group too."""
        del self.people[who]
        for _name, inside, _role in self.groups.values():
            inside.discard(who)
        self.linked = {name: key for name, key in self.linked.items() if key != who}

    # ── The directory ────────────────────────────────────────────────────────────────────────────────────────────────
    def provision(self, user_name: str, email: str, active: bool) -> Kinds:
        """SCIM's POST, by rule 8: adopt the one with this e-mail whom SCIM never wrote, else add."""
        found = [key for key in self.named(email) if not self.people[key].by_scim]
        if len(found) > 1:
            raise Refused(Taken)
        if not found:
            return self.add(Person(user_name, email, active=active, by_scim=True))
        who = found[0]
        self.free_name(user_name, but=who)
        kinds = self.say_active(who, active, user_name, email)
        for told in ("member.assigned", "member.unassigned", "member.updated"):
            del kinds[told]
        person = self.people[who]
        person.user_name = user_name
        self.readdress(person, email)
        return kinds + Counter({"member.adopted": 1})

    def readdress(self, person: Person, email: str) -> None:
        """What an identity provider writes moves only a plain member's address of sign-in (rule 7)."""
        person.email = email
        if person.role is Role.MEMBER:
            person.sign_in = email

    def say_active(self, who: UUID, active: bool, *names: str) -> Kinds:
        """SCIM says active or not of somebody: the seat follows, a hold is lifted, and they are linked from now on."""
        person, was_linked = self.people[who], self.people[who].by_scim
        kinds = self.wake(who, *names) if active else self.end(who, Door.SCIM)
        if active and person.held:
            person.held = False
            kinds["member.hold_lifted"] += 1
        if not was_linked:
            person.by_scim = True
            if not kinds.keys() & {"member.assigned", "member.unassigned"}:
                kinds["member.updated"] += 1
        return kinds

    def role_in_sso(self, who: UUID) -> Role:
        """The role that counts in single sign-on sessions, a group's included (rule 7)."""
        given = [role for _name, inside, role in self.groups.values() if who in inside]
        counted = given if self.scim and self.groups_on else []
        return max([self.people[who].role, *counted], key=lambda role: role.rank)
