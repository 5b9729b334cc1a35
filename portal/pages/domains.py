"""Settings › Security › Domains: claim, prove by DNS, see who would be refused, remove (spec rule 18)."""

from typing import Any
from uuid import UUID

from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.outbound import records, turn
from portal.teams import domains, proofs
from portal.teams.actor import Role
from portal.teams.errors import Conflict, Invalid, Refusal
from portal.teams.models import Domain

LIMITS = {"domain_check": "30/10m/key"}


class DomainForm(forms.Form):
    """The domain to claim."""

    domain = forms.CharField(
        label=gettext_lazy("Domain"),
        max_length=253,
        help_text=gettext_lazy("What your people's addresses end in, such as northwind.test."),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false", "inputmode": "url"}),
    )


def phrase() -> str:
    """What an owner types to allow e-mails outside the team's domains: spec rule 18 asks for so many words."""
    return _("allow e-mails outside our domains")


@require_GET
@team_page(Role.AUDITOR)
def domain_list(request: TeamRequest) -> HttpResponse:
    """Show the domains, how each stands, and what counts."""
    return _show(request)


def _show(request: TeamRequest, form: DomainForm | None = None, status: int = 200) -> HttpResponse:
    rows = request.team.domains.order_by("name").select_related("team")
    crowd = domains.crowd(request.team)
    context = {
        "form": form or DomainForm(),
        "rows": [_row(request, row, crowd) for row in rows],
        "line": crowd.line,
        "closing": crowd.by_closing(),
        "acts": request.by.may(Role.ADMIN),
        "is_owner": request.by.may(Role.OWNER),
        "phrase": phrase(),
    }
    return render(request, "domains/list.html", context, status=status)


def _row(request: TeamRequest, row: Domain, crowd: domains.Crowd) -> dict[str, Any]:
    """Say of a domain how it stands, and whom its change would refuse."""
    row.team = request.team
    seen = row.seen_at is not None and timezone.now() - row.seen_at < domains.FRESH
    out = crowd.by_removing(row) if row.verified_at else crowd.by_verifying(row)
    owners = row.team.sso_on and bool(out)
    return {
        "domain": row,
        "shown": domains.in_letters(row.name),
        "is_seen": seen and row.verified_at is None,
        "until": row.missing_since + proofs.GRACE if row.missing_since else None,
        "out": out,
        "may_remove": request.by.may(Role.OWNER if owners else Role.ADMIN),
        "is_owners": crowd.is_owners(row) if not row.verified_at else owners,
    }


@require_POST
@team_page(Role.ADMIN)
def claim(request: TeamRequest) -> HttpResponse:
    """Claim a domain."""
    form = DomainForm(request.POST)
    if form.is_valid():
        try:
            row = domains.claim(request.team, request.by, form.cleaned_data["domain"])
        except (Invalid, Conflict) as refusal:
            form.add_error("domain", str(refusal))
        else:
            messages.success(request, _("{name} is claimed. Set its DNS record next.").format(name=row.name))
            return redirect("domains")
    return _show(request, form, 400)


@require_POST
@team_page(Role.ADMIN)
def check(request: TeamRequest, domain_id: UUID) -> HttpResponse:
    """Look for the record now; where it is there and refuses nobody, the domain is verified at once."""
    row = domains.of(request.team, domain_id)
    if not ratelimit.consume(request, app="account", action="domain_check", config=LIMITS, key=str(request.team.pk)):
        messages.warning(request, _("DNS was asked often just now. Wait ten minutes."))
        return redirect("domains")
    try:
        with turn.taken():
            found = records.holds(row.record, row.record_value)
    except turn.Busy as busy:
        messages.warning(request, str(busy))
        return redirect("domains")
    if row.verified_at and not row.vouched:
        proofs.recheck(row, found)
    else:
        proofs.note(row, found)
    level, words = _answer(request, row, found)
    messages.add_message(request, level, words)
    return redirect("domains")


def _answer(request: TeamRequest, row: Domain, found: bool | None) -> tuple[int, str]:
    """Say what the look found, and verify where nothing stands in the way."""
    if found is None:
        return messages.WARNING, _("No DNS server could tell. Try again in a few minutes.")
    if not found:
        return messages.WARNING, _("The record of {name} is not there yet. It can take an hour.").format(name=row.name)
    if row.verified_at:
        return messages.SUCCESS, _("The record of {name} is there.").format(name=row.name)
    if domains.crowd(request.team).is_owners(row):
        words = _("The record of {name} is there. An owner looks at who would be refused, then verifies it.")
        return messages.INFO, words.format(name=row.name)
    try:
        domains.verify(request.team, request.by, row.pk)
    except Refusal as refusal:
        return messages.WARNING, str(refusal)
    return messages.SUCCESS, _("{name} is verified.").format(name=row.name)


@require_POST
@team_page(Role.OWNER, sudo=True)
def verify(request: TeamRequest, domain_id: UUID) -> HttpResponse:
    """Verify a domain whose record was just seen, knowing who is refused by it."""
    row = domains.verify(request.team, request.by, domain_id)
    messages.success(request, _("{name} is verified.").format(name=row.name))
    return redirect("domains")


@require_POST
@team_page(Role.ADMIN)
def remove(request: TeamRequest, domain_id: UUID) -> HttpResponse:
    """Remove a domain."""
    domains.remove(request.team, request.by, domain_id)
    messages.success(request, _("Removed. You can delete its DNS record."))
    return redirect("domains")


@require_POST
@team_page(Role.OWNER, sudo=True)
def allow_outside(request: TeamRequest) -> HttpResponse:
    """Allow e-mails outside the domains, in so many words."""
    if request.POST.get("confirm", "").strip().lower() != phrase():
        raise Invalid(_("Type “{phrase}” to confirm.").format(phrase=phrase()))
    domains.allow_outside(request.team, request.by)
    messages.success(request, _("E-mails outside your domains are allowed."))
    return redirect("domains")


@require_POST
@team_page(Role.OWNER, sudo=True)
def refuse_outside(request: TeamRequest) -> HttpResponse:
    """Refuse e-mails outside the domains again."""
    domains.refuse_outside(request.team, request.by)
    messages.success(request, _("E-mails outside your domains are refused."))
    return redirect("domains")
