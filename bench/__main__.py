"""`./dev bench`: the production server on PostgreSQL and SQLite, one table each.

Absolute figures mean little on a shared machine: compare ratios within one run, and CPU beside requests a second.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil

from bench.load import Call, Target, drive
from portal.demo.idp import PracticeIdp
from tests import servers

HEAD = ("operation", "req/s", "p50 ms", "p99 ms", "server CPU ms", "errors")


def person(number: int) -> dict[str, Any]:
    """Return the SCIM document of somebody."""
    name = f"user{number}"
    email = {"value": f"{name}@bench.test", "type": "work", "primary": True}
    return {"userName": name, "name": {"givenName": "User", "familyName": str(number)}, "emails": [email]}


def lookup(user_name: str) -> str:
    """Return the path of a look-up by userName."""
    return "/Users?filter=" + quote(f'userName eq "{user_name}"')


def retitle(number: int) -> dict[str, Any]:
    """Return a PATCH that changes something each time."""
    return {"Operations": [{"op": "replace", "path": "title", "value": f"Title {number}"}]}


def operations(ids: list[str], n: int) -> dict[str, list[Call]]:
    """Return each operation's calls, over people who are there."""
    some = [ids[i % len(ids)] for i in range(n)]
    return {
        "get": [("GET", f"/Users/{one}", None, 200) for one in some],
        "filter hit": [("GET", lookup(f"user{i % len(ids)}"), None, 200) for i in range(n)],
        "filter miss": [("GET", lookup(f"nobody{i}"), None, 200) for i in range(n)],
        "list 100": [("GET", "/Users?count=100", None, 200) for _ in range(max(10, n // 10))],
        "create": [("POST", "/Users", person(len(ids) + i), 201) for i in range(n)],
        "patch": [("PATCH", f"/Users/{one}", retitle(i), 200) for i, one in enumerate(some)],
        "delete": [("DELETE", f"/Users/{one}", None, 204) for one in ids[: min(n, len(ids))]],
    }


def team(portal: servers.Portal, seats: int) -> Target:
    """Make a team with SCIM on."""
    entitled = ("--plan", "enterprise", "--entitle", "sso", "scim")
    portal.manage(
        "create_team", "bench", "--name", "Bench", "--seats", str(seats), "--owner", "o@bench.test", *entitled
    )
    idp = PracticeIdp.make("https://idp.bench.test/metadata", "https://idp.bench.test/sso")
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        Path(file.name).write_bytes(idp.metadata())
        portal.manage("configure_sso", "bench", "--metadata", file.name)
    made = portal.manage("enable_scim", "bench")
    return Target(made["base_url"], made["token"])


def fill(target: Target, users: int) -> list[str]:
    """Create the people who are there before anything is measured; returns their ids."""
    line, ids = target.connect(), []
    for number in range(users):
        status, answer = target.call(line, "POST", "/Users", person(number))
        if status != 201:
            raise SystemExit(f"the team could not be filled: {status} {answer!r}")
        ids.append(json.loads(answer)["id"])
    return ids


def cpu_of(process: Any) -> float:
    """Return the CPU seconds a process and its children have used."""
    tree = [psutil.Process(process.pid), *psutil.Process(process.pid).children(recursive=True)]
    return sum(sum(one.cpu_times()[:2]) for one in tree)


def measure(name: str, database_url: str, users: int, n: int, connections: int) -> None:
    """Serve one database, load it, and print the table."""
    with servers.portal_server(database_url, SCIM_RATE_LIMIT="0") as portal:
        target = team(portal, users + n + 10)
        ids = fill(target, users)
        print(f"\n{name}: {users} people, {connections} connections, 2 server processes")
        print("  ".join(f"{word:>13}" for word in HEAD))
        for operation, calls in operations(ids, n).items():
            figures = drive(target, calls, connections, lambda: cpu_of(portal.process))
            print("  ".join(f"{word:>13}" for word in (operation, *figures.row())))


def main() -> None:
    """Read the arguments and measure both engines."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--users", type=int, default=500, help="people in the team before it is measured")
    parser.add_argument("-n", type=int, default=400, help="requests an operation")
    parser.add_argument("-c", type=int, default=8, help="connections")
    o = parser.parse_args()
    with servers.postgres() as server, server.fresh() as url:
        measure("PostgreSQL", url, o.users, o.n, o.c)
    with tempfile.TemporaryDirectory() as folder, servers.SqliteFiles(Path(folder)).fresh() as url:
        measure("SQLite", url, o.users, o.n, o.c)


if __name__ == "__main__":
    main()
