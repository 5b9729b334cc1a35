"""An import as its pages show it: where it stands in words, its rows by kind, and what would change on whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.imports import looking
from portal.imports.columns import LABELS
from portal.imports.models import LEFT, Import, ImportRow, State
from portal.teams import batches
from portal.teams.actor import ROLES, Role
from portal.teams.verdicts import Outcome

PER_PAGE = 50


@dataclass(frozen=True)
class Kind:
    """What rows of one kind are called before and after, and their badge."""

    word: str | Promise
    after: str | Promise
    badge: str


KINDS = {
    Outcome.NEW: Kind(gettext_lazy("New"), gettext_lazy("Added"), "ok"),
    Outcome.CHANGED: Kind(gettext_lazy("Changed"), gettext_lazy("Changed"), "info"),
    Outcome.SAME: Kind(gettext_lazy("Same"), gettext_lazy("Same"), "neutral"),
    Outcome.OVER: Kind(gettext_lazy("No seat"), gettext_lazy("No seat"), "warn"),
    Outcome.BAD: Kind(gettext_lazy("Refused"), gettext_lazy("Refused"), "bad"),
}
STATES = {
    State.READING: (gettext_lazy("Reading"), "info"),
    State.UNREADABLE: (gettext_lazy("Can't be read"), "bad"),
    State.READY: (gettext_lazy("Waits for you"), "warn"),
    State.JUDGING: (gettext_lazy("Looking again"), "info"),
    State.RUNNING: (gettext_lazy("Running"), "info"),
    State.DONE: (gettext_lazy("Done"), "ok"),
    State.STOPPED: (gettext_lazy("Stopped"), "bad"),
    State.CANCELLED: (gettext_lazy("Cancelled"), "neutral"),
    State.TAKING_BACK: (gettext_lazy("Taking back"), "info"),
    State.TAKEN_BACK: (gettext_lazy("Taken back"), "neutral"),
}


@dataclass(frozen=True)
class Tab:
    """One kind of rows to look at: its name in the address, its word and how many there are."""

    kind: str
    word: str
    number: int
    current: bool


@dataclass(frozen=True)
class Promotion:
    """Somebody who gets a role beyond member by the list, and the address they sign in with."""

    row: ImportRow
    role: str
    signs_in_as: str


def promoted(upload: Import) -> list[Promotion]:
    """Those whose role the list raises: an address it names is theirs already, or becomes theirs."""
    found = looking.raised(upload).order_by("number")[: batches.MOST + 1]
    return [Promotion(row, Shown(row, after=False).role, row.signs_in_as) for row in found]


@dataclass(frozen=True)
class Shown:
    """One row on the page."""

    row: ImportRow
    after: bool

    @property
    def word(self) -> str:
        """What becomes of it, or became."""
        if self.after and not self.row.done:
            return _("Not come to")
        kind = KINDS[Outcome(self.row.kind)]
        return str(kind.after if self.after else kind.word)

    @property
    def badge(self) -> str:
        """The kind of its badge."""
        return "neutral" if self.after and not self.row.done else KINDS[Outcome(self.row.kind)].badge

    @property
    def changes(self) -> list[str]:
        """What changes, a line each."""
        return [_change(*change) for change in self.row.changes]

    @property
    def role(self) -> str:
        """The role that the row gives, in words."""
        return str(ROLES[Role(self.row.role)]) if self.row.role else ""


def _change(name: str, before: Any, after: Any) -> str:
    if name == "active":
        return _("Gets a seat again")
    if name == "role":
        before, after = ROLES[Role(before)], ROLES[Role(after)]
    return _("{what}: {before} → {after}").format(what=LABELS[name], before=before or "–", after=after or "–")


def state(upload: Import) -> tuple[str, str]:
    """Where it stands: the word and the badge's kind."""
    word, badge = STATES[State(upload.state)]
    return str(word), badge


def title(upload: Import) -> str:
    """What an import is called."""
    return upload.name or _("Pasted addresses")


def tabs(upload: Import, asked: QueryDict, *, after: bool = False) -> list[Tab]:
    """The kinds there are, with their numbers."""
    wanted = asked.get("kind", "")
    found = [(kind.value, str(each.after if after else each.word)) for kind, each in KINDS.items()]
    found += [(LEFT, _("Not come to"))]
    shown = [Tab(kind, word, upload.counts[kind], kind == wanted) for kind, word in found if upload.counts.get(kind, 0)]
    return [Tab("", _("All"), upload.total, not any(tab.current for tab in shown)), *shown]


def page(upload: Import, asked: QueryDict, *, after: bool = False) -> Any:
    """One page of the rows of the kind that was asked for; how many there are is known."""
    rows = upload.rows.order_by("number")
    chosen = next(tab for tab in tabs(upload, asked, after=after) if tab.current)
    if chosen.kind == LEFT:
        rows = rows.filter(done=False)
    elif chosen.kind:
        rows = rows.filter(kind=chosen.kind, **({"done": True} if after else {}))
    paginator = Paginator(rows, PER_PAGE)
    paginator.count = chosen.number
    found: Any = paginator.get_page(asked.get("page"))
    found.object_list = [Shown(row, after) for row in found.object_list]
    return found


def seats_in_words(upload: Import) -> str:
    """Say how many seats are free and how many are wanted; and how many people would find none."""
    over = upload.counts.get(Outcome.OVER, 0)
    wanted = upload.rows.filter(seated=True, kind__in=(Outcome.NEW, Outcome.CHANGED)).count() + over
    free = ngettext("{n} seat is free", "{n} seats are free", upload.free).format(n=upload.free)
    need = ngettext("{n} person needs one", "{n} people need one", wanted).format(n=wanted)
    if not over:
        return _("{free}, {need}.").format(free=free, need=need)
    miss = ngettext("{n} would not get a seat", "{n} would not get a seat", over).format(n=over)
    return _("{free}, {need}: {miss}.").format(free=free, need=need, miss=miss)


def refused_cells(upload: Import) -> Iterator[list[str]]:
    """The rows that were not admitted, as a file that can be mended and sent again."""
    yield ["email", "first name", "last name", "role", "row", "reason"]
    left = upload.rows.exclude(kind__in=(Outcome.NEW, Outcome.CHANGED, Outcome.SAME), done=True).order_by("number")
    for row in left.iterator(chunk_size=500):
        names = row.said.get("names", {})
        reason = row.reason if row.done else row.reason or upload.reason or _("The import ended before this row.")
        cells = [row.email, names.get("given_name", ""), names.get("family_name", ""), row.said.get("role") or ""]
        yield [*cells, str(row.number), reason]
