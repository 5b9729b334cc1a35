"""Rescue codes: an owner makes and keeps them; "Trouble signing in" takes one (spec rule 28)."""

import logging

from allauth.core.internal import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.door import TeamRequest, team_page
from portal.teams import access, rescue
from portal.teams.actor import Role

log = logging.getLogger("seatgate.sign_in")

# By the caller's address alone: the codes can't be guessed, and a limit for each team or person would let a stranger
# who knows their names keep an owner out.
LIMITS = {"rescue": "10/10m/ip,30/h/ip"}


class RescueForm(forms.Form):
    """What a rescue code is typed with: the team, the owner's address, the code."""

    slug = forms.CharField(
        label=gettext_lazy("Team's short name"),
        max_length=50,
        help_text=gettext_lazy("It stands on the sheet with the codes."),
        widget=forms.TextInput(attrs={"autocapitalize": "off", "spellcheck": "false"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your work e-mail"),
        max_length=320,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Rescue code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
    )


@require_GET
@team_page(Role.OWNER)
def rescue_codes(request: TeamRequest) -> HttpResponse:
    """Show an owner how their rescue codes stand; never the codes."""
    return render(request, "profile/rescue.html", {"rescue": rescue.state(request.member)})


@require_POST
@team_page(Role.OWNER, sudo=True)
def make(request: TeamRequest) -> HttpResponse:
    """Make ten new codes and show them in this one answer."""
    codes = rescue.make(request.team, request.by)
    context = {"rescue": rescue.state(request.member), "codes": "\n".join(codes)}
    return render(request, "profile/rescue.html", context)


@require_POST
@team_page(Role.OWNER)
def save(request: TeamRequest) -> HttpResponse:
    """Note that the codes are kept somewhere safe."""
    rescue.save(request.team, request.by)
    messages.success(request, _("Noted: your rescue codes are saved."))
    return redirect("rescue_codes")


@never_cache
@require_http_methods(["GET", "POST"])
def trouble(request: HttpRequest) -> HttpResponse:
    """Take a rescue code; every wrong combination gets the same answer."""
    form = RescueForm(request.POST or None)
    if request.method == "GET" or not form.is_valid():
        return render(request, "sign_in/trouble.html", {"form": form})
    slug, email = form.cleaned_data["slug"].strip().lower(), form.cleaned_data["email"]
    if not ratelimit.consume(request, app="account", action="rescue", config=LIMITS):
        form.add_error(None, _("Too many tries. Wait ten minutes, then try again."))
        return render(request, "sign_in/trouble.html", {"form": form}, status=429)
    owner = rescue.claim(slug, email, form.cleaned_data["code"])
    if owner is None:
        log.warning("rescue code refused for team %r from %s", slug[:50], request.META.get("REMOTE_ADDR", ""))
        form.add_error(None, _("That does not fit together, or the code was used. Look at all three, then try again."))
        return render(request, "sign_in/trouble.html", {"form": form}, status=403)
    access.enter_by_break_glass(request, owner)
    return redirect("sso:panel")
