"""What an operator does about what a team bought: founding it, its seats, its plan and entitlements, and its end."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.operators import finding
from portal.operators.deeds import Deed, ReasonForm, answer
from portal.operators.door import OperatorRequest, operator_page
from portal.teams import founding, plans, seats
from portal.teams.actor import Actor
from portal.teams.errors import Invalid
from portal.teams.models import Plan
from portal.teams.models.team import SLUG

MOST_SEATS = seats.MAX_SEATS


class EntitlementForm(ReasonForm):
    """Plan and entitlements."""

    plan = forms.ChoiceField(label=gettext_lazy("Plan"), choices=Plan.choices)
    sso = forms.BooleanField(label=gettext_lazy("Entitled to single sign-on"), required=False)
    scim = forms.BooleanField(label=gettext_lazy("Entitled to provisioning by SCIM"), required=False)


class TeamForm(EntitlementForm):
    """A new team."""

    field_order = ("name", "slug", "seats", "owner", "plan", "sso", "scim")
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    slug = forms.CharField(
        label=gettext_lazy("Short name (slug)"),
        max_length=50,
        validators=[SLUG],
        help_text=gettext_lazy("Stands in addresses; it can't be changed and is never used again."),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )
    seats = forms.IntegerField(label=gettext_lazy("Seats bought"), min_value=1, max_value=MOST_SEATS)
    owner = forms.EmailField(label=gettext_lazy("Owner's e-mail"), max_length=255)


class SeatsForm(ReasonForm):
    """How many seats the team has bought."""

    seats = forms.IntegerField(label=gettext_lazy("Seats bought"), min_value=0, max_value=MOST_SEATS)


class PlanForm(EntitlementForm):
    """A change of plan and entitlements."""

    force = forms.BooleanField(
        label=gettext_lazy("Turn off what is in use"),
        required=False,
        help_text=gettext_lazy("Without it, taking away what is in use is refused."),
    )


class DeleteForm(ReasonForm):
    """The slug once more."""

    confirm = forms.CharField(required=False, widget=forms.HiddenInput)


@require_http_methods(["GET", "POST"])
@operator_page()
def create(request: OperatorRequest) -> HttpResponse:
    """Make a team with its owner seated."""
    told = [_("The owner gets the first seat and can sign in by e-mail code at once.")]

    def do(by: Actor, said: dict[str, Any]) -> str:
        request.team = founding.create(
            by, said["slug"], said["name"], bought=said["seats"], owner=said["owner"], plan=said["plan"],
            sso=said["sso"], scim=said["scim"],
        )  # fmt: skip
        return _("Team {team} is made.").format(team=said["name"])

    return answer(request, Deed(_("Create a team"), _("Create the team"), told), TeamForm(request.POST or None), do)


@require_http_methods(["GET", "POST"])
@operator_page()
def set_seats(request: OperatorRequest, slug: str) -> HttpResponse:
    """Set how many seats a team has bought."""
    team = request.team = finding.of_slug(slug)
    now, waiting = seats.tally(team), team.waiting.count()
    told = [
        _("{bought} are bought, {assigned} in use, {free} free.").format(
            bought=now.bought, assigned=now.assigned, free=now.free
        ),
        ngettext("{n} person is waiting.", "{n} people are waiting.", waiting).format(n=waiting),
        _("Nobody loses a seat by it: fewer than are in use is refused."),
    ]

    def do(by: Actor, said: dict[str, Any]) -> str:
        after = seats.resize(team, by, said["seats"])
        told = ngettext("{team} has {n} seat now, {free} free.", "{team} has {n} seats now, {free} free.", after.bought)
        return told.format(team=team.name, n=after.bought, free=after.free)

    form = SeatsForm(request.POST or None, initial={"seats": now.bought})
    return answer(request, Deed(_("Set the seats"), _("Set the seats"), told), form, do)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def set_plan(request: OperatorRequest, slug: str) -> HttpResponse:
    """Set plan and entitlements; what is in use is turned off only where that is ticked."""
    team = request.team = finding.of_slug(slug)
    in_use = plans.in_use(team, Plan.BUSINESS, False, False)
    told = [_("Taking away what is in use, with the tick below:"), *in_use] if in_use else []

    def do(by: Actor, said: dict[str, Any]) -> str:
        plans.change(team, by, plan=said["plan"], sso=said["sso"], scim=said["scim"], force=said["force"])
        return _("Plan and entitlements of {team} are set.").format(team=team.name)

    initial = {"plan": team.plan, "sso": team.entitled_sso, "scim": team.entitled_scim}
    deed = Deed(_("Plan and entitlements"), _("Set plan and entitlements"), told)
    return answer(request, deed, PlanForm(request.POST or None, initial=initial), do)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def delete(request: OperatorRequest, slug: str) -> HttpResponse:
    """Delete a team, its slug typed."""
    team = request.team = finding.of_slug(slug)
    people, inside = team.members.count(), team.entries.filter(ended_at=None).count()
    told = [
        ngettext("{n} member is deleted.", "{n} members are deleted.", people).format(n=people),
        ngettext("{n} session ends at once.", "{n} sessions end at once.", inside).format(n=inside),
        _("Its {n} seats, connection, tokens, logs and secrets go.").format(n=seats.tally(team).bought),
        _("Its owners are mailed. The slug is never used again, and nothing of it can be brought back."),
    ]

    def do(by: Actor, said: dict[str, Any]) -> str:
        if said["confirm"].strip() != team.slug:
            raise Invalid(_("Type “{phrase}” to confirm.").format(phrase=team.slug))
        founding.close(team, by)
        return _("Team {team} is deleted.").format(team=team.name)

    deed = Deed(_("Delete the team"), _("Delete the team"), told, kind="danger", confirm_text=team.slug)
    return answer(request, deed, DeleteForm(request.POST or None), do)
