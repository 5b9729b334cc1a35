"""Profile › Security: the authenticator app, passkeys and recovery codes of the signed-in User (spec rules 6, 12)."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlencode

import segno
from allauth.mfa.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from portal.door import TeamRequest, team_page
from portal.pages.profile import sign_ins
from portal.pages.second_step import answer_of
from portal.pages.sign_in import CodeForm
from portal.teams import access, challenges, factors, passkeys, second_factor
from portal.teams.access import Kind
from portal.teams.challenges import Purpose
from portal.teams.errors import Forbidden, Invalid, Missing
from portal.teams.models import Challenge, User

P = ParamSpec("P")


class NameForm(forms.Form):
    """What a passkey is called."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=passkeys.LONGEST_NAME, help_text=gettext_lazy("Such as “Work laptop”.")
    )


@require_GET
@team_page(unproved=True)
def security(request: TeamRequest) -> HttpResponse:
    """Show what proves that it is this person; of an SSO session, that its organisation sees to it."""
    if request.reach.kind is not Kind.CODE:
        return render(request, "security/managed.html", {"sign_ins": sign_ins(request)})
    # An operator may be in no team: then they are signed in to none either.
    inside = sign_ins(request) if request.team is not None else []
    context = {"held": factors.of(_user(request).pk), "sign_ins": inside, "wanting": request.reach.wanting}
    return render(request, "security/factors.html", context)


def _user(request: HttpRequest) -> User:
    """The User of a code session; an SSO session reaches none (spec rule 6)."""
    if not isinstance(request.user, User):
        raise Forbidden(_("Managed by your organisation: its identity provider asks for your second factor."))
    return request.user


View = Callable[Concatenate[TeamRequest, User, P], HttpResponse]


def change(view: View[P]) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Open a change of one's factors: by POST, freshly re-authenticated, and by a factor where there is one."""

    @require_POST
    @team_page(sudo=True, unproved=True)
    @wraps(view)
    def page(request: TeamRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = _user(request)
        if factors.has(user.pk) and not access.proved_second(request):
            return redirect(f"{reverse('reauthenticate')}?{urlencode({'next': reverse('security')})}")
        return view(request, user, *args, **kwargs)

    return page


# ── The authenticator app ────────────────────────────────────────────────────────────────────────────────────────────
@change
def begin_totp(request: TeamRequest, user: User) -> HttpResponse:
    """Show a new key as a picture and to be typed; it counts once a code of it was typed here."""
    asked = second_factor.begin_totp(user)
    request.session[Purpose.NEW_TOTP] = str(asked.pk)
    return _show_key(request, user, asked, CodeForm())


@change
def confirm_totp(request: TeamRequest, user: User) -> HttpResponse:
    """Set the app up by its first code; this session has proved it with that."""
    asked = _asked(request, user, Purpose.NEW_TOTP)
    form = CodeForm(request.POST)
    if not form.is_valid():
        return _show_key(request, user, asked, form)
    try:
        codes = second_factor.confirm_totp(asked, form.cleaned_data["code"])
    except Invalid as wrong:
        form.add_error("code", str(wrong))
        return _show_key(request, user, asked, form)
    return _added(request, codes, _("Your authenticator app is set up."))


def _show_key(request: TeamRequest, user: User, asked: Challenge, form: CodeForm) -> HttpResponse:
    secret = second_factor.secret_of(asked)
    picture = segno.make(get_adapter().build_totp_url(user, secret), error="m", micro=False)
    drawn = picture.svg_inline(scale=5, border=4, dark="#000", light="#fff", svgclass="sg-qr", lineclass=None)
    grouped = " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
    # Made by us alone: the picture of an address whose every part is encoded.
    context = {"picture": mark_safe(drawn), "secret": grouped, "form": form}  # noqa: S308
    return render(request, "security/totp.html", context)


@change
def remove_totp(request: TeamRequest, user: User) -> HttpResponse:
    """Take the app away."""
    second_factor.remove_totp(user)
    messages.success(request, _("The authenticator app is removed."))
    return redirect("security")


# ── Passkeys ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@change
def begin_passkey(request: TeamRequest, user: User) -> HttpResponse:
    """Ask the browser to make a passkey, under a name."""
    asked = challenges.ask(Purpose.NEW_PASSKEY, user)
    request.session[Purpose.NEW_PASSKEY] = str(asked.pk)
    context = {"options": json.dumps(passkeys.begin_new(asked)), "form": NameForm()}
    return render(request, "security/passkey.html", context)


@change
def add_passkey(request: TeamRequest, user: User) -> HttpResponse:
    """Register the passkey that the browser made; this session has proved it with that."""
    asked, form = _asked(request, user, Purpose.NEW_PASSKEY), NameForm(request.POST)
    name = form.cleaned_data["name"] if form.is_valid() else ""
    codes = passkeys.add(asked, name, answer_of(request))
    return _added(request, codes, _("Your passkey is added."))


@change
def rename_passkey(request: TeamRequest, user: User, passkey_id: int) -> HttpResponse:
    """Give a passkey another name."""
    form = NameForm(request.POST)
    passkeys.rename(user, passkey_id, form.cleaned_data["name"] if form.is_valid() else "")
    messages.success(request, _("Renamed."))
    return redirect("security")


@change
def remove_passkey(request: TeamRequest, user: User, passkey_id: int) -> HttpResponse:
    """Take a passkey away."""
    passkeys.remove(user, passkey_id)
    messages.success(request, _("The passkey is removed. Remove it from your device too."))
    return redirect("security")


# ── Recovery codes ───────────────────────────────────────────────────────────────────────────────────────────────────
@change
def make_codes(request: TeamRequest, user: User) -> HttpResponse:
    """Make ten new recovery codes and show them in this one answer."""
    return _show_codes(request, second_factor.make_codes(user))


@change
def save_codes(request: TeamRequest, user: User) -> HttpResponse:
    """Note that the recovery codes are kept somewhere safe."""
    second_factor.save_codes(user)
    messages.success(request, _("Noted: your recovery codes are saved."))
    return redirect("security")


def _added(request: TeamRequest, codes: list[str], said: str) -> HttpResponse:
    access.mark_second(request)
    access.mark_sudo(request)
    messages.success(request, said)
    return _show_codes(request, codes) if codes else redirect("security")


def _show_codes(request: TeamRequest, codes: list[str]) -> HttpResponse:
    context: dict[str, Any] = {"codes": "\n".join(codes), "count": len(codes)}
    return render(request, "security/codes.html", context)


def _asked(request: TeamRequest, user: User, purpose: Purpose) -> Challenge:
    found = challenges.find(request.session.get(purpose), purpose)
    if found is None or found.user_id != user.pk:
        raise Missing
    return found
