"""Profile › My notices: about what the signed-in person wants mail."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import notice_rules
from portal.teams.actor import Role
from portal.teams.notice_rules import always_mailed
from portal.teams.registry import NoticeKind, registry


def _mailed(request: TeamRequest) -> list[NoticeKind]:
    """List the kinds that the team mails to somebody of this person's role."""
    rules, member = notice_rules.rules(request.team), request.member
    return [
        kind
        for name, kind in registry.notices.items()
        if (rules[name].mail or kind.security) and notice_rules.gets(kind, rules[name], member.rank, member.pk)
    ]


@require_GET
@team_page(Role.AUDITOR)
def mine(request: TeamRequest) -> HttpResponse:
    """Show about what this person gets mail."""
    out = notice_rules.no_mail_for(request.member)
    rows = [
        {"kind": kind, "always": always_mailed(kind, request.member.rank), "on": kind.name not in out}
        for kind in _mailed(request)
    ]
    return render(request, "notices/mine.html", {"rows": rows})


@require_POST
@team_page(Role.AUDITOR)
def save(request: TeamRequest) -> HttpResponse:
    """Note about what this person wants no mail; what the page did not offer stays as it was."""
    offered, wanted = {kind.name for kind in _mailed(request)}, set(request.POST.getlist("mail"))
    kept = notice_rules.no_mail_for(request.member) - offered
    notice_rules.want_no_mail(request.member, kept | (offered - wanted))
    messages.success(request, _("Saved: this is what you get by mail."))
    return redirect("my_notices")
