"""A listing laid beside the team: what would become of each person, by whom they are known, before any writing.

The rows stand in the order in which they are dealt with: who leaves comes first, so that newcomers find their seats.
What is decided here is decided again under the team's lock (`applying.py`).
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator, validate_email
from django.utils.translation import gettext as _

from portal.directories.models import DirectoryImport, Kind, RunRow, Tie
from portal.outbound.directory import Listing, Person
from portal.teams import batches
from portal.teams.actor import Role
from portal.teams.errors import NoSeatsLeft
from portal.teams.folding import fold, fold_address
from portal.teams.models import Group, Member, Team
from portal.teams.seats import Tally

ORDER = (Kind.LEFT, Kind.INACTIVE, Kind.CHANGED, Kind.BACK, Kind.MET, Kind.NEW, Kind.OVER, Kind.BAD)
# People who are counted and have no row: nothing becomes of them.
SAME, BY_SCIM, OWNERS, SEATLESS, SKIPPED = "same", "scim", "owners", "seatless", "skipped"
LONGEST_ADDRESS = 255
NAMES = ("given_name", "family_name", "display_name")


class Comparison:
    """One listing beside one team: the rows it makes, and how many people are only counted."""

    def __init__(self, source: DirectoryImport, listing: Listing, target: Group | None) -> None:
        self.source, self.team, self.target = source, source.team, target
        self.rows: dict[Kind, list[RunRow]] = {kind: [] for kind in ORDER}
        self.counts: dict[str, int] = defaultdict(int, {SKIPPED: listing.skipped})
        self.read = len(listing.people)
        self.ties = list(source.ties.select_related("member").defer("member__attributes", "member__attributes_folded"))
        self.by_remote = {tie.remote_id: tie for tie in self.ties}
        self.by_member = {tie.member_id: tie for tie in self.ties}
        listed = {person.id for person in listing.people}
        # Whoever is listed under their own id is nobody else, whatever address somebody else has by now.
        self.spoken_for = {tie.member_id for tie in self.ties if tie.remote_id in listed}
        self.live = [tie for tie in self.ties if tie.left_at is None]
        self.by_email = _by_email(self.team, (person for person in listing.people if person.id not in self.by_remote))
        self.seen: set[str] = set()
        self.met: set[Any] = set()
        for person in listing.people:
            self._judge(person)
        self.left = [tie for tie in self.live if tie.remote_id not in listed and tie.member_id not in self.met]
        self.rows[Kind.LEFT] = [self._leaver(tie) for tie in self.left]

    @property
    def in_order(self) -> list[RunRow]:
        """Every row, numbered."""
        rows = [row for kind in ORDER for row in self.rows[kind]]
        for number, row in enumerate(rows, 1):
            row.number = number
        return rows

    @property
    def is_a_landslide(self) -> bool:
        """Say whether more than half of those it knew are gone, so that somebody must say that this is meant."""
        losing = any(tie.added or tie.grouped for tie in self.left)
        return losing and len(self.left) * 2 > len(self.live)

    def seat(self, tally: Tally) -> None:
        """Say who would find no seat, as the seats stand now; for a dry run."""
        free = tally.free + sum(row.seat for row in self.rows[Kind.LEFT])
        why = str(NoSeatsLeft(self.team.name, tally.bought))
        for kind in (Kind.BACK, Kind.NEW):
            fits, over = self.rows[kind][: max(free, 0)], self.rows[kind][max(free, 0) :]
            for row in over:
                row.kind, row.reason = Kind.OVER, why
            self.rows[kind], free = fits, free - len(fits)
            self.rows[Kind.OVER] += over

    def _judge(self, person: Person) -> None:
        try:
            # It becomes the user name of whoever is new.
            MaxLengthValidator(LONGEST_ADDRESS)(person.email)
            validate_email(person.email)
        except ValidationError:
            self._row(Kind.BAD, person, reason=_("No e-mail address in the directory that we can use."))
            return
        mailbox = fold_address(person.email)
        if mailbox in self.seen:
            self._row(Kind.BAD, person, reason=_("Somebody else in the directory has this address too."))
            return
        self.seen.add(mailbox)
        tie = self.by_remote.get(person.id)
        known = [tie.member] if tie else [one for one in self.by_email[mailbox] if self._is_free(one)]
        if len(known) > 1:
            words = _("Two members have this e-mail. Change one of them on the members page first.")
            self._row(Kind.BAD, person, reason=words)
        elif known:
            self.met.add(known[0].pk)
            self._meet(person, known[0], tie or self.by_member.get(known[0].pk))
        else:
            self._row(Kind.NEW, person)

    def _is_free(self, member: Member) -> bool:
        return member.pk not in self.spoken_for

    def _meet(self, person: Person, member: Member, tie: Tie | None) -> None:
        """Say what becomes of somebody who is here already: mostly nothing."""
        if member.scim_written:
            self.counts[BY_SCIM] += 1
        elif member.rank is Role.OWNER:
            self.counts[OWNERS] += 1
        elif not member.active:
            self._without_seat(person, member, tie)
        elif tie is None or tie.left_at is not None or tie.remote_id != person.id:
            self._row(Kind.MET, person, member)
        elif tie.added and differences(person, member):
            self._row(Kind.CHANGED, person, member)
        elif self.target is not None and not tie.grouped:
            self._row(Kind.MET, person, member)
        else:
            self.counts[SAME] += 1

    def _without_seat(self, person: Person, member: Member, tie: Tie | None) -> None:
        """Wake only whom this import put to sleep: what an admin took by hand stays taken."""
        if tie is not None and tie.added and tie.left_at is not None:
            self._row(Kind.BACK, person, member)
        elif tie is not None and tie.added:
            self._row(Kind.INACTIVE, person, member)
        else:
            self.counts[SEATLESS] += 1

    def _leaver(self, tie: Tie) -> RunRow:
        member = tie.member
        loses = self.source.unassigns and tie.added and is_in_reach(member) and member.active
        names = {name: getattr(member, name) for name in NAMES}
        return RunRow(kind=Kind.LEFT, remote_id=tie.remote_id, email=member.email, names=names,
                      member_id=member.pk, seat=loses)  # fmt: skip

    def _row(self, kind: Kind, person: Person, member: Member | None = None, reason: str = "") -> None:
        names = {name: getattr(person, name) for name in NAMES}
        row = RunRow(kind=kind, remote_id=person.id, email=person.email, names=names, reason=reason)
        row.member_id, row.done = (member.pk if member else None), kind is Kind.BAD
        self.rows[kind].append(row)


def is_in_reach(member: Member) -> bool:
    """Say whether an import may act on a member: on no owner, and on nobody whom SCIM wrote (spec rules 3 and 4)."""
    return not member.scim_written and member.rank is not Role.OWNER


def differences(person: Person, member: Member) -> dict[str, str]:
    """Name what the directory says otherwise of somebody whom the import added; what it leaves empty stays."""
    wanted = {"email": person.email, **{name: getattr(person, name) for name in NAMES}}
    return {name: value for name, value in wanted.items() if value and getattr(member, name) != value}


def _by_email(team: Team, people: Iterable[Person]) -> dict[str, list[Member]]:
    found: dict[str, list[Member]] = defaultdict(list)
    keys = list(dict.fromkeys(fold(person.email) for person in people if person.email))
    for start in range(0, len(keys), batches.MOST):
        piece = keys[start : start + batches.MOST]
        for member in team.members.filter(email_key__in=piece).order_by("created_at", "pk"):
            # What reads alike and is another mailbox is somebody else.
            found[fold_address(member.email)].append(member)
    return found
