"""THE place of what a browser session may see: computed on every request from today's rows.

A session is of one kind: of a User (code), of a Member by single sign-on, or break-glass (one owner, 30 minutes).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from django.contrib import auth
from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone

from portal.teams import factors
from portal.teams.actor import Actor, Door, Role
from portal.teams.compiled import Soon, Update
from portal.teams.errors import Missing
from portal.teams.models import Entry, Member, SecondFactor, Team
from portal.teams.models.group import rank_in_sso
from portal.teams.rows import insert
from portal.teams.sessions import SessionStore

CODE_HOURS, IDLE_HOURS, SSO_HOURS, BREAK_GLASS_MINUTES, SUDO_MINUTES = 24, 8, 12, 30, 5
SEEN_EVERY = timedelta(minutes=1)

# What the session's data holds; nothing else decides.
ENTRY, PROVED_AT, SUDO_AT, SECOND_AT = "entry", "proved_at", "sudo_at", "second_at"


class Kind(StrEnum):
    """The kind of a browser session."""

    NOBODY = "nobody"
    CODE = "code"
    SSO = "sso"
    BREAK_GLASS = "break_glass"


@dataclass(frozen=True)
class Reach:
    """What a request may see: the kind of its session, the member it is in, and the members it could enter."""

    kind: Kind = Kind.NOBODY
    member: Member | None = None
    entry: Entry | None = None
    choices: list[Member] = field(default_factory=list)
    # Entered, but the team wants a second factor that this session has not proved: only setting one up is open.
    wanting: Member | None = None

    @cached_property
    def role(self) -> Role:
        """The role that counts in this session: one given by a group only where it is of single sign-on (rule 7)."""
        if self.member is None or self.entry is None or not self.entry.full_role:
            return Role.MEMBER
        return rank_in_sso(self.member) if self.kind is Kind.SSO else self.member.rank


def reach(request: HttpRequest) -> Reach:
    """Say what this request may see today."""
    entry_id = request.session.get(ENTRY)
    if request.user.is_authenticated:
        return _reach_by_code(request, entry_id)
    entry = _live_entry(request, entry_id)
    if entry is None or entry.door not in (Door.SSO, Door.BREAK_GLASS) or not _still_open(entry):
        return Reach()
    kind = Kind.SSO if entry.door == Door.SSO else Kind.BREAK_GLASS
    _seen(entry)
    return Reach(kind, entry.member, entry, [entry.member])


def _reach_by_code(request: HttpRequest, entry_id: str | None) -> Reach:
    if timezone.now() - proved_at(request) >= timedelta(hours=CODE_HOURS):
        return Reach()
    choices = reachable_by_code(request.user.email_key, proved_at(request), _row_id(request))  # type: ignore[union-attr]
    entry = _live_entry(request, entry_id)
    if entry is None and _was_idle(request, entry_id):
        return Reach()
    if entry is None or entry.door != Door.CODE or entry.member_id not in {member.pk for member in choices}:
        return Reach(Kind.CODE, choices=choices)
    _seen(entry)
    if wants_second(entry.team, entry.member) and not proved_second(request):
        return Reach(Kind.CODE, None, entry, choices, wanting=entry.member)
    return Reach(Kind.CODE, entry.member, entry, choices)


def reachable_by_code(email_key: str, proved: datetime, session_id: UUID | None = None) -> list[Member]:
    """List the members that a code proved at this moment for this address opens."""
    found = (
        Member.every_team.filter(sign_in_email_key=email_key, active=True, suspended_at=None, held_at=None)
        .filter(entry_after__lt=proved, team__sso_enforced=False, team__closed_at=None)
        .filter(Q(team__enforced_at=None) | Q(team__enforced_at__lt=proved))
        .select_related("team")
        .order_by("team__name")
    )
    # A browser that holds an ended entry of a member needs a new sign-in to enter that member again.
    ended = Entry.every_team.filter(session_id=session_id, ended_at__gte=proved).values("member_id")
    return list(found.exclude(pk__in=ended) if session_id else found)


def _live_entry(request: HttpRequest, entry_id: str | None) -> Entry | None:
    if not entry_id:
        return None
    now = timezone.now()
    return (
        Entry.every_team.filter(pk=entry_id, session_id=_row_id(request), ended_at=None, expires_at__gt=now)
        .filter(last_seen__gt=now - timedelta(hours=IDLE_HOURS))
        .select_related("member", "team")
        .first()
    )


def _was_idle(request: HttpRequest, entry_id: str | None) -> bool:
    """Say whether the browser was left alone in the team it was in: then the address must be proved anew."""
    left = Entry.every_team.filter(pk=entry_id, session_id=_row_id(request), ended_at=None)
    return bool(entry_id) and left.filter(last_seen__lte=timezone.now() - timedelta(hours=IDLE_HOURS)).exists()


def _still_open(entry: Entry) -> bool:
    member, team = entry.member, entry.team
    its_door = team.sso_on if entry.door == Door.SSO else member.rank is Role.OWNER
    return its_door and member.may_enter and team.closed_at is None and entry.proved_at > member.entry_after


def _seen(entry: Entry) -> None:
    now = timezone.now()
    if now - entry.last_seen >= SEEN_EVERY:
        Entry.every_team.filter(pk=entry.pk).update(last_seen=now)


def _row_id(request: HttpRequest) -> UUID | None:
    request.session.get(ENTRY)  # loads the session, and with it the row's id
    return request.session.row_id  # type: ignore[no-any-return, attr-defined]


def proved_at(request: HttpRequest) -> datetime:
    """When this session's sign-in was proved."""
    return datetime.fromisoformat(request.session.get(PROVED_AT, "0001-01-01T00:00:00+00:00"))


# ── Entering and leaving ─────────────────────────────────────────────────────────────────────────────────────────────
def enter_by_code(request: HttpRequest, member: Member) -> Entry:
    """Enter a member that `reachable_by_code` named, from a code session."""
    proved = proved_at(request)
    with transaction.atomic():
        hold(member, proved)
        return _entry(request, member, Door.CODE, proved, proved + timedelta(hours=CODE_HOURS))


def hold(member: Member, at: datetime | None = None) -> datetime:
    """Note a sign-in in the member's row, and return its moment; Missing where they are deleted by now.

    To the end of the transaction nobody else has the row, and acts take it before they end a member's sessions: they
    end what is entered now too, or come before it, and then what it rests on is asked again.
    """
    if not _SIGNED_IN(member.pk, at := at or timezone.now()):
        raise Missing
    return at


def enter_by_sso(
    request: HttpRequest, member: Member, at: datetime, *, connection_id: UUID, name_id: str, session_index: str,
    until: datetime | None, full_role: bool, proved_now: bool,
) -> Entry:  # fmt: skip
    """Make this browser a session of this member alone, until the earliest of the IdP's, the team's and our limit.

    `at`: the moment at which the member was held.
    """
    ends = at + timedelta(hours=min(SSO_HOURS, member.team.session_hours))
    leave(request)
    if proved_now:
        request.session[SUDO_AT] = at.isoformat()
    return _entry(
        request, member, Door.SSO, at, min(ends, until or ends), connection_id=connection_id, name_id=name_id,
        session_index=session_index, full_role=full_role,
    )  # fmt: skip


_SIGNED_IN = Update(lambda member, at: (Member.every_team.filter(pk=member), {"last_sign_in": at}), UUID, datetime)


def enter_by_break_glass(request: HttpRequest, owner: Member) -> Entry:
    """Give an owner 30 minutes in which Enforce SSO can be lifted, and nothing else (spec rule 28)."""
    leave(request)
    with transaction.atomic():
        Member.held(owner.team, owner.pk)
        now = timezone.now()
        request.session[SUDO_AT] = now.isoformat()
        return _entry(request, owner, Door.BREAK_GLASS, now, now + timedelta(minutes=BREAK_GLASS_MINUTES))


def leave(request: HttpRequest) -> None:
    """End whatever session this browser had, its User and its Entries; its next has a new cookie (spec rule 30)."""
    row_id = _row_id(request)
    if row_id is not None:
        Entry.every_team.filter(session_id=row_id, ended_at=None).update(ended_at=timezone.now(), ended_why="left")
    auth.logout(request)


def _entry(request: HttpRequest, member: Member, door: Door, proved: datetime, ends: datetime, **more: Any) -> Entry:
    entry = Entry(
        team=member.team, member=member, door=door, proved_at=proved, expires_at=ends, last_seen=timezone.now(),
        browser=request.headers.get("User-Agent", "")[:200], address=request.META.get("REMOTE_ADDR", ""), **more,
    )  # fmt: skip
    # Said first: a session that is made now is written once, with it.
    request.session[ENTRY] = str(entry.pk)
    if _row_id(request) is None:
        request.session.create()
    entry.session_id = _row_id(request)
    insert(entry)
    return entry


# ── Ending ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def end(team: Team, entries: "QuerySet[Entry]", why: str) -> int:
    """End the given live entries of a team; returns how many."""
    return entries.filter(team=team, ended_at=None).update(ended_at=timezone.now(), ended_why=why)


def end_elsewhere(member: Member, here: UUID | None, user_id: UUID | None, why: str) -> int:
    """End a member's sign-ins in every browser but this one; returns in how many.

    A code session is the User's own and ends the User's others whole: one that has not entered the team yet could
    still do so, and one that is in another team could change over.
    """
    now, live = timezone.now(), Entry.every_team.filter(ended_at=None)
    mine = live.filter(team=member.team, member=member, expires_at__gt=now).exclude(session_id=here)
    browsers = {row or pk for pk, row in mine.values_list("pk", "session_id")}
    mine.update(ended_at=now, ended_why=why)
    if user_id is not None:
        others = SessionStore.of_user(user_id).filter(expires_at__gt=now)
        others = others.exclude(pk=here) if here is not None else others
        browsers |= set(others.values_list("pk", flat=True))
        live.filter(session__in=others).update(ended_at=now, ended_why=why)
        others.delete()
    return len(browsers)


def bar(member: Member, at: datetime, why: str) -> int:
    """End every entry of a member and let no sign-in proved until now open it again; returns how many ended."""
    Member.every_team.filter(pk=member.pk).update(entry_after=at)
    return bar_unsaved(member, at, why)()


def bar_unsaved(member: Member, at: datetime, why: str) -> Soon[int]:
    """Do as `bar` does for a row that its caller is about to write; returns how many ended to who waits."""
    member.entry_after = at
    return Entry.end_those_of(member, why)


def bar_all(team: Team, members: "QuerySet[Member]", at: datetime, why: str) -> None:
    """Bar many members of a team at once; their rows first, as a sign-in does."""
    barred = Member.every_team.filter(team=team, pk__in=members.values("pk"))
    barred.update(entry_after=at)
    end(team, Entry.every_team.filter(member__in=barred.values("pk")), why)


# ── Re-authentication ────────────────────────────────────────────────────────────────────────────────────────────────
def is_sudo(request: HttpRequest) -> bool:
    """Say whether this browser proved itself within the last five minutes (spec rule 12)."""
    at = datetime.fromisoformat(request.session.get(SUDO_AT) or "0001-01-01T00:00:00+00:00")
    return timezone.now() - at < timedelta(minutes=SUDO_MINUTES)


def mark_sudo(request: HttpRequest) -> None:
    """Remember that this browser just proved itself again."""
    request.session[SUDO_AT] = timezone.now().isoformat()


# ── The second factor ────────────────────────────────────────────────────────────────────────────────────────────────
def wants_second(team: Team, member: Member) -> bool:
    """Say whether this team wants a second factor of this member's sessions by e-mail code."""
    privileged = team.second_factor == SecondFactor.PRIVILEGED and member.rank.reaches(Role.AUDITOR)
    return privileged or team.second_factor == SecondFactor.EVERYBODY


def proved_second(request: HttpRequest) -> bool:
    """Say whether this session proved a second factor that its User still has; a passkey counts as both."""
    user_id = request.user.pk if request.user.is_authenticated else None
    proved = request.session.get(SECOND_AT)
    # A factor set up later was not proved: whoever proved a former one is not its holder.
    return user_id is not None and proved is not None and factors.has(user_id, datetime.fromisoformat(proved))


def mark_second(request: HttpRequest) -> None:
    """Remember that this session proved a second factor."""
    request.session[SECOND_AT] = timezone.now().isoformat()


def actor(reached: Reach) -> Actor:
    """Name who acts in this session."""
    member = reached.member or reached.wanting
    if member is None:
        raise ValueError("nobody is signed in")
    door = Door.BREAK_GLASS if reached.kind is Kind.BREAK_GLASS else Door.DASHBOARD
    return Actor(door, member.label, id=str(member.pk), role=reached.role, member_id=member.pk)
