"""What the practice IdP does to people at the application: test, push, update, deactivate, delete, import."""

from uuid import uuid4

from django.utils.translation import gettext as _

from portal.demo.dialects import Call, Document
from portal.demo.dialects.call import GROUP
from portal.demo.state import Imported, Person, State
from portal.demo.wire import Outcome, Reply, Wire

TEST_USER = "practice-test"
MOST_PAGES = 50


# ── The connection ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_connection(state: State) -> Outcome:
    """Do what the identity provider's Test button does."""
    wire = Wire(state, _("Test connection"))
    asked = _ask_for_groups(wire)
    if asked.problem:
        return Outcome(False, asked.problem)
    calls = wire.dialect.probes(bool(state.serves_groups), str(uuid4()))
    problem = next((reply.problem for reply in map(wire.send, calls) if reply.problem), "")
    if not problem and wire.dialect.makes_test_user:
        problem = _make_and_remove(wire)
    if problem:
        return Outcome(False, problem)
    groups = _("Groups are served.") if state.serves_groups else _("Groups are not served by this application.")
    return Outcome(True, f"{_('The connection works.')} {groups}")


def ask_for_groups(state: State) -> Outcome:
    """Ask discovery whether the application serves groups, and remember it."""
    asked = _ask_for_groups(Wire(state, _("Ask what is served")))
    if asked.problem:
        return Outcome(False, asked.problem)
    words = _("Groups are served.") if state.serves_groups else _("Groups are not served by this application.")
    return Outcome(True, words)


def _ask_for_groups(wire: Wire) -> Reply:
    reply = wire.send(Call("GET", "/ResourceTypes"))
    if not reply.problem:
        listed = reply.document.get("Resources")
        names = [each.get("name") for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
        wire.state.serves_groups = "Group" in names
    return reply


def _make_and_remove(wire: Wire) -> str:
    """JumpCloud makes a test user (and a test group) and deletes both; a user it can't delete it deactivates."""
    domain = wire.state.people[0].email.partition("@")[2]
    person = Person(f"{TEST_USER}@{domain}", f"{TEST_USER}@{domain}", "Test", "User")
    problem, _found = _look_up(wire, person)
    made = wire.send(wire.dialect.create(person)) if not problem else None
    if made is None or made.problem or not made.id:
        return problem or (made.problem if made else "") or _("The new user came back without an id.")
    if wire.state.serves_groups:
        group = wire.send(Call("POST", "/Groups", {"schemas": [GROUP], "displayName": TEST_USER, "members": []}))
        removed = wire.send(Call("DELETE", f"/Groups/{group.id}")) if group.id else group
        problem = group.problem or removed.problem
    gone = wire.send(Call("DELETE", f"/Users/{made.id}"))
    if gone.problem:
        wire.send(wire.dialect.activation(made.id, False))
    return problem or gone.problem


# ── One person ───────────────────────────────────────────────────────────────────────────────────────────────────────
def push(state: State, person: Person, act: str = "") -> Outcome:
    """Find the person at the application, then create or update them."""
    wire = Wire(state, act or _("Push %(who)s") % {"who": person.label})
    problem, found = _find(wire, person)
    if problem:
        return Outcome(False, problem)
    reply = wire.send(wire.dialect.update(person, found) if found else wire.dialect.create(person))
    if found and reply.status == 404:
        reply, found = wire.send(wire.dialect.create(person)), None
    if reply.problem:
        return Outcome(False, reply.problem)
    if not found and not reply.id:
        return Outcome(False, _("The new user came back without an id."))
    person.scim_id = str(found["id"]) if found else reply.id
    words = _("%(who)s was updated.") if found else _("%(who)s was created.")
    return Outcome(True, words % {"who": person.label})


def _find(wire: Wire, person: Person) -> tuple[str, Document | None]:
    if person.scim_id and wire.dialect.reads_first:
        read = wire.send(Call("GET", f"/Users/{person.scim_id}"))
        if read.status != 404:
            return read.problem, read.document if read.id else None
        person.scim_id = ""
    problem, found = _look_up(wire, person)
    # Pushed in another dialect, under another userName: the directory still knows the id.
    return problem, found or ({"id": person.scim_id} if person.scim_id else None)


def _look_up(wire: Wire, person: Person) -> tuple[str, Document | None]:
    for call in wire.dialect.look_ups(person):
        reply = wire.send(call)
        if reply.problem or reply.hits:
            return reply.problem, next(iter(reply.hits), None)
    return "", None


def rename(state: State, person: Person, family_name: str) -> Outcome:
    """Change the family name in the directory, and at the application where the person is pushed."""
    person.family_name = family_name
    if not person.scim_id:
        return Outcome(True, _("%(who)s was changed here; push them to send it.") % {"who": person.label})
    return push(state, person, _("Update %(who)s") % {"who": person.label})


def set_active(state: State, person: Person, active: bool) -> Outcome:
    """Deactivate or reactivate the person."""
    act = _("Activate %(who)s") if active else _("Deactivate %(who)s")
    wire = Wire(state, act % {"who": person.label})
    if not person.scim_id:
        return Outcome(False, _("Push %(who)s first.") % {"who": person.label})
    reply = wire.send(wire.dialect.activation(person.scim_id, active))
    if reply.problem:
        return _lost(person, reply)
    person.active = active
    words = _("%(who)s was activated.") if active else _("%(who)s was deactivated.")
    return Outcome(True, words % {"who": person.label})


def delete(state: State, person: Person) -> Outcome:
    """Delete the person at the application; they stay in the directory."""
    wire = Wire(state, _("Delete %(who)s") % {"who": person.label})
    calls = wire.dialect.delete(person.scim_id) if person.scim_id else []
    if not calls:
        return Outcome(False, str(wire.dialect.no_delete) or _("Push %(who)s first.") % {"who": person.label})
    for call in calls:
        reply = wire.send(call)
        if reply.problem and reply.status != 404:
            return Outcome(False, reply.problem)
    _forget(state, person)
    return Outcome(True, _("%(who)s was deleted at the application.") % {"who": person.label})


def _lost(person: Person, reply: Reply) -> Outcome:
    if reply.status == 404:
        person.scim_id = ""
    return Outcome(False, reply.problem)


def _forget(state: State, person: Person) -> None:
    for group in state.groups:
        group.sent = [each for each in group.sent if each != person.scim_id]
    person.scim_id, person.active = "", True


# ── Everybody ────────────────────────────────────────────────────────────────────────────────────────────────────────
def push_some(state: State, count: int) -> Outcome:
    """Push the next people who are not at the application yet, until one is refused."""
    pushed: list[str] = []
    for person in state.unpushed()[:count]:
        outcome = push(state, person)
        if not outcome.ok:
            words = _("%(who)s: %(why)s") % {"who": person.label, "why": outcome.words}
            return Outcome(False, f"{_came(pushed)} {words}".strip())
        pushed.append(person.label)
    return Outcome(True, _came(pushed) or _("Everybody is pushed already."))


def over_push(state: State) -> Outcome:
    """Push everybody until the application refuses one."""
    if not state.unpushed():
        return Outcome(True, _("Everybody is pushed already. Delete somebody, or take seats away, then try again."))
    outcome = push_some(state, len(state.people))
    return outcome if not outcome.ok else Outcome(True, f"{outcome.words} {_('Nobody was refused: there was room.')}")


def _came(pushed: list[str]) -> str:
    return _("Pushed: %(people)s.") % {"people": ", ".join(pushed)} if pushed else ""


def import_people(state: State) -> Outcome:
    """List everybody at the application, page by page."""
    wire = Wire(state, _("Import"))
    people: list[Document] = []
    pages = total = 0
    if not wire.dialect.page_size:
        return Outcome(False, str(wire.dialect.no_import))
    while pages < MOST_PAGES:
        reply = wire.send(wire.dialect.page(1 + len(people)))
        if reply.problem:
            return Outcome(False, reply.problem)
        pages, total = pages + 1, _number(reply.document.get("totalResults"))
        people += [
            {"user_name": str(each.get("userName")), "active": each.get("active") is not False} for each in reply.hits
        ]
        if not reply.hits or len(people) >= total:
            break
    state.imported = Imported(pages, total, people)
    away = sum(not each["active"] for each in people)
    words = _("%(came)s of %(total)s people came, page by page; %(away)s of them inactive.")
    return Outcome(len(people) == total, words % {"came": len(people), "total": total, "away": away})


def _number(given: object) -> int:
    return given if isinstance(given, int) else 0
