"""POST …/.search (RFC 7644 section 3.4.3): a query in a body, which keeps addresses out of URLs and access logs."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from scim.http import ScimView
from scim.listing import Source
from scim.protocol.errors import InvalidSyntax
from scim.views import groups, users
from scim.views.resource import listed

TEXTS = ("filter", "sortBy", "sortOrder", "cursor")
NUMBERS = ("startIndex", "count")
LISTS = ("attributes", "excludedAttributes")


class Search(ScimView):
    """A search; what it looks through is said below."""

    def sources(self) -> Sequence[Source]:
        """Return what is searched."""
        raise NotImplementedError

    def post(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Answer like the GET of a list."""
        return listed(self, self.sources(), read(self.read_body()))


class UserSearch(Search):
    """/Users/.search"""

    def sources(self) -> Sequence[Source]:
        """Return the people."""
        return [users.source(self)]


class GroupSearch(Search):
    """/Groups/.search"""

    def initial(self, request: HttpRequest, **kwargs: Any) -> None:
        """Let a call in; where groups are off there is nothing here."""
        super().initial(request, **kwargs)
        groups.require_on(self.team)

    def sources(self) -> Sequence[Source]:
        """Return the groups."""
        return [groups.source(self)]


class RootSearch(Search):
    """/.search"""

    def sources(self) -> Sequence[Source]:
        """Return everything that is switched on."""
        return [users.source(self), *([groups.source(self)] if self.team.groups_on else [])]


def read(body: dict[str, Any]) -> dict[str, Any]:
    """Read a SearchRequest as the query parameters that say the same; `schemas` may be missing, null says nothing."""
    sent = {key.lower(): value for key, value in body.items()}
    query: dict[str, Any] = {}
    for name in (*TEXTS, *NUMBERS, *LISTS):
        value = sent.get(name.lower())
        if value is None:
            continue
        if name in LISTS:
            value = _joined(name, value)
        elif name in TEXTS and not isinstance(value, str):
            raise InvalidSyntax(_("{name} must be text.").format(name=name))
        query[name] = value
    return query


def _joined(name: str, value: Any) -> str:
    names = value if isinstance(value, list) else [value]
    if not all(isinstance(one, str) for one in names):
        raise InvalidSyntax(_("{name} must be a list of names.").format(name=name))
    return ",".join(names)
