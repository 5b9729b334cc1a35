"""What django-allauth asks us: nobody signs up, and a proven address goes on to its teams."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from portal.teams import access
from portal.teams.sealed import seal, unseal

# What allauth seals lies in one column of its own table, in rows whose keys it doesn't tell.
PLACE = "mfa_authenticator.data"


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter for a portal where members are added, never signed up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an address becomes a User when a member with it proves it."""
        return False

    def get_login_stages(self) -> list[str]:
        """Nothing comes between the proof and the session: the second factor was asked for before (decision 0015)."""
        return []

    def post_login(self, request: HttpRequest, user: Any, **_: Any) -> HttpResponse:
        """Lead on to the choice of team; when the address was proved, its proof has noted (`second_step`)."""
        access.mark_sudo(request)
        return redirect("choose_team")


class SecondFactors(DefaultMFAAdapter):  # type: ignore[misc]
    """allauth's adapter for second factors: what it keeps secret is sealed like everything else."""

    def get_totp_issuer(self) -> str:
        """How an authenticator app names us."""
        return "Seatgate"

    def encrypt(self, text: str) -> str:
        """Seal an app's key or a seed of recovery codes."""
        return seal(text, PLACE)

    def decrypt(self, encrypted_text: str) -> str:
        """Open what `encrypt` sealed."""
        return unseal(encrypted_text, PLACE)
