"""What a team is told of its directory imports: one that fails, whose key is refused, or that waits for somebody."""

from collections.abc import Callable, Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.directories import running, setting_up, switching
from portal.directories.models import State
from portal.teams.models import Notice, Team, Tone
from portal.teams.registry import Cause, NoticeKind, Said

ENDS = frozenset(
    each.name
    for each in (
        running.FINISHED,
        running.HELD,
        running.FAILED,
        setting_up.KEY_REPLACED,
        switching.PAUSED,
        switching.REMOVED,
        switching.CONFIRMED,
        switching.DISMISSED,
    )
)


def _failing(refused: bool) -> Callable[[Team], Iterator[Cause]]:
    def causes(team: Team) -> Iterator[Cause]:
        rows = team.directory_imports.filter(failing_since__isnull=False, paused_at=None, key_refused=refused)
        for row in rows:
            yield Cause(str(row.pk), Tone.BAD, data={"name": row.name, "why": row.failure})

    return causes


def _held(team: Team) -> Iterator[Cause]:
    for row in team.directory_imports.filter(runs__state=State.HELD, paused_at=None).distinct():
        run = row.runs.filter(state=State.HELD).latest("pk")
        yield Cause(str(row.pk), Tone.BAD, data={"name": row.name, "left": run.number("left")})


def _say_failed(notice: Notice) -> Said:
    title = _("The directory import {name} failed.").format(name=notice.data["name"])
    words = _("{why} Nobody was changed by it. It is tried again by itself.").format(why=notice.data["why"])
    return Said(title, words, "directories", _("Directory import"))


def _say_refused(notice: Notice) -> Said:
    title = _("The directory import {name} has no valid key.").format(name=notice.data["name"])
    words = _("{why} Nobody is imported until the key is replaced.").format(why=notice.data["why"])
    return Said(title, words, "directories", _("Replace the key"))


def _say_held(notice: Notice) -> Said:
    left = notice.data["left"]
    title = _("The directory import {name} waits for you.").format(name=notice.data["name"])
    words = ngettext(
        "{n} person left the chosen groups, more than half of them all. Say whether this is meant.",
        "{n} people left the chosen groups at once, more than half of them all. Say whether this is meant.",
        left,
    )
    return Said(title, words.format(n=left), "directories", _("Look at it"))


NOTICES = [
    NoticeKind(
        "directory_import_failed", gettext_lazy("A directory import failed"),
        gettext_lazy("The directory did not answer, or a chosen group is gone."),
        _say_failed, _failing(False), frozenset({running.FAILED.name}), ENDS,
    ),
    NoticeKind(
        "directory_key_refused", gettext_lazy("A directory refused its key"),
        gettext_lazy("The API key was reset there, or its admin is gone. Nobody is imported until it is replaced."),
        _say_refused, _failing(True), frozenset({running.FAILED.name}), ENDS,
    ),
    NoticeKind(
        "directory_import_held", gettext_lazy("A directory import waits"),
        gettext_lazy("More than half of its people are gone at once: nobody is changed before somebody confirms it."),
        _say_held, _held, frozenset({running.HELD.name}), ENDS,
    ),
]  # fmt: skip
