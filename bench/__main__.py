"""`./dev bench [PART …]`: our production server beside the limit and django-scim2, in one run; prints tables.

Absolute figures mean little on a shared machine: compare ratios within one run, and CPU beside requests a second.
"""

import argparse
from collections.abc import Callable

from bench import growth, imports, pages, saml, scim
from bench.machine import described
from bench.table import write
from bench.work import Size

# A part's name in the arguments, its heading in the docs, and what measures it.
Part = tuple[str, Callable[[argparse.Namespace], str]]
PARTS: dict[str, Part] = {
    "scim": (
        "SCIM beside the limit and django-scim2",
        lambda o: scim.measure(_size(o), o.rounds, o.users, alone=o.alone),
    ),
    "import": ("A first import", lambda o: imports.measure(o.imported, o.rounds, alone=o.alone)),
    "people": ("Larger teams", lambda o: growth.of_people(_size(o), o.rounds)),
    "teams": ("More teams", lambda o: growth.of_teams(_size(o), o.rounds)),
    "groups": ("Groups", lambda o: growth.of_groups(_size(o), o.rounds)),
    "saml": ("Single sign-on", lambda o: saml.measure(o.n, o.rounds)),
    "sqlite": ("SQLite", lambda o: scim.on_sqlite(_size(o), o.users)),
    "pages": ("Pages of a team of 100,000 with a million events", lambda o: pages.measure(o.rounds)),
}


def _size(o: argparse.Namespace) -> Size:
    return Size(o.n, o.pages, o.c)


def main() -> None:
    """Read the arguments, measure, print."""
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(PARTS)}; all of them where none is named")
    parser.add_argument("--rounds", type=int, default=5, help="rounds, in each of which every server is asked once")
    parser.add_argument("--users", type=int, default=1000, help="people in the team before it is measured")
    parser.add_argument("--imported", type=int, default=10_000, help="people of the first import")
    parser.add_argument("-n", type=int, default=200, help="people a round makes and changes")
    parser.add_argument("--pages", type=int, default=40, help="pages a round lists, of each kind")
    parser.add_argument("-c", type=int, default=8, help="connections")
    parser.add_argument("--alone", action="store_true", help="without the limit and the peer")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/performance.md too")
    o = parser.parse_args()
    if not set(o.parts) <= set(PARTS):
        parser.error(f"the parts are {', '.join(PARTS)}")
    for name in o.parts or PARTS:
        heading, part = PARTS[name]
        where = described()
        table = f"{where}.\n\n{part(o)}"
        print(f"## {heading}\n\n{table}\n", flush=True)
        if o.write:
            write(heading, table)


if __name__ == "__main__":
    main()
