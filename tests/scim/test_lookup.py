"""Look-ups and names as identity providers use them (requirements 4, 5, 21, 22 and 31)."""

import pytest

from tests.scim.idp import Idp, person

LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"


def names(idp: Idp, filter_text: str) -> list[str]:
    """The userNames that a filter finds."""
    return sorted(found["userName"] for found in idp.find(filter_text))


def test_a_look_up_that_finds_nobody_is_an_empty_list(idp: Idp) -> None:
    """Requirement 4."""
    answer = idp.get("/Users?filter=userName%20eq%20%22nobody%22")

    assert answer.status == 200
    assert answer.body == {
        "schemas": [LIST], "totalResults": 0, "startIndex": 1, "itemsPerPage": 0, "Resources": []
    }  # fmt: skip


@pytest.mark.parametrize("asked", ["nina", "NINA", "Nina"])
def test_a_user_name_is_found_in_any_case(idp: Idp, asked: str) -> None:
    """Requirement 4."""
    idp.make("Nina")

    assert names(idp, f'userName eq "{asked}"') == ["Nina"]


@pytest.mark.parametrize("asked", ["älice", "ÄLICE", "a\u0308lice"])
def test_a_user_name_beyond_ascii_is_found_in_any_case(idp: Idp, asked: str) -> None:
    """Requirement 4."""
    idp.make("Älice")

    assert names(idp, f'userName eq "{asked}"') == ["Älice"]


@pytest.mark.parametrize(
    ("method", "taken"), [("POST", "NINA"), ("PUT", "nina"), ("PATCH", "Nina"), ("POST", "ÄLICE"), ("PUT", "älice")]
)
def test_a_user_name_in_use_is_a_conflict(idp: Idp, method: str, taken: str) -> None:
    """Requirement 5."""
    idp.make("nina")
    idp.make("Älice")
    omar = idp.make("omar")

    answer = {
        "POST": lambda: idp.post(person(taken)),
        "PUT": lambda: idp.put(omar, person(taken)),
        "PATCH": lambda: idp.patch(omar, {"op": "replace", "path": "userName", "value": taken}),
    }[method]()

    assert (answer.status, answer.body["scimType"]) == (409, "uniqueness")


def test_an_external_id_in_use_is_a_conflict(idp: Idp) -> None:
    """Requirement 5."""
    idp.make("nina", externalId="7")

    assert idp.post(person("omar", externalId="7")).status == 409


def test_renaming_somebody_to_another_case_of_their_own_name_is_no_conflict(idp: Idp) -> None:
    """Requirement 5."""
    path = idp.make("nina")

    assert idp.put(path, person("NINA")).body["userName"] == "NINA"


@pytest.mark.parametrize("name", ["", " ", None])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_user_name_is_never_empty(idp: Idp, method: str, name: str | None) -> None:
    """Requirement 5."""
    path = idp.make("nina")
    body = {"Operations": [{"op": "replace", "path": "userName", "value": name}]} if method == "PATCH" else person("x")
    body |= {} if method == "PATCH" else {"userName": name}

    assert idp.send(method, "/Users" if method == "POST" else path, body).status == 400
    assert idp.get(path).body["userName"] == "nina"


@pytest.mark.parametrize(
    "value", ["55555555555", "Ünï", "🦊", 'O\'Hara "Q" <b>', "a+b%20&c", "x\\y", " padded ", "ＡＢＣ"]
)
def test_what_was_sent_is_what_is_read(idp: Idp, value: str) -> None:
    """Requirement 21."""
    path = idp.make(value, displayName=value, title=value, externalId=value)

    seen = idp.get(path).body

    assert [seen[name] for name in ("userName", "displayName", "title", "externalId")] == [value] * 4


@pytest.mark.parametrize("value", ["50%_off", 'say "hi"', "back\\slash", "🦊"])
def test_special_characters_in_a_filter_are_plain_characters(idp: Idp, value: str) -> None:
    """Requirement 22."""
    idp.make("nina", title=value)
    idp.make("omar", title="other")

    escaped = value.replace("\\", "\\\\").replace('"', '\\"')

    assert names(idp, f'title co "{escaped}"') == ["nina"]


@pytest.mark.parametrize(
    ("filter_text", "found"),
    [
        ('userName sw "ni" and active eq true', ["nina"]),
        ('userName eq "nina" or userName eq "omar"', ["nina", "omar"]),
        ("not (title pr) and externalId pr", ["omar"]),
        ('emails[type eq "work" and value ew "@acme.test"] and title pr', ["nina"]),
        ('(title eq "lead" or externalId eq "7") and active eq "False"', ["omar"]),
        ('urn:ietf:params:scim:schemas:core:2.0:User:title eq "LEAD"', ["nina"]),
        ('meta.created gt "2020-01-01T00:00:00Z" and title pr', ["nina"]),
        ('title ne "lead" and externalId eq "7"', ["omar"]),
        ('TITLE EQ "lead"', ["nina"]),
    ],
)
def test_filters_of_every_kind_reach_over_http(idp: Idp, filter_text: str, found: list[str]) -> None:
    """Requirement 22."""
    idp.make("nina", title="Lead")
    idp.make("omar", externalId="7", active=False)

    assert names(idp, filter_text) == found


@pytest.mark.parametrize(
    "filter_text", ['nickname2 eq "x"', "groups.display pr", "password pr", 'name eq "x"', "title eq lead"]
)
def test_a_filter_that_cannot_be_answered_never_matches_everybody(idp: Idp, filter_text: str) -> None:
    """Requirement 22."""
    answer = idp.client.get(
        "/scim/v2/Users", {"filter": filter_text}, headers={"Authorization": f"Bearer {idp.token}"}
    )  # fmt: skip

    assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidFilter")
