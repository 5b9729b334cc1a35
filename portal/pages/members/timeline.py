"""One timeline of a person: sign-ins, provisioning, seat and what admins did, from the journal and the apps' logs."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.pages.audit import door_in_words
from portal.pages.profile import browser_in_words
from portal.teams.actor import Door
from portal.teams.models import Event, Member
from portal.teams.moments import Moment, MomentSort, Past
from portal.teams.registry import registry
from portal.teams.sentences import in_words

PER_PAGE = 25
# So many moments of one instant may lie across the end of a page.
TIES = 25
JOURNAL = "journal"
WORDS = {
    MomentSort.SIGN_IN: gettext_lazy("Sign-ins"),
    MomentSort.PROVISIONING: gettext_lazy("Provisioning"),
    MomentSort.SEAT: gettext_lazy("Seat"),
    MomentSort.ADMIN: gettext_lazy("Admin"),
}
SEAT_KINDS = (
    "member.added", "member.adopted", "member.assigned", "member.unassigned", "member.removed", "member.return_allowed",
)  # fmt: skip
ENDINGS = ("member.signed_out", "session.ended", "other_sessions.ended")
NO_SEAT = "no_seats_left"
SEAT = Q(kind__in=SEAT_KINDS) | Q(refused=True, data__code=NO_SEAT)
SIGNED_OUT = Q(kind__in=ENDINGS)
BY_SCIM = Q(door=Door.SCIM)
# Each event is of the first sort that fits.
OF_SORT = {
    MomentSort.SEAT: SEAT,
    MomentSort.SIGN_IN: SIGNED_OUT & ~SEAT,
    MomentSort.PROVISIONING: BY_SCIM & ~SEAT & ~SIGNED_OUT,
    MomentSort.ADMIN: ~BY_SCIM & ~SEAT & ~SIGNED_OUT,
}


def page(member: Member, sort: str, before: str) -> tuple[list[Moment], str]:
    """Return a page of moments, newest first, and where the next one goes on; "" where it ends."""
    at, _tilde, key = before.partition("~")
    until = _moment(at)
    past = Past(PER_PAGE + TIES, until, MomentSort(sort) if sort in list(MomentSort) else None, key)
    found = [moment for source in (_journal, _entries, *registry.timelines) for moment in source(member, past)]
    found.sort(key=lambda moment: (moment.at, moment.key), reverse=True)
    if until is not None:
        found = [moment for moment in found if (moment.at, moment.key) < (until, key)]
    shown = found[:PER_PAGE]
    more = len(found) > PER_PAGE
    return shown, f"{shown[-1].at.isoformat()}~{shown[-1].key}" if more else ""


def _moment(text: str) -> datetime | None:
    try:
        found = parse_datetime(text)
        # A moment that no calendar has in UTC is none.
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _journal(member: Member, past: Past) -> Iterator[Moment]:
    """What was done to them, then what they did to others; each is read by an index of its own."""
    who = str(member.pk)
    events = member.team.events.order_by("-number")
    if past.sort is not None:
        events = events.filter(OF_SORT[past.sort])
    if past.until is not None:
        events = events.filter(_before(past))
    yield from _moments(events.filter(subject_id=who)[: past.most])
    yield from _moments(events.filter(actor_id=who).exclude(subject_id=who)[: past.most])


def _before(past: Past) -> Q:
    """What comes after the page's last moment: one act can hold more events of one instant than a page has lines."""
    sort, _space, number = past.key.partition(" ")
    if sort == JOURNAL and number.isascii() and number.isdecimal() and len(number) < 19:
        return Q(at__lt=past.until) | Q(at=past.until, number__lt=int(number))
    # Moments of one instant stand in the order of their keys, the greatest first.
    return Q(at__lte=past.until) if past.key > JOURNAL else Q(at__lt=past.until)


def _moments(events: "Iterable[Event] | QuerySet[Event]") -> Iterator[Moment]:
    for event in events:
        words, door = in_words(event), door_in_words(event.door)
        yield Moment(event.at, f"{JOURNAL} {event.number:012}", _sort_of(event), words, door, event.refused)


def _sort_of(event: Event) -> MomentSort:
    """Say in Python what `OF_SORT` says to the database."""
    data: Any = event.data if isinstance(event.data, dict) else {}
    if event.kind in SEAT_KINDS or (event.refused and data.get("code") == NO_SEAT):
        return MomentSort.SEAT
    if event.kind in ENDINGS:
        return MomentSort.SIGN_IN
    return MomentSort.PROVISIONING if event.door == Door.SCIM else MomentSort.ADMIN


def _entries(member: Member, past: Past) -> Iterator[Moment]:
    """Sign-ins that no identity provider had a part in; those that it had are in the sign-in log."""
    if not past.asks(MomentSort.SIGN_IN):
        return
    entries = member.entries.exclude(door=Door.SSO).order_by("-made_at")
    if past.until is not None:
        entries = entries.filter(made_at__lte=past.until)
    for entry in entries[: past.most]:
        words = _("Signed in with {browser}").format(browser=browser_in_words(entry.browser))
        door = door_in_words(entry.door)
        yield Moment(entry.made_at, f"entry {entry.pk}", MomentSort.SIGN_IN, words, door)
