"""How many statements a call costs: a guard, so that no call grows unseen."""

import pytest

from portal.teams.models import Team
from tests import make
from tests.api import product
from tests.api.product import Product
from tests.scim.test_queries import cost


@pytest.fixture
def ready(app: Product) -> Product:
    """The product; its key's use is noted already."""
    app.get("/nowhere")
    return app


def test_does_this_person_hold_a_seat_costs_the_key_and_the_person(ready: Product, acme: Team) -> None:
    mia = make.who(acme, "mia").pk

    assert cost(lambda: ready.get("/seat-check?email=mia@acme.test")) == 2
    assert cost(lambda: ready.get("/seat-check?email=nobody@acme.test")) == 2
    assert cost(lambda: ready.get(f"/members/{mia}/seat-check")) == 2


def test_an_operators_key_costs_the_team_too(acme: Team, vendor: Product) -> None:
    vendor.get("/nowhere")

    assert cost(lambda: vendor.get("/seat-check?team=acme&email=mia@acme.test")) == 3


def test_a_page_of_members_costs_as_much_as_one(ready: Product, acme: Team) -> None:
    """Key, members, their groups."""
    make.group(acme, "Staff", make.who(acme, "mia"), make.who(acme, "adam"))

    assert cost(lambda: ready.get("/members?limit=200")) == cost(lambda: ready.get("/members?limit=1")) == 3


def test_the_other_lists_cost_as_much_for_many_as_for_one(ready: Product, acme: Team) -> None:
    for n in range(5):
        make.group(acme, f"g{n}")

    assert cost(lambda: ready.get("/groups")) == cost(lambda: ready.get("/groups?limit=1")) == 2
    assert cost(lambda: ready.get("/events")) == cost(lambda: ready.get("/events?limit=1")) == 2
    assert cost(lambda: ready.get("/waiting")) == 2


def test_the_teams_of_an_operator_cost_as_much_for_many_as_for_one(acme: Team, globex: Team) -> None:
    """Key, teams, seats, who waits."""
    vendor = product.of_operator()
    vendor.get("/nowhere")

    assert cost(lambda: vendor.get("/teams")) == cost(lambda: vendor.get("/teams?limit=1")) == 4


def test_a_write_sent_again_costs_the_key_and_the_answer(ready: Product) -> None:
    def send() -> object:
        return ready.post("/members", {"email": "zoe@acme.test"}, Idempotency_Key="k")

    send()

    assert cost(send, 201) == 3  # type: ignore[arg-type]
