"""What people do in the dashboard, through the API and by lists: each a rule of the machine."""

from collections import Counter
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.imports import looking
from portal.imports.models import Import
from portal.teams import errands, owners, roster, waiting
from portal.teams.actor import Door, Role
from portal.teams.errands import Order, Verb
from portal.teams.errors import Conflict, Forbidden, Invalid, LastOwner, NotReady, OwnersOnly, OwnRole
from portal.teams.finding import Choice
from portal.teams.models import Member, Waiting
from tests import make
from tests.proof.floor import Floor
from tests.proof.model import Kinds, Person, Refused

NUMBERS = st.integers(0, 60)
EMAILS = st.sampled_from(
    ["ann@acme.test", "ANN@acme.test", "ben@acme.test", "cid@acme.test", "dee@acme.test", "mia@acme.test"]
)
ROLES = st.sampled_from(list(Role))


class PeopleRules(Floor):
    """Seats, roles and entries, by hand."""

    @rule(n=NUMBERS, email=EMAILS, how=st.sampled_from(["act", "page", "api", "csv"]))
    def assign(self, n: int, email: str, how: str) -> None:
        """Give a person a seat, adding them if new."""
        page = self.page(n) if how == "page" else None
        if page is not None:
            browser, role, _who = page
            self.meet_answer(
                lambda: self.model.assign(Door.DASHBOARD, email, role),
                lambda: make.press(browser, "/members/assign/", self.team, email=email),
            )
        elif how == "api":
            self.meet_answer(
                lambda: self.model.assign(Door.API, email, Role.ADMIN),
                lambda: self.app.post("/members", {"email": email}),
            )
        else:
            by, role, _who = self.by(n)
            by = make.through(Door.CSV) if how == "csv" else by
            role = Role.ADMIN if how == "csv" else role
            self.meet(
                lambda: self.model.assign(by.door, email, role),
                lambda: roster.assign(self.team, by, {"email": email}),
            )

    @rule(n=NUMBERS, m=NUMBERS, how=st.sampled_from(["act", "page", "api"]))
    def unassign(self, n: int, m: int, how: str) -> None:
        """Take a member's seat."""
        who = self.someone(m)
        page = self.page(n) if how == "page" else None
        if page is not None:
            browser, role, _who = page
            self.meet_answer(
                lambda: self._unassigned(Door.DASHBOARD, who, role),
                lambda: make.press(browser, f"/members/{who}/unassign/", self.team),
            )
        elif how == "api":
            self.meet_answer(
                lambda: self._unassigned(Door.API, who, Role.ADMIN),
                lambda: self.app.post(f"/members/{who}/unassign"),
            )
        else:
            by, role, _who = self.by(n)
            self.meet(
                lambda: self._unassigned(by.door, who, role), lambda: roster.unassign(self.team, by, who)
            )  # fmt: skip

    def _unassigned(self, door: Door, who: UUID, role: Role) -> Kinds:
        self.model.open(door, assigning=False)
        self.model.guard(who, role)
        return self.model.end(who, door)

    @rule(n=NUMBERS, m=NUMBERS)
    def wake(self, n: int, m: int) -> None:
        """Give an inactive member a seat again."""
        by, role, _who = self.by(n)
        who = self.someone(m)

        def expect() -> Kinds:
            self.model.open(by.door, assigning=True)
            self.model.guard(who, role)
            return self.model.wake(who)

        self.meet(expect, lambda: roster.assign_again(self.team, by, who))

    @rule(n=NUMBERS, m=NUMBERS)
    def remove(self, n: int, m: int) -> None:
        """Delete a member by hand."""
        by, role, _who = self.by(n)
        who = self.someone(m)

        def expect() -> Kinds:
            self.model.open(by.door, assigning=False)
            self.model.guard(who, role)
            self.model.keep_last_owner(who)
            self.model.forget(who)
            return Counter({"member.removed": 1})

        self.meet(expect, lambda: roster.remove(self.team, by, who))

    @rule(n=NUMBERS, m=NUMBERS, role=ROLES, how=st.sampled_from(["act", "page", "api"]))
    def set_role(self, n: int, m: int, role: Role, how: str) -> None:
        """Change a role; demote, promote, make owners."""
        who, page = self.someone(m), self.page(n) if how == "page" else None
        if page is not None:
            browser, acts_as, me = page
            shown = Member.every_team.filter(pk=who).values_list("sign_in_email", flat=True).first() or ""
            self.meet_answer(
                lambda: self._role_set(who, role, acts_as, me),
                lambda: make.press(browser, f"/members/{who}/role/", self.team, role=role.value, sign_in_email=shown),
            )
        elif how == "api" and role is not Role.OWNER:
            self.meet_answer(
                lambda: self._role_set(who, role, Role.ADMIN, None),
                lambda: self.app.post(f"/members/{who}/role", {"role": role.value}),
            )
        else:
            by, acts_as, me = self.by(n)
            self.meet(
                lambda: self._role_set(who, role, acts_as, me), lambda: owners.set_role(self.team, by, who, role)
            )  # fmt: skip

    def _role_set(self, who: UUID, role: Role, acts_as: Role, me: UUID | None) -> Kinds:
        person = self.model.people[who]
        if who == me:
            raise Refused(OwnRole)
        if Role.OWNER in (role, person.role) and acts_as is not Role.OWNER:
            raise Refused(OwnersOnly)
        if role is person.role:
            return Counter()
        if role is not Role.OWNER and self.model.is_last_owner(who):
            raise Refused(LastOwner)
        person.role = role
        person.sign_in = person.email if role is Role.MEMBER else person.sign_in
        return Counter({"role.changed": 1})

    @rule(n=NUMBERS, m=NUMBERS)
    def suspend(self, n: int, m: int) -> None:
        """Block somebody's entry; an owner does."""
        by, _role, me = self.by(n, Role.OWNER)
        who = self.someone(m)

        def expect() -> Kinds:
            if who == me:
                raise Refused(Forbidden)
            if self.model.is_last_owner(who):
                raise Refused(LastOwner)
            was, self.model.people[who].suspended = self.model.people[who].suspended, True
            return Counter({"member.suspended": int(not was)})

        self.meet(expect, lambda: owners.suspend(self.team, by, who))

    @rule(n=NUMBERS, m=NUMBERS)
    def unsuspend(self, n: int, m: int) -> None:
        """End a suspension."""
        by, _role, _me = self.by(n, Role.OWNER)
        who = self.someone(m)

        def expect() -> Kinds:
            was, self.model.people[who].suspended = self.model.people[who].suspended, False
            return Counter({"member.unsuspended": int(was)})

        self.meet(expect, lambda: owners.unsuspend(self.team, by, who))

    @precondition(lambda self: self.model.waiting)
    @rule(n=NUMBERS, m=NUMBERS, seats=st.booleans())
    def empty_waiting(self, n: int, m: int, seats: bool) -> None:
        """Seat somebody who waits, or dismiss them."""
        by, role, _me = self.by(n)
        key = sorted(self.model.waiting)[m % len(self.model.waiting)]
        row = Waiting.every_team.get(team=self.team, key=key)
        if seats:
            self.meet(lambda: self._let_in(key, row.label, role), lambda: waiting.seat(self.team, by, row.pk))
            return
        self.model.waiting.discard(key)
        self.meet(lambda: Counter({"waiting.dismissed": 1}), lambda: waiting.dismiss(self.team, by, [row.pk]))

    def _let_in(self, key: str, label: str, role: Role) -> Kinds:
        model = self.model
        known = [k for k, each in model.people.items() if key in (each.user_name.casefold(), each.email.casefold())]
        if len(known) > 1 or (known and model.people[known[0]].active):
            raise Refused(Conflict)
        if not known:
            return model.assign(Door.DASHBOARD, label, role)
        model.open(Door.DASHBOARD, assigning=True)
        model.guard(known[0], role)
        return model.wake(known[0])

    @rule(n=NUMBERS, m=NUMBERS)
    def allow_return(self, n: int, m: int) -> None:
        """Let an inactive member come back by single sign-on."""
        by, role, _me = self.by(n)
        who = self.someone(m)

        def expect() -> Kinds:
            person = self.model.people[who]
            if self.model.scim:
                self.model.open(by.door, assigning=True)
            if not self.model.enforced or not self.model.jit:
                raise Refused(NotReady)
            self.model.guard(who, role)
            may = not person.active and not person.may_return
            person.may_return |= may
            return Counter({"member.return_allowed": int(may)})

        self.meet(expect, lambda: roster.allow_return(self.team, by, who))

    # ── Many at once ─────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(n=NUMBERS, verb=st.sampled_from([Verb.ASSIGN, Verb.UNASSIGN, Verb.ROLE]), role=ROLES)
    def errand(self, n: int, verb: Verb, role: Role) -> None:
        """Do something to everybody in one go; owners and oneself are left out."""
        by, _role, me = self.by(n)
        if by.member_id is None:
            return
        order = Order(verb, Choice(named=list(self.model.people)), role.value if verb is Verb.ROLE else "")

        def act() -> None:
            errand = errands.begin(self.team, by, order)
            while not errands.go_on(errand):
                pass

        self.meet(lambda: self._ran(verb, role, me), act)

    def _ran(self, verb: Verb, role: Role, me: UUID) -> Kinds:
        model = self.model
        if verb is not Verb.ROLE:
            model.open(Door.DASHBOARD, assigning=verb is Verb.ASSIGN)
        elif role is Role.OWNER:
            raise Refused(Invalid)
        others = [key for key, each in sorted(model.people.items()) if key != me and each.role is not Role.OWNER]
        kinds = Counter({"errand.started": 1})
        for who in others:
            kinds += self._done_to(verb, who, role)
        # However many find no seat, the journal says it once.
        kinds["act.refused"] = min(kinds["act.refused"], 1)
        return kinds

    def _done_to(self, verb: Verb, who: UUID, role: Role) -> Kinds:
        person = self.model.people[who]
        if verb is Verb.UNASSIGN:
            return self.model.end(who, Door.DASHBOARD)
        if verb is Verb.ROLE:
            return self._role_set(who, role, Role.ADMIN, None)
        if person.active or self.model.taken < self.model.seats:
            return self.model.wake(who)
        self.model.waiting.add(person.email.casefold())
        return Counter({"act.refused": 1})

    @rule(n=NUMBERS, people=st.lists(EMAILS, min_size=1, max_size=3, unique_by=str.casefold))
    def paste(self, n: int, people: list[str]) -> None:
        """Paste addresses, look them over and begin: a list never seats beyond the last seat, and evicts nobody."""
        page = self.page(n)
        if page is None or self.model.locked(Door.CSV, assigning=True):
            return
        browser, _role, _me = page
        read = make.press(browser, "/members/add/read/", self.team, people="\n".join(people))
        begin = f"{read['Location']}begin/"
        upload = Import.every_team.get(pk=read["Location"].rstrip("/").rpartition("/")[2])
        how = {"fit": "some", "mail": "on", "seal": looking.seal(upload)}
        self.meet_answer(lambda: self._pasted(people), lambda: make.press(browser, begin, self.team, **how))

    def _pasted(self, people: list[str]) -> Kinds:
        kinds, unseated = Counter[str](), set()
        for email in people:
            known = self.model.named(email)
            if not self._changes(email, known):
                continue
            if self.model.taken >= self.model.seats:
                unseated.add(email.casefold())
            else:
                kinds += self.model.wake(known[0]) if known else self.model.add(Person(email, email))
        if not kinds and not unseated:
            raise Refused(Invalid)
        self.model.waiting |= unseated
        return kinds + Counter({"act.refused": int(bool(unseated)), "import.started": 1, "import.finished": 1})

    def _changes(self, email: str, known: list[UUID]) -> bool:
        """Say whether a line of a list adds or wakes anybody."""
        if not known:
            return all(each.user_name.casefold() != email.casefold() for each in self.model.people.values())
        person = self.model.people[known[0]]
        return len(known) == 1 and not person.active and person.role is not Role.OWNER
