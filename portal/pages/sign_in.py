"""Signing in by e-mail code, choosing a team, and signing out (spec rules 19, 30)."""

from allauth.account.adapter import get_adapter
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.door import reach_of, safe_path, to_sign_in
from portal.pages import known_browsers, second_step
from portal.pages.second_step import NEXT
from portal.teams import access, codes, domains, letters, links
from portal.teams.access import Kind, Reach
from portal.teams.folding import fold_address
from portal.teams.models import Member
from portal.teams.models.team import SLUG
from portal.teams.registry import registry

CODE = "code"


class WhoForm(forms.Form):
    """Work e-mail, or the team's slug."""

    who = forms.CharField(
        label=gettext_lazy("Work e-mail"),
        max_length=320,
        help_text=gettext_lazy("Or your team's short name."),
        widget=forms.TextInput(attrs={"autocomplete": "email", "autofocus": True, "inputmode": "email"}),
    )

    def clean_who(self) -> str:
        """Accept an address or a slug, and say which is missing."""
        who = str(self.cleaned_data["who"]).strip()
        try:
            (forms.EmailField().clean if "@" in who else SLUG)(who if "@" in who else who.lower())
        except forms.ValidationError:
            raise forms.ValidationError(_("Enter an e-mail address, such as ada@northwind.test.")) from None
        return who


class CodeForm(forms.Form):
    """The code from the mail."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the work e-mail first; an address of a verified domain with SSO is led to that identity provider."""
    form = WhoForm(request.POST or None, initial={"who": request.GET.get("who", "")})
    wanted = safe_path(request.POST.get("next") or request.GET.get("next"))
    if request.method == "GET" or not form.is_valid():
        return render(request, "sign_in/who.html", {"form": form, "next": wanted})
    request.session[NEXT] = wanted
    who = form.cleaned_data["who"]
    if "@" not in who:
        return render(request, "sign_in/sso.html", {"slug": who.lower(), "next": wanted})
    team = domains.owner_of(who)
    if team is not None and team.sso_on and "by_code" not in request.POST:
        return render(request, "sign_in/sso.html", {"slug": team.slug, "next": wanted, "who": who})
    return _send_code(request, who)


def _send_code(request: HttpRequest, email: str) -> HttpResponse:
    # Too many for one address looks the same as a first one, so that the answer tells nothing; no mail goes out.
    if known_browsers.may_be_mailed(request, fold_address(email)):
        row = codes.ask(email, get_adapter().generate_login_code())
        # As typed: how we spell it tells whether we know it.
        request.session[CODE] = {"id": str(row.pk), "email": email}
    elif CODE not in request.session or request.session[CODE]["email"] != email:
        request.session[CODE] = {"id": None, "email": email}
    return redirect("sign_in_code")


@never_cache
@require_http_methods(["GET", "POST"])
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """Take the code; a right one opens one session, or leads to the second factor where the address has one."""
    asked = request.session.get(CODE)
    if asked is None:
        return redirect("sign_in")
    form = CodeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        email = codes.claim(asked["id"], form.cleaned_data["code"]) if asked["id"] else None
        if email is not None:
            return second_step.open_or_ask(request, codes.user_of(email))
        form.add_error("code", _("That code is wrong or old. Ask for a new one."))
    context = {"form": form, "email": asked["email"], "minutes": codes.VALID_MINUTES, **_demo(asked["email"])}
    return render(request, "sign_in/code.html", context)


def _demo(email: str) -> dict[str, str]:
    """In demo mode, where no mail goes out, the page shows the code."""
    return {"demo_code": letters.last_code(email)} if settings.DEMO else {}


@never_cache
@require_http_methods(["GET", "POST"])
def choose_team(request: HttpRequest) -> HttpResponse:
    """Show the teams a code session may enter; with one there is nothing to choose."""
    reached = reach_of(request)
    if reached.kind is not Kind.CODE:
        return redirect("home") if reached.member else to_sign_in(request)
    if request.method == "GET" and reached.member is None and _wants_operator_pages(request, reached):
        return redirect(safe_path(request.session.pop(NEXT, reverse("operators:overview"))))
    picked = [m for m in reached.choices if str(m.pk) == request.POST.get("member")]
    if request.method == "GET" and reached.member is None:
        picked = reached.choices if len(reached.choices) == 1 else []
    if picked:
        return _enter(request, picked[0])
    return render(request, "sign_in/teams.html", {"choices": reached.choices, "current": reached.member})


def _wants_operator_pages(request: HttpRequest, reached: Reach) -> bool:
    """Say whether an operator goes on to the operators' pages: they asked for one, or have no team to enter."""
    wanted, pages = request.session.get(NEXT, "/"), reverse("operators:overview")
    if not request.user.is_operator:  # type: ignore[union-attr]  # a code session has a User
        return False
    if not reached.choices and not wanted.startswith(pages):
        request.session[NEXT] = pages
    return not reached.choices or bool(wanted.startswith(pages))


def _enter(request: HttpRequest, member: Member) -> HttpResponse:
    access.enter_by_code(request, member)
    return redirect(safe_path(request.session.pop(NEXT, "/")))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End this browser's session, then the one at the identity provider it came from, where that can be ended."""
    entry = reach_of(request).entry
    access.leave(request)
    onward = [url for told in registry.on_sign_out if entry and (url := told(entry.team, entry))]
    if onward:
        return render(request, "sign_in/sign_out_there.html", {"url": onward[0]})
    messages.success(request, _("You are signed out."))
    return redirect("sign_in")


@never_cache
@require_http_methods(["GET", "POST"])
def use_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button; only pressing it uses the operator's link up, because mail scanners follow links."""
    if request.method == "GET":
        return render(request, "sign_in/link.html")
    row = links.claim(token)
    if row is None:
        return render(request, "sign_in/link_ended.html", status=410)
    if row.member is None:
        return second_step.open_or_ask(request, codes.user_of(row.email))
    access.enter_by_break_glass(request, row.member)
    return redirect("sso:panel")
