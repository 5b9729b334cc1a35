"""Bearer tokens, as a middleware; django-scim2 leaves them to its user."""

from collections.abc import Callable

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse


class Tokens:
    """Names the person and the company of a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Look the token up; one statement."""
        from people.models import Token  # noqa: PLC0415  (the apps are not ready where middleware is imported)

        request.user = AnonymousUser()
        key = request.headers.get("Authorization", "").removeprefix("Bearer ")
        token = Token.objects.select_related("person").filter(key=key).first()
        if token is not None:
            request.user, request.company_id = token.person, token.company_id
        return self.get_response(request)
