"""What a team is told about its API keys: one that is used ends within a week, and once more on its last day."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.api import keys
from portal.api.models import ApiKey
from portal.teams.models import Notice, Team, Tone
from portal.teams.registry import Cause, NoticeKind, Said
from portal.teams.time_zone import moment

if TYPE_CHECKING:
    from django.db.models import QuerySet

SOON, LAST, IN_USE = timedelta(days=7), timedelta(days=1), timedelta(days=30)


def _in_use(rows: "QuerySet[ApiKey]") -> "QuerySet[ApiKey]":
    """Those that end soon and that something still calls with: of a forgotten one nobody need hear."""
    now = timezone.now()
    return rows.filter(expires_at__gt=now, expires_at__lte=now + SOON, revoked_at=None, last_used_at__gt=now - IN_USE)


def _ending(team: Team) -> Iterator[Cause]:
    for key in _in_use(keys.live(team)).order_by("expires_at"):
        if key.expires_at is not None:
            is_last = key.expires_at - timezone.now() <= LAST
            data = {"key": str(key), "ends_at": key.expires_at.isoformat()}
            yield Cause(str(key.pk), Tone.BAD if is_last else Tone.WARN, "last" if is_last else "soon", data)


def _say(notice: Notice) -> Said:
    title = _("The API key {key} ends soon, and something still uses it.").format(key=notice.data["key"])
    words = _("It ends on {when}; from then on its calls are refused. Make a new key and give it to your product.")
    when = moment(datetime.fromisoformat(notice.data["ends_at"]), notice.team)
    return Said(title, words.format(when=when), "api:developers", _("API keys"))


def _may_begin() -> Iterable[UUID]:
    return list(_in_use(keys.of_open_teams()).values_list("team_id", flat=True))


ENDS = NoticeKind(
    "api_key_ends", gettext_lazy("An API key ends"),
    gettext_lazy("Something still uses an API key that ends within a week. Mailed then, and on its last day."),
    _say, _ending, until=frozenset({keys.REVOKED.name}), may_begin=_may_begin,
)  # fmt: skip
