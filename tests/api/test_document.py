"""The OpenAPI document: true to what is served (schemathesis against a real server), complete, and shown to people."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema

from portal.api import document
from portal.api.problems import CONTENT_TYPE
from tests import servers
from tests.api import wire
from tests.pages import reading

CONFIG = Path(__file__).with_name("schemathesis.toml")
TOLD = document.document()
OPERATIONS = [(verb, path, each) for path, verbs in TOLD["paths"].items() for verb, each in verbs.items()]


def test_the_document_is_valid_and_was_made_without_a_warning() -> None:
    validate_schema(TOLD)

    assert not GENERATOR_STATS


@pytest.mark.parametrize(("verb", "path", "told"), OPERATIONS)
def test_every_operation_is_told_with_words_an_example_and_its_errors(verb: str, path: str, told: Any) -> None:
    good = [each for status, each in told["responses"].items() if status in ("200", "201")]
    errors = [each for status, each in told["responses"].items() if status >= "400"]

    assert told["summary"] and "Scope: `" in told["description"]
    assert all(each["description"] for each in told["parameters"])
    assert good[0]["content"]["application/json"]["examples"]
    assert len(errors) >= 6 and all(list(each["content"]) == [CONTENT_TYPE] for each in errors)
    assert ("Idempotency-Key" in str(told["parameters"])) == (verb == "post")


@pytest.mark.parametrize(("verb", "path", "told"), OPERATIONS)
def test_every_example_is_of_its_shape(verb: str, path: str, told: Any) -> None:
    for body in [told.get("requestBody"), *told["responses"].values()]:
        for content in (body or {}).get("content", {}).values():
            for example in content.get("examples", {}).values():
                shape = content["schema"] | {"components": TOLD["components"]}
                jsonschema.validate(example["value"], as_json_schema(shape))
                assert strict(example["value"], content["schema"])


def as_json_schema(shape: Any) -> Any:
    """Say `nullable` as JSON Schema does."""
    if isinstance(shape, list):
        return [as_json_schema(each) for each in shape]
    if not isinstance(shape, dict):
        return shape
    said = {name: as_json_schema(value) for name, value in shape.items() if name != "nullable"}
    return {"anyOf": [said, {"type": "null"}]} if shape.get("nullable") else said


def strict(value: Any, shape: Any) -> bool:
    """Say whether an example has exactly the fields of its shape."""
    named = TOLD["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
    return set(value) <= set(named["properties"]) and set(named.get("required", ())) <= set(value)


def test_the_document_is_served_to_anybody_and_tells_the_address(client: Client) -> None:
    answer = client.get("/api/v1/openapi.json")

    assert answer.json()["servers"] == [{"url": "http://localhost:8000"}]
    assert answer.json()["paths"].keys() == TOLD["paths"].keys()
    assert client.post("/api/v1/openapi.json").status_code == 405


def test_the_page_shows_every_operation_and_every_shape_to_anybody(db: None, client: Client) -> None:
    answer = client.get("/api/v1/docs/")

    words = reading.words(answer)
    assert all(told["summary"] in words for _verb, _path, told in OPERATIONS)
    assert "TeamMember" in words and "holds_seat" in words
    assert "unsafe-inline" not in answer["Content-Security-Policy"]
    assert reading.page(answer).xpath("//script[starts-with(@src, 'http')] | //link[starts-with(@href, 'http')]") == []


@pytest.mark.timeout(300)
@pytest.mark.parametrize("over_all_teams", [False, True])
def test_schemathesis_finds_nothing_that_differs(sqlite_files: servers.SqliteFiles, over_all_teams: bool) -> None:
    """Random calls, and calls that break the document on purpose, against the production server, by either key."""
    with sqlite_files.fresh() as url, servers.portal_server(url, API_RATE_LIMIT="0") as portal:
        app = wire.team(portal, 400)
        app.send("POST", "/members", {"email": "mia@x.test"})
        if over_all_teams:
            app = replace(app, key=portal.manage("create_api_key", "--operator", "--name", "All teams")["key"])
        # An operator's key names its team with each call, which a document of both keys can't ask for.
        less = ["--exclude-checks", "positive_data_acceptance"] if over_all_teams else []
        ran = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli",
                "--config-file", str(CONFIG), "run", f"{portal.url}/api/v1/openapi.json",
                "-H", f"Authorization: Bearer {app.key}", "--checks", "all", "--max-examples", "8", "--seed", "7",
                "--generation-database", "none", "--no-color", "--generation-allow-x00", "false",
                "--request-timeout", "30", "--warnings", "off", *less,
            ],
            capture_output=True, text=True, check=False, timeout=280,
        )  # fmt: skip
        logged = portal.logged()

    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    assert "Traceback" not in logged
