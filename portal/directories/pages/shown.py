"""An import as its pages show it: where it stands, what a run changed in words, and its people kind by kind."""

from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import QueryDict
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from portal.directories.comparing import BY_SCIM, OWNERS, SAME, SEATLESS, SKIPPED
from portal.directories.models import DirectoryImport, Kind, Run, State

PER_PAGE = 50
# What people of a kind are called before and after, their badge, and what that means.
Words = tuple[str | Promise, str | Promise, str, str | Promise]
KINDS: dict[str, Words] = {
    Kind.NEW: (gettext_lazy("New"), gettext_lazy("Added"), "ok", gettext_lazy("A seat each.")),
    Kind.BACK: (gettext_lazy("Come back"), gettext_lazy("Came back"), "ok", gettext_lazy("They get a seat again.")),
    Kind.CHANGED: (gettext_lazy("Changed"), gettext_lazy("Changed"), "info", gettext_lazy("Name or address.")),
    Kind.LEFT: (gettext_lazy("Leavers"), gettext_lazy("Left"), "warn", gettext_lazy("Out of the chosen groups.")),
    Kind.MET: (
        gettext_lazy("Here already"), gettext_lazy("Here already"), "neutral", gettext_lazy("Added by another door."),
    ),
    SAME: (gettext_lazy("The same"), gettext_lazy("The same"), "neutral", gettext_lazy("Nothing changes.")),
    BY_SCIM: (
        gettext_lazy("Already by SCIM"), gettext_lazy("By SCIM"), "neutral", gettext_lazy("Left as SCIM wrote them."),
    ),
    OWNERS: (gettext_lazy("Owners"), gettext_lazy("Owners"), "neutral", gettext_lazy("Never touched by an import.")),
    Kind.INACTIVE: (
        gettext_lazy("Unassigned by hand"), gettext_lazy("Unassigned by hand"), "neutral",
        gettext_lazy("From now on yours to decide."),
    ),
    SEATLESS: (
        gettext_lazy("Without a seat here"), gettext_lazy("Without a seat here"), "neutral",
        gettext_lazy("Somebody unassigned them; assign them by hand."),
    ),
    Kind.OVER: (gettext_lazy("No seat left"), gettext_lazy("No seat left"), "bad", gettext_lazy("They wait.")),
    Kind.BAD: (gettext_lazy("Refused"), gettext_lazy("Refused"), "bad", gettext_lazy("Each with its reason.")),
    SKIPPED: (
        gettext_lazy("Suspended there"), gettext_lazy("Suspended there"), "neutral",
        gettext_lazy("Suspended or not activated in the directory."),
    ),
}  # fmt: skip
BADGES = {
    State.READING: "info", State.LOOKED: "neutral", State.APPLYING: "info", State.HELD: "warn", State.DONE: "ok",
    State.FAILED: "bad", State.CANCELLED: "neutral",
}  # fmt: skip


@dataclass(frozen=True)
class Number:
    """How many people of a kind there are: the word, its badge, and what it means."""

    kind: str
    word: str
    badge: str
    means: str
    number: int


def state(source: DirectoryImport, newest: Run | None) -> tuple[str, str]:
    """Where an import stands: the badge's kind and the word."""
    if source.enabled_at is None:
        return "neutral", _("Not enabled")
    if source.paused_at is not None:
        return "neutral", _("Paused")
    if source.failing_since is not None:
        return "bad", _("Key refused") if source.key_refused else _("Failing")
    if newest is not None and newest.state == State.HELD:
        return "warn", _("Waits for you")
    return ("info", _("Running")) if newest is not None and newest.at_work else ("ok", _("On"))


def badge(run: Run) -> tuple[str, str]:
    """Where a run stands: the badge's kind and the word."""
    if run.state == State.READING and run.tries:
        return "warn", _("Trying again")
    return BADGES[State(run.state)], str(State(run.state).label)


def numbers(run: Run) -> list[Number]:
    """What a run found, kind by kind; kinds without anybody are left out."""
    at = 1 if run.state in (State.APPLYING, State.DONE, State.CANCELLED) else 0
    return [
        Number(kind, str(words[at]), words[2], str(words[3]), run.number(kind))
        for kind, words in KINDS.items()
        if run.number(kind)
    ]


def changes(run: Run) -> str:
    """Say in a line what a run changed, for the list of runs."""
    told = [each for each in numbers(run) if each.kind in (Kind.NEW, Kind.BACK, Kind.CHANGED, Kind.LEFT, Kind.OVER)]
    return ", ".join(f"{each.number} {each.word.lower()}" for each in told) or _("Nothing changed")


def seats_in_words(run: Run) -> str:
    """Say how many seats are free and how many are needed; and how many people would find none."""
    over = run.number(Kind.OVER)
    needed = run.number(Kind.NEW) + run.number(Kind.BACK) + over
    freed = run.rows.filter(kind=Kind.LEFT, seat=True).count()
    told = [ngettext("{n} seat is free", "{n} seats are free", run.free).format(n=run.free)]
    if freed:
        told.append(ngettext("leavers free {n}", "leavers free {n}", freed).format(n=freed))
    told.append(ngettext("{n} is needed", "{n} are needed", needed).format(n=needed))
    return ", ".join(told) + "."


def rows(run: Run, asked: QueryDict) -> dict[str, Any]:
    """One page of a run's people, of the kind that was asked for, and the tabs over them."""
    counted = [each for each in numbers(run) if each.kind in Kind.values]
    wanted = asked.get("kind", "")
    chosen = next((each for each in counted if each.kind == wanted), None)
    found = run.rows.order_by("number") if chosen is None else run.rows.filter(kind=wanted).order_by("number")
    tabs = [_tab("", _("All"), sum(each.number for each in counted), chosen is None)]
    tabs += [_tab(each.kind, each.word, each.number, each is chosen) for each in counted]
    page: Any = Paginator(found, PER_PAGE).get_page(asked.get("page"))
    at = 1 if run.state in (State.APPLYING, State.DONE, State.CANCELLED) else 0
    page.object_list = [{"row": row, "word": KINDS[row.kind][at], "badge": KINDS[row.kind][2]} for row in page]
    return {"tabs": tabs, "page": page}


def _tab(kind: str, word: str, number: int, current: bool) -> dict[str, Any]:
    return {"kind": kind, "word": word, "number": number, "current": current}


def steps(source: DirectoryImport | None) -> list[dict[str, str]]:
    """The steps of the wizard; those that were taken lead back."""
    rules = reverse("directory_rules", args=[source.pk]) if source else ""
    key = reverse("directory_key", args=[source.pk]) if source else ""
    return [
        {"label": _("Key"), "url": key}, {"label": _("Groups and rules"), "url": rules},
        {"label": _("Dry run"), "url": ""}, {"label": _("Enable"), "url": ""},
    ]  # fmt: skip


def crumbs(*last: tuple[str, str]) -> list[dict[str, str]]:
    """The way back to the list."""
    found = [{"label": _("Directory import"), "url": reverse("directories")}]
    return found + [{"label": label, "url": url} for label, url in last]
