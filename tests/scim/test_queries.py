"""How many statements a call costs: a guard, so that no call grows unseen."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scim import tokens
from tests.scim.idp import Answer, Idp, person

# BEGIN and COMMIT outside a test are savepoints inside one.
FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT")


def cost(call: Callable[[], Answer], status: int = 200) -> int:
    """Count the statements of a call."""
    with CaptureQueriesContext(connection) as caught:
        answer = call()
    assert answer.status == status, answer
    statements = [query["sql"] for query in caught if not query["sql"].startswith(FRAME)]
    print(*statements, sep="\n")  # shown where the number is wrong
    return len(statements)


@pytest.fixture
def nina(idp: Idp) -> str:
    """The path to Nina; the token's use is noted already."""
    return idp.make("nina")


def test_reading_one_costs_the_token_the_person_and_their_groups_where_they_have_some(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.get(nina)) == 2
    idp.group("crew", nina)
    assert cost(lambda: idp.get(nina)) == 3


def test_groups_that_nobody_asked_for_are_not_read(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.get(f"{nina}?excludedAttributes=groups")) == 2


def test_a_look_up_that_finds_somebody_costs_no_count(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.get("/Users?filter=userName%20eq%20%22nina%22")) == 2


def test_a_look_up_that_finds_nobody_costs_no_count(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.get("/Users?filter=userName%20eq%20%22nobody%22")) == 2


def test_a_page_of_100_costs_as_much_as_a_page_of_one(idp: Idp) -> None:
    for n in range(100):
        idp.make(f"p{n}", active=False)

    assert cost(lambda: idp.get("/Users?count=100")) == 4
    assert cost(lambda: idp.get("/Users?count=1")) == 3


def test_a_team_is_counted_once_until_somebody_changes(idp: Idp, nina: str) -> None:
    first = cost(lambda: idp.get("/Users?count=1"))
    again = cost(lambda: idp.get("/Users?count=1"))
    idp.make("omar")

    assert (first, again, cost(lambda: idp.get("/Users?count=1"))) == (4, 3, 4)
    assert idp.get("/Users?count=1").body["totalResults"] == len(idp.get("/Users").body["Resources"])


@pytest.mark.parametrize("size", [1, 60])
def test_adding_one_costs_the_same_in_a_large_group(idp: Idp, nina: str, size: int) -> None:
    """Token, group, lock, group, who is known, who is in, put in, versions, empty, update, names, event, log."""
    group = idp.group("Staff", *(idp.make(f"p{n}", active=False) for n in range(size)))
    add = {"op": "add", "path": "members", "value": [{"value": nina.rpartition("/")[2]}]}

    assert cost(lambda: idp.patch(group, add), 204) == 13


def test_reading_a_large_group_costs_the_token_the_group_and_its_members(idp: Idp, nina: str) -> None:
    group = idp.group("Staff", nina, *(idp.make(f"p{n}", active=False) for n in range(20)))

    assert cost(lambda: idp.get(group)) == 3
    assert cost(lambda: idp.get(f"{group}?excludedAttributes=members")) == 2
    assert cost(lambda: idp.get(nina)) == 3


def test_a_page_of_groups_costs_as_much_as_one(idp: Idp, nina: str) -> None:
    for n in range(20):
        idp.group(f"g{n}", nina)

    assert cost(lambda: idp.get("/Groups?count=20")) == cost(lambda: idp.get("/Groups?count=1")) == 4
    assert cost(lambda: idp.get("/Groups?count=20&excludedAttributes=members")) == 3
    assert cost(lambda: idp.get("/Users?count=4")) == 4


def test_discovery_costs_the_token(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.get("/Schemas")) == 1


def test_a_create(idp: Idp, nina: str) -> None:
    """Token, lock, who has these names, person, seat, ledger, how the team stands, event, log."""
    assert cost(lambda: idp.post(person("omar")), 201) == 9
    assert cost(lambda: idp.post(person("nils", externalId="7")), 201) == 9


def test_a_change(idp: Idp, nina: str) -> None:
    """Token, lock, person, update, event, log; no groups, for they are in none."""
    assert cost(lambda: idp.patch(nina, {"op": "add", "path": "title", "value": "x"})) == 6


def test_a_put_costs_no_more_than_a_patch(idp: Idp, nina: str) -> None:
    assert cost(lambda: idp.put(nina, person("nina", title="x"))) == 6


def test_what_is_said_again_costs_no_write_but_the_log(idp: Idp, nina: str) -> None:
    """Token, lock, person, how the team stands, log."""
    assert cost(lambda: idp.active(nina, True)) == 5


def test_a_deactivation(idp: Idp, nina: str) -> None:
    """A change, and the seat, the ledger, the sessions, second factors, how the team stands."""
    assert cost(lambda: idp.active(nina, False)) == 11


def test_a_delete_of_somebody_to_whom_nothing_refers(idp: Idp, nina: str) -> None:
    """Token, lock, person, seat, ledger, what refers to them, the row, factors, how the team stands, log."""
    assert cost(lambda: idp.delete(nina), 204) == 11


def test_a_token_that_was_never_issued_costs_one(idp: Idp) -> None:
    assert cost(lambda: Idp(tokens.new_text()).get("/Users"), 401) == 1
