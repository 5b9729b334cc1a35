"""Acts on many members: first what will happen, in numbers and names; then the doing; then what became of each."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from portal import door
from portal.pages.members.forms import ManyRoleForm
from portal.pages.members.promoted import Promoted
from portal.teams import batches, errands, policy, seats
from portal.teams.actor import ROLES, Door, Role
from portal.teams.errands import Order, Verb
from portal.teams.errors import Missing
from portal.teams.finding import Choice, Wanted
from portal.teams.models import Errand, Member
from portal.teams.work import wake

# So many are named beside each number.
NAMED = 8
CONFIRM = {
    Verb.ASSIGN: gettext_lazy("Assign seats"),
    Verb.UNASSIGN: gettext_lazy("Free seats"),
    Verb.ROLE: gettext_lazy("Change role"),
    Verb.SIGN_OUT: gettext_lazy("Sign out"),
}
DONE = {
    Verb.ASSIGN: gettext_lazy("got a seat"),
    Verb.UNASSIGN: gettext_lazy("gave their seat back"),
    Verb.ROLE: gettext_lazy("have the new role from their next sign-in"),
    Verb.SIGN_OUT: gettext_lazy("are signed out"),
}


def chosen(query: QueryDict) -> Choice:
    """Read whom a form or an address means: those ticked, or everybody whom its filters find."""
    if query.get("all") == "1":
        return Choice(Wanted.read({name: query.get(name, "") for name in query}))
    return Choice(named=ticked(query))


def ticked(query: QueryDict) -> list[UUID]:
    """Read the ids of those ticked, at most as many as one batch meets."""
    found = []
    for text in query.getlist("who")[: batches.MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _fields(choice: Choice) -> list[tuple[str, str]]:
    """Return what a form carries on, to mean the same people."""
    if choice.named is None:
        return [("all", "1"), *choice.wanted.given.items()]
    return [("who", str(each)) for each in choice.named]


# ── What will happen ─────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.ADMIN)
def confirm(request: door.TeamRequest) -> HttpResponse:
    """Say what an act would do to those chosen, before anything is done."""
    if request.GET.get("act") == "export":
        return redirect(f"{reverse('members_export')}?{request.GET.urlencode()}")
    if request.GET.get("act") not in list(Verb):
        raise Missing
    order = Order(Verb(request.GET["act"]), chosen(request.GET))
    found = order.choice.people(request.team)
    if not found.exists():
        messages.warning(request, _("Nobody is chosen. Tick somebody in the list first."))
        return redirect(_back_to(order.choice.wanted))
    task = errands.TASKS.get(order.verb)
    context = _outlook(request, order, found) | {
        "verb": order.verb.value,
        "confirm": CONFIRM[order.verb],
        "fields": _fields(order.choice),
        "lock": policy.lock(request.team, Door.DASHBOARD, task) if task else None,
        **(_promotion(request, order, found) if order.verb is Verb.ROLE else {}),
        "action": reverse(f"members_many_{order.verb.value}"),
        "cancel": _back_to(order.choice.wanted),
    }
    return render(request, "members/many.html", context)


def _promotion(request: door.TeamRequest, order: Order, found: "QuerySet[Member]") -> dict[str, Any]:
    promoted = Promoted.of(order, request.by, found)
    return {"promoted": promoted, "role_form": ManyRoleForm(initial={"seal": promoted.seal})}


def _back_to(wanted: Wanted) -> str:
    return f"{reverse('members')}?{urlencode(wanted.given)}" if wanted.given else reverse("members")


def _crumbs(last: object) -> list[dict[str, Any]]:
    return [{"label": _("Members"), "url": reverse("members")}, {"label": last}]


def _outlook(request: door.TeamRequest, order: Order, found: "QuerySet[Member]") -> dict[str, Any]:
    """Count who is acted on, who is so already, who is left out, and for whom no seat is free."""
    parts = errands.sort_out(order, request.by, found)
    count, tally = parts.will.count(), seats.tally(request.team)
    over = max(0, count - tally.free) if order.verb is Verb.ASSIGN else 0
    roles = dict(parts.will.order_by().values_list("role").annotate(n=Count("pk"))) if order.verb is Verb.ROLE else {}
    return {
        "count": count,
        # Whoever has been in the team longer gets a seat first, as in the batches.
        "will": _part(parts.will, 0, count - over),
        "over": _part(parts.will, count - over, over),
        "free": tally.free,
        "same": parts.same.count(),
        "owners": _part(parts.owners, 0, parts.owners.count()) | {"why": errands.why_owners()},
        "oneself": parts.oneself.exists() and errands.why_oneself(),
        "by_role": [(word, roles[role]) for role, word in ROLES.items() if role in roles],
        "chosen": found.count(),
        "crumbs": _crumbs(CONFIRM[order.verb]),
    }


def _part(found: "QuerySet[Member]", start: int, count: int) -> dict[str, Any]:
    """Name the first of so many people from this place on, in the order in which they are met."""
    named = [each.label for each in found.order_by("pk")[start : start + min(count, NAMED)]] if count else []
    return {"count": count, "named": named, "more": count - len(named)}


# ── Doing it ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def _doing(verb: Verb) -> Callable[[door.TeamRequest], HttpResponse]:
    def do(request: door.TeamRequest) -> HttpResponse:
        """Do it to those chosen: a few at once, many in the worker's batches."""
        request.subject = _("people chosen in the list")
        order = Order(verb, chosen(request.POST), request.POST.get("role_to", ""))
        if verb is Verb.ROLE:
            found = order.choice.people(request.team)
            promoted = Promoted.of(order, request.by, found)
            promoted.require(order.role, "sure" in request.POST, request.POST.get("seal", ""))
            order = promoted.bind(order, found)
        errand = errands.begin(request.team, request.by, order)
        return _go(request, errand)

    return do


def _go(request: door.TeamRequest, errand: Errand) -> HttpResponse:
    if errand.expected > batches.MOST:
        wake(request.team.errands.filter(pk=errand.pk))
    else:
        while not errands.go_on(errand):
            pass
    return redirect("members_errand", errand_id=errand.pk)


assign = require_POST(door.team_page(Role.ADMIN)(_doing(Verb.ASSIGN)))
unassign = require_POST(door.team_page(Role.ADMIN)(_doing(Verb.UNASSIGN)))
sign_out = require_POST(door.team_page(Role.ADMIN)(_doing(Verb.SIGN_OUT)))
set_role = require_POST(door.team_page(Role.ADMIN, sudo=True)(_doing(Verb.ROLE)))


# ── What became of it ────────────────────────────────────────────────────────────────────────────────────────────────
@require_GET
@door.team_page(Role.AUDITOR)
def result(request: door.TeamRequest, errand_id: UUID) -> HttpResponse:
    """Say how far it came, what became of whom, and how to take it back."""
    return render(request, "members/errand.html", _became(request, errand_id))


@require_GET
@door.team_page(Role.AUDITOR)
def progress(request: door.TeamRequest, errand_id: UUID) -> HttpResponse:
    """Give the part of the page that lives."""
    return render(request, "members/errand_state.html", _became(request, errand_id))


def _became(request: door.TeamRequest, errand_id: UUID) -> dict[str, Any]:
    errand = Errand.of(request.team, errand_id)
    verb = Verb(errand.verb)
    batch = Paginator(errand.batches.filter(left_out__gt=0).order_by("pk"), 1).get_page(request.GET.get("page"))
    opposite = errands.OPPOSITE.get(verb)
    task = errands.TASKS.get(opposite) if opposite else None
    return {
        "errand": errand,
        "title": CONFIRM[verb],
        "did": DONE[verb],
        "left": max(0, errand.expected - errand.met),
        "page": batch,
        "refused": _by_reason(batch.object_list[0].refused) if batch.object_list else {},
        "undo": opposite and errand.done and errand.finished_at and request.by.may(Role.ADMIN),
        "undo_words": CONFIRM[opposite] if opposite else "",
        "undone": getattr(errand, "undone_by", None),
        "lock": policy.lock(request.team, Door.DASHBOARD, task) if task else None,
        "crumbs": _crumbs(CONFIRM[verb]),
    }


def _by_reason(refused: list[tuple[str, str, str]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for pk, label, why in refused:
        found.setdefault(why, []).append((pk, label))
    return found


@require_POST
@door.team_page(Role.ADMIN)
def take_back(request: door.TeamRequest, errand_id: UUID) -> HttpResponse:
    """Give back what was taken, or take back what was given."""
    errand = Errand.of(request.team, errand_id)
    request.subject = ngettext("{n} person", "{n} people", errand.done).format(n=errand.done)
    return _go(request, errands.take_back(request.team, request.by, errand))
