"""Teams as the operators' list shows them: found, filtered, sorted, and how each is; the number of queries stays."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Count, F, FloatField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from portal.teams.actor import Role
from portal.teams.errors import Missing
from portal.teams.folding import fold, fold_address
from portal.teams.models import Domain, Member, Plan, Seat, SeatRequest, Team
from portal.teams.registry import Trouble, registry
from portal.teams.seats import Tally

PLANS = dict(Plan.choices)
SSO = {
    "on": gettext_lazy("SSO on"),
    "enforced": gettext_lazy("SSO enforced"),
    "off": gettext_lazy("SSO off"),
}
SCIM = {"on": gettext_lazy("SCIM on"), "off": gettext_lazy("SCIM off")}
WITH_SSO = {"on": Q(sso_on=True), "enforced": Q(sso_enforced=True), "off": Q(sso_on=False)}
WITH_SCIM = {"on": Q(scim_on=True), "off": Q(scim_on=False)}
SORTS = {
    "": gettext_lazy("By name"),
    "newest": gettext_lazy("Newest first"),
    "seats": gettext_lazy("Most seats first"),
    "used": gettext_lazy("Fullest first"),
}
FULL, ANY = "full", "any"
MOST_WORDS = 8
FILTERS = ("q", "plan", "sso", "scim", "trouble", "used")


@dataclass(frozen=True)
class Row:
    """One team of the list: its seats, and what is wrong with it."""

    team: Team
    tally: Tally
    troubles: list[Trouble] = field(default_factory=list)
    asks: bool = False


def every() -> "QuerySet[Team]":
    """Every open team."""
    return Team.every_team.filter(closed_at=None)


def closed() -> "QuerySet[Team]":
    """Every team that was deleted and whose row is kept with its journal, the latest first."""
    return Team.every_team.exclude(closed_at=None).order_by("-closed_at", "pk")


def of_slug(slug: str) -> Team:
    """Return the open team with this slug."""
    team = every().filter(slug=slug).first()
    if team is None:
        raise Missing
    return team


def search(asked: QueryDict) -> "QuerySet[Team]":
    """Find teams by name, slug, domain or owner's e-mail, and by the filters; unknown ones are ignored."""
    teams = every().filter(Q(plan=asked["plan"]) if asked.get("plan") in PLANS else Q())
    teams = teams.filter(WITH_SSO.get(asked.get("sso", ""), Q()), WITH_SCIM.get(asked.get("scim", ""), Q()))
    for word in fold(asked.get("q", "").replace("\x00", "")).split()[:MOST_WORDS]:
        teams = teams.filter(_named(word))
    chosen = [t for t in registry.troubles if asked.get("trouble") in (t.name, ANY)]
    if chosen:
        teams = teams.filter(reduce(or_, (Q(trouble.when()) for trouble in chosen)))
    if asked.get("used") == FULL:
        teams = _full(teams)
    return _sorted(teams, asked.get("sort", ""))


def _named(word: str) -> Q:
    owners = Member.every_team.filter(role=Role.OWNER, sign_in_email_key__startswith=fold_address(word))
    domains = Domain.every_team.filter(name__startswith=word)
    mine = Q(pk__in=owners.values("team")) | Q(pk__in=domains.values("team"))
    return Q(name_key__contains=word) | Q(slug__contains=word) | mine


def _full(teams: "QuerySet[Any]") -> "QuerySet[Any]":
    return _counted(teams).filter(bought__lt=F("assigned") * 10.0 / 9.0)


def _counted(teams: "QuerySet[Team]") -> "QuerySet[Any]":
    every_seat = Seat.every_team.filter(team=OuterRef("pk")).order_by().values("team")
    bought = every_seat.annotate(n=Count("pk")).values("n")
    assigned = every_seat.annotate(n=Count("member")).values("n")
    return teams.annotate(bought=Coalesce(Subquery(bought), 0), assigned=Coalesce(Subquery(assigned), 0))


def _sorted(teams: "QuerySet[Any]", by: str) -> "QuerySet[Team]":
    if by == "seats":
        return _counted(teams).order_by("-bought", "pk")
    if by == "used":
        share = Cast(F("assigned"), FloatField()) / (Cast(F("bought"), FloatField()) + 0.001)
        return _counted(teams).order_by((share).desc(), "pk")
    return teams.order_by("-created_at", "-pk") if by == "newest" else teams.order_by("name_key", "pk")


def rows(teams: Iterable[Team]) -> list[Row]:
    """Say of the teams of one page how they are: three queries, however many teams."""
    shown = list(teams)
    ids = [team.pk for team in shown]
    counts = Seat.every_team.filter(team__in=ids).order_by().values("team")
    counted = counts.annotate(bought=Count("pk"), assigned=Count("member"))
    tallies = {row["team"]: Tally(row["bought"], row["assigned"]) for row in counted}
    asking = set(SeatRequest.every_team.filter(team__in=ids, answer="").values_list("team", flat=True))
    ill = troubles(Team.every_team.filter(pk__in=ids))
    return [Row(team, tallies.get(team.pk, Tally(0, 0)), ill.get(team.pk, []), team.pk in asking) for team in shown]


def troubles(teams: "QuerySet[Team]") -> dict[Any, list[Trouble]]:
    """Say what is wrong with each of these teams, in one query."""
    conditions: dict[str, Any] = {f"trouble_{trouble.name}": trouble.when() for trouble in registry.troubles}
    found = teams.order_by().annotate(**conditions).values("pk", *conditions)
    return {row["pk"]: [t for t in registry.troubles if row[f"trouble_{t.name}"]] for row in found}
