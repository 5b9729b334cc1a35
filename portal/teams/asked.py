"""What the address of a list asks for, read so that nonsense asks for nothing; and where an older page begins."""

from collections.abc import Container, Mapping
from datetime import timedelta
from typing import TypeVar
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

Row = TypeVar("Row", bound=Model)
# Nobody's name or address has more characters.
LONGEST = 320
# How far back a log is looked at, by the hours.
SPANS = {"1": _("Last hour"), "24": _("Last 24 hours"), "168": _("Last 7 days")}


def words(query: Mapping[str, str], name: str, longest: int = LONGEST) -> str:
    """Read a text. PostgreSQL takes no NUL in one."""
    return query.get(name, "").replace("\x00", "").strip()[:longest]


def one_of(query: Mapping[str, str], name: str, known: Container[str]) -> str:
    """Read a choice; what is not known is none."""
    chosen = query.get(name, "")
    return chosen if chosen in known else ""


def carried(filters: object) -> str:
    """Write the filters of a look back into an address, without those that ask for nothing."""
    return urlencode({name: value for name, value in vars(filters).items() if value})


def within(rows: "QuerySet[Row]", hours: str) -> "QuerySet[Row]":
    """Keep the rows of the last hours; of all time where none are named."""
    return rows.filter(at__gt=timezone.now() - timedelta(hours=int(hours))) if hours else rows


def older(rows: "QuerySet[Row]", than: str) -> "QuerySet[Row]":
    """Go on after this row, newest first by `at` and `id`; an id that is none of these begins at the newest."""
    try:
        last = rows.filter(pk=UUID(than)).values_list("at", "pk").first()
    except ValueError:
        last = None
    return rows if last is None else rows.filter(Q(at__lt=last[0]) | Q(at=last[0], pk__lt=last[1]))
