"""Team settings › Notices: who gets which, and how."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import notice_rules
from portal.teams.actor import Role
from portal.teams.errors import Missing
from portal.teams.models import Audience, NoticeRule
from portal.teams.registry import NoticeKind, registry

AUDIENCES = {
    Audience.OWNERS: gettext_lazy("Owners"),
    Audience.ADMINS: gettext_lazy("Owners and admins"),
    Audience.CHOSEN: gettext_lazy("Chosen people"),
}
ALWAYS = gettext_lazy("It concerns security: it is always shown, and owners are always mailed.")


class RuleForm(forms.Form):
    """Who gets a kind of notice, and how."""

    audience = forms.ChoiceField(
        label=gettext_lazy("Who gets it"), choices=list(AUDIENCES.items()), widget=forms.RadioSelect
    )
    people = forms.MultipleChoiceField(
        label=gettext_lazy("Chosen people"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Counts where “Chosen people” is chosen above. Only owners, admins and auditors."),
    )  # fmt: skip
    mail = forms.BooleanField(label=gettext_lazy("By mail"), required=False)
    in_page = forms.BooleanField(label=gettext_lazy("In the portal"), required=False)

    def offer(self, request: TeamRequest, kind: NoticeKind) -> "RuleForm":
        """Offer the team's people; close what a kind that concerns security leaves open to nobody."""
        people = notice_rules.candidates(request.team)
        self.fields["people"].choices = [  # type: ignore[attr-defined]
            (str(member.pk), f"{member.label} · {member.role}") for member in people
        ]
        for name in ("mail", "in_page") if kind.security else ():
            self.fields[name].disabled, self.fields[name].help_text = True, str(ALWAYS)
        return self


@require_GET
@team_page(Role.AUDITOR)
def settings(request: TeamRequest) -> HttpResponse:
    """Show who gets which notices."""
    rules = notice_rules.rules(request.team)
    rows = [_row(kind, rules[name]) for name, kind in registry.notices.items()]
    return render(request, "notices/settings.html", {"rows": rows, "acts": request.by.may(Role.ADMIN)})


def _row(kind: NoticeKind, rule: NoticeRule) -> dict[str, Any]:
    who = str(AUDIENCES[Audience(rule.audience)])
    if rule.audience == Audience.CHOSEN:
        n = len(rule.people)
        who = ngettext("{n} chosen person", "{n} chosen people", n).format(n=n)
    if kind.security and rule.audience == Audience.CHOSEN:
        who = _("{who}, and owners").format(who=who)
    return {"kind": kind, "rule": rule, "who": who}


@require_GET
@team_page(Role.AUDITOR)
def setting(request: TeamRequest, name: str) -> HttpResponse:
    """Show one kind, for whoever may choose who gets it."""
    kind = _kind(name)
    rule = notice_rules.of(request.team, kind)
    initial = {column: getattr(rule, column) for column in ("audience", "people", "mail", "in_page")}
    return _show(request, kind, RuleForm(initial=initial).offer(request, kind))


def _show(request: TeamRequest, kind: NoticeKind, form: RuleForm, status: int = 200) -> HttpResponse:
    context = {"kind": kind, "form": form, "acts": request.by.may(Role.ADMIN)}
    return render(request, "notices/setting.html", context, status=status)


@require_POST
@team_page(Role.ADMIN)
def choose(request: TeamRequest, name: str) -> HttpResponse:
    """Choose who gets a kind of notice."""
    kind = _kind(name)
    form = RuleForm(request.POST, initial={"mail": True, "in_page": True}).offer(request, kind)
    if not form.is_valid():
        return _show(request, kind, form, 400)
    given = form.cleaned_data
    if given["audience"] == Audience.CHOSEN and not given["people"]:
        form.add_error("people", _("Choose at least one person."))
        return _show(request, kind, form, 400)
    notice_rules.choose(
        request.team, request.by, name, given["audience"], given["people"], mail=given["mail"], in_page=given["in_page"]
    )
    messages.success(request, _("Saved: “{name}” goes by this choice from now on.").format(name=kind.label))
    return redirect("notice_rules")


def _kind(name: str) -> NoticeKind:
    kind = registry.notices.get(name)
    if kind is None:
        raise Missing
    return kind
