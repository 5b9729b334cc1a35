"""In which order people are listed, and pages that stay quick however deep: each goes on from a person, not a number.

An order is made of stretches (who never signed in, then who did): inside one the keys say who comes next, and each
stretch is read from an index.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext_lazy

from portal.teams.actor import Role
from portal.teams.models import Member, Team


@dataclass(frozen=True)
class Stretch:
    """A part of an order: who stands in it, and by which keys; the last key tells any two apart."""

    keys: tuple[str, ...] = ("pk",)
    where: Q = field(default_factory=Q)
    holds: Callable[[Member], bool] = lambda member: True


def _of_role(role: Role) -> Stretch:
    return Stretch(("label_key", "pk"), Q(role=role), lambda member: member.role == role)


SORTS: dict[str, tuple[Stretch, ...]] = {
    "name": (Stretch(("label_key", "pk")),),
    "email": (Stretch(("email_key", "pk")),),
    "role": tuple(_of_role(role) for role in reversed(Role)),
    "sign_in": (
        Stretch(where=Q(last_sign_in=None), holds=lambda member: member.last_sign_in is None),
        Stretch(("last_sign_in", "pk"), ~Q(last_sign_in=None), lambda member: member.last_sign_in is not None),
    ),
    # Whoever is active has a seat, so the seats lead. Their team is named: it is what their index begins with.
    "seat": (
        Stretch(where=Q(active=False), holds=lambda member: not member.active),
        Stretch(
            ("seat__since", "seat__pk"), Q(active=True, seat__team=F("team")), lambda member: hasattr(member, "seat")
        ),
    ),
}
WORDS = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail"),
    "role": gettext_lazy("Role"),
    "sign_in": gettext_lazy("Last sign-in"),
    "seat": gettext_lazy("Seat since"),
}


@dataclass(frozen=True)
class Page:
    """Some people of a list, and whom the pages before and after it go on from."""

    people: list[Member]
    before: UUID | None = None
    after: UUID | None = None


def page(team: Team, people: "QuerySet[Member]", sort: str, asked: dict[str, str], size: int) -> Page:
    """Return the page that `after` or `before` names a person of; the first one where that person is gone."""
    stretches, down = SORTS[sort.removeprefix("-")], sort.startswith("-")
    backwards = not asked.get("after") and bool(asked.get("before"))
    start = _person(team, asked.get("before" if backwards else "after", ""))
    backwards = backwards and start is not None
    # One more than is shown tells whether there is more.
    found = _walk(people, stretches, down is not backwards, start, size + 1)
    more, found = len(found) > size, found[:size]
    if backwards:
        found.reverse()
    if not found:
        return Page([])
    has_before, has_after = (more, True) if backwards else (start is not None, more)
    return Page(found, found[0].pk if has_before else None, found[-1].pk if has_after else None)


def walk(people: "QuerySet[Member]", sort: str, start: Member | None, size: int) -> list[Member]:
    """Return so many people of an order, from its beginning or after one of them."""
    return _walk(people, SORTS[sort.removeprefix("-")], sort.startswith("-"), start, size)


def _person(team: Team, text: str) -> Member | None:
    try:
        return team.members.select_related("seat").filter(pk=UUID(text)).first()
    except ValueError:
        return None


def _walk(
    people: "QuerySet[Member]", stretches: Iterable[Stretch], down: bool, start: Member | None, size: int
) -> list[Member]:
    found: list[Member] = []
    for stretch in reversed(list(stretches)) if down else stretches:
        part = people.filter(stretch.where)
        if start is not None:
            if not stretch.holds(start):
                continue
            part, start = part.filter(_beyond(start, stretch.keys, down)), None
        found += part.order_by(*(f"-{key}" if down else key for key in stretch.keys))[: size - len(found)]
        if len(found) == size:
            break
    return found


def _beyond(start: Member, keys: tuple[str, ...], down: bool) -> Q:
    """Say in SQL that somebody stands after this person; the plain bound on the first key leads into its index."""
    further, rest = "lt" if down else "gt", Q()
    for key in reversed(keys):
        value = reduce(getattr, key.split("__"), start)
        rest = Q(**{f"{key}__{further}": value}) | (Q(**{key: value}) & rest if rest else Q())
    bound = {f"{keys[0]}__{further}e": reduce(getattr, keys[0].split("__"), start)}
    return Q(rest, **bound)
