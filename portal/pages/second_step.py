"""The second step of a sign-in, where the address has a second factor; and signing in by passkey, which is both."""

import json
from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from portal.door import safe_path
from portal.pages import known_browsers
from portal.teams import access, challenges, factors, passkeys, second_factor
from portal.teams.challenges import Purpose
from portal.teams.models import Challenge, User

NEXT = "next"
# Only whoever proved the address comes to type here, so a limit for each person keeps no owner out. The other is by
# the caller's address: nobody is known yet.
LIMITS = {"second_factor": "5/5m/key,30/d/key", "passkey": "30/m/ip"}
LONGEST_ANSWER = 20_000


class FactorForm(forms.Form):
    """What an authenticator app shows, or a recovery code."""

    factor = forms.CharField(
        label=gettext_lazy("Code from your app, or a recovery code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


# ── The second step ──────────────────────────────────────────────────────────────────────────────────────────────────
def open_or_ask(request: HttpRequest, user: User) -> HttpResponse:
    """Open a session for a proven address, or ask for its second factor first; the session of before is dropped."""
    wanted = request.session.get(NEXT, "/")
    access.leave(request)
    request.session[NEXT] = wanted
    # From now on: what happens to their access before the second step is done bars this proof too.
    request.session[access.PROVED_AT] = timezone.now().isoformat()
    if not factors.has(user.pk):
        return _open(request, user)
    request.session[Purpose.SECOND_STEP] = str(challenges.ask(Purpose.SECOND_STEP, user).pk)
    return redirect("sign_in_second")


def _open(request: HttpRequest, user: User) -> HttpResponse:
    response: HttpResponse = perform_login(request, Login(user=user, email=user.email))
    known_browsers.remember(request, response, user.email_key)
    return response


@never_cache
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of the address that was just proved, and take an app's code or a recovery code."""
    asked = _asked(request, Purpose.SECOND_STEP)
    if asked is None or asked.user is None:
        return _begin_anew(request)
    form = FactorForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if proved(request, asked, form):
            access.mark_second(request)
            return _open(request, asked.user)
        if _asked(request, Purpose.SECOND_STEP) is None:
            return _begin_anew(request)
    return render(request, "sign_in/second.html", {"form": form, **offered(asked)})


@require_POST
def second_by_passkey(request: HttpRequest) -> HttpResponse:
    """Take a passkey as the second step."""
    asked = _asked(request, Purpose.SECOND_STEP)
    user = passkeys.prove(asked, answer_of(request)) if asked is not None else None
    if user is None:
        messages.error(request, _("That passkey did not fit. Try again."))
        return redirect("sign_in_second")
    access.mark_second(request)
    return _open(request, user)


def _begin_anew(request: HttpRequest) -> HttpResponse:
    messages.error(request, _("This sign-in ran out, or too many codes were wrong. Begin again."))
    return redirect("sign_in")


def offered(asked: Challenge) -> dict[str, Any]:
    """What a page offers to prove: something to type, a passkey, or both."""
    user = asked.user
    held = factors.of(user.pk) if user is not None else factors.Factors()
    options = json.dumps(passkeys.begin(asked)) if held.passkeys else ""
    # In demo mode nobody holds the operator's phone: the page shows what its app would.
    shown = {"demo_code": second_factor.shown_now(user.pk)} if settings.DEMO and user is not None else {}
    return {"held": held, "options": options, **shown}


def proved(request: HttpRequest, asked: Challenge, form: FactorForm) -> bool:
    """Say whether what was typed proves the second factor, once; the form tells what is wrong otherwise."""
    user = asked.user
    limit: dict[str, Any] = {"app": "account", "action": "second_factor", "config": LIMITS, "key": str(asked.user_id)}
    if not ratelimit.consume(request, **limit):
        form.add_error("factor", _("Too many wrong codes. Wait five minutes, or use a passkey."))
        return False
    fits = user is not None and challenges.tried(asked) and second_factor.check(user, form.cleaned_data["factor"])
    if not fits or not challenges.claim(asked):
        form.add_error("factor", _("That code is wrong, or was used before. Wait for the next one."))
        return False
    ratelimit.clear(request, **limit)
    return True


def _asked(request: HttpRequest, purpose: Purpose) -> Challenge | None:
    return challenges.find(request.session.get(purpose), purpose)


# ── By passkey alone ─────────────────────────────────────────────────────────────────────────────────────────────────
@never_cache
@require_http_methods(["GET", "POST"])
def by_passkey(request: HttpRequest) -> HttpResponse:
    """Ask the browser for any passkey of ours; without a script it leads back to the e-mail code."""
    if request.method == "GET":
        return redirect("sign_in")
    request.session[NEXT] = safe_path(request.POST.get("next"))
    if not ratelimit.consume(request, app="account", action="passkey", config=LIMITS):
        messages.error(request, _("Too many tries. Wait a minute, or sign in by e-mail code."))
        return redirect("sign_in")
    asked = challenges.ask(Purpose.PASSKEY, None)
    request.session[Purpose.PASSKEY] = str(asked.pk)
    return render(request, "sign_in/passkey.html", {"options": json.dumps(passkeys.begin(asked))})


@require_POST
def prove_passkey(request: HttpRequest) -> HttpResponse:
    """Open the session of the User whose passkey answered; it counts as both factors."""
    asked = _asked(request, Purpose.PASSKEY)
    user = passkeys.prove(asked, answer_of(request)) if asked is not None else None
    if user is None:
        messages.error(request, _("That passkey is not known here, or its time ran out. Try again, or use a code."))
        return redirect("sign_in")
    wanted = request.session.get(NEXT, "/")
    access.leave(request)
    request.session[NEXT] = wanted
    request.session[access.PROVED_AT] = timezone.now().isoformat()
    access.mark_second(request)
    return _open(request, user)


def answer_of(request: HttpRequest) -> Any:
    """What the browser answered, as far as it can be read; what is in it is judged by `passkeys`."""
    text = request.POST.get("answer", "")
    try:
        return json.loads(text) if len(text) <= LONGEST_ANSWER else None
    except (ValueError, RecursionError):
        return None
