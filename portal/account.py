"""What django-allauth asks us: nobody signs up, and mail goes out through our own letters."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's adapter for a portal where members are added, never signed up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up: an address becomes a User when a member with it asks for a code."""
        return False
