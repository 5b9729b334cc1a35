"""The practice IdP's people and groups, and the buttons that push them."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.demo import groups, provisioning
from portal.demo.dialects import speaking
from portal.demo.site_frame import SIGNED_IN, done, latest, show
from portal.demo.state import Group, Person, State, opened, read
from portal.demo.wire import Outcome

LONGEST_NAME = 100


@require_GET
def directory(request: HttpRequest) -> HttpResponse:
    """Show the people, and how they stand at the application."""
    state = read()
    dialect = speaking(state.dialect)
    people = [(person, dialect.user_name(person)) for person in state.people]
    return show(request, "directory", state, people=people, waiting=state.unpushed(), exchanges=latest(state, "scim"))


@require_POST
def push_some(request: HttpRequest, count: int) -> HttpResponse:
    """Push the next people who are not at the application yet."""
    with opened() as state:
        outcome = provisioning.push_some(state, count)
    return done(request, "directory", outcome)


@require_POST
def over_push(request: HttpRequest) -> HttpResponse:
    """Push everybody until one is refused."""
    with opened() as state:
        outcome = provisioning.over_push(state)
    return done(request, "directory", outcome)


def _with_person(request: HttpRequest, act: Callable[[State, Person], Outcome]) -> HttpResponse:
    with opened() as state:
        person = state.person(request.POST.get("user_name", ""))
        outcome = act(state, person) if person else Outcome(False, _("There is nobody by that name."))
    return done(request, "directory", outcome)


@require_POST
def push(request: HttpRequest) -> HttpResponse:
    """Push one person."""
    return _with_person(request, provisioning.push)


@require_POST
def activate(request: HttpRequest) -> HttpResponse:
    """Activate one person."""
    return _with_person(request, lambda state, person: provisioning.set_active(state, person, True))


@require_POST
def deactivate(request: HttpRequest) -> HttpResponse:
    """Deactivate one person."""
    return _with_person(request, lambda state, person: provisioning.set_active(state, person, False))


@require_POST
def delete(request: HttpRequest) -> HttpResponse:
    """Delete one person at the application."""
    return _with_person(request, provisioning.delete)


@require_POST
def rename(request: HttpRequest) -> HttpResponse:
    """Change one person's family name."""
    name = request.POST.get("family_name", "").strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        return done(request, "directory", Outcome(False, _("Give a family name of at most 100 characters.")))
    return _with_person(request, lambda state, person: provisioning.rename(state, person, name))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out here; sessions at applications stay."""
    response = done(request, "directory", Outcome(True, _("Signed out here. Sessions at applications stay.")))
    response.delete_cookie(SIGNED_IN)
    return response


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
def show_groups(request: HttpRequest) -> HttpResponse:
    """Show the groups and who is in them; asks the application once whether it serves groups."""
    state = read()
    if state.serves_groups is None and state.scim_url:
        with opened() as state:
            provisioning.ask_for_groups(state)
    rows = [(group, _sides(state, group)) for group in state.groups]
    return show(request, "groups", state, rows=rows, exchanges=latest(state, "scim"))


def _sides(state: State, group: Group) -> dict[str, list[Person]]:
    inside = [person for person in state.people if person.user_name in group.members]
    return {"members": inside, "others": [person for person in state.people if person not in inside]}


@require_POST
def ask_for_groups(request: HttpRequest) -> HttpResponse:
    """Ask the application anew whether it serves groups."""
    with opened() as state:
        outcome = provisioning.ask_for_groups(state)
    return done(request, "groups", outcome)


def _with_group(request: HttpRequest, act: Callable[[State, Group], Outcome]) -> HttpResponse:
    with opened() as state:
        group = state.group(request.POST.get("group", ""))
        outcome = act(state, group) if group else Outcome(False, _("There is no group by that name."))
    return done(request, "groups", outcome)


@require_POST
def push_group(request: HttpRequest) -> HttpResponse:
    """Push a group with its members."""
    return _with_group(request, groups.push)


@require_POST
def detach_group(request: HttpRequest) -> HttpResponse:
    """Detach a group from the application."""
    return _with_group(request, groups.detach)


@require_POST
def join(request: HttpRequest) -> HttpResponse:
    """Put a person into a group."""
    return _change_membership(request, joins=True)


@require_POST
def part(request: HttpRequest) -> HttpResponse:
    """Take a person out of a group."""
    return _change_membership(request, joins=False)


def _change_membership(request: HttpRequest, joins: bool) -> HttpResponse:
    def change(state: State, group: Group) -> Outcome:
        person = state.person(request.POST.get("user_name", ""))
        if person is None:
            return Outcome(False, _("There is nobody by that name."))
        group.members = [each for each in group.members if each != person.user_name]
        group.members += [person.user_name] if joins else []
        if group.scim_id:
            return groups.push(state, group)
        return Outcome(True, _("%(name)s was changed here; push it to send it.") % {"name": group.name})

    return _with_group(request, change)
