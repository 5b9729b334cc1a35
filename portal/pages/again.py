"""Proving it again (spec rule 12): by code, by a second factor where the User has one, by SSO in an SSO session."""

from typing import Any
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from portal.door import reach_of, safe_path, to_sign_in
from portal.pages import known_browsers
from portal.pages.second_step import FactorForm, answer_of, offered, proved
from portal.pages.sign_in import CodeForm
from portal.teams import access, challenges, codes, factors, passkeys
from portal.teams.access import Kind
from portal.teams.challenges import Purpose
from portal.teams.models import Challenge


@never_cache
@require_GET
def reauthenticate(request: HttpRequest) -> HttpResponse:
    """Ask a code session for a fresh code, or its second factor; an SSO session for a fresh round trip."""
    reached, wanted = reach_of(request), safe_path(request.GET.get("next"))
    if reached.kind is Kind.SSO and reached.member is not None:
        context = {"slug": reached.member.team.slug, "next": wanted, "again": True}
        return render(request, "sign_in/again_sso.html", context)
    if reached.kind is not Kind.CODE:
        return to_sign_in(request)
    return _ask(request, wanted)


def _ask(request: HttpRequest, wanted: str, form: Any = None) -> HttpResponse:
    """Where the User has a second factor, the e-mail code alone proves nothing again."""
    if factors.has(request.user.pk):  # type: ignore[arg-type]
        context = {"form": form or FactorForm(), "next": wanted, **offered(_asked(request))}
        return render(request, "sign_in/again_factor.html", context)
    context = {"form": form or CodeForm(), "next": wanted, "user": request.user, "minutes": codes.VALID_MINUTES}
    return render(request, "sign_in/again.html", context)


def _asked(request: HttpRequest) -> Challenge:
    """The challenge that this browser has open, or a new one."""
    found = challenges.find(request.session.get(Purpose.AGAIN), Purpose.AGAIN)
    if found is None or found.user_id != request.user.pk:
        found = challenges.ask(Purpose.AGAIN, request.user)  # type: ignore[arg-type]
        request.session[Purpose.AGAIN] = str(found.pk)
    return found


# ── By e-mail code ───────────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
def send_again(request: HttpRequest) -> HttpResponse:
    """Mail a code to the address of this code session."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    if known_browsers.may_be_mailed_again(request):
        row = codes.ask(request.user.email, get_adapter().generate_login_code())
        request.session["again_code"] = str(row.pk)
    wanted = safe_path(request.POST.get("next"))
    return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': wanted})}")


@require_POST
def prove_again(request: HttpRequest) -> HttpResponse:
    """Take the code of a re-authentication; it changes neither the session's kind nor what it reaches."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    asked, wanted = request.session.get("again_code"), safe_path(request.POST.get("next"))
    form = CodeForm(request.POST)
    typed = form.cleaned_data["code"] if form.is_valid() else ""
    enough = not factors.has(request.user.pk)
    email = codes.claim(asked, typed) if asked and typed and enough else None
    if email is None:
        form.add_error("code", _("That code is wrong or old. Ask for a new one."))
        return _ask(request, wanted, form if enough else None)
    access.mark_sudo(request)
    return redirect(wanted)


# ── By a second factor ───────────────────────────────────────────────────────────────────────────────────────────────
@require_POST
def prove_factor(request: HttpRequest) -> HttpResponse:
    """Take an app's code or a recovery code."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    form, wanted = FactorForm(request.POST), safe_path(request.POST.get("next"))
    if form.is_valid() and proved(request, _asked(request), form):
        return _proved(request, wanted)
    return _ask(request, wanted, form if factors.has(request.user.pk) else None)


@require_POST
def prove_passkey(request: HttpRequest) -> HttpResponse:
    """Take a passkey."""
    if not request.user.is_authenticated:
        return to_sign_in(request)
    wanted = safe_path(request.POST.get("next"))
    if passkeys.prove(_asked(request), answer_of(request)) is None:
        messages.error(request, _("That passkey did not fit. Try again."))
        return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': wanted})}")
    return _proved(request, wanted)


def _proved(request: HttpRequest, wanted: str) -> HttpResponse:
    access.mark_sudo(request)
    access.mark_second(request)
    return redirect(wanted)
