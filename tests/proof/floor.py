"""The floor the machine stands on: a team and its model side by side, and what every step must prove of both."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from io import StringIO
from typing import Any
from uuid import UUID

from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis.stateful import RuleBasedStateMachine

from portal.teams import founding, invariants
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import Refusal, Sort
from portal.teams.models import Member
from portal.teams.refused import BY_A_RULE
from sso import connection
from tests import make
from tests.api import product
from tests.proof import state
from tests.proof.model import NEVER, Kinds, Model, Person, Refused
from tests.scim.idp import Answer

SEATS = 5
SCIM_STATUS = {
    Sort.INVALID: 400,
    Sort.FORBIDDEN: 403,
    Sort.EXHAUSTED: 403,
    Sort.LOCKED: 403,
    Sort.NOT_READY: 403,
    Sort.CONFLICT: 409,
    Sort.MISSING: 404,
}
Expect = Callable[[], Kinds]


class Floor(RuleBasedStateMachine):
    """Team Acme with Olga, Adam and Mia on three of five seats, its identity provider drafted; undone at the end."""

    def __init__(self) -> None:
        super().__init__()
        self.undo = ExitStack()
        self.undo.enter_context(make.undone())
        self.team = founding.create(
            make.BY_OPERATOR, "acme", "Acme", bought=SEATS, owner="olga@acme.test", plan="enterprise", sso=True,
            scim=True,
        )  # fmt: skip
        self.model = Model(SEATS, {make.who(self.team, "olga").pk: Person("olga@acme.test", "olga@acme.test")})
        self.model.people[make.who(self.team, "olga").pk].role = Role.OWNER
        for name, role in (("adam", Role.ADMIN), ("mia", Role.MEMBER)):
            made = make.member(self.team, f"{name}@acme.test", role=role)
            self.model.people[made.pk] = Person(made.user_name, made.email, role)
        make.draft_idp(self.team)
        self.app = product.of(self.team)
        self.ended: list[tuple[str, bool]] = []
        self.lines = state.journal(self.team)

    def teardown(self) -> None:
        """Let the product compare itself, as `check_invariants` does, and undo everything."""
        try:
            found = [*invariants.check(make.fresh(self.team)), *invariants.check_house()]
            assert not found, found
        finally:
            self.undo.close()

    # ── Who acts, on whom ────────────────────────────────────────────────────────────────────────────────────────────
    def someone(self, n: int) -> UUID:
        """One of the team, by a number."""
        return sorted(self.model.people)[n % len(self.model.people)]

    def by(self, n: int, least: Role = Role.ADMIN) -> tuple[Actor, Role, UUID]:
        """One of those who may come in and reach the role, by their own; the operator where nobody is left."""
        able = [
            key for key, person in sorted(self.model.people.items()) if person.enters and person.role.reaches(least)
        ]
        if not able:
            return make.through(Door.OPERATOR), Role.OWNER, NEVER
        chosen = able[n % len(able)]
        return make.by(Member.of(self.team, chosen)), self.model.people[chosen].role, chosen

    def page(self, n: int) -> tuple[Client, Role, UUID] | None:
        """A browser signed in by single sign-on as one who may press buttons; none where it is off."""
        able = [key for key, person in sorted(self.model.people.items()) if person.enters]
        able = [key for key in able if self.model.role_in_sso(key).reaches(Role.ADMIN)]
        if not able or not self.model.sso:
            return None
        chosen = able[n % len(able)]
        browser = make.enter_by_sso(
            Client(), Member.of(self.team, chosen), connection_id=connection.of(self.team).pk
        )  # fmt: skip
        return browser, self.model.role_in_sso(chosen), chosen

    # ── What a step proves ───────────────────────────────────────────────────────────────────────────────────────────
    def meet(self, expect: Expect, act: Callable[[], Any]) -> Any:
        """Do an act past every door: what comes of it, or its refusal, is the model's; a refusal leaves no event."""
        kinds, refused = self._expected(expect)
        result = None
        try:
            result = act()
        except Refusal as refusal:
            assert refused and type(refusal) is refused.refusal, f"{refusal!r} where {refused!r} was to be met"
        else:
            assert refused is None, f"{refused!r} was to be met"
        self._prove(kinds)
        return result

    def meet_command(self, expect: Expect, *words: str) -> None:
        """Run an operator's command: a refusal is its error, and no event."""
        kinds, refused = self._expected(expect)
        try:
            call_command(*words, "--json", stdout=StringIO())
        except CommandError:
            assert refused is not None
        else:
            assert refused is None
        self._prove(kinds)

    def meet_answer(self, expect: Expect, ask: Callable[[], Any]) -> Any:
        """Ask at a door: a refusal by a rule leaves one event, and whoever finds no seat waits from then on."""
        kinds, refused = self._expected(expect)
        answer = ask()
        status = getattr(answer, "status", 0) or answer.status_code
        if refused is None:
            assert status < 400, answer
        else:
            assert 400 <= status < 500, f"{refused!r} was to be met, not {answer}"
            assert not isinstance(answer, Answer) or status == SCIM_STATUS[refused.refusal.sort], answer
            kinds += Counter({"act.refused": int(refused.refusal.sort in BY_A_RULE)})
            self.model.waiting |= {name.casefold() for name in refused.waits}
        self._prove(kinds)
        return answer

    def _expected(self, expect: Expect) -> tuple[Kinds, Refused | None]:
        try:
            return expect(), None
        except Refused as refused:
            return refused.kinds, refused

    def _prove(self, kinds: Kinds) -> None:
        """I8: exactly these events and no other; I21: those from before stand as they were, numbered without a gap."""
        lines = state.journal(self.team)
        assert lines[: len(self.lines)] == self.lines, "I21"
        assert [line[0] for line in lines] == list(range(1, len(lines) + 1)), "I21"
        told = Counter(line[1] for line in lines[len(self.lines) :])
        assert told == +kinds, f"I8: {told} where {kinds} was to be told"
        self.lines = lines
        self._name_the_new()
        found = state.differences(self.team, self.model)
        assert not found, found
        state.must_hold(self.team)

    def _name_the_new(self) -> None:
        for key in [key for key in self.model.people if 0 < key.int <= self.model.made]:
            person = self.model.people.pop(key)
            found = Member.every_team.get(team=self.team, user_name=person.user_name).pk
            self.model.people[found] = person
            linked = self.model.linked
            self.model.linked = {name: found if who == key else who for name, who in linked.items()}
        self.model.made = 0
