"""What turns the team itself: switches, seats bought, entitlements, domains, setup links, operators' commands."""

from collections import Counter
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from portal.teams import domains, plans, policy, seat_requests, seats, setup
from portal.teams.actor import Door, Role
from portal.teams.errors import Conflict, Invalid, LinkEnded, LinkTaken, Missing, NotEntitled, NotReady
from portal.teams.models import Domain, Scope
from scim import switch
from sso import connection
from tests import make
from tests.proof.floor import Floor
from tests.proof.model import Kinds, Person, Refused
from tests.proof.rules_people import EMAILS, NUMBERS


class SwitchRules(Floor):
    """The team's switches, by its own people and by operators."""

    def __init__(self) -> None:
        super().__init__()
        # Token, id, whether it was claimed, whether it was revoked.
        self.links: list[tuple[str, UUID, bool, bool]] = []
        self.vouched = False

    @initialize(stage=st.sampled_from(["plain", "sso", "enforced", "scim", "scim"]))
    def begin(self, stage: str) -> None:
        """Begin where walks would come too seldom: most of what is locked or pushed needs the switches on."""
        if stage != "plain":
            self.sso_on(0)
        if stage == "enforced":
            self.enforce(0, on=True)
        if stage == "scim":
            self.scim_on(0, command=False)

    # ── Single sign-on ───────────────────────────────────────────────────────────────────────────────────────────────
    @rule(n=NUMBERS)
    def sso_on(self, n: int) -> None:
        """Turn single sign-on on."""
        by, _role, _me = self.by(n, Role.OWNER)

        def expect() -> Kinds:
            if not self.model.may_sso:
                raise Refused(NotEntitled)
            was, self.model.sso = self.model.sso, True
            return Counter({"sso.turned_on": int(not was)})

        self.meet(expect, lambda: connection.turn_on(self.team, by))

    @rule(n=NUMBERS)
    def sso_off(self, n: int) -> None:
        """I5: never while SCIM is on or SSO enforced."""
        by, _role, _me = self.by(n, Role.OWNER)

        def expect() -> Kinds:
            if self.model.scim or self.model.enforced:
                raise Refused(NotReady)
            was, self.model.sso = self.model.sso, False
            return Counter({"sso.turned_off": int(was)})

        self.meet(expect, lambda: policy.turn_sso_off(self.team, by))

    @rule(n=NUMBERS, on=st.booleans())
    def enforce(self, n: int, on: bool) -> None:
        """Enforce, or relax."""
        by, _role, _me = self.by(n, Role.OWNER)

        def expect() -> Kinds:
            if on and not self.model.sso:
                raise Refused(NotReady)
            was, self.model.enforced = self.model.enforced, on
            return Counter({"sso.enforced" if on else "sso.relaxed": int(was != on)})

        self.meet(
            expect, lambda: policy.enforce(self.team, by) if on else policy.relax(self.team, by, "broken")
        )  # fmt: skip

    @rule(n=NUMBERS, on=st.booleans())
    def jit(self, n: int, on: bool) -> None:
        """Let first sign-ins add people, or not."""
        by, _role, _me = self.by(n)
        was, self.model.jit = self.model.jit, on
        self.meet(lambda: Counter({"jit.changed": int(was != on)}), lambda: policy.set_jit(self.team, by, on))

    # ── SCIM ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(n=NUMBERS, command=st.booleans())
    def scim_on(self, n: int, command: bool) -> None:
        """Hand the roster over: only while single sign-on is on."""
        by, _role, _me = (make.BY_OPERATOR, Role.OWNER, None) if command else self.by(n)

        def expect() -> Kinds:
            if self.model.scim:
                raise Refused(NotReady)
            if not self.model.may_scim:
                raise Refused(NotEntitled)
            if not self.model.sso:
                raise Refused(NotReady)
            self.model.scim = True
            return Counter({"scim.turned_on": 1, "scim_token.issued": 1})

        def act() -> None:
            self.model.tokens = [(switch.turn_on(self.team, by), False)]

        self.meet(expect, act)

    @rule(n=NUMBERS, command=st.booleans())
    def scim_off(self, n: int, command: bool) -> None:
        """Take the roster back: every token ends for good, nobody is removed."""
        by, _role, _me = self.by(n)
        if command:
            self.meet_command(self._scim_off, "disable_scim", "acme")
        else:
            self.meet(self._scim_off, lambda: switch.turn_off(self.team, by))

    def _scim_off(self) -> Kinds:
        was, self.model.scim = self.model.scim, False
        self.ended += [(text, True) for text, _ends in self.model.tokens]
        self.model.tokens = []
        return Counter({"scim.turned_off": int(was)})

    @rule(n=NUMBERS, on=st.booleans())
    def groups(self, n: int, on: bool) -> None:
        """Serve groups, or not."""
        by, _role, _me = self.by(n)
        was, self.model.groups_on = self.model.groups_on, on
        self.meet(
            lambda: Counter({"groups.turned_on" if on else "groups.turned_off": int(was != on)}),
            lambda: policy.serve_groups(self.team, by, on),
        )

    # ── What was bought ──────────────────────────────────────────────────────────────────────────────────────────────
    @rule(bought=st.integers(0, 8), command=st.booleans())
    def set_seats(self, bought: int, command: bool) -> None:
        """I1: fewer than are taken is refused, nobody is evicted."""

        def expect() -> Kinds:
            if bought < self.model.taken:
                raise Refused(Invalid)
            was, self.model.seats = self.model.seats, bought
            return Counter({"seats.resized": int(was != bought)})

        if command:
            self.meet_command(expect, "set_seats", "acme", str(bought))
        else:
            self.meet(expect, lambda: seats.resize(self.team, make.through(Door.OPERATOR), bought))

    @rule(n=NUMBERS, more=st.integers(0, 2))
    def ask_for_seats(self, n: int, more: int) -> None:
        """Ask for seats, one request at a time; nought takes it back."""
        by, _role, _me = self.by(n)

        def expect() -> Kinds:
            if bool(more) == bool(self.model.asked):
                raise Refused(Conflict if more else Missing)
            self.model.asked = more
            return Counter({"seat_request.made" if more else "seat_request.retracted": 1})

        self.meet(
            expect, lambda: seat_requests.ask(self.team, by, more) if more else seat_requests.retract(self.team, by)
        )

    @precondition(lambda self: self.model.asked)
    @rule(more=st.integers(0, 2))
    def answer_for_seats(self, more: int) -> None:
        """Grant the request, or decline it."""
        by = make.through(Door.OPERATOR)
        found = seat_requests.waiting(self.team)
        assert found is not None

        def expect() -> Kinds:
            self.model.asked = 0
            self.model.seats += more
            return Counter({"seat_request.granted": 1, "seats.resized": 1} if more else {"seat_request.declined": 1})

        self.meet(
            expect,
            lambda: (
                seat_requests.grant(self.team, by, found.pk, more)
                if more
                else seat_requests.decline(self.team, by, found.pk, "No.")
            ),
        )

    @rule(sso=st.booleans(), scim=st.booleans(), force=st.booleans())
    def entitle(self, sso: bool, scim: bool, force: bool) -> None:
        """What is in use is taken away only by force, which turns off SCIM, Enforce and SSO in that order."""

        def expect() -> Kinds:
            model, kinds = self.model, Counter[str]()
            if not force and ((model.scim and not scim) or (model.sso and not sso)):
                raise Refused(NotReady)
            if force and not (sso and scim):
                kinds += self._scim_off()
            if force and not sso:
                kinds += Counter({"sso.relaxed": int(model.enforced), "sso.turned_off": int(model.sso)})
                model.sso = model.enforced = False
            told = (model.may_sso, model.may_scim) != (sso, scim)
            model.may_sso, model.may_scim = sso, scim
            return kinds + Counter({"team.entitled": int(told)})

        self.meet(
            expect, lambda: plans.change(self.team, make.through(Door.OPERATOR), sso=sso, scim=scim, force=force)
        )  # fmt: skip

    @rule(email=EMAILS)
    def set_owner(self, email: str) -> None:
        """The way back in: an owner who may enter, under every lock, never beyond the last seat."""
        self.meet_command(lambda: self._crowned(email), "set_owner", "acme", email, "--reason", "locked out")

    def _crowned(self, email: str) -> Kinds:
        model = self.model
        hits = [key for key, each in model.people.items() if each.sign_in.casefold() == email.casefold()]
        if len(hits) > 1:
            raise Refused(Conflict)
        if not hits:
            if any(each.user_name.casefold() == email.casefold() for each in model.people.values()):
                raise Refused(Conflict)
            return model.add(Person(email, email, Role.OWNER)) + Counter({"owner.set": 1})
        model.wake_silently(hits[0])
        person = model.people[hits[0]]
        person.role, person.suspended, person.held, person.sign_in = Role.OWNER, False, False, email
        return Counter({"owner.set": 1})

    # ── Domains and setup links ──────────────────────────────────────────────────────────────────────────────────────
    @rule(on=st.booleans())
    def domain(self, on: bool) -> None:
        """Vouch for the team's domain, or take the word back."""
        by = make.through(Door.OPERATOR)
        row = Domain.every_team.filter(team=self.team).first()
        if on:
            self.meet(
                lambda: Counter({"domain.verified": int(not self.vouched)}),
                lambda: domains.vouch(self.team, by, "acme.test"),
            )
        elif row is not None:
            self.meet(lambda: Counter({"domain.removed": 1}), lambda: domains.remove(self.team, by, row.pk))
        self.vouched = on

    @rule(n=NUMBERS)
    def make_link(self, n: int) -> None:
        """A setup link for who runs the identity provider."""
        by, _role, _me = self.by(n)

        def expect() -> Kinds:
            if not self.model.may_scim:
                raise Refused(NotEntitled)
            return Counter({"setup_link.made": 1})

        made = self.meet(expect, lambda: setup.make(self.team, by, [Scope.SCIM], 24))
        if made is not None:
            self.links.append((made[0], made[1].pk, False, False))

    @precondition(lambda self: self.links)
    @rule(k=NUMBERS)
    def claim_link(self, k: int) -> None:
        """The first browser gets it, no second one, and nobody after its end."""
        token, key, claimed, revoked = self.links[k % len(self.links)]

        def expect() -> Kinds:
            if revoked or claimed:
                raise Refused(LinkEnded if revoked else LinkTaken)
            return Counter({"setup_link.opened": 1})

        self.meet(expect, lambda: setup.claim(token, address="10.0.0.1", browser="A browser"))
        self.links[k % len(self.links)] = (token, key, True, revoked)

    @precondition(lambda self: self.links)
    @rule(n=NUMBERS, k=NUMBERS)
    def revoke_link(self, n: int, k: int) -> None:
        """End a link at once."""
        by, _role, _me = self.by(n)
        token, key, claimed, revoked = self.links[k % len(self.links)]
        self.meet(lambda: Counter({"setup_link.revoked": int(not revoked)}), lambda: setup.revoke(self.team, by, key))
        self.links[k % len(self.links)] = (token, key, claimed, True)
