"""What a team is told of its webhooks: one that was stopped, until it is resumed or removed."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.outbound.webhooks.endpoints import REMOVED, RESUMED, STOPPED
from portal.teams.letters import post_all
from portal.teams.models import Member, Notice, Team, Tone
from portal.teams.registry import Cause, NoticeKind, Said


def _stopped(team: Team) -> Iterator[Cause]:
    for row in team.webhooks.filter(stopped_at__isnull=False):
        data = {"webhook": row.name, "host": row.host, "why": row.stopped_why}
        yield Cause(str(row.pk), Tone.BAD, data=data)


def _say(notice: Notice) -> Said:
    title = _("The webhook {name} was stopped.").format(name=notice.data["webhook"])
    return Said(title, notice.data["why"], "webhooks", _("Webhooks"))


def _post(notice: Notice, people: list[Member]) -> None:
    data = notice.data
    post_all(
        "webhook_stopped", people, team=notice.team.name, webhook=data["webhook"], host=data["host"], why=data["why"],
        reference=notice.reference,
    )  # fmt: skip


NOTICE = NoticeKind(
    "webhook_stopped", gettext_lazy("A webhook was stopped"),
    gettext_lazy("Its address failed for three days, so nothing is sent to it any more."),
    _say, _stopped, frozenset({STOPPED.name}), frozenset({RESUMED.name, REMOVED.name}), post=_post,
)  # fmt: skip
