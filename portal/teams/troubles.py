"""What may be wrong with a team, as conditions on its row: the operators' list asks them of fifty teams at once."""

from django.db.models import Exists, OuterRef, Subquery
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy

from portal.teams.models import Domain, Member, Seat, Waiting
from portal.teams.registry import Trouble

TEAM = OuterRef("pk")


def _held() -> Exists:
    return Exists(Member.every_team.filter(team=TEAM, held_at__isnull=False))


def _waiting() -> Exists:
    return Exists(Waiting.every_team.filter(team=TEAM))


def _full() -> IsNull:
    # By its order SQLite finds the index of free seats; asked whether one exists, it walks every free seat there is.
    free = Seat.every_team.filter(team=TEAM, member=None).order_by("number").values("pk")[:1]
    return IsNull(Subquery(free), True)


def _domain() -> Exists:
    return Exists(Domain.every_team.filter(team=TEAM, missing_since__isnull=False))


TROUBLES = [
    Trouble("held", "bad", gettext_lazy("Last owner held"), _held),
    Trouble("waiting", "bad", gettext_lazy("People wait for a seat"), _waiting),
    Trouble("full", "warn", gettext_lazy("No seat free"), _full),
    Trouble("domain", "warn", gettext_lazy("Domain record gone"), _domain),
]
