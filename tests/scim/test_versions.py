"""Entity tags, and a discovery that tells the truth (requirements 25 and 26)."""

import pytest

from portal.teams import policy
from portal.teams.models import Team
from tests import make
from tests.scim.idp import ENTERPRISE, GROUP, USER, Idp, at, person


@pytest.fixture
def nina(idp: Idp) -> str:
    """The path to Nina, in her second version."""
    path = idp.make("nina")
    idp.patch(path, {"op": "add", "path": "title", "value": "Lead"})
    return path


# ── Entity tags ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ['W/"1"', '"1"', 'W/"99"', "x", 'W/"-2"'])
def test_a_write_to_another_version_is_412_and_changes_nothing(idp: Idp, nina: str, method: str, tag: str) -> None:
    """Requirement 26."""
    body = {"Operations": [{"op": "remove", "path": "title"}], "userName": "nina"}

    assert idp.send(method, nina, body, If_Match=tag).status == 412
    assert idp.get(nina).body["title"] == "Lead"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("tag", ['W/"2"', '"2"', "*", 'W/"1", W/"2"', ""])
def test_a_write_to_the_present_version_is_carried_out(idp: Idp, nina: str, method: str, tag: str) -> None:
    """Requirement 26."""
    body = {"Operations": [{"op": "remove", "path": "title"}], "userName": "nina"}

    assert idp.send(method, nina, body, If_Match=tag).status in (200, 204)


@pytest.mark.parametrize("tag", ['W/"2"', '"2"', "*", 'W/"1", W/"2"'])
def test_an_unchanged_person_is_not_sent_again(idp: Idp, nina: str, tag: str) -> None:
    """Requirement 26."""
    answer = idp.get(nina, If_None_Match=tag)

    assert (answer.status, answer.raw, answer.headers["ETag"]) == (304, b"", 'W/"2"')


@pytest.mark.parametrize("tag", ['W/"1"', "x", ""])
def test_a_changed_person_is_sent_again(idp: Idp, nina: str, tag: str) -> None:
    """Requirement 26."""
    assert idp.get(nina, If_None_Match=tag).status == 200


def test_the_tag_in_the_header_is_the_version_in_the_document(idp: Idp, nina: str) -> None:
    """Requirement 26."""
    answer = idp.put(nina, person("nina"))

    assert answer.headers["ETag"] == answer.body["meta"]["version"] == f'W/"{at(nina).version}"'


# ── Discovery ────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_provider_config_tells_what_is_served(idp: Idp) -> None:
    """Requirement 26."""
    told = idp.get("/ServiceProviderConfig").body

    served = {name: told[name]["supported"] for name in ("patch", "bulk", "filter", "changePassword", "sort", "etag")}
    assert served == {
        "patch": True, "bulk": True, "filter": True, "changePassword": False, "sort": True, "etag": True
    }  # fmt: skip
    assert told["filter"]["maxResults"] == told["pagination"]["maxPageSize"] == 200
    assert told["authenticationSchemes"][0]["type"] == "oauthbearertoken"


def test_discovery_lists_groups_where_they_are_on(idp: Idp) -> None:
    """Requirement 25."""
    types = [listed["id"] for listed in idp.get("/ResourceTypes").body["Resources"]]
    schemas = [listed["id"] for listed in idp.get("/Schemas").body["Resources"]]

    assert (types, schemas) == (["User", "Group"], [USER, ENTERPRISE, GROUP])
    assert idp.get("/ResourceTypes/group").body["endpoint"] == "/Groups"


def test_discovery_lists_no_group_where_they_are_off(idp: Idp, acme: Team) -> None:
    """Requirement 25."""
    policy.serve_groups(acme, make.as_owner(acme), False)

    types = [listed["id"] for listed in idp.get("/ResourceTypes").body["Resources"]]
    schemas = [listed["id"] for listed in idp.get("/Schemas").body["Resources"]]

    assert (types, schemas) == (["User"], [USER, ENTERPRISE])
    assert idp.get(f"/Schemas/{GROUP}").status == idp.get("/ResourceTypes/Group").status == 404


@pytest.mark.parametrize(
    "path",
    ["/ResourceTypes/User", "/ResourceTypes/Group", f"/Schemas/{USER}", f"/Schemas/{GROUP}", f"/Schemas/{ENTERPRISE}"],
)
def test_what_discovery_lists_lies_where_it_says(idp: Idp, path: str) -> None:
    """Requirement 26."""
    assert idp.get(path).body["meta"]["location"] == f"http://localhost:8000/scim/v2{path}"


@pytest.mark.parametrize("path", ["/Schemas/%00", "/Schemas/x", "/ResourceTypes/Role", "/ResourceTypes/%00"])
def test_what_discovery_does_not_list_is_not_found(idp: Idp, path: str) -> None:
    """Requirement 26."""
    assert idp.get(path).status == 404


@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes"])
def test_a_filter_on_discovery_is_forbidden(idp: Idp, path: str) -> None:
    """RFC 7644 section 4."""
    assert idp.get(f"{path}?filter=id%20pr").status == 403
