"""What an identity provider does: SCIM over HTTP, its tokens, groups, and people's first sign-ins."""

from collections import Counter
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from portal.teams import groups
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import AssignmentLocked, Forbidden, Missing, NotReady, Taken
from portal.teams.models import Group
from scim import tokens
from scim.models import ScimToken
from sso import connection, identity
from sso.attributes import Person as Arriving
from sso.denied import AccountOff, LinkNeeded, SeveralMembers
from tests.proof.floor import Floor
from tests.proof.model import Kinds, Person, Refused
from tests.proof.rules_people import EMAILS, NUMBERS
from tests.scim.idp import Answer, Idp

USER_NAMES = st.sampled_from(["ann", "ANN", "ben", "mia@acme.test", "eve"])
GROUPS = st.sampled_from(["Staff", "STAFF", "Sales"])
GIVEN = st.sampled_from([Role.MEMBER, Role.AUDITOR, Role.ADMIN])


class DirectoryRules(Floor):
    """SCIM and single sign-on, as they arrive from outside."""

    def idp(self, n: int) -> Idp:
        """The identity provider with one of the live tokens."""
        return Idp(self.model.tokens[n % len(self.model.tokens)][0])

    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, user_name=USER_NAMES, email=EMAILS, active=st.booleans())
    def push(self, n: int, user_name: str, email: str, active: bool) -> None:
        """POST /Users: somebody new, or the one with this e-mail whom SCIM never wrote."""
        body = {"userName": user_name, "emails": [{"value": email, "primary": True}], "active": active}
        self.meet_answer(lambda: self.model.provision(user_name, email, active), lambda: self.idp(n).post(body))

    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, m=NUMBERS, active=st.booleans(), put=st.booleans())
    def say_active(self, n: int, m: int, active: bool, put: bool) -> None:
        """PATCH active, on and off; in Entra's spelling too."""
        who = self.someone(m)
        value: Any = str(active) if put else active
        self.meet_answer(
            lambda: self.model.say_active(who, active), lambda: self.idp(n).active(f"/Users/{who}", value)
        )  # fmt: skip

    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, m=NUMBERS, name=USER_NAMES)
    def rename(self, n: int, m: int, name: str) -> None:
        """PATCH userName: in use is 409 in whatever case; the same again is no change."""
        who = self.someone(m)

        def expect() -> Kinds:
            self.model.free_name(name, but=who)
            person = self.model.people[who]
            told = person.user_name != name or not person.by_scim
            person.user_name, person.by_scim = name, True
            return Counter({"member.updated": int(told)})

        operation = {"op": "replace", "path": "userName", "value": name}
        self.meet_answer(expect, lambda: self.idp(n).patch(f"/Users/{who}", operation))

    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, m=NUMBERS)
    def erase(self, n: int, m: int) -> None:
        """DELETE a person: gone, and a second time 404."""
        who = self.someone(m)

        def expect() -> Kinds:
            self.model.keep_last_owner(who, Door.SCIM)
            self.model.forget(who)
            return Counter({"member.removed": 1})

        answer = self.meet_answer(expect, lambda: self.idp(n).delete(f"/Users/{who}"))
        if answer.status == 204:
            assert self.idp(n).get(f"/Users/{who}").status == 404

    # ── Groups ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, name=GROUPS, people=st.lists(NUMBERS, max_size=3))
    def push_group(self, n: int, name: str, people: list[int]) -> None:
        """POST /Groups: a name once, in whatever case."""
        inside = {self.someone(m) for m in people}

        def expect() -> Kinds:
            self._groups_on()
            if any(each[0].casefold() == name.casefold() for each in self.model.groups.values()):
                raise Refused(Taken)
            return Counter({"group.created": 1})

        body = {"displayName": name, "members": [{"value": str(who)} for who in inside]}
        self.before_the_model_knows(lambda: self.idp(n).send("POST", "/Groups", body), expect, (name, inside))

    def before_the_model_knows(self, ask: Any, expect: Any, pushed: tuple[str, set[UUID]]) -> None:
        """Push a group whose id is the database's to give."""

        def asked() -> Answer:
            answer: Answer = ask()
            if answer.status == 201:
                self.model.groups[UUID(answer.body["id"])] = (*pushed, Role.MEMBER)
            return answer

        self.meet_answer(expect, asked)

    def _groups_on(self) -> None:
        if not self.model.groups_on:
            raise Refused(Missing)

    @precondition(lambda self: self.model.tokens and self.model.groups)
    @rule(n=NUMBERS, g=NUMBERS, m=NUMBERS, op=st.sampled_from(["add", "remove"]))
    def fill_group(self, n: int, g: int, m: int, op: str) -> None:
        """PATCH a group's members: the same again is no change."""
        group, who = self._group(g), self.someone(m)

        def expect() -> Kinds:
            self._groups_on()
            inside = self.model.groups[group][1]
            if (who in inside) == (op == "add"):
                return Counter()
            (inside.add if op == "add" else inside.discard)(who)
            return Counter({"group.members_changed" if inside else "group.emptied": 1})

        operation: dict[str, Any] = {"op": op, "path": "members", "value": [{"value": str(who)}]}
        self.meet_answer(expect, lambda: self.idp(n).patch(f"/Groups/{group}", operation))

    def _group(self, g: int) -> UUID:
        return sorted(self.model.groups)[g % len(self.model.groups)]

    @precondition(lambda self: self.model.groups)
    @rule(n=NUMBERS, g=NUMBERS, by_hand=st.booleans())
    def drop_group(self, n: int, g: int, by_hand: bool) -> None:
        """Delete a group: the directory any, an owner by hand one that no directory keeps."""
        group = self._group(g)
        by, _role, _me = self.by(n, Role.OWNER)
        if not by_hand and self.model.tokens:
            self.meet_answer(lambda: self._dropped(group), lambda: self.idp(n).delete(f"/Groups/{group}"))
        else:
            self.meet(
                lambda: self._dropped(group, by_hand=True), lambda: groups.remove(self.team, by, group)
            )  # fmt: skip

    def _dropped(self, group: UUID, *, by_hand: bool = False) -> Kinds:
        model = self.model
        if by_hand and model.scim and model.groups_on and model.groups[group][1]:
            raise Refused(AssignmentLocked)
        if not by_hand:
            self._groups_on()
        del model.groups[group]
        return Counter({"group.removed": 1})

    @precondition(lambda self: self.model.groups)
    @rule(n=NUMBERS, g=NUMBERS, role=st.sampled_from(list(Role)))
    def let_group_give(self, n: int, g: int, role: Role) -> None:
        """Map a group to a role, up to admin."""
        by, _role, _me = self.by(n)
        group = self._group(g)

        def expect() -> Kinds:
            if role is Role.OWNER:
                raise Refused(Forbidden)
            name, inside, before = self.model.groups[group]
            self.model.groups[group] = (name, inside, role)
            return Counter({"group.role_set": int(before is not role)})

        self.meet(expect, lambda: groups.set_role(self.team, by, group, role))
        assert Group.every_team.get(pk=group).role != Role.OWNER

    # ── Tokens ───────────────────────────────────────────────────────────────────────────────────────────────────────
    @rule(n=NUMBERS, grace=st.sampled_from([0, 24]))
    def rotate(self, n: int, grace: int) -> None:
        """A new token; the old one works on for the grace, any still older one ends."""
        by, _role, _me = self.by(n)

        def expect() -> Kinds:
            if not self.model.scim:
                raise Refused(NotReady)
            return Counter({"scim_token.rotated": 1})

        def act() -> None:
            text = tokens.rotate(self.team, by, grace)
            now = self.model.tokens
            stays = [(each, True) for each, _ends in now[:1]] if grace else []
            self.ended += [(each, False) for each, _ends in now[len(stays) :]]
            self.model.tokens = [(text, False), *stays]

        self.meet(expect, act)

    @precondition(lambda self: self.model.tokens)
    @rule(n=NUMBERS, t=NUMBERS)
    def revoke(self, n: int, t: int) -> None:
        """End one token now."""
        by, _role, _me = self.by(n)
        text, _ends = self.model.tokens.pop(t % len(self.model.tokens))
        self.ended.append((text, False))
        row = next(row for row in ScimToken.every_team.filter(team=self.team) if row.hint.endswith(text[-4:]))
        self.meet(lambda: Counter({"scim_token.revoked": 1}), lambda: tokens.revoke(self.team, by, row.pk))

    @precondition(lambda self: self.ended)
    @rule(t=NUMBERS)
    def knock(self, t: int) -> None:
        """I20: an ended token opens nothing; one that ended with the switch is told so."""
        text, by_switch = self.ended[t % len(self.ended)]

        assert Idp(text).get("/Users").status == (403 if by_switch else 401)

    # ── Single sign-on ───────────────────────────────────────────────────────────────────────────────────────────────
    @precondition(lambda self: self.model.sso)
    @rule(email=EMAILS)
    def sign_in(self, email: str) -> None:
        """Finish a genuine sign-in: known, linked, added on a free seat, or refused."""
        email = email.lower()
        found = connection.of(self.team)
        by, arriving = Actor(Door.SSO, email), Arriving(email, email, "", "")
        self.meet(lambda: self._signed_in(email), lambda: identity.settle(found, arriving, by))

    def _signed_in(self, email: str) -> Kinds:
        model, who = self.model, self.model.linked.get(email)
        kinds = Counter[str]()
        if who is None:
            who = self._matched(email)
            if who is None:
                model.open(Door.SSO, assigning=True)
                kinds += model.add(Person(email, email))
                model.linked[email] = UUID(int=model.made)
                return kinds + Counter({"subject.linked": 1})
            kinds["subject.relinked" if who in model.linked.values() else "subject.linked"] += 1
        person = model.people[who]
        returns = person.may_return and model.enforced and not model.locked(Door.SSO, assigning=True)
        if not person.active and returns:
            if person.suspended or person.held:
                raise Refused(AccountOff)
            kinds += model.wake(who)
        if not person.enters:
            raise Refused(AccountOff)
        model.linked = {name: key for name, key in model.linked.items() if key != who} | {email: who}
        return kinds

    def _matched(self, email: str) -> UUID | None:
        people = self.model.people
        privileged = {key for key in people if self.model.role_in_sso(key) is not Role.MEMBER}
        found = [
            key
            for key, each in people.items()
            if email in (each.user_name.casefold(), each.email.casefold())
            or (key in privileged and each.sign_in.casefold() == email)
        ]
        if len(found) > 1:
            raise Refused(SeveralMembers)
        if not found:
            return None
        who = found[0]
        if who in privileged and (people[who].sign_in.casefold() != email or who in self.model.linked.values()):
            raise Refused(LinkNeeded)
        return who
