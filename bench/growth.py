"""What grows with the size of a team, with the number of teams, and with the size and number of groups."""

from collections.abc import Callable
from contextlib import ExitStack

from bench import places, table
from bench.load import Call, Target, drive
from bench.scim import alternate
from bench.work import PATCH, Rows, Size, create, round_of, status
from tests.servers import Postgres

Asked = dict[str, Callable[[Size], Rows]]


def of_people(size: Size, rounds: int) -> str:
    """Measure a team of 1,000, of 10,000 and of 100,000 people, each in a database of its own."""
    sizes = {"1,000": 1_000, "10,000": 10_000, "100,000": 100_000}
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        asked: Asked = {}
        for name, people in sizes.items():
            asked[name] = _asking(_one(stack, server, "bench", people, size))
            places.say(f"a team of {name} stands")
        results = alternate(asked, size, rounds)
    return "\n\n".join([table.growth(results, list(sizes)), *table.first_errors(results)])


def of_teams(size: Size, rounds: int) -> str:
    """Measure a team of 1,000 people alone in its database, and one among 1,000 teams of 100."""
    sizes = ["1 team", "1,000 teams"]
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        asked: Asked = {sizes[0]: _asking(_one(stack, server, "bench", 1_000, size))}
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        ours.teams("other", 999, 100, 10)
        asked[sizes[1]] = _asking(ours.team("bench", 1_000, size.people + 20))
        results = alternate(asked, size, rounds)
    return "\n\n".join([table.growth(results, sizes), *table.first_errors(results)])


def _one(stack: ExitStack, server: Postgres, slug: str, people: int, size: Size) -> Target:
    ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
    return ours.team(slug, people, size.people + 20)


def _asking(target: Target) -> Callable[[Size], Rows]:
    return lambda size: round_of(target, size)


# ── Groups ───────────────────────────────────────────────────────────────────────────────────────────────────────────
def of_groups(size: Size, rounds: int) -> str:
    """Add one person to a group of 10 and of 10,000; read a person in no group, in 100 small ones, in a large one."""
    with ExitStack() as stack:
        server = stack.enter_context(places.postgres())
        ours = stack.enter_context(places.ours(stack.enter_context(server.fresh()), places.database_of(server)))
        target = ours.team("bench", 10_002, 2 * size.people * (rounds + 1) + 100)
        made = ours.seed("groups", "bench")
        asked: Asked = {
            "group of 10": lambda s: _adding(target, made["small"], s),
            "group of 10,000": lambda s: _adding(target, made["large"], s),
        }
        adding = alternate(asked, size, rounds)
        people = {"in no group": "alone", "in 100 groups": "busy", "in a group of 10,000": "crowd"}
        reading = alternate({name: _reading(target, made[key]) for name, key in people.items()}, size, rounds)
    return "\n\n".join(
        [
            table.growth(adding, list(asked)), table.growth(reading, list(people)),
            *table.first_errors(adding), *table.first_errors(reading),
        ]
    )  # fmt: skip


def _adding(target: Target, group: str, size: Size) -> Rows:
    """Add people one by one and take them out again, so that the group keeps its size."""
    _run, made = create([target], size)
    add = [_member("add", "members", [{"value": key}]) for _team, key, _name in made]
    remove = [_member("remove", f'members[value eq "{key}"]', None) for _team, key, _name in made]
    rows = {
        name: drive(
            target, [Call(target.build("PATCH", f"/Groups/{group}", body), status(200, 204)) for body in some], 1
        )
        for name, some in (("add a member", add), ("remove a member", remove))
    }
    gone = [Call(target.build("DELETE", f"/Users/{key}"), status(204)) for _team, key, _name in made]
    drive(target, gone, size.connections)
    return rows


def _member(op: str, path: str, value: object) -> dict[str, object]:
    said = {"op": op, "path": path} | ({"value": value} if value is not None else {})
    return {"schemas": [PATCH], "Operations": [said]}


def _reading(target: Target, person: str) -> Callable[[Size], Rows]:
    data = target.build("GET", f"/Users/{person}")
    return lambda size: {"get": drive(target, [Call(data, status(200))] * size.people, size.connections)}
