"""Media types, verbs and unknown places: whatever is asked, the answer is SCIM (requirement 2)."""

import pytest
from django.test import Client

from tests.scim.idp import CONTENT_TYPE, Idp, person


@pytest.mark.parametrize(
    "sent",
    [
        "application/scim+json",
        "application/json",
        "application/scim+json; charset=utf-8",
        "APPLICATION/JSON;charset=UTF-8",
        "",
    ],
)
def test_json_is_taken_under_either_name(idp: Idp, sent: str) -> None:
    """Requirement 2."""
    assert idp.post(person("nina"), Content_Type=sent).status == 201


@pytest.mark.parametrize(
    "sent", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/x-www-form-urlencoded"]
)
def test_another_media_type_is_refused(idp: Idp, sent: str) -> None:
    """Requirement 2."""
    assert idp.post(person("nina"), Content_Type=sent).status == 415


@pytest.mark.parametrize("accept", ["*/*", "text/html", "application/xml", "application/json;q=0.1", "nonsense", ""])
def test_the_answer_is_scim_whatever_is_accepted(idp: Idp, accept: str) -> None:
    """Requirement 2."""
    assert idp.get("/Users", Accept=accept).status == 200


def test_a_read_may_carry_a_content_type_and_no_body(idp: Idp) -> None:
    """Requirement 2."""
    answer = idp.get("/Users", Content_Type="application/scim+json; charset=utf-8", Accept_Charset="utf-8")

    assert answer.status == 200


@pytest.mark.parametrize("query", ["?format=html", "?format=api", "?format=json", "?_method=DELETE"])
def test_no_parameter_changes_the_kind_of_answer(idp: Idp, query: str) -> None:
    """Requirement 2."""
    assert idp.get(f"/Users{query}").status == 200


@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes"])
def test_a_slash_at_the_end_is_served_without_a_redirect(idp: Idp, path: str) -> None:
    """Requirement 2."""
    assert idp.get(f"{path}/").status == 200


@pytest.mark.parametrize(
    "path",
    ["", "/", "/Nowhere", "/Bulk/x", "/Users/1/2", "//Users", "/Users//", "/Users%0A", "/users"],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO"])
def test_an_unknown_place_is_404_for_every_verb(idp: Idp, method: str, path: str) -> None:
    """Requirement 2."""
    assert idp.send(method, path, {} if method == "POST" else None).status == 404


@pytest.mark.parametrize("path", ["/scim", "/scim/", "/scim/v1/Users", "/scim/v2Users"])
def test_what_only_resembles_our_base_url_is_answered_in_scim_too(db: None, path: str) -> None:
    """Requirement 2."""
    answer = Client().get(path)

    assert (answer.status_code, answer.headers["Content-Type"]) == (401, CONTENT_TYPE)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *((verb, "/Users") for verb in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "FOO")),
        *((verb, "/Users/$id") for verb in ("POST", "OPTIONS", "TRACE")),
        *((verb, "/Schemas") for verb in ("POST", "PUT", "DELETE")),
    ],
)
def test_a_verb_that_is_not_served_is_405_and_says_which_are(idp: Idp, method: str, path: str) -> None:
    """Requirement 2."""
    answer = idp.send(method, path.replace("$id", idp.make("nina").rpartition("/")[2]))

    assert answer.status == 405
    assert "GET" in answer.headers["Allow"]
    assert method not in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/Users", "/ServiceProviderConfig", "/Schemas", "/ResourceTypes"])
def test_head_answers_like_get_without_a_body(idp: Idp, path: str) -> None:
    answer = idp.send("HEAD", path)

    assert (answer.status, answer.raw) == (200, b"")


def test_me_is_not_implemented(idp: Idp) -> None:
    """RFC 7644 section 3.11: nobody is behind a team's token."""
    assert idp.get("/Me").status == 501


def test_an_unknown_host_is_refused_in_scim(idp: Idp) -> None:
    """Requirement 2."""
    assert idp.get("/Users", Host="evil.test").status == 400


def test_answers_are_neither_kept_nor_sniffed(idp: Idp) -> None:
    headers = idp.get("/Users").headers

    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
