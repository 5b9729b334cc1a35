"""Stages for acts: what must be there before, each made through the acts."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from portal.teams import domains, refused, rescue, roster, seat_requests, seats, setup
from portal.teams.actor import Door
from portal.teams.errands import Order, Verb
from portal.teams.errors import NoSeatsLeft
from portal.teams.finding import Choice
from portal.teams.models import Domain, Entry, Scope, Team
from scim import switch, tokens
from tests import make

Deed = Callable[[], Any]
Prepare = Callable[[Team], Deed]


def olga(team: Team) -> Any:
    """The owner as who acts."""
    return make.by(make.who(team, "olga"))


def vendor() -> Any:
    """The vendor's operator as who acts."""
    return make.through(Door.OPERATOR)


def gone(team: Team) -> Any:
    """Mia without a seat."""
    return roster.unassign(team, olga(team), make.who(team, "mia").pk)


def full(team: Team) -> Team:
    """No seat is free, and Nia waits for one."""
    seats.resize(team, vendor(), 3)
    refused.record(team, olga(team), NoSeatsLeft("Acme", 3), "nia@acme.test")
    return team


def waits(team: Team) -> Any:
    """Somebody who waits while a seat is free."""
    full(team)
    seats.resize(team, vendor(), 4)
    return team.waiting.get()


def inside(team: Team, name: str = "mia") -> Any:
    """A session of one of the cast, entered by code."""
    member = make.who(team, name)
    return Entry.every_team.create(
        team=team, member=member, door=Door.CODE, made_at=timezone.now(), proved_at=timezone.now(),
        last_seen=timezone.now(), expires_at=timezone.now() + timedelta(hours=8),
    )  # fmt: skip


def seen(team: Team, **fields: Any) -> Domain:
    """A claimed domain whose record was seen just now."""
    row = domains.claim(team, olga(team), "acme.test")
    row.seen_at = timezone.now()
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()
    return row


def proved(team: Team, **fields: Any) -> Domain:
    """A domain proved by its record."""
    row = domains.verify(team, olga(team), seen(team).pk)
    Domain.every_team.filter(pk=row.pk).update(**fields)
    return row


def linked(team: Team, scope: Scope = Scope.SCIM) -> Any:
    """A setup link."""
    return setup.make(team, olga(team), [scope], 24)[1]


def drafted(team: Team) -> tuple[Any, Any]:
    """A link and its draft."""
    link = linked(team)
    return link, setup.draft(team, setup.actor(link), link.pk, Scope.SCIM, {})


def proposed(team: Team) -> tuple[Any, Any]:
    """A link and its proposed draft, SSO on so that it can be confirmed."""
    make.sso_on(team)
    link, draft = drafted(team)
    setup.propose(team, setup.actor(link), link.pk, draft.pk)
    return link, draft


def everybody(team: Team, verb: Verb = Verb.SIGN_OUT) -> Order:
    """The same for all."""
    return Order(verb, Choice(named=list(team.members.values_list("pk", flat=True))))


def on(team: Team) -> str:
    """SCIM on, with a token."""
    make.sso_on(team)
    return switch.turn_on(team, olga(team))


def token(team: Team) -> Any:
    """The row of the live token."""
    on(team)
    return tokens.live(team)[0]


def with_codes(team: Team) -> Any:
    """Olga's first rescue code, as a row."""
    rescue.make(team, olga(team))
    return make.who(team, "olga").rescue_codes.first()


def asked(team: Team) -> Any:
    """A request for seats that waits."""
    return seat_requests.ask(team, olga(team), 2)


def a(work: Any, *args: Any, by: Any = olga, **kwargs: Any) -> Prepare:
    """Do an act as Olga with these words; a callable among them is asked on the stage."""

    def prepare(team: Team) -> Deed:
        given = [each(team) if callable(each) and not isinstance(each, type) else each for each in args]
        actor = by(team) if callable(by) else by
        return lambda: work(team, actor, *given, **kwargs)

    return prepare


def pk(stage: Callable[[Team], Any]) -> Callable[[Team], Any]:
    """The id of what a stage made."""
    return lambda team: stage(team).pk


def who(name: str) -> Callable[[Team], Any]:
    """The id of one of the cast."""
    return lambda team: make.who(team, name).pk
