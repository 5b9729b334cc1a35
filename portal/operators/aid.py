"""What an operator does for a team that is locked out: an owner, Enforce SSO lifted, a domain, a sign-in link."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from portal.operators import finding, frame
from portal.operators.deeds import Deed, ReasonForm, answer
from portal.operators.door import OperatorRequest, operator_page
from portal.operators.teams import crumbs
from portal.teams import domains, founding, links, policy, seats
from portal.teams.actor import Actor
from portal.teams.errors import Invalid, NotReady
from portal.teams.models import Domain, Team

CODE, BREAK_GLASS = "code", "break_glass"


class OwnerForm(ReasonForm):
    """Who becomes an owner."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=255,
        help_text=gettext_lazy("The address they sign in with. Somebody new is added on a free seat."),
    )


class DomainForm(ReasonForm):
    """Which domain is the team's."""

    domain = forms.CharField(label=gettext_lazy("Domain"), max_length=253)
    sure = forms.BooleanField(label=gettext_lazy("Refuse the people named, if there are any"), required=False)


class LinkForm(ReasonForm):
    """For whom, and what it opens."""

    email = forms.EmailField(label=gettext_lazy("E-mail of a member"), max_length=320)
    opens = forms.ChoiceField(
        label=gettext_lazy("It opens"),
        widget=forms.RadioSelect,
        initial=CODE,
        choices=[
            (CODE, gettext_lazy("A session as by e-mail code: where the mail does not arrive")),
            (
                BREAK_GLASS,
                gettext_lazy("Emergency access for an owner: 30 minutes, to lift Enforce SSO and nothing else"),
            ),
        ],
    )


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def set_owner(request: OperatorRequest, slug: str) -> HttpResponse:
    """Make a person an owner who can enter, under every lock."""
    team = request.team = finding.of_slug(slug)
    told = [
        _("They become an active owner, neither suspended nor held, whatever is locked; their sessions end."),
        _("{free} of {bought} seats are free.").format(free=seats.tally(team).free, bought=seats.tally(team).bought),
        _("The team's owners are mailed, with your reason."),
    ]

    def do(by: Actor, said: dict[str, Any]) -> str:
        member = founding.crown(team, by, said["email"], by.reason)
        return _("{who} is an owner of {team} now.").format(who=member.label, team=team.name)

    return answer(request, Deed(_("Set an owner"), _("Make them an owner"), told), OwnerForm(request.POST or None), do)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def release(request: OperatorRequest, slug: str) -> HttpResponse:
    """Lift Enforce SSO."""
    team = request.team = finding.of_slug(slug)
    people = team.members.filter(active=True).count()
    told = [
        ngettext(
            "E-mail codes open the team again for its {n} active member; single sign-on stays on.",
            "E-mail codes open the team again for its {n} active members; single sign-on stays on.",
            people,
        ).format(n=people),
        _("The team's owners are mailed, with your reason. Only an owner can enforce it again."),
    ]
    closed = "" if team.sso_enforced else _("Single sign-on is not enforced in this team.")

    def do(by: Actor, said: dict[str, Any]) -> str:
        if closed:
            raise NotReady(closed)
        policy.relax(team, by, by.reason)
        return _("Enforce SSO is lifted in {team}.").format(team=team.name)

    deed = Deed(_("Lift Enforce SSO"), _("Lift Enforce SSO"), told, closed=closed)
    return answer(request, deed, ReasonForm(request.POST or None), do)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def vouch(request: OperatorRequest, slug: str) -> HttpResponse:
    """Vouch that a domain is the team's."""
    team = request.team = finding.of_slug(slug)
    told = [
        _("It is verified by your word: no DNS record is looked for, now or later."),
        _("Sign-ins with addresses outside the team's domains are refused from the first one on."),
    ]

    def do(by: Actor, said: dict[str, Any]) -> str:
        name = domains.domain_of(f"x@{said['domain']}")
        out = domains.crowd(team).by_verifying(Domain(team=team, name=name)) if team.sso_on else []
        if out and not said["sure"]:
            raise Invalid(
                _("{n} people would be refused: {names}. Tick that you mean it.").format(
                    n=len(out), names=domains.named(out)
                )
            )
        row = domains.vouch(team, by, said["domain"])
        return _("{name} is verified for {team}.").format(name=row.name, team=team.name)

    deed = Deed(_("Vouch for a domain"), _("Vouch for it"), told)
    return answer(request, deed, DomainForm(request.POST or None), do)


@require_http_methods(["GET", "POST"])
@operator_page(sudo=True)
def link(request: OperatorRequest, slug: str) -> HttpResponse:
    """Make a one-time sign-in link for a member."""
    team = request.team = finding.of_slug(slug)
    told = [
        _("The link is shown to you once, works once, for {n} minutes.").format(n=links.VALID_MINUTES),
        _("Whoever has it is that person: give it to them alone."),
        _("They are mailed that you made it; of emergency access, all owners are."),
    ]

    def do(by: Actor, said: dict[str, Any]) -> HttpResponse:
        url = _made(team, by, said["email"], said["opens"])
        context = {"crumbs": crumbs(team, _("Sign-in link")), "url": url, "who": said["email"], "opens": said["opens"]}
        return frame.show(request, "operators/link.html", context | {"minutes": links.VALID_MINUTES})

    deed = Deed(_("Sign-in link"), _("Make the link"), told)
    return answer(request, deed, LinkForm(request.POST or None), do)


def _made(team: Team, by: Actor, email: str, opens: str) -> str:
    if opens == BREAK_GLASS:
        token, _row = links.make_break_glass(team, by, email, by.reason)
    else:
        token, _row = links.make(by, email, by.reason, concerned=team)
    return str(settings.BASE_URL) + reverse("sign_in_link", args=[token])
