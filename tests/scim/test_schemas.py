"""Discovery bodies, which authentik and Entra read before anything else."""

from typing import Any

import pytest
from scim2_models import Schema, ServiceProviderConfig
from scim2_models import User as Oracle

from scim.mapping import ENTERPRISE_URN, USER
from scim.protocol import schemas
from scim.protocol.schemas import Facts

BASE = "https://seats.test/scim/v2"
FACTS = Facts(max_results=200, default_page=100, bulk_operations=100, bulk_bytes=1_000_000)


def walk(value: Any) -> list[Any]:
    """Every value inside a JSON value, itself included."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(deep for item in inner for deep in walk(item))]


@pytest.mark.parametrize(
    "body",
    [
        schemas.listed(schemas.schemas((USER,), BASE)),
        schemas.listed(schemas.resource_types((USER,), BASE)),
        schemas.service_provider_config(FACTS, BASE),
    ],
)
def test_discovery_holds_no_null(body: dict[str, Any]) -> None:
    """Entra refuses nulls."""
    assert None not in [value for value in walk(body) if not isinstance(value, dict | list)]


def test_schemas_are_a_list_with_the_extension() -> None:
    body = schemas.listed(schemas.schemas((USER,), BASE))

    assert (body["totalResults"], body["itemsPerPage"], body["startIndex"]) == (2, 2, 1)
    assert [schema["id"] for schema in body["Resources"]] == [USER.urn, ENTERPRISE_URN]


def test_a_resource_that_is_switched_off_is_not_listed() -> None:
    """Requirement 25."""
    assert schemas.schemas((), BASE) == []
    assert [kind["id"] for kind in schemas.resource_types((USER,), BASE)] == ["User"]


def test_a_single_schema_is_found_in_any_case() -> None:
    documents = schemas.schemas((USER,), BASE)

    found = schemas.one(documents, USER.urn.upper())

    assert found is not None
    assert found["meta"]["location"] == f"{BASE}/Schemas/{USER.urn}"
    assert schemas.one(documents, "urn:x") is None


def test_the_user_schema_has_every_attribute_of_rfc_7643() -> None:
    ours = {a.name: a for a in USER.attributes}

    theirs = Oracle.to_schema().attributes or []

    assert {a.name for a in theirs} == set(ours)
    for attribute in theirs:
        assert {s.name for s in attribute.sub_attributes or []} == {s.name for s in ours[str(attribute.name)].sub}
        assert attribute.multi_valued == ours[str(attribute.name)].multi


def test_an_independent_reader_understands_the_schemas() -> None:
    for body in schemas.schemas((USER,), BASE):
        assert Schema.model_validate(body).id == body["id"]


def test_password_is_write_only_and_never_returned() -> None:
    """Requirement 20."""
    user = schemas.schemas((USER,), BASE)[0]

    password = next(a for a in user["attributes"] if a["name"] == "password")

    assert (password["mutability"], password["returned"]) == ("writeOnly", "never")


def test_columns_are_not_shown() -> None:
    assert "user_name" not in str(schemas.schemas((USER,), BASE))


def test_the_provider_config_is_complete_for_authentik() -> None:
    """Requirement 26."""
    body = schemas.service_provider_config(FACTS, BASE)

    assert body["patch"] == {"supported": True}
    assert body["bulk"] == {"supported": True, "maxOperations": 100, "maxPayloadSize": 1_000_000}
    assert body["filter"] == {"supported": True, "maxResults": 200}
    assert body["changePassword"] == {"supported": False}
    assert body["sort"] == body["etag"] == {"supported": True}
    assert body["authenticationSchemes"][0]["type"] == "oauthbearertoken"
    assert ServiceProviderConfig.model_validate(body).bulk is not None


def test_bulk_that_is_off_is_told_with_its_members() -> None:
    body = schemas.service_provider_config(Facts(max_results=200, default_page=100), BASE)

    assert body["bulk"] == {"supported": False, "maxOperations": 0, "maxPayloadSize": 0}


def test_the_resource_type_names_endpoint_and_extension() -> None:
    (kind,) = schemas.resource_types((USER,), BASE)

    assert (kind["endpoint"], kind["schema"]) == ("/Users", USER.urn)
    assert kind["schemaExtensions"] == [{"schema": ENTERPRISE_URN, "required": False}]
    assert kind["meta"]["location"] == f"{BASE}/ResourceTypes/User"
