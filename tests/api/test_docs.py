"""docs/api.md is true: its calls are made, its codes exist, its commands are commands."""

import io
import json
import re
import shlex
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class

from portal.api import problems
from portal.api.keys import Scope
from portal.proxy import InTheClear
from portal.teams import errors
from portal.teams.models import Team
from tests import servers
from tests.api import product
from tests.api.product import Product

PAGE = (servers.ROOT / "docs" / "api.md").read_text()
BLOCKS = "\n".join(re.findall(r"```sh\n(.*?)```", PAGE, re.S)).replace("\\\n", "")
CALLS = [line for line in BLOCKS.splitlines() if line.startswith("curl")]
COMMANDS = [line for line in BLOCKS.splitlines() if line.startswith("./dev manage")]
CODES = set(re.findall(r"`([a-z_]+)`", " ".join(re.findall(r"^\| [\d, ]+ \|([^|]+)\|", PAGE, re.M))))


def known_codes() -> set[str]:
    """Every code that a refusal or a problem has."""

    def below(kind: type) -> set[type]:
        return {kind}.union(*(below(each) for each in kind.__subclasses__()))

    refusals = {each.code.fget(each.__new__(each)) for each in below(errors.Refusal)}  # type: ignore[attr-defined]
    odd = {"unreadable", "method_not_allowed", InTheClear.code}
    return refusals | {each.code for each in below(problems.Problem)} | odd


def test_every_code_the_page_names_exists() -> None:
    assert len(CODES) >= 15
    assert known_codes() >= CODES


def test_every_scope_is_told() -> None:
    assert re.findall(r"^\| `([a-z]+:[a-z]+)` \|", PAGE, re.M) == Scope.values


@pytest.mark.parametrize("line", CALLS)
def test_a_call_of_the_page_is_answered(acme: Team, line: str) -> None:
    words = shlex.split(line.replace("northwind", "acme"))
    address = next(word for word in words if word.startswith("$PORTAL"))
    given = {name: words[n + 1] for n, name in enumerate(words) if name in ("-X", "-d")}
    headers = dict(words[n + 1].split(": ", 1) for n, word in enumerate(words) if word == "-H")
    app = product.of_operator() if "$OPERATOR_KEY" in line else product.of(acme)
    sent: Any = json.loads(given["-d"]) if "-d" in given else None
    more = {"Idempotency_Key": headers["Idempotency-Key"]} if "Idempotency-Key" in headers else {}

    answer = app.send(given.get("-X", "GET"), address.removeprefix("$PORTAL/api/v1"), sent, **more)

    assert answer.status in (200, 201), answer.body


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_of_the_page_is_one(line: str) -> None:
    name, *options = shlex.split(line.removeprefix("./dev manage "))

    load_command_class(get_commands()[name], name).create_parser("manage.py", name).parse_args(options)


def manage(*args: str) -> Any:
    """Run a command in this process and return what its `--json` prints."""
    said = io.StringIO()
    call_command(*args, "--json", stdout=said)
    return json.loads(said.getvalue())


def test_the_commands_make_list_and_revoke_keys(acme: Team) -> None:
    new = ("create_api_key", "--name", "P", "--scopes", "seats:read", "--days", "30")

    of_team, of_all = manage(*new, "--team", "acme"), manage(*new, "--operator")
    listed = manage("list_api_keys", "--team", "acme")["keys"]
    statuses = [Product(of_team["key"]).get("/team").status, Product(of_all["key"]).get("/team?team=acme").status]
    for key in (of_team, of_all):
        manage("revoke_api_key", key["hint"])

    assert statuses == [200, 200]
    assert [each["hint"] for each in listed] == [of_team["hint"]]
    assert manage("list_api_keys")["keys"] == []
    assert Product(of_team["key"]).get("/team").status == Product(of_all["key"]).get("/teams").status == 401
    with pytest.raises(CommandError, match="no longer does"):
        manage("revoke_api_key", of_all["hint"])
