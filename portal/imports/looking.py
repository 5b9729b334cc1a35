"""An import looked over before anybody confirms it: each row read, judged and kept with what would become of it."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.imports import pasted, reading
from portal.imports.columns import COLUMNS, person
from portal.imports.models import AT_WORK, Import, ImportRow, State
from portal.imports.reading import Line
from portal.teams import batches, seats, work
from portal.teams.actor import Actor, Door, Role
from portal.teams.errors import Invalid
from portal.teams.folding import fold, fold_address
from portal.teams.models import Team
from portal.teams.verdicts import Outcome, Person, Seen, Verdict, judge

T = TypeVar("T")
HOLD = timedelta(minutes=2)
# Up to so many rows a page looks at them itself; more are the worker's.
QUICK_ROWS, QUICK_BYTES = 5_000, 300_000
# What a page has in hand falls to the worker after this, should the page's process die.
SAFELY = timedelta(minutes=1)


class Interrupted(Exception):
    """Somebody moved it on (cancelled, begun), or the worker stops: what was in hand is written no more."""


def actor(upload: Import) -> Actor:
    """Name who acts: an import counts as an admin, whoever began it."""
    return Actor(Door.CSV, upload.by, id=str(upload.by_id), role=Role.ADMIN, member_id=upload.by_id)


def standing(team: Team) -> str:
    """Say how the team stands, as far as a list of people could come out differently."""
    tally = seats.tally(team)
    people = team.members.aggregate(last=Max("updated_at"))["last"]
    return f"{tally.bought}/{tally.assigned}/{team.members.count()}/{people}/{team.scim_on}/{team.sso_enforced}"[:100]


def read_in(upload: Import, in_hand: bool = True) -> None:
    """Read what was sent into rows, each judged; a file that can't be read is so marked, with the reason."""
    upload.rows.all().delete()
    upload.save_own(standing=standing(upload.team), at=0)
    try:
        lines, headers = _lines(upload)
        _Looking(upload, in_hand).keep(lines)
    except Invalid as refusal:
        upload.rows.all().delete()
        upload.save_own(state=State.UNREADABLE, reason=str(refusal)[:500], data=None, at=0)
        return
    upload.save_own(headers=headers, data=None)
    ready(upload)


def ready(upload: Import) -> None:
    """Count what came of it: it waits for somebody's word."""
    with _unmoved(upload):
        upload.save_own(counts=upload.count(), gives_roles=raised(upload).exists(), state=State.READY)


def raised(upload: Import) -> "QuerySet[ImportRow]":
    """The rows that give a role beyond member; also of who finds no seat now: one may be free when their turn comes."""
    return upload.rows.filter(role__in=(Role.AUDITOR, Role.ADMIN))


def seal(upload: Import) -> str:
    """What stands for exactly what was shown: how many of each kind, and who gets which role by which address."""
    roles = upload.rows.exclude(role="").order_by("number")
    told = roles.values_list("number", "role", "role_before", "signs_in_as")
    said = [sorted(upload.counts.items()), upload.free, *map(list, told)]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def look_again(upload: Import, in_hand: bool = True) -> None:
    """Judge every row anew: the team has changed. Interrupted where somebody begins or cancels it meanwhile."""
    with _unmoved(upload):
        upload.save_own(standing=standing(upload.team), at=0)
    _Looking(upload, in_hand).judge_again()
    ready(upload)


@contextmanager
def _unmoved(upload: Import) -> Iterator[None]:
    """Write only while the import is in the state it was taken in hand in; whoever moves it on writes its row too."""
    with transaction.atomic():
        held = type(upload)._base_manager.select_for_update(no_key=True).filter(pk=upload.pk, state=upload.state)
        if held.first() is None:
            raise Interrupted
        yield


def _lines(upload: Import) -> tuple[Iterator[Line], list[list[str]]]:
    data = bytes(upload.data or b"")
    if not upload.name:
        return pasted.read(data.decode()), []
    sheet = reading.read(data)
    return sheet.lines, [[header, column.name if column else ""] for header, column in sheet.headers]


class _Looking:
    """One pass over all rows, in pieces, with what has to be remembered from one to the next."""

    def __init__(self, upload: Import, in_hand: bool) -> None:
        self.upload, self.in_hand, self.by = upload, in_hand, actor(upload)
        self.tally = seats.tally(upload.team)
        # In which row an address, or a userName, stood first.
        self.first: dict[str, int] = {}
        with _unmoved(upload):
            upload.save_own(free=max(self.tally.free, 0))

    def keep(self, lines: Iterable[Line]) -> None:
        """Keep the lines as rows."""
        for piece in pieces(lines, batches.MOST):
            rows = [self._row(line) for line in piece]
            self._judge([row for row in rows if not row.done])
            self.upload.rows.bulk_create(rows)
            self._step(len(rows))

    def judge_again(self) -> None:
        """Judge the rows that are there."""
        last = 0
        while rows := list(self.upload.rows.filter(done=False, number__gt=last).order_by("number")[: batches.MOST]):
            self._judge(rows)
            # What a worker admitted since was judged for good, under the team's lock.
            with _unmoved(self.upload):
                write(self.upload, rows)
            last = rows[-1].number
            self._step(len(rows))

    def _row(self, line: Line) -> ImportRow:
        row = ImportRow(upload=self.upload, number=line.number, email=line.cells.get("email", "").strip()[:320])
        # PostgreSQL keeps no NUL.
        row.email = row.email.replace("\x00", "�")
        try:
            if line.trouble:
                raise Invalid(line.trouble)
            said = person(line.cells)
            self._once(said, line.number)
            row.email = said.email
            row.said = {"names": said.names, "attributes": said.attributes, "role": said.role and said.role.value}
        except Invalid as refusal:
            row.kind, row.reason, row.done = Outcome.BAD, str(refusal)[:500], True
        return row

    def _once(self, said: Person, number: int) -> None:
        before = self.first.setdefault(fold_address(said.email), number)
        if before != number:
            raise Invalid(_("This address stands in row {n} already.").format(n=before))
        if "user_name" in said.names:
            before = self.first.setdefault(f"name {fold(said.names['user_name'])}", number)
            if before != number:
                raise Invalid(_("This user name stands in row {n} already.").format(n=before))

    def _judge(self, rows: list[ImportRow]) -> None:
        verdicts = judge(self.upload.team, self.by, [row.person for row in rows], self.tally)
        for row, verdict in zip(rows, verdicts, strict=True):
            note(row, verdict)
            _show_role(row, verdict)
        taken = sum(verdict.seated for verdict in verdicts)
        self.tally = seats.Tally(self.tally.bought, self.tally.assigned + taken)

    def _step(self, number: int) -> None:
        with _unmoved(self.upload):
            self.upload.save_own(at=self.upload.at + number)
        if self.in_hand:
            self.upload.hold(HOLD)
            if work.stopping.is_set():
                raise Interrupted


def pieces(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Part what may be long into lists of this size."""
    rest = iter(items)
    while piece := list(islice(rest, size)):
        yield piece


def note(row: ImportRow, verdict: Verdict) -> None:
    """Write down in a row what becomes of it."""
    row.kind, row.reason, row.seated = verdict.outcome, verdict.reason[:500], verdict.seated
    row.changes = list(_told(verdict))
    row.member_id = verdict.member.pk if verdict.member else None


def _show_role(row: ImportRow, verdict: Verdict) -> None:
    """Write down the role that the row shows, and whom it shows who gets it."""
    seen, role = Seen.of(verdict.person.email, verdict.member), verdict.person.role or ""
    idle = verdict.outcome in (Outcome.BAD, Outcome.SAME) or role == (seen.role or Role.MEMBER)
    row.role, row.role_before, row.signs_in_as = ("", "", "") if idle else (role, seen.role, seen.signs_in_as)


def write(upload: Import, rows: list[ImportRow]) -> None:
    """Write many rows that are there, in one statement each few hundred."""
    columns = ["kind", "reason", "changes", "done", "member_id", "seated", "role", "role_before", "signs_in_as"]
    upload.rows.bulk_create(rows, update_conflicts=True, unique_fields=["id"], update_fields=columns)


def _told(verdict: Verdict) -> Iterator[list[Any]]:
    """Tell changes as people read them: [column, before, after]."""
    for name, (before, after) in verdict.changes.items():
        if name != "attributes":
            yield [name, before, after]
            continue
        for column in COLUMNS:
            was, will = _at(before, column.place), _at(after, column.place)
            if column.place and was != will:
                yield [column.name, was, will]


def _at(attributes: Any, place: tuple[str, ...]) -> Any:
    for name in place:
        attributes = attributes.get(name, "") if isinstance(attributes, dict) else ""
    return attributes


def send(team: Team, by_id: UUID, by: str, name: str, data: bytes) -> Import:
    """Take a list in; a short one is looked over at once, a long one by the worker."""
    quick = len(data) <= QUICK_BYTES
    due_at = timezone.now() + (SAFELY if quick else timedelta())
    upload: Import = team.imports.create(by_id=by_id, by=by, name=name, data=data, due_at=due_at)
    if quick:
        # Interrupted: a page that took a minute for it, and the worker has it in hand.
        with suppress(Interrupted):
            read_in(upload, in_hand=False)
        settle(upload)
    return upload


def settle(upload: Import) -> None:
    """Take it off the worker's list where a page has done what was to do."""
    type(upload)._base_manager.filter(pk=upload.pk).exclude(state__in=AT_WORK).update(due_at=None)
