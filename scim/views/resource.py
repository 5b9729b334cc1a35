"""What Users and Groups answer alike: rows as documents, one with its ETag, and the versions a call names."""

from collections.abc import Sequence
from typing import Any, Generic, TypeVar

from django.http import HttpRequest, HttpResponse

from scim import listing, lookup
from scim.belonging import Extras
from scim.http import ScimView
from scim.protocol import document, projection
from scim.protocol.attribute import Resource

Row = TypeVar("Row", bound=Any)
# Lists of names, which may come in several parameters.
NAMES = {"attributes", "excludedAttributes"}


def listed(
    view: ScimView,
    sources: Sequence[listing.Source],
    query: listing.Query | None = None,
    ahead: lookup.People | None = None,
) -> HttpResponse:
    """Answer with a page of a list as the query asks; without one, as the URL's parameters ask."""
    wanted = read_query(view.request) if query is None else query
    return view.answer(listing.page(sources, wanted, view.base_url, view.team.pk, ahead))


def read_query(request: HttpRequest) -> dict[str, Any]:
    """Return the URL's parameters as a list is asked by them."""
    sent = request.GET
    return {name: ",".join(sent.getlist(name)) if name in NAMES else sent[name] for name in sent}


class ResourceView(ScimView, Generic[Row]):
    """An endpoint of one resource type of the table."""

    resource: Resource
    shape: projection.Projection | None = None

    def extras(self, rows: Sequence[Row], shape: projection.Projection | None) -> Extras:
        """Return what these rows' documents hold beside the rows, by id."""
        raise NotImplementedError

    def read_query(self) -> None:
        """Read what the answer is to hold; before anything is done, for a bad name refuses the whole call."""
        if not self.request.META.get("QUERY_STRING"):
            return
        query = self.request.GET
        names = query.getlist("attributes"), query.getlist("excludedAttributes")
        self.shape = projection.project(self.resource, *names)

    def shown(self, row: Row, status: int = 200, **headers: str) -> HttpResponse:
        """Return a row's document with its ETag."""
        extra = self.extras([row], self.shape).get(row.pk, document.NOTHING)
        body = document.render(self.resource, row, base_url=self.base_url, projection=self.shape, extra=extra)
        return self.answer(body, status, ETag=self.version(row), **headers)

    def read(self, row: Row) -> HttpResponse:
        """Answer a GET (section 3.4.1); 304 where If-None-Match names the present version."""
        self.read_query()
        version = self.version(row)
        if self.names("If-None-Match", version):
            return self.answer(None, 304, ETag=version)
        return self.shown(row)

    def version(self, row: Row) -> str:
        """Return a row's entity tag."""
        return document.etag(self.resource, row)

    def expected(self, row: Row) -> int | None:
        """Return the version that If-Match holds a write to: 0, which nobody has, where it names another."""
        if not self.header("If-Match").strip(" ,"):
            return None
        return int(row.version) if self.names("If-Match", self.version(row)) else 0
