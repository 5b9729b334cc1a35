"""What one person sees of their team's notices: what is open, what they have read, and what they put away."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import F, FilteredRelation, Q, QuerySet
from django.utils import timezone

from portal.teams.actor import Role
from portal.teams.errors import Missing
from portal.teams.models import Member, Notice, NoticeMark, Tone
from portal.teams.notice_rules import rules, sees
from portal.teams.registry import Said, registry

# More than anybody looks through; what is worse than that is a page of its own.
MOST = 200
WORST_FIRST = list(Tone.values)


@dataclass(frozen=True)
class Item:
    """A notice as one person sees it."""

    notice: Notice
    said: Said
    is_new: bool

    @property
    def is_warning(self) -> bool:
        """Say whether it belongs above the overview."""
        return self.notice.tone != Tone.INFO


def open_for(member: Member, role: Role) -> list[Item]:
    """List what is open and not put away, the worst first, then the newest; two queries."""
    mine = _of(member).filter(mark__dismissed_at=None, ended_at=None)
    items = _seen_by(member, role, mine.order_by("-told_at", "-pk"))
    return sorted(items, key=lambda item: WORST_FIRST.index(item.notice.tone))


def ended_for(member: Member, role: Role) -> list[Item]:
    """List what has ended or was put away, the newest first."""
    past = _of(member).filter(Q(ended_at__isnull=False) | Q(mark__dismissed_at__isnull=False))
    return _seen_by(member, role, past.order_by("-told_at", "-pk"))


def read(member: Member, role: Role, notice_id: object) -> None:
    """Note that a person has read a notice."""
    _mark(member, [_find(member, role, notice_id)], read_at=timezone.now())


def read_all(member: Member, role: Role) -> int:
    """Note that a person has read everything that is open; returns how many were new."""
    new = [item.notice for item in open_for(member, role) if item.is_new]
    _mark(member, new, read_at=timezone.now())
    return len(new)


def dismiss(member: Member, role: Role, notice_id: object) -> None:
    """Put a notice away for this person; it comes back where its cause goes a step further."""
    now = timezone.now()
    _mark(member, [_find(member, role, notice_id)], read_at=now, dismissed_at=now)


def _of(member: Member) -> Any:
    mark = FilteredRelation("marks", condition=Q(marks__member=member))
    found = Notice.every_team.filter(team=member.team_id).annotate(mark=mark)
    return found.annotate(read_at=F("mark__read_at"))


def _seen_by(member: Member, role: Role, rows: "QuerySet[Any]") -> list[Item]:
    found = list(rows[:MOST])
    ruled = rules(member.team) if found else {}
    return [
        Item(row, registry.notices[row.kind].say(row), row.ended_at is None and row.read_at is None)
        for row in found
        if row.kind in ruled and sees(registry.notices[row.kind], ruled[row.kind], role, member.pk)
    ]


def _find(member: Member, role: Role, notice_id: object) -> Notice:
    found = _seen_by(member, role, _of(member).filter(pk=notice_id))
    if not found:
        raise Missing
    return found[0].notice


def _mark(member: Member, rows: list[Notice], **noted: datetime) -> None:
    made = [NoticeMark(member=member, notice=row, **noted) for row in rows]
    NoticeMark.every_team.bulk_create(
        made, update_conflicts=True, unique_fields=["notice", "member"], update_fields=list(noted)
    )
