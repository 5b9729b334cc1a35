"""What a team is told about its directory: silent for a day, or still using the old token shortly before it ends."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.teams.models import Notice, Team, Tone
from portal.teams.policy import SCIM_OFF
from portal.teams.registry import Cause, NoticeKind, Said
from portal.teams.time_zone import moment
from scim import tokens
from scim.models import ScimToken

SILENT = timedelta(days=1)


def _silent(team: Team) -> Iterator[Cause]:
    """The directory was heard before, and not in the last day."""
    last = ScimToken.every_team.filter(team=team).aggregate(last=Max("last_used_at"))["last"]
    if team.scim_on and last is not None and timezone.now() - last > SILENT:
        yield Cause("silent", Tone.WARN, data={"since": last.isoformat()})


def _say_silent(notice: Notice) -> Said:
    since = datetime.fromisoformat(notice.data["since"])
    days = max(1, (timezone.now() - since) // timedelta(days=1))
    title = ngettext(
        "Your directory has been silent for {n} day.", "Your directory has been silent for {n} days.", days
    ).format(n=days)
    words = _("Last heard {when}. Some send only when something changes; look there whether provisioning still runs.")
    return Said(title, words.format(when=moment(since, notice.team)), "scim:log", _("Provisioning log"))


def _ending(team: Team) -> Iterator[Cause]:
    """A rotated token within its last day that was still used after the new one was made."""
    live = tokens.live(team)
    for token in live[1:]:
        used = token.last_used_at is not None and token.last_used_at > live[0].made_at
        if used and token.expires_at is not None and token.expires_at - timezone.now() < SILENT:
            yield Cause(str(token.pk), Tone.WARN, data={"hint": token.hint, "ends_at": token.expires_at.isoformat()})


def _say_ending(notice: Notice) -> Said:
    at = datetime.fromisoformat(notice.data["ends_at"])
    title = _("Your directory still uses the old token {hint}.").format(hint=notice.data["hint"])
    words = _("It ends on {when}; from then on everything it sends is refused. Paste the new token there.")
    return Said(title, words.format(when=moment(at, notice.team)), "scim:panel", _("Provisioning"))


def _heard_and_silent() -> Iterable[UUID]:
    heard = ScimToken.every_team.filter(team__scim_on=True).values("team_id").annotate(last=Max("last_used_at"))
    return list(heard.filter(last__lt=timezone.now() - SILENT).values_list("team_id", flat=True))


def _rotated() -> Iterable[UUID]:
    rotated = ScimToken.every_team.filter(ended_at=None, expires_at__gt=timezone.now())
    return list(rotated.values_list("team_id", flat=True))


KINDS = (
    NoticeKind(
        "scim_silent", gettext_lazy("The directory is silent"),
        gettext_lazy("Your identity provider has sent nothing by SCIM for a day."),
        _say_silent, _silent, until=frozenset({SCIM_OFF.name}), may_begin=_heard_and_silent,
    ),
    NoticeKind(
        "scim_token_ends", gettext_lazy("A SCIM token ends"),
        gettext_lazy("Your identity provider still uses a rotated token within its last day."),
        _say_ending, _ending, until=frozenset({SCIM_OFF.name, tokens.ROTATED.name, tokens.REVOKED.name}),
        may_begin=_rotated,
    ),
)  # fmt: skip
