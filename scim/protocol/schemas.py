"""Discovery (RFC 7643 sections 5 to 7): what the table and the facts say of this server, no member null."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from scim.protocol.attribute import Attribute, Resource, Schema

CORE = "urn:ietf:params:scim:schemas:core:2.0:"
LIST_RESPONSE = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


@dataclass(frozen=True)
class Facts:
    """What the server does and how much of it; zero operations means that bulk is off."""

    max_results: int
    default_page: int
    bulk_operations: int = 0
    bulk_bytes: int = 0
    sort: bool = True
    etag: bool = True
    cursor: bool = False
    cursor_seconds: int = 0
    documentation: str = ""


def schemas(resources: tuple[Resource, ...], base_url: str) -> list[dict[str, Any]]:
    """Return every schema of the resources that are switched on, extensions included."""
    return [_schema(schema, base_url) for resource in resources for schema in (resource, *resource.extensions)]


def resource_types(resources: tuple[Resource, ...], base_url: str) -> list[dict[str, Any]]:
    """Return the resource types that are switched on."""
    return [_resource_type(resource, base_url) for resource in resources]


def one(documents: list[dict[str, Any]], document_id: str) -> dict[str, Any] | None:
    """Return the schema or resource type with an id, in any case, or None."""
    return next((document for document in documents if document["id"].lower() == document_id.lower()), None)


def listed(documents: list[dict[str, Any]]) -> dict[str, Any]:
    """Return documents as a ListResponse, which Entra wants for /Schemas too."""
    count = len(documents)
    page = {"totalResults": count, "itemsPerPage": count, "startIndex": 1}
    return {"schemas": [LIST_RESPONSE], **page, "Resources": documents}


def service_provider_config(facts: Facts, base_url: str) -> dict[str, Any]:
    """Return the ServiceProviderConfig; authentik refuses one that lacks a member and takes maxOperations for PATCH."""
    bulk = {
        "supported": facts.bulk_operations > 0,
        "maxOperations": facts.bulk_operations,
        "maxPayloadSize": facts.bulk_bytes,
    }
    body: dict[str, Any] = {
        "schemas": [f"{CORE}ServiceProviderConfig"],
        "patch": {"supported": True},
        "bulk": bulk,
        "filter": {"supported": True, "maxResults": facts.max_results},
        "changePassword": {"supported": False},
        "sort": {"supported": facts.sort},
        "etag": {"supported": facts.etag},
        "pagination": _pagination(facts),
        "authenticationSchemes": [_bearer()],
        "meta": _meta("ServiceProviderConfig", f"{base_url}/ServiceProviderConfig"),
    }
    if facts.documentation:
        body["documentationUri"] = facts.documentation
    return body


def _pagination(facts: Facts) -> dict[str, Any]:
    """Return the member that RFC 9865 section 4 adds."""
    pagination: dict[str, Any] = {
        "cursor": facts.cursor,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": facts.default_page,
        "maxPageSize": facts.max_results,
    }
    if facts.cursor and facts.cursor_seconds:
        pagination["cursorTimeout"] = facts.cursor_seconds
    return pagination


def _bearer() -> dict[str, Any]:
    return {
        "type": "oauthbearertoken",
        "name": "Bearer token",
        "description": "The team's SCIM token, sent in the Authorization header.",
        "specUri": "https://www.rfc-editor.org/info/rfc6750",
        "primary": True,
    }


def _resource_type(resource: Resource, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}ResourceType"],
        "id": resource.name,
        "name": resource.name,
        "description": resource.description,
        "endpoint": resource.endpoint,
        "schema": resource.urn,
        "schemaExtensions": [{"schema": extension.urn, "required": False} for extension in resource.extensions],
        "meta": _meta("ResourceType", f"{base_url}/ResourceTypes/{resource.name}"),
    }


def _schema(schema: Schema, base_url: str) -> dict[str, Any]:
    return {
        "schemas": [f"{CORE}Schema"],
        "id": schema.urn,
        "name": schema.name,
        "description": schema.description,
        "attributes": [dict(_characteristics(attribute)) for attribute in schema.attributes],
        "meta": _meta("Schema", f"{base_url}/Schemas/{schema.urn}"),
    }


def _characteristics(attribute: Attribute) -> Iterator[tuple[str, Any]]:
    """Yield the characteristics of RFC 7643 section 7 that an attribute has."""
    yield "name", attribute.name
    yield "type", attribute.type.value
    yield "multiValued", attribute.multi
    yield "description", attribute.description
    yield "required", attribute.required or attribute.always
    yield "caseExact", attribute.case_exact
    yield "mutability", attribute.mutability.value
    yield "returned", attribute.returned
    yield "uniqueness", attribute.uniqueness
    if attribute.canonical:
        yield "canonicalValues", list(attribute.canonical)
    if attribute.references:
        yield "referenceTypes", list(attribute.references)
    if attribute.sub:
        yield "subAttributes", [dict(_characteristics(sub)) for sub in attribute.sub]


def _meta(kind: str, location: str) -> dict[str, Any]:
    return {"resourceType": kind, "location": location}
