"""Notices: a team is told once of each cause, in the portal and by mail; what lasts ends by itself with its cause.

A kind is declared in `registry.notices`. A state names its causes, and `settle` compares them with what is open: after
each act whose events concern it, and once an hour for what time alone brings. A happening is told by the act it is in.
"""

import logging
from collections import defaultdict
from collections.abc import Container
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from portal.teams import acts, standing
from portal.teams.acts import Act
from portal.teams.letters import post_all
from portal.teams.models import Event, Member, Notice, Team
from portal.teams.notice_rules import addressees
from portal.teams.registry import Cause, NoticeKind, registry
from portal.teams.spoken import new_reference

log = logging.getLogger("seatgate.notices")
# A cause that ends and begins again within a day is shown again, and not mailed again.
REPEAT = timedelta(days=1)
HAPPENING_LASTS, KEPT = timedelta(days=30), timedelta(days=90)


def tell(act: Act, kind: str, key: str, tone: str, /, **data: object) -> None:
    """Tell the team of something that happened, once for each key, in the act in which it happens."""
    if not Notice.every_team.filter(team=act.team, kind=kind, key=key).exists():
        _begin(act.team, registry.notices[kind], Cause(key, tone, data=data), act.at)


def follow(team: Team, events: list[Event]) -> None:
    """Look anew at what an act's events may have brought or ended."""
    written = {event.kind for event in events}
    states = [kind for kind in registry.notices.values() if kind.causes]
    concerned = [kind for kind in states if (kind.after | kind.until) & written]
    if concerned:
        settle(team, concerned, events[0].at, begin={kind.name for kind in concerned if kind.after & written})


acts.FOLLOWERS.append(follow)


def settle(team: Team, kinds: list[NoticeKind], at: datetime, begin: Container[str]) -> None:
    """Bring what is open in step with the causes there are; only these kinds may begin. Only under the team's lock."""
    left = {(row.kind, row.key): row for row in _open(team, kinds)} if standing.of(team).notice_is_open else {}
    looked_at = [kind for kind in kinds if kind.name in begin or any(kind.name == name for name, _key in left)]
    for kind in looked_at:
        for cause in kind.causes(team) if kind.causes else ():
            row = left.pop((kind.name, cause.key), None)
            if row is None:
                _begin(team, kind, cause, at)
            else:
                _go_on(team, kind, row, cause, at)
    if left:
        Notice.every_team.filter(pk__in=[row.pk for row in left.values()]).update(ended_at=at)


def _open(team: Team, kinds: list[NoticeKind]) -> "QuerySet[Notice]":
    return Notice.every_team.filter(team=team, kind__in=[kind.name for kind in kinds], ended_at=None)


def _begin(team: Team, kind: NoticeKind, cause: Cause, at: datetime) -> None:
    before = Notice.every_team.filter(team=team, kind=kind.name, key=cause.key, step=cause.step)
    # What concerns security is mailed each time.
    mailed = before.none() if kind.security else before.filter(mailed_at__gt=at - REPEAT)
    lately = mailed.order_by("-mailed_at").first()
    row = Notice(
        team=team, kind=kind.name, key=cause.key, step=cause.step, tone=cause.tone, data=cause.data,
        reference=new_reference(), began_at=at, told_at=at, mailed_at=lately.mailed_at if lately else None,
    )  # fmt: skip
    row.save(force_insert=True)
    standing.of(team).notice_is_open = True
    if lately is None:
        _mail(team, kind, row, at)


def _go_on(team: Team, kind: NoticeKind, row: Notice, cause: Cause, at: datetime) -> None:
    """Take over what has changed; a step further is told anew."""
    further = cause.step not in ("", row.step) and not (kind.ascends and cause.step < row.step)
    if not further and (row.tone, row.data) == (cause.tone, cause.data):
        return
    row.team, row.tone, row.data = team, cause.tone, cause.data
    if further:
        row.step, row.told_at = cause.step, at
        # Whoever had read it or put it away sees it anew.
        row.marks.all().delete()
    row.save(force_update=True)
    if further:
        _mail(team, kind, row, at)


def _mail(team: Team, kind: NoticeKind, row: Notice, at: datetime) -> None:
    people = addressees(team, kind) if row.step else []
    if not people:
        return
    (kind.post or _post)(row, people)
    row.mailed_at = at
    row.save(force_update=True)


def _post(row: Notice, people: list[Member]) -> None:
    said = registry.notices[row.kind].say(row)
    post_all(
        "notice", people, team=row.team.name, title=said.title, words=said.words, url=said.url, act=said.act,
        reference=row.reference,
    )  # fmt: skip


# ── What time brings ─────────────────────────────────────────────────────────────────────────────────────────────────
def settle_due() -> None:
    """Look at every team in which time alone may have brought or ended something; one that fails holds up no other."""
    due: dict[UUID, list[NoticeKind]] = defaultdict(list)
    for kind in registry.notices.values():
        if kind.causes is not None:
            opened = Notice.every_team.filter(kind=kind.name, ended_at=None).values_list("team_id", flat=True)
            for team_id in {*opened, *(kind.may_begin() if kind.may_begin else ())}:
                due[team_id].append(kind)
    for team_id, kinds in due.items():
        try:
            _settle_one(team_id, kinds)
        except Exception:
            log.exception("the notices of team %s are settled in an hour", team_id)


def _settle_one(team_id: UUID, kinds: list[NoticeKind]) -> None:
    with transaction.atomic():
        # The lock of the acts, without drawing a number: nothing of the team changes.
        team = Team.every_team.select_for_update(no_key=True).filter(pk=team_id, closed_at=None).first()
        if team is not None:
            settle(team, kinds, timezone.now(), begin={kind.name for kind in kinds})


def purge() -> None:
    """End what happened a month ago, and delete what ended three months ago."""
    now = timezone.now()
    happenings = [kind.name for kind in registry.notices.values() if kind.causes is None]
    old = Notice.every_team.filter(kind__in=happenings, ended_at=None, told_at__lt=now - HAPPENING_LASTS)
    old.update(ended_at=now)
    Notice.every_team.filter(ended_at__lt=now - KEPT).delete()
