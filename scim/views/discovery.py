"""Discovery (RFC 7644 section 4), behind the token like everything else; and the answer for what is not there."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from portal.body import LIMIT
from scim import cursor, listing
from scim.http import ScimView
from scim.mapping import GROUP, USER
from scim.protocol import bulk, schemas
from scim.protocol.attribute import Resource
from scim.protocol.errors import ScimError

FACTS = schemas.Facts(
    max_results=listing.MAX_RESULTS,
    default_page=listing.DEFAULT_PAGE,
    bulk_operations=bulk.MAX_OPERATIONS,
    bulk_bytes=LIMIT,
    cursor=True,
    cursor_seconds=cursor.SECONDS,
)


class ServiceProviderConfig(ScimView):
    """/ServiceProviderConfig"""

    def get(self, request: HttpRequest, **_kwargs: Any) -> HttpResponse:
        """Say what this server does."""
        return self.answer(schemas.service_provider_config(FACTS, self.base_url))


class Catalogue(ScimView):
    """/Schemas and /ResourceTypes, as a list or one by its id."""

    @property
    def resources(self) -> tuple[Resource, ...]:
        """What is served to this team: groups where they are on (requirement 25)."""
        return (USER, GROUP) if self.team.groups_on else (USER,)

    def documents(self) -> list[dict[str, Any]]:
        """Return what is listed."""
        raise NotImplementedError

    def get(self, request: HttpRequest, id: str | None = None, **_kwargs: Any) -> HttpResponse:
        """List, or read one; a filter here is refused (section 4)."""
        if "filter" in request.GET:
            raise ScimError(_("Filters are not answered here."), status=403)
        if id is None:
            return self.answer(schemas.listed(self.documents()))
        found = schemas.one(self.documents(), id)
        if found is None:
            raise ScimError(_("There is no {id} here.").format(id=id), status=404)
        return self.answer(found)


class Schemas(Catalogue):
    """/Schemas"""

    def documents(self) -> list[dict[str, Any]]:
        """Return the schemas that are switched on."""
        return schemas.schemas(self.resources, self.base_url)


class ResourceTypes(Catalogue):
    """/ResourceTypes"""

    def documents(self) -> list[dict[str, Any]]:
        """Return the resource types that are switched on."""
        return schemas.resource_types(self.resources, self.base_url)


class NotThere(ScimView):
    """Any other path: 404 once the token is known, whatever the verb."""

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Say that there is nothing."""
        raise ScimError(_("There is no such SCIM endpoint."), status=404)


class Me(ScimView):
    """/Me (RFC 7644 section 3.11): no user is behind a team's token."""

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """Say that it is not implemented."""
        raise ScimError(_("/Me is not served: the token is a team's, not a person's."), status=501)
